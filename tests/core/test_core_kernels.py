"""The fused kernel against its own Python source and dense NumPy, and for any number of threads."""

import numpy as np
import pytest

from rmt_spikes import threads
from rmt_spikes.functions import resolve
from rmt_spikes.kernels import PARTS, compiled, elementwise, fused_pass

TANH = resolve("tanh")


@pytest.mark.parametrize("N", [1, 2, PARTS - 1, PARTS, 63, 200])
@pytest.mark.parametrize("n", [1, 7, 1000])
def test_every_row_and_column_counts_once(N, n):
    rng = np.random.default_rng(N)
    H, a = rng.standard_normal((N, n)), rng.standard_normal(N)
    wanted, slope = a @ np.tanh(H) / np.sqrt(N), 0.3 * a[:, None] * (1 - np.tanh(H) ** 2)
    np.testing.assert_allclose(fused_pass(H, a, TANH, 0.3), wanted, atol=1e-13)
    np.testing.assert_allclose(H, slope, atol=1e-14)


def test_f_has_the_same_bits_for_any_number_of_threads():
    rng = np.random.default_rng(1)
    H, a = rng.standard_normal((33, 100)), rng.standard_normal(33)
    found = []
    for number in (1, 2, 3):
        with threads.limited(number):
            found.append(fused_pass(H.copy(), a, TANH))
    assert all((f == found[0]).all() for f in found)


def test_f_is_summed_in_float64_for_a_float32_matrix():
    # one and a hundred thousand times 2^-26: in float32 every one of the small terms would be lost
    H = np.full((100_001, 1), 2.0**-26, dtype=np.float32)
    H[0] = 1.0
    f = fused_pass(H, np.ones(len(H)), resolve("z"))
    np.testing.assert_allclose(f * np.sqrt(len(H)), 1 + 100_000 * 2.0**-26, rtol=1e-12)


def test_elementwise_keeps_the_shape_and_the_precision():
    x = np.random.default_rng(2).standard_normal((3, 4))
    np.testing.assert_allclose(elementwise(TANH, x), np.tanh(x), rtol=1e-14)
    np.testing.assert_allclose(elementwise(TANH, x.T[::-1]), np.tanh(x.T[::-1]), rtol=1e-14)
    assert elementwise(TANH, x.astype(np.float32)).dtype == np.float32
    assert elementwise(TANH, 0.5).shape == ()


def test_an_error_in_one_strip_is_raised_by_the_whole():
    with threads.limited(2), pytest.raises(ZeroDivisionError):
        threads.for_each(lambda i: 1 // (i - 1), range(4))


def test_a_kernel_of_one_precision_does_not_serve_the_other():
    assert compiled(TANH, np.dtype("float32")) is not compiled(TANH, np.dtype("float64"))
