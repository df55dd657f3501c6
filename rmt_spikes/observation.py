"""What is seen in one matrix of updated weights: its spectrum, and its outliers beside predicted vectors.

An outlier is looked for by its left singular vector among the leading triplets.  Only arrays come in: the predicted
vectors may be those of any theory.
"""

from dataclasses import dataclass

import numpy as np

from rmt_spikes.lanczos import leading_triplets
from rmt_spikes.overlaps import match, squared_overlaps
from rmt_spikes.spectra import singular_values

TOLERANCE_SINGLE = 1e-5  # for float32 weights, multiplied in float32; values are then right to about its square
SPARE_TRIPLETS = 8  # searched beyond the predicted number, since a bulk value may have risen above an outlier


@dataclass(frozen=True, eq=False)
class Observation:
    """One trial.  ``singular_values`` all of them, descending; for each of the K predictions the ``ranks`` of the
    matched triplet (0 for the largest), its ``outliers`` value, squared overlaps with β* and with the prediction."""

    singular_values: np.ndarray
    ranks: np.ndarray
    outliers: np.ndarray
    target_overlaps: np.ndarray
    left_overlaps: np.ndarray

    @property
    def bulk(self) -> np.ndarray:
        """The singular values that belong to no prediction, descending."""
        return np.delete(self.singular_values, self.ranks)


def observe(W: np.ndarray, beta: np.ndarray, left: np.ndarray) -> Observation:
    """Observe W (N×d) beside the teacher ``beta`` (d,) and K predicted left vectors ``left`` (N×K, K ≥ 0).

    Raises ValueError for shapes that do not fit and as `leading_triplets` does.

    >>> W = np.diag([5.0, 3.0, 1.0, 0.5])
    >>> seen = observe(W, beta=np.eye(4)[1], left=np.eye(4)[:, [1]])
    >>> seen.outliers, seen.ranks, seen.target_overlaps
    (array([3.]), array([1]), array([1.]))
    """
    if left.ndim != 2 or left.shape[0] != W.shape[0] or beta.shape != W.shape[1:]:
        raise ValueError(
            f"W has shape {W.shape}, left {left.shape}, beta {beta.shape}: give left as {W.shape[0]} rows and "
            f"beta with {W.shape[1]} entries"
        )
    spectrum = singular_values(W)
    wanted = left.shape[1]
    if not wanted:
        empty = np.empty(0)
        return Observation(spectrum, np.empty(0, dtype=int), empty, empty, empty)
    tol = TOLERANCE_SINGLE if W.dtype == np.float32 else None
    U, s, Vt, _ = leading_triplets(W, min(wanted + SPARE_TRIPLETS, min(W.shape)), tol)
    with_left = squared_overlaps(U.T, left.T)
    rows = match(with_left)
    with_target = squared_overlaps(Vt, beta)[:, 0]
    return Observation(spectrum, rows, s[rows], with_target[rows], with_left[rows, np.arange(wanted)])
