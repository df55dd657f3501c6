"""Checks of a matrix before its spectrum is taken."""

import numpy as np
from numpy.typing import ArrayLike

EXTREME = 300  # binary exponents beyond which squares of entries could overflow or underflow
EXTREME_SINGLE = 40  # likewise for float32
MOST, MOST_SINGLE = 1000, 120


def as_finite_matrix(A: ArrayLike, name: str = "A") -> np.ndarray:
    """`A` as a float32 or float64 matrix, itself where it is one.

    Raises TypeError unless real, ValueError unless 2-d, non-empty and finite.

    >>> as_finite_matrix([[1, 2]])
    array([[1., 2.]])
    """
    A = np.asarray(A)
    if A.dtype.kind not in "iuf":
        raise TypeError(f"{name} has dtype {A.dtype}: give a matrix of real numbers")
    if A.ndim != 2 or A.size == 0:
        raise ValueError(f"{name} has shape {A.shape}: give a non-empty matrix with two dimensions")
    if A.dtype not in (np.float32, np.float64):
        A = A.astype(np.float64)
    if not (np.isfinite(A.max()) and np.isfinite(A.min())):
        raise ValueError(f"{name} has entries that are not finite: remove the NaN or infinite values")
    return A


def exponent_of(A: np.ndarray, single: bool = False) -> int:
    """e such that A/2^e has squares that neither overflow nor underflow, in float32 where `single`; 0 where A has.

    >>> exponent_of(np.array([[1.0, -3.0]])), exponent_of(np.array([[2.0**400]]))
    (0, 401)
    """
    exponent = int(np.frexp(max(A.max(), -A.min()))[1])
    single = single or A.dtype == np.float32
    # 2^e itself must be a number of the precision, also where the entries are subnormal ones
    most = MOST_SINGLE if single else MOST
    return 0 if abs(exponent) < (EXTREME_SINGLE if single else EXTREME) else min(max(exponent, -most), most)
