"""The problem and its arrays at given sizes.

Arrays are drawn in their own precision and scaled in place, so that drawing leaves no higher peak of memory behind
than the arrays themselves (`rmt_spikes.draw` draws in float64 and rounds).
"""

import numpy as np

from rmt_spikes import TwoLayer
from rmt_spikes.draws import Draw
from rmt_spikes.functions import apply

TARGET = "z + (z**2 - 1)/2"


def problem(width: int, dim: int, samples: int, dtype: str = "float64", activation: str = "tanh", **more) -> TwoLayer:
    """Two steps with the default exponents."""
    sizes = {"width": width, "dim": dim, "samples": samples}
    return TwoLayer(activation=activation, target=TARGET, init="gaussian", dtype=dtype, **sizes, **more)


def sample(case: TwoLayer, seed: int = 0) -> Draw:
    """All arrays of a run, in the dtype of the problem."""
    rng = np.random.default_rng(seed)
    beta = _gaussian(rng, case, case.dim)
    beta /= np.linalg.norm(beta)
    W0 = _gaussian(rng, case, case.width, case.dim)
    W0 /= case.dim**0.5
    a = _gaussian(rng, case, case.width)
    a /= case.width**0.5
    X1 = _gaussian(rng, case, case.samples, case.dim)
    y1 = apply(case.target, X1 @ beta)
    if case.batch == "reuse":
        return Draw(W0, a, beta, X1, y1, X1, y1)
    X2 = _gaussian(rng, case, case.samples, case.dim)
    return Draw(W0, a, beta, X1, y1, X2, apply(case.target, X2 @ beta))


def _gaussian(rng: np.random.Generator, case: TwoLayer, *shape: int) -> np.ndarray:
    return rng.standard_normal(shape, dtype=np.dtype(case.dtype).type)
