"""The four matrix products that two steps cannot do without, into arrays that exist already."""

from collections.abc import Callable

import numpy as np

from rmt_spikes.draws import Draw


def bare_products(draw: Draw) -> Callable[[], None]:
    """W Xᵀ (N×n) and (N×n) X for both batches; the outputs are allocated here, outside of what is timed."""
    H = np.empty((len(draw.W0), len(draw.X1)), dtype=draw.W0.dtype)
    G = np.empty_like(draw.W0)

    def run() -> None:
        for X in (draw.X1, draw.X2):
            np.matmul(draw.W0, X.T, out=H)
            np.matmul(H, X, out=G)

    return run
