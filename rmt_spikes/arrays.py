"""Checks of a matrix before its spectrum is taken."""

import numpy as np
from numpy.typing import ArrayLike


def finite_matrix(A: ArrayLike, name: str = "A") -> np.ndarray:
    """`A` as a float64 matrix. Raises TypeError unless real, ValueError unless 2-d, non-empty and finite.

    >>> finite_matrix([[1, 2]])
    array([[1., 2.]])
    """
    A = np.asarray(A)
    if A.dtype.kind not in "iuf":
        raise TypeError(f"{name} has dtype {A.dtype}: give a matrix of real numbers")
    if A.ndim != 2 or A.size == 0:
        raise ValueError(f"{name} has shape {A.shape}: give a non-empty matrix with two dimensions")
    A = A.astype(np.float64, copy=False)
    if not (np.isfinite(A.max()) and np.isfinite(A.min())):
        raise ValueError(f"{name} has entries that are not finite: remove the NaN or infinite values")
    return A


def balanced(A: np.ndarray) -> tuple[np.ndarray, int]:
    """(A/2^e, e): e = 0 unless squares of the entries could overflow or underflow. Undo with `numpy.ldexp`.

    >>> balanced(np.array([[1.0, -3.0]]))[1], balanced(np.array([[2.0**400]]))
    (0, (array([[0.5]]), 401))
    """
    exponent = int(np.frexp(max(A.max(), -A.min()))[1])
    return (A, 0) if abs(exponent) < 300 else (np.ldexp(A, -exponent), exponent)
