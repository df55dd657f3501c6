"""The k leading singular triplets of a large matrix or operator, with their true residuals.

Block Golub–Kahan–Lanczos.  From a random orthonormal block V_1,

    A V_new = U C + U_new R,        Aᵀ U_new = V C' + V_next F,

with U, V all columns so far, made orthogonal in full (`rmt_spikes.krylov`).  So A V = U B with B = [[B, C], [0, R]],
and Aᵀ U = V Bᵀ + V_next F Eᵀ, where E picks the last block.  With B = P S Qᵀ the Ritz triplets (U p, s, V q) satisfy
A v = s u exactly and ‖Aᵀ u − s v‖ = ‖F Eᵀ p‖; after a restart to the leading ones B is S.  The upper part of C' must
be the transpose of B's new rows: an operator whose transposed product does not belong to it is found out in each
block, for nothing.  Golub & Kahan (1965); Golub, Luk & Overton (1981); Baglama & Reichel (2005).

Small matrices and many triplets go to LAPACK instead; an array that needs many passes more, to its Gram matrix
(`rmt_spikes.gram_switch`)."""

from typing import NamedTuple

import numpy as np
from scipy import linalg

from rmt_spikes import gram_switch
from rmt_spikes.consistency import check_residuals, check_transpose
from rmt_spikes.krylov import Basis, Space, Unreached, column_norms, converge, proved, settled
from rmt_spikes.operators import Linear, Operand, linear
from rmt_spikes.requests import arithmetic, capacity, check_count, check_rng, is_dense, unreached

PASSES = 2000


class Triplets(NamedTuple):
    """U (m×k), s (k,) descending, Vt (k×n), residuals (k,) = sqrt(‖A v − s u‖² + ‖Aᵀ u − s v‖²).

    A true singular value lies within residual/√2 of each s. Unpacks as U, s, Vt, residuals."""

    U: np.ndarray
    s: np.ndarray
    Vt: np.ndarray
    residuals: np.ndarray


class TripletSpace(Space):
    """The two bases, B, the block that waits for its product and its coupling F to the last one."""

    def __init__(self, A: Linear, dtype: type, block: int, capacity: int, rng: np.random.Generator) -> None:
        self.A, self.dtype, self.block, self.capacity, self.rng = A, dtype, block, capacity, rng
        self.U, self.V = Basis(A.shape[0], capacity), Basis(A.shape[1], capacity)
        self.B, self.F, self.scale = np.zeros((capacity, capacity)), np.zeros((block, block)), 0.0
        self.next = self.V.random_block(block, rng)

    @property
    def count(self) -> int:
        return self.V.count

    def grow(self) -> None:
        old, new = self.count, self.count + self.block
        W = self.A.times(self.next, self.dtype)
        self.scale = max(self.scale, column_norms(W).max())
        U, self.B[:old, old:new], self.B[old:new, old:new] = self.U.split(W, self.scale, self.rng)
        self.V.append(self.next)
        self.U.append(U)
        W = self.A.adjoint(U, self.dtype)
        self.next, _, self.F = self.V.split(W, self.scale, self.rng)

    def ritz(self) -> tuple[np.ndarray, np.ndarray]:
        B = self.B[: self.count, : self.count]
        self.P, self.s, self.Qt = linalg.svd(B, check_finite=False)
        return self.s, column_norms(self.F @ self.P[-self.block :])

    def restart(self, kept: int) -> None:
        self.U.rotate(self.P[:, :kept])
        self.V.rotate(self.Qt[:kept].T)
        self.B[:] = 0.0
        self.B[range(kept), range(kept)] = self.s[:kept]

    def triplets(self, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """U, s, V after a restart to the leading k."""
        return self.U.columns.copy(), self.s[:k], self.V.columns.copy()

    def refresh(self) -> None:
        self.next = self.V.random_block(self.block, self.rng)


def leading_triplets(
    A: Operand, k: int, tol: float | None = None, rng: np.random.Generator | None = None
) -> Triplets:
    """The k largest singular values of A (m×n) with unit singular vectors, in float64.

    A is an array of any layout, a SciPy sparse matrix, a scipy.sparse.linalg.LinearOperator, or anything with shape,
    dtype and the products A V and Aᵀ U.  Computed until the residuals are at most `tol` times s_1; those returned
    are measured afterwards.  The largest entry of each left vector is positive.  `rng` gives the start block, by
    default the same at each call.

    `tol` is 1e-10 unless given, and 1e-5 for an operator of dtype float32.  A float32 array is never copied: for tol
    ≥ 1e-5 it is multiplied in float32, below that tile by tile in float64; an operator of that dtype reaches 2e-6
    at best and a smaller tol is refused.

    Raises TypeError unless A is real and `rng` a Generator, ValueError unless A is non-empty and finite, 1 ≤ k ≤
    min(m, n) and 1e-14 ≤ tol < 1, or where the products of an operator are not each other's transpose.

    >>> U, s, Vt, residuals = leading_triplets([[3.0, 0.0, 0.0], [0.0, -4.0, 0.0]], 1)
    >>> s, U.T, bool(residuals < 1e-12)
    (array([4.]), array([[0., 1.]]), True)
    """
    L = linear(A)
    check_count(k, min(L.shape), "min(m, n)")
    tol, dtype = arithmetic(L, tol)
    rng = check_rng(rng)
    check_transpose(L)
    U, s, V = _dense(L, k) if is_dense(min(L.shape), k) else _by_lanczos(L, int(k), tol, dtype, rng)
    signs = np.where(U[np.abs(U).argmax(axis=0), np.arange(k)] < 0, -1.0, 1.0)
    U, V = U * signs, V * signs
    right, left = L.times(V, np.float64) - U * s, L.adjoint(U, np.float64) - V * s
    residuals = np.hypot(column_norms(right), column_norms(left))
    check_residuals(L, residuals, s[0], tol)
    return Triplets(U, np.ldexp(s, L.exponent), np.ascontiguousarray(V.T), np.ldexp(residuals, L.exponent))


def _dense(A: Linear, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    U, s, Vt = linalg.svd(A.dense(), full_matrices=False, check_finite=False)
    return np.ascontiguousarray(U[:, :k]), s[:k], np.ascontiguousarray(Vt[:k].T)


def _by_lanczos(
    A: Linear, k: int, tol: float, dtype: type, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if A.array is not None and A.shape[0] < A.shape[1]:  # the smaller side is that of V, as the Gram matrix needs it
        V, s, U = _by_lanczos(A.transposed, k, tol, dtype, rng)
        return U, s, V
    space = TripletSpace(A, dtype, *capacity(A, k), rng)
    try:
        return _switching(space, k, tol) or _direct(space, k, tol)
    except Unreached as error:
        raise unreached(tol, k, error) from None


def _switching(space: TripletSpace, k: int, tol: float) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Converge, or go on with the Gram matrix where that pays; None where neither is done after a few blocks."""
    A, grown = space.A, 0
    for look in gram_switch.looks(A, space.block, k) if gram_switch.fits(A, space.dtype) else ():
        try:
            values = converge(space, k, tol, look - grown)
        except Unreached as error:
            grown, s = look, space.ritz()[0][:k]
            if gram_switch.pays(A, space.block, grown, error.args[0], tol):
                serves = gram_switch.reachable(space.dtype, s, tol)
                return gram_switch.by_gram(space, k, tol, PASSES) if serves else None
        else:
            settled(space, k, tol, PASSES, values)
            return space.triplets(k)
    return None


def _direct(space: TripletSpace, k: int, tol: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    proved(space, k, tol, PASSES)
    return space.triplets(k)
