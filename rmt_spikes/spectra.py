"""All singular values of a matrix, and all eigenvalues of a symmetric one.

For A with min(m, n) = k the eigenvalues of the k×k matrix AᵀA or AAᵀ are the squares s². Rounding in arithmetic with
ε (2^{-52}, or 2^{-23} in float32)
moves each s² by at most about c ε s_max² with c = max(8, 3 max(m, n)^{1/2}), hence s by

    min(c ε s_max²/(2 s),  √(c ε) s_max)

in absolute terms: nothing near s_max, half the digits near √ε s_max. Where that, at the smallest value found,
exceeds the tolerance, the values are taken from the matrix itself (LAPACK's gesdd, error about ε s_max). The Gram
matrix is summed over blocks of rows, which alone are converted to the arithmetic's type, and overwritten by its
tridiagonal form: beside A the peak is k² numbers and one block."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg
from scipy.linalg.blas import dsyrk, ssyrk

from rmt_spikes.arrays import as_finite_matrix, exponent_of

GROWTH, ROOT = 8, 3  # ε s_max² times the larger of GROWTH and ROOT·√max(m, n) bounds what rounding does to s²
TOLERANCE = {np.dtype(np.float32): 1e-6, np.dtype(np.float64): 1e-9}
ARITHMETIC = {"float32": (np.float32, ssyrk), "float64": (np.float64, dsyrk)}
BLOCK = 2**22  # entries of A converted at a time
ASYMMETRY = {np.dtype(np.float32): 1e-5, np.dtype(np.float64): 1e-10}


def singular_values(A: ArrayLike, tol: float | None = None, precision: str = "float64") -> np.ndarray:
    """All min(m, n) singular values of the m×n matrix A, descending, in float64.

    `tol` is the largest absolute error relative to s_max, by default 1e-9, or 1e-6 for a float32 array, which is then
    never copied as a whole. The Gram matrix of the smaller side serves it unless small values are present: for tol ≥
    1e-6 always, for tol = 1e-12 and 4000 rows down to s = 0.02 s_max; otherwise A itself is decomposed, in a
    float64 copy.
    `precision="float32"` makes and solves the Gram matrix in float32, in half the memory; its error for
    4000 rows is min(1.1e-5 s_max²/s, 5e-3 s_max), and a `tol` that this does not meet is served in float64.

    Raises TypeError unless A is real, ValueError unless it is a non-empty finite matrix, 1e-15 ≤ tol < 1 and the
    precision one of the two.

    >>> singular_values([[3.0, 0.0, 0.0], [0.0, -4.0, 0.0]])
    array([4., 3.])
    """
    A = as_finite_matrix(A)
    if precision not in ARITHMETIC:
        raise ValueError(f'precision = {precision!r}: give "float32" or "float64"')
    if tol is not None and (not isinstance(tol, int | float | np.floating) or not 1e-15 <= tol < 1):
        raise ValueError(f"tol = {tol!r} is outside [1e-15, 1): give an error relative to the largest value")
    exponent = exponent_of(A, single=precision == "float32")
    s = _by_gram(A, exponent, precision)
    if precision == "float32" and tol is not None and _error(s, np.float32, max(A.shape)) > tol:
        s, precision = _by_gram(A, exponent, "float64"), "float64"
    if precision == "float64" and _error(s, np.float64, max(A.shape)) > (TOLERANCE[A.dtype] if tol is None else tol):
        direct = np.array(A, dtype=np.float64, order="F")
        s = linalg.svdvals(np.ldexp(direct, -exponent, out=direct), overwrite_a=True, check_finite=False)
    return np.ldexp(s, exponent)


def eigenvalues(A: ArrayLike) -> np.ndarray:
    """All eigenvalues of the symmetric matrix A, descending, in float64; error about ε times the largest in size.

    Memory beside A: one copy in float64. Raises TypeError unless A is real, ValueError unless it is a non-empty,
    finite, square matrix, symmetric but for rounding (1e-10 of its largest entry, 1e-5 in float32).

    >>> eigenvalues([[0.0, 2.0], [2.0, 0.0]])
    array([ 2., -2.])
    """
    A = as_finite_matrix(A)
    check_symmetric(A)
    exponent = exponent_of(A)
    copy = np.array(A.T, dtype=np.float64, order="F")
    np.ldexp(copy, -exponent, out=copy)
    return np.ldexp(_eigenvalues(copy)[::-1], exponent)


def check_symmetric(A: np.ndarray) -> None:
    """ValueError unless A is square and symmetric but for rounding; in blocks of rows."""
    if A.shape[0] != A.shape[1]:
        raise ValueError(f"A has shape {A.shape}: give a square matrix, or take singular_values")
    rows = max(1, BLOCK // len(A))
    starts = range(0, len(A), rows)
    apart = max(float(np.abs(A[i : i + rows] - A[:, i : i + rows].T).max()) for i in starts)
    largest = max(float(A.max()), -float(A.min()))
    if apart > ASYMMETRY[A.dtype] * largest:
        raise ValueError(
            f"A is not symmetric: A and its transpose differ by up to {apart:.2g}, {apart / largest:.2g} of the "
            "largest entry: give (A + A.T)/2 if that is meant, or take singular_values"
        )


def _error(s: np.ndarray, dtype: type, longer: int) -> float:
    """The bound of the module's docstring relative to s_max, at the smallest value."""
    change = max(GROWTH, ROOT * longer**0.5) * float(np.finfo(dtype).eps)
    return min(change * s[0] / (2 * s[-1]), change**0.5) if s[-1] > 0 else change**0.5 if s[0] else 0.0


def _by_gram(A: np.ndarray, exponent: int, precision: str = "float64") -> np.ndarray:
    return np.sqrt(np.maximum(_eigenvalues(gram(A, exponent, precision)), 0.0))[::-1].astype(np.float64)


def gram(A: np.ndarray, exponent: int, precision: str) -> np.ndarray:
    """The lower triangle of (A/2^exponent)ᵀ(A/2^exponent), or of AAᵀ where that is smaller."""
    dtype, syrk = ARITHMETIC[precision]
    tall = A if A.shape[0] >= A.shape[1] else A.T
    if exponent == 0 and A.dtype == dtype and (A.flags.c_contiguous or A.flags.f_contiguous):
        return syrk(1.0, tall, trans=1, lower=1) if tall.flags.f_contiguous else syrk(1.0, tall.T, lower=1)
    m, n = tall.shape
    total, rows = np.zeros((n, n), dtype=dtype, order="F"), max(1, BLOCK // n)
    for first in range(0, m, rows):
        block = tall[first : first + rows]
        block = np.ascontiguousarray(np.ldexp(block, -exponent) if exponent else block, dtype=dtype)
        total = syrk(1.0, block.T, beta=1.0, c=total, overwrite_c=1, lower=1)
    return total


def _eigenvalues(triangle: np.ndarray) -> np.ndarray:
    """Ascending, from the lower triangle, which is overwritten."""
    return linalg.eigh(triangle, lower=True, eigvals_only=True, overwrite_a=True, check_finite=False, driver="evd")
