"""All singular values of a matrix, by the Gram matrix of its smaller side.

For A with min(m, n) = k the eigenvalues of the k×k matrix AᵀA or AAᵀ are the squares s². Rounding moves
each s² by about ε s_max² (ε = 2^{-52}), hence s by about

    ε s_max² / (2 s)

in absolute terms: nothing near s_max, half the digits near √ε s_max. Where that bound, at the smallest
value found, exceeds 1e-9 s_max, the values are taken from the matrix itself (LAPACK's gesdd, error about ε
s_max)."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from rmt_spikes.arrays import balanced, finite_matrix

EPSILON = np.finfo(np.float64).eps
WORST_ERROR = 1e-9  # relative to s_max


def singular_values(A: ArrayLike) -> np.ndarray:
    """All min(m, n) singular values of the m×n matrix A, descending, in float64 (float32 is converted first).

    Absolute error of s: about ε s_max²/(2 s), at most 1e-9 s_max. Raises TypeError unless A is real,
    ValueError unless it is a non-empty finite matrix.

    >>> singular_values([[3.0, 0.0, 0.0], [0.0, -4.0, 0.0]])
    array([4., 3.])
    """
    A, exponent = balanced(finite_matrix(A))
    s = _by_gram(A)
    if EPSILON * s[0] ** 2 >= 2 * WORST_ERROR * s[0] * s[-1]:
        s = linalg.svdvals(A, check_finite=False)
    return np.ldexp(s, exponent)


def _by_gram(A: np.ndarray) -> np.ndarray:
    gram = A.T @ A if A.shape[0] >= A.shape[1] else A @ A.T
    squares = linalg.eigvalsh(gram.T, overwrite_a=True, check_finite=False)[::-1]
    return np.sqrt(np.maximum(squares, 0.0))
