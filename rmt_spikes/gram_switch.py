"""From A to the Gram matrix G = AᵀA in the middle of a Krylov space, where many passes are still to come.

A block of b columns costs 4mnb operations on A (m×n, n ≤ m), at the speed of memory, and 2n²b on G; to form G takes
mn², at the speed of the processor, some five times higher: the price of n/(20 b) blocks. The residual falls from 1
by about the same factor in each block, so one look after a few blocks tells how many are left: values in the edge
of a bulk need dozens, outliers well above it need few.

Nothing of the space is lost. From A V = U B and Aᵀ U = V Bᵀ + V_next F Eᵀ, where the last block row EᵀB of B is [0,
R],

    G V = V BᵀB + V_next (F R) Eᵀ,

which is the recurrence of `rmt_spikes.eigenpairs` on G, with T = BᵀB. With G v = s² v + r the triplet of A has
the residual ‖r‖/s, so rounding in G, c ε s_1², leaves c ε s_1²/s_k: G serves only where that is below the
tolerance. In the end the vectors are rotated by the SVD of A V and measured against A; where they miss the
tolerance the space on A goes on as if nothing had been."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import linalg

from rmt_spikes.eigenpairs import PairSpace
from rmt_spikes.krylov import Basis, Unreached, column_norms, orthonormal, proved
from rmt_spikes.operators import Linear
from rmt_spikes.products import times
from rmt_spikes.spectra import gram

if TYPE_CHECKING:
    from rmt_spikes.lanczos import TripletSpace

SPEED = 5  # operations of a product of large matrices in the time of one in a thin product
FIRST_LOOK = 1 / 3  # of the price of G
SETTLED = 5  # blocks after which the residual falls steadily, besides twice those that hold k columns
ROUNDING = 16  # c; 1.7 was measured in float32 for 1000 to 2000 columns of 2000 to 8000 rows


class Costs(NamedTuple):
    """In blocks on A: the price of G, and what is saved a block once it is there."""

    price: float
    saved: float


def costs(A: Linear, block: int) -> Costs:
    m, n = A.shape
    return Costs(n / (4 * SPEED * block), 1 - n / (2 * m))


def fits(A: Linear, dtype: type) -> bool:
    """Whether A is an array with n ≤ m and G no larger than it."""
    m, n = A.shape
    return A.array is not None and n <= m and n**2 * np.dtype(dtype).itemsize <= A.array.nbytes


def looks(A: Linear, block: int, k: int) -> tuple[int, int]:
    """Blocks after which to ask whether G pays: early, and when as much is spent as G costs."""
    price = costs(A, block).price
    first = max(int(FIRST_LOOK * price), SETTLED + -(-2 * k // block))
    return first, max(int(price), 2 * first)


def pays(A: Linear, block: int, grown: int, reached: float, tol: float) -> bool:
    """Whether the blocks still to come, at the average rate so far, cost more than G and as many on it."""
    left = grown * (np.log(tol) / np.log(reached) - 1) if reached < 1 else np.inf
    return left * costs(A, block).saved > costs(A, block).price


def reachable(dtype: type, s: np.ndarray, tol: float) -> bool:
    """Whether the rounding of G leaves room for the tolerance at the last of the values s."""
    return ROUNDING * float(np.finfo(dtype).eps) * s[0] < tol * s[-1]


def by_gram(
    space: "TripletSpace", k: int, tol: float, passes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """U, s, V of the k leading triplets, from the space on A as it stands after a block; None where they miss tol."""
    A = space.A
    try:
        pairs = _continued(space, _gram(A, space.dtype))
        s = space.ritz()[0][:k]
        proved(pairs, k, tol * s[-1] / s[0], passes)
    except (Unreached, ValueError):  # G is not what A said, which rounding alone can hardly bring about
        return None
    Q, R = orthonormal(A.times(pairs.V.columns, np.float64))
    Q, again = orthonormal(Q)
    P, s, Qt = linalg.svd(again @ R, check_finite=False)
    U, V = times(Q, P), times(pairs.V.columns, Qt.T)
    missed = column_norms(A.adjoint(U, np.float64) - V * s).max() > tol * s[0]
    return None if missed else (U, s, V)


def _gram(A: Linear, dtype: type) -> Linear:
    assert A.array is not None  # as `fits` has seen
    G = gram(A.array, A.exponent, np.dtype(dtype).name)
    for first in range(0, len(G), 256):  # from the lower triangle, in place
        last = min(first + 256, len(G))
        corner = G[first:last, first:last]
        corner[:] = np.tril(corner) + np.tril(corner, -1).T
        G[first:last, last:] = G[last:, first:last].T
    product = lambda V, dtype: times(G, V.astype(dtype, copy=False)).astype(np.float64, copy=False)  # noqa: E731
    return Linear(G.shape, product, product, None, 0, G, dtype is np.float32)


def _continued(space: "TripletSpace", G: Linear) -> PairSpace:
    """The space on G with the same basis, in a copy, so that the one on A can still go on."""
    count, block = space.count, space.block
    B = space.B[:count, :count]
    pairs = PairSpace(G, space.dtype, block, space.capacity, space.rng)
    pairs.V = Basis(G.shape[0], space.capacity)
    pairs.V.append(space.V.columns)
    pairs.next, pairs.scale = space.next, space.scale**2
    pairs.T[:count, :count] = B.T @ B
    pairs.F = space.F @ B[-block:, -block:]
    return pairs
