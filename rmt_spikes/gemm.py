"""Matrix products into memory that is there already: BLAS gemm on C-ordered arrays, without temporary copies.

SciPy's BLAS wants Fortran order, and the transpose of a C-ordered array is that; so C = A B is asked for as
Cᵀ = Bᵀ Aᵀ.  All arrays have one precision."""

import numpy as np
from scipy.linalg import blas


def times_transposed(W: np.ndarray, X: np.ndarray, out: np.ndarray) -> None:
    """out = W Xᵀ for W (N×d), X (n×d), out (N×n, C-contiguous).

    >>> out = np.empty((1, 2))
    >>> times_transposed(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]]), out)
    >>> out
    array([[11., 17.]])
    """
    gemm = blas.get_blas_funcs("gemm", (out,))
    first, first_turned = _fortran(X)
    second, second_turned = _fortran(W)
    gemm(1, first, second, trans_a=first_turned, trans_b=1 - second_turned, c=out.T, overwrite_c=1)


def add_product(out: np.ndarray, H: np.ndarray, Y: np.ndarray) -> None:
    """out += H Y for H (N×n), Y (n×d), out (N×d, C-contiguous).

    >>> out = np.ones((1, 1))
    >>> add_product(out, np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]))
    >>> out
    array([[12.]])
    """
    gemm = blas.get_blas_funcs("gemm", (out,))
    first, first_turned = _fortran(Y)
    second, second_turned = _fortran(H)
    gemm(1, first, second, beta=1, trans_a=1 - first_turned, trans_b=1 - second_turned, c=out.T, overwrite_c=1)


def _fortran(A: np.ndarray) -> tuple[np.ndarray, int]:
    """(A, 0) or (Aᵀ, 1), whichever is in Fortran order; a view."""
    return (A, 0) if A.flags.f_contiguous and not A.flags.c_contiguous else (A.T, 1)
