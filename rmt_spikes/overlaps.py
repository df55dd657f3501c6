"""Squared cosines between singular vectors and predicted directions, and which observation belongs to which.

An outlier is matched by its singular vector, not by its rank: when two outliers lie close, or one sinks
into the bulk, their order changes from draw to draw while their directions do not."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment


def squared_overlaps(vectors: ArrayLike, directions: ArrayLike) -> np.ndarray:
    """cos² of the angle between each row of `vectors` (k×p) and each row of `directions` (l×p): k×l.

    A single vector (p,) counts as one row; lengths do not matter. For left singular vectors pass U.T.
    Raises ValueError for a zero or non-finite vector or for lengths that differ.

    >>> squared_overlaps([[2.0, 0.0], [1.0, 1.0]], [0.0, 3.0])
    array([[0. ],
           [0.5]])
    """
    left, right = _unit_rows("vectors", vectors), _unit_rows("directions", directions)
    if left.shape[1] != right.shape[1]:
        raise ValueError(
            f"vectors have {left.shape[1]} entries and directions {right.shape[1]}: give rows of one length "
            "(for left singular vectors pass U.T)"
        )
    return np.minimum((left @ right.T) ** 2, 1.0)


def match(overlaps: ArrayLike) -> np.ndarray:
    """For each predicted vector (column) the observed one (row), with the largest total squared overlap.

    `overlaps` is k×l as from `squared_overlaps`. Returns l indices of rows, each used at most once; −1
    marks a prediction left over when l > k. Raises ValueError unless the overlaps are a matrix with entries
    in [0, 1].

    >>> match([[0.1, 0.8], [0.7, 0.6], [0.0, 0.0]])
    array([1, 0])
    """
    overlaps = np.asarray(overlaps, dtype=np.float64)
    if overlaps.ndim != 2 or not ((overlaps >= 0) & (overlaps <= 1)).all():
        raise ValueError(
            f"overlaps of shape {overlaps.shape} are not a matrix with entries in [0, 1]: "
            "give the result of squared_overlaps"
        )
    observed, predicted = linear_sum_assignment(overlaps, maximize=True)
    found = np.full(overlaps.shape[1], -1)
    found[predicted] = observed
    return found


def _unit_rows(name: str, rows: ArrayLike) -> np.ndarray:
    rows = np.atleast_2d(np.asarray(rows, dtype=np.float64))
    if rows.ndim != 2 or rows.size == 0:
        raise ValueError(f"{name} has shape {rows.shape}: give a vector or a matrix whose rows are the vectors")
    largest = np.abs(rows).max(axis=1, keepdims=True)
    if not np.isfinite(largest).all():
        raise ValueError(f"{name} has entries that are not finite: remove the NaN or infinite values")
    if not largest.all():
        row = int(np.argmin(largest))
        raise ValueError(f"{name}[{row}] is the zero vector, which has no direction: leave it out")
    rows = rows / largest
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
