"""Products in tiles against NumPy's, for every layout, dtype and shape, on any number of threads."""

import numpy as np
import pytest

from rmt_spikes import products, threads
from rmt_spikes.products import adjoint_times, times

LAYOUTS = {
    "rows": lambda A: A,
    "columns": np.asfortranarray,
    "every other column": lambda A: np.repeat(A, 2, axis=1)[:, ::2],
    "backwards": lambda A: A[::-1, ::-1],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(1, 1), (3, 700), (700, 3), (253, 377), (20, 2100), (2100, 20), (0, 4)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int16])
def test_tiles_give_the_product(layout, shape, dtype, monkeypatch):
    monkeypatch.setattr(products, "SHARED", 0)
    monkeypatch.setattr(products, "STRIP", 2**12)
    rng = np.random.default_rng(0)
    A = LAYOUTS[layout]((5 * rng.standard_normal(shape)).astype(dtype))
    for b in (1, 8, 21):
        V, U = rng.standard_normal((shape[1], b)), rng.standard_normal((shape[0], b))
        for workers in (1, 3):
            with threads.limited(workers):
                np.testing.assert_allclose(times(A, V), A.astype(float) @ V, atol=1e-10)
                np.testing.assert_allclose(adjoint_times(A, U), A.T.astype(float) @ U, atol=1e-10)


def test_the_block_says_the_arithmetic():
    A, V = np.ones((40, 30), dtype=np.float32), np.ones((30, 2))
    assert times(A, V).dtype == np.float64
    assert times(A, V.astype(np.float32)).dtype == np.float32
