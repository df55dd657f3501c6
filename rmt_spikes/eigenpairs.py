"""The k largest eigenvalues of a symmetric matrix or operator, with vectors and true residuals.

Block Lanczos.  From a random orthonormal block, A V_new = V C + V_next F with V all columns so far, made orthogonal
in full (`rmt_spikes.krylov`); so A V = V T + V_next F Eᵀ, where T is symmetric and E picks the last block.  With
T = P Λ Pᵀ the Ritz vector V p has the residual ‖F Eᵀ p‖.  After a restart to the leading ones T is Λ, and the next
block couples to them by PᵀE Fᵀ.  That coupling is known before it is measured: an operator that is not symmetric
is found out in each block.  Golub & Underwood (1977); Wu & Simon (2000)."""

from typing import NamedTuple

import numpy as np
from scipy import linalg

from rmt_spikes.consistency import check_self_adjoint
from rmt_spikes.krylov import Basis, Space, Unreached, column_norms, proved
from rmt_spikes.operators import Linear, Operand, linear
from rmt_spikes.requests import arithmetic, capacity, check_count, check_rng, is_dense, unreached
from rmt_spikes.spectra import check_symmetric

PASSES = 2000


class Eigenpairs(NamedTuple):
    """values (k,) descending, vectors (n×k) of length 1, residuals (k,) = ‖A v − λ v‖.

    An eigenvalue of A lies within the residual of each value. Unpacks as values, vectors, residuals."""

    values: np.ndarray
    vectors: np.ndarray
    residuals: np.ndarray


class PairSpace(Space):
    """The basis, T, the block that waits for its product and its coupling F to the last one."""

    def __init__(self, A: Linear, dtype: type, block: int, capacity: int, rng: np.random.Generator) -> None:
        self.A, self.dtype, self.block, self.capacity, self.rng = A, dtype, block, capacity, rng
        self.V, self.T, self.scale = Basis(A.shape[1], capacity), np.zeros((capacity, capacity)), 0.0
        self.F, self.next = np.zeros((block, block)), self.V.random_block(block, rng)

    @property
    def count(self) -> int:
        return self.V.count

    def grow(self) -> None:
        old, new = self.count, self.count + self.block
        W = self.A.times(self.next, self.dtype)
        self.scale = max(self.scale, column_norms(W).max())
        self.V.append(self.next)
        self.next, C, self.F = self.V.split(W, self.scale, self.rng)
        own = (C[old:] + C[old:].T) / 2
        self.T[:old, old:new], self.T[old:new, :old], self.T[old:new, old:new] = C[:old], C[:old].T, own

    def ritz(self) -> tuple[np.ndarray, np.ndarray]:
        values, P = linalg.eigh(self.T[: self.count, : self.count], check_finite=False, driver="evd")
        self.values, self.P = values[::-1], P[:, ::-1]
        return self.values, column_norms(self.F @ self.P[-self.block :])

    def restart(self, kept: int) -> None:
        P = self.P[:, :kept]
        self.V.rotate(P)
        self.T[:] = 0.0
        self.T[range(kept), range(kept)] = self.values[:kept]

    def refresh(self) -> None:
        self.next = self.V.random_block(self.block, self.rng)


def leading_eigenpairs(
    A: Operand, k: int, tol: float | None = None, rng: np.random.Generator | None = None
) -> Eigenpairs:
    """The k algebraically largest eigenvalues of the symmetric A (n×n) with unit vectors, in float64.

    A, `tol` and `rng` as for `leading_triplets`; the residuals are at most `tol` times the largest eigenvalue in
    size, and those returned are measured.  The largest entry of each vector is positive.  Raises TypeError unless A
    is real, ValueError unless it is square, symmetric but for rounding, non-empty, finite, and 1 ≤ k ≤ n.

    >>> values, vectors, residuals = leading_eigenpairs([[0.0, 2.0], [2.0, 0.0]], 1)
    >>> values, (vectors**2).T, bool(residuals < 1e-12)
    (array([2.]), array([[0.5, 0.5]]), True)
    """
    L = linear(A)
    if L.shape[0] != L.shape[1]:
        raise ValueError(f"A has shape {L.shape}: give a square matrix, or take leading_triplets")
    if L.array is not None:
        check_symmetric(L.array)
    check_self_adjoint(L)
    check_count(k, L.shape[0], "n")
    tol, dtype = arithmetic(L, tol)
    rng = check_rng(rng)
    values, V = _dense(L, k) if is_dense(L.shape[0], k) else _by_lanczos(L, int(k), tol, dtype, rng)
    V = V * np.where(V[np.abs(V).argmax(axis=0), np.arange(k)] < 0, -1.0, 1.0)
    residuals = column_norms(L.times(V, np.float64) - V * values)
    return Eigenpairs(np.ldexp(values, L.exponent), V, np.ldexp(residuals, L.exponent))


def _dense(A: Linear, k: int) -> tuple[np.ndarray, np.ndarray]:
    dense = A.dense()
    check_symmetric(dense)
    n = len(dense)
    values, V = linalg.eigh(dense, subset_by_index=[n - k, n - 1], check_finite=False)
    return values[::-1], np.ascontiguousarray(V[:, ::-1])


def _by_lanczos(
    A: Linear, k: int, tol: float, dtype: type, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    space = PairSpace(A, dtype, *capacity(A, k), rng)
    try:
        proved(space, k, tol, PASSES)
    except Unreached as error:
        raise unreached(tol, k, error) from None
    return space.values[:k], space.V.columns.copy()
