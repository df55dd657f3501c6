"""Arrays, sparse matrices and operators behind one face: a shape and products with thin blocks of columns.

Anything with `shape`, `dtype` and products counts as an operator: `matmat` and `rmatmat` where it has them
(scipy.sparse.linalg.LinearOperator), else `A @ V` and `A.T @ U`, else `matvec` and `rmatvec` column by column.  Its
`dtype` is the one its products are made in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from rmt_spikes.arrays import as_finite_matrix, exponent_of
from rmt_spikes.products import adjoint_times, times

Product = Callable[[np.ndarray, type], np.ndarray]
Operand = Any  # an array, or anything that `linear` accepts: no type says so
DENSE_BLOCK = 16  # columns of the identity at a time


@dataclass(frozen=True, eq=False)
class Linear:
    """A/2^exponent as two functions of (columns, dtype of the arithmetic); ``own`` is the dtype of an operator that
    works in no other, None for what holds its entries; ``array`` the entries where they are an array."""

    shape: tuple[int, int]
    times: Product
    adjoint: Product
    own: type | None
    exponent: int
    array: np.ndarray | None
    single: bool  # whether the entries are float32 or shorter

    @property
    def transposed(self) -> "Linear":
        m, n = self.shape
        array = None if self.array is None else self.array.T
        return Linear((n, m), self.adjoint, self.times, self.own, self.exponent, array, self.single)

    def dense(self) -> np.ndarray:
        """The entries in float64; an operator is multiplied by blocks of the identity."""
        if self.array is not None:
            return np.ldexp(self.array.astype(np.float64, copy=False), -self.exponent)
        m, n = self.shape
        if m < n:
            return self.transposed.dense().T
        out = np.empty(self.shape)
        for first in range(0, n, DENSE_BLOCK):
            block = np.eye(n, min(DENSE_BLOCK, n - first), -first)
            out[:, first : first + DENSE_BLOCK] = self.times(block, np.float64)
        return out


def linear(A: Operand, name: str = "A") -> Linear:
    """The face of a real array, sparse matrix or operator.  TypeError or ValueError says what else it may be."""
    if sparse.issparse(A):
        return _of_sparse(A, name)
    if not isinstance(A, np.ndarray) and hasattr(A, "shape") and _has_products(A):
        return _of_operator(A, name)
    return _of_array(as_finite_matrix(A, name))


def _of_array(A: np.ndarray) -> Linear:
    exponent = exponent_of(A)
    return Linear(
        A.shape,
        lambda V, dtype: times(A, _scaled(V, -exponent, dtype)).astype(np.float64, copy=False),
        lambda U, dtype: adjoint_times(A, _scaled(U, -exponent, dtype)).astype(np.float64, copy=False),
        None,
        exponent,
        A,
        A.dtype == np.float32,
    )


def _of_sparse(A: Operand, name: str) -> Linear:
    A = A if A.format in ("csr", "csc") else A.tocsr()
    if A.dtype.kind not in "iuf":
        raise TypeError(f"{name} has dtype {A.dtype}: give a matrix of real numbers")
    if A.ndim != 2 or 0 in A.shape:
        raise ValueError(f"{name} has shape {A.shape}: give a non-empty matrix with two dimensions")
    exponent = exponent_of(as_finite_matrix(A.data[None], name)) if A.nnz else 0
    return Linear(
        A.shape,
        lambda V, dtype: A @ _scaled(V, -exponent, np.float64),
        lambda U, dtype: A.T @ _scaled(U, -exponent, np.float64),
        None,
        exponent,
        None,
        False,
    )


def _of_operator(A: Operand, name: str) -> Linear:
    shape, dtype = tuple(A.shape), np.dtype(getattr(A, "dtype", None) or np.float64)
    if len(shape) != 2 or not all(isinstance(size, int | np.integer) and size > 0 for size in shape):
        raise ValueError(f"{name} has shape {shape}: give an operator with two positive dimensions")
    if dtype.kind not in "iuf" or dtype == np.float16:
        raise TypeError(f"{name} has dtype {dtype}: give an operator whose products are float32 or float64")
    own = np.float32 if dtype == np.float32 else np.float64
    forward, backward = _forward(A), _backward(A, name)
    return Linear(
        shape,
        lambda V, dtype: _checked(forward(V.astype(own, copy=False)), (shape[0], V.shape[1]), name, "A V"),
        lambda U, dtype: _checked(backward(U.astype(own, copy=False)), (shape[1], U.shape[1]), name, "Aᵀ U"),
        own,
        0,
        None,
        own is np.float32,
    )


def _has_products(A: object) -> bool:
    return any(hasattr(A, method) for method in ("matmat", "matvec", "__matmul__")) and not hasattr(A, "__array__")


def _forward(A: Operand) -> Callable[[np.ndarray], np.ndarray]:
    if hasattr(A, "matmat"):
        return A.matmat
    if hasattr(A, "__matmul__"):
        return lambda V: A @ V
    return lambda V: np.stack([np.ravel(A.matvec(column)) for column in V.T], axis=1)


def _backward(A: Operand, name: str) -> Callable[[np.ndarray], np.ndarray]:
    if hasattr(A, "rmatmat"):
        product = A.rmatmat
    elif hasattr(A, "rmatvec"):
        product = lambda U: np.stack([np.ravel(A.rmatvec(column)) for column in U.T], axis=1)  # noqa: E731
    elif hasattr(A, "T"):
        product = lambda U: A.T @ U  # noqa: E731
    else:
        product = _missing

    def checked(U: np.ndarray) -> np.ndarray:
        try:
            return product(U)
        except (NotImplementedError, TypeError) as error:  # SciPy raises either where there is none
            raise ValueError(f"{name} has no transposed product: give rmatmat, rmatvec or a transpose") from error

    return checked


def _missing(U: np.ndarray) -> np.ndarray:
    raise NotImplementedError


def _checked(product: np.ndarray, shape: tuple[int, int], name: str, what: str) -> np.ndarray:
    product = np.asarray(product)
    if product.shape != shape or product.dtype.kind not in "iuf":
        raise ValueError(
            f"the operator {name} returned {what} of shape {product.shape} and dtype {product.dtype}: "
            f"return real numbers of shape {shape}"
        )
    if not np.isfinite(product).all():
        raise ValueError(f"the operator {name} returned {what} with NaN or infinite values: check its product")
    return product.astype(np.float64, copy=False)


def _scaled(block: np.ndarray, exponent: int, dtype: type) -> np.ndarray:
    return (np.ldexp(block, exponent) if exponent else block).astype(dtype, copy=False)
