"""The k leading singular triplets of a large matrix, with their true residuals.

Golub–Kahan–Lanczos (`rmt_spikes.bidiagonal`) grown until the k wanted triplets meet the tolerance. A single
Krylov space sees one copy of a repeated value only, so the result is then put to the proof: a short run
from a second random vector, with all found triplets deflated, must not show a value above s_k; if it does,
the deflated space is searched in full and the proof repeated. Small matrices and many triplets go to LAPACK
instead."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from rmt_spikes.arrays import balanced, finite_matrix
from rmt_spikes.bidiagonal import LARGEST_SHARE, converged, largest_left

DENSE_SIZE = 400  # up to this smaller side a dense decomposition is quicker
PROOF_STEPS = 40
MISSED = 1e-8  # relative excess over s_k that counts as a value missed


class Triplets(NamedTuple):
    """U (m×k), s (k,) descending, Vt (k×n), residuals (k,) = sqrt(‖A v − s u‖² + ‖Aᵀ u − s v‖²).

    A true singular value lies within residual/√2 of each s. Unpacks as U, s, Vt, residuals."""

    U: np.ndarray
    s: np.ndarray
    Vt: np.ndarray
    residuals: np.ndarray


def leading_triplets(A: ArrayLike, k: int, tol: float = 1e-10, rng: np.random.Generator | None = None) -> Triplets:
    """The k largest singular values of A (m×n) with unit singular vectors, in float64.

    Computed until the residuals are at most `tol` times s_1; those returned are measured afterwards. A
    float32 matrix is converted: products in float32 would not reach the tolerance. The largest entry of
    each left vector is positive. `rng` gives the start vector, by default the same at each call. Raises
    TypeError unless A is real and `rng` a Generator, ValueError unless A is a non-empty finite matrix, 1 ≤
    k ≤ min(m, n) and 1e-14 ≤ tol < 1.

    >>> U, s, Vt, residuals = leading_triplets([[3.0, 0.0, 0.0], [0.0, -4.0, 0.0]], 1)
    >>> s, U.T, bool(residuals < 1e-12)
    (array([4.]), array([[0., 1.]]), True)
    """
    A, exponent = balanced(finite_matrix(A))
    _check(A, k, tol, rng)
    rng = np.random.default_rng(0) if rng is None else rng
    shorter = min(A.shape)
    dense = shorter <= DENSE_SIZE or k > shorter // 16
    # the recurrence wants at least as many rows as columns
    tall = A if A.shape[0] >= A.shape[1] else A.T
    found = None if dense else _by_lanczos(tall, int(k), tol, rng)
    if found is None:
        U, s, Vt = linalg.svd(A, full_matrices=False, check_finite=False)
        U, s, Vt = U[:, :k], s[:k], Vt[:k]
    else:
        left, s, right = found
        U, Vt = (left.T, right) if tall is A else (right.T, left)
    signs = np.where(U[np.abs(U).argmax(axis=0), np.arange(k)] < 0, -1.0, 1.0)
    U, Vt = np.ascontiguousarray(U * signs), Vt * signs[:, None]
    return Triplets(U, np.ldexp(s, exponent), Vt, np.ldexp(_residuals(A, U, s, Vt), exponent))


def _by_lanczos(
    A: np.ndarray, k: int, tol: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """k leading triplets as rows, or None where a dense decomposition is cheaper."""
    U, s, V = np.empty((0, A.shape[0])), np.empty(0), np.empty((0, A.shape[1]))
    while len(s) + k <= A.shape[1] * LARGEST_SHARE:
        found = converged(A, U, s, V, k, tol, rng)
        if found is None:
            return None
        U, s, V = found
        if largest_left(A, U, V, PROOF_STEPS, rng) <= s[k - 1] * (1 + MISSED) + tol * s[0]:
            return U[:k], s[:k], V[:k]
    return None


def _residuals(A: np.ndarray, U: np.ndarray, s: np.ndarray, Vt: np.ndarray) -> np.ndarray:
    right, left = A @ Vt.T - U * s, A.T @ U - Vt.T * s
    return np.sqrt((right**2).sum(axis=0) + (left**2).sum(axis=0))


def _check(A: np.ndarray, k: object, tol: object, rng: object) -> None:
    if not isinstance(k, int | np.integer) or isinstance(k, bool) or not 1 <= k <= min(A.shape):
        raise ValueError(f"k = {k!r} is not a whole number from 1 to min(m, n) = {min(A.shape)}")
    if not isinstance(tol, int | float | np.floating) or not 1e-14 <= tol < 1:
        raise ValueError(f"tol = {tol!r} is outside [1e-14, 1): give one such as 1e-10")
    if rng is not None and not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng = {rng!r} is not a numpy Generator: give numpy.random.default_rng(seed) or None")
