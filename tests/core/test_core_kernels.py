"""The fused kernel against its own Python source, and for any number of threads."""

import numba
import numpy as np
import pytest

from rmt_spikes.functions import resolve
from rmt_spikes.kernels import accumulate, elementwise, evaluate, fused_pass

TANH = resolve("tanh")


def test_the_compiled_kernel_equals_its_python_source():
    rng = np.random.default_rng(0)
    H, a = rng.standard_normal((13, 5)), rng.standard_normal(13)
    H_python, parts, parts_python = H.copy(), np.zeros((4, 5)), np.zeros((4, 5))
    accumulate(H, a, TANH.value, TANH.derivative, parts)
    accumulate.py_func(H_python, a, TANH.value.py_func, TANH.derivative.py_func, parts_python)
    np.testing.assert_allclose(H, H_python, rtol=1e-14)
    np.testing.assert_allclose(parts, parts_python, rtol=1e-13)


@pytest.mark.parametrize("N", [1, 2, 63, 64, 65, 200])
def test_every_row_counts_once_for_any_number_of_rows(N):
    H = np.random.default_rng(N).standard_normal((N, 3))
    wanted, slope = np.tanh(H).sum(axis=0) / np.sqrt(N), 1 - np.tanh(H) ** 2
    np.testing.assert_allclose(fused_pass(H, np.ones(N), TANH.value, TANH.derivative), wanted, atol=1e-13)
    np.testing.assert_allclose(H, slope, atol=1e-14)


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="Numba was started with one thread")
def test_f_has_the_same_bits_for_any_number_of_threads():
    rng, before = np.random.default_rng(1), numba.get_num_threads()
    H, a = rng.standard_normal((333, 200)), rng.standard_normal(333)
    found = []
    try:
        for threads in (1, 2, numba.config.NUMBA_NUM_THREADS):
            numba.set_num_threads(threads)
            found.append(fused_pass(H.copy(), a, TANH.value, TANH.derivative))
    finally:
        numba.set_num_threads(before)
    assert all((f == found[0]).all() for f in found)


def test_f_is_summed_in_float64_for_a_float32_matrix():
    # one and a hundred thousand times 2^-26: in float32 every one of the small terms would be lost
    H = np.full((100_001, 1), 2.0**-26, dtype=np.float32)
    H[0] = 1.0
    identity = resolve("z")
    f = fused_pass(H, np.ones(len(H)), identity.value, identity.derivative)
    np.testing.assert_allclose(f * np.sqrt(len(H)), 1 + 100_000 * 2.0**-26, rtol=1e-12)


def test_elementwise_equals_its_python_source_and_keeps_the_shape():
    x = np.random.default_rng(2).standard_normal((3, 4))
    out = np.empty(12)
    evaluate.py_func(TANH.value.py_func, x.ravel(), out)
    np.testing.assert_allclose(elementwise(TANH.value, x), out.reshape(3, 4), rtol=1e-14)
    np.testing.assert_allclose(elementwise(TANH.value, x.T[::-1]), np.tanh(x.T[::-1]), rtol=1e-14)
    assert elementwise(TANH.value, x.astype(np.float32)).dtype == np.float32
    assert elementwise(TANH.value, 0.5).shape == ()
