"""Block Krylov spaces: an orthonormal basis, thick restarts, and when to stop.

A block of b columns is multiplied at a time, which costs one pass over the memory of A, and b copies of a repeated
value are seen.  Every new block is made orthogonal to the whole basis, twice (twice is enough: Giraud et al. 2005),
by products of matrices.  When the basis is full it is rotated so that its first columns are the leading Ritz
vectors, and only those stay (thick restart: Wu & Simon 2000; Baglama & Reichel 2005); what A does on the basis is
kept as a dense matrix, so that nothing else changes.

A space with a random block at its start sees as many copies of a value as the block has columns.  So only where at
least b of the wanted values coincide could more be hidden: then the space is continued from a new random block
(`proved`) until that finds nothing above the values at hand."""

from abc import ABC, abstractmethod

import numpy as np
from scipy import linalg

from rmt_spikes.products import times

NEGLIGIBLE = 16 * np.finfo(np.float64).eps
COINCIDE = 1e-6  # relative to the largest value: closer ones count as copies
MISSED = 1e-8  # relative excess that counts as a value missed
PROOF_BLOCKS = 12
CHOLESKY = 1e-4  # least ratio of the entries on the diagonal
TINY = 1e-100  # entries whose squares are safe lie between this and its inverse
KEPT = 0.5  # of a full basis
SAFETY = 0.95  # of the tolerance, for what the bounds leave out


class Basis:
    """Orthonormal columns in one array of fixed capacity."""

    def __init__(self, size: int, capacity: int) -> None:
        self._store, self.count = np.empty((size, capacity), order="F"), 0

    @property
    def columns(self) -> np.ndarray:
        return self._store[:, : self.count]

    def append(self, block: np.ndarray) -> None:
        self._store[:, self.count : self.count + block.shape[1]] = block
        self.count += block.shape[1]

    def split(self, W: np.ndarray, scale: float, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        """(Q, C, R) with W = columns C + Q R and [columns, Q] orthonormal.

        Directions of W below rounding (of `scale`) are replaced by random ones, with zeros in R."""
        C = self._coefficients(W)
        rest = W - self._combine(C)
        Q, R = orthonormal(rest)
        if (np.abs(np.diag(R)) <= NEGLIGIBLE * scale).any():
            # with pivots: else a strong column has a part along the arbitrary direction of a weak one before it
            Q, R, order = linalg.qr(rest, mode="economic", pivoting=True, check_finite=False)
            weak = np.abs(np.diag(R)) <= NEGLIGIBLE * scale
            Q[:, weak], R[weak] = self._fresh(int(weak.sum()), rng), 0.0
            R = R[:, np.argsort(order)]
        D = self._coefficients(Q)
        Q, again = orthonormal(Q - self._combine(D))
        return Q, C + D @ R, again @ R

    def random_block(self, columns: int, rng: np.random.Generator) -> np.ndarray:
        """Random orthonormal columns orthogonal to the basis."""
        return self.split(self._fresh(columns, rng), 0.0, rng)[0]

    def _fresh(self, columns: int, rng: np.random.Generator) -> np.ndarray:
        block = rng.standard_normal((len(self._store), columns))
        block -= self._combine(self._coefficients(block))
        return block / np.linalg.norm(block, axis=0)

    def _coefficients(self, W: np.ndarray) -> np.ndarray:
        return times(self.columns.T, W)

    def _combine(self, C: np.ndarray) -> np.ndarray:
        return times(self.columns, C)

    def rotate(self, P: np.ndarray) -> None:
        """Keep the columns times P only; by rows, so that no second array of this size is needed."""
        for first in range(0, len(self._store), 4096):
            rows = self._store[first : first + 4096]
            rows[:, : P.shape[1]] = rows[:, : self.count] @ P
        self.count = P.shape[1]


def orthonormal(W: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(Q, R) with W = Q R: by Cholesky where R is well conditioned, else by Householder reflections.

    Cholesky is a product of matrices, but leaves QᵀQ − 1 at rounding times the squared condition number."""
    if TINY < np.abs(W).max() < 1 / TINY:
        R, failed = linalg.lapack.dpotrf(times(W.T, W))
        diagonal = np.abs(np.diag(R))
        if not failed and diagonal.min() > CHOLESKY * diagonal.max():
            return times(W, linalg.lapack.dtrtri(R)[0]), R
    return linalg.qr(W, mode="economic", check_finite=False)


class Space(ABC):
    """A Krylov space that grows by a block and restarts: singular triplets and eigenpairs differ in these steps."""

    block: int
    capacity: int

    @property
    @abstractmethod
    def count(self) -> int:
        """Columns in the basis."""

    @abstractmethod
    def grow(self) -> None:
        """Multiply the waiting block and make the next one."""

    @abstractmethod
    def ritz(self) -> tuple[np.ndarray, np.ndarray]:
        """Ritz values, largest first, and bounds on the residuals of their vectors."""

    @abstractmethod
    def restart(self, kept: int) -> None:
        """Keep that many leading Ritz vectors of the last `ritz`."""

    @abstractmethod
    def refresh(self) -> None:
        """Go on from a random block; what the vectors in the basis couple to is dropped."""


class Unreached(ArithmeticError):
    """The tolerance was not met within the passes allowed; the argument is the residual reached."""


class Progress:
    """When to look again: the residual falls by a steady factor a block, more or less."""

    def __init__(self, tol: float) -> None:
        self.tol, self.seen = tol, (0, 1.0)

    def wait(self, grown: int, reached: float) -> int:
        """Blocks until the next look, from two looks' residuals; at most a quarter more than so far."""
        (before, earlier), self.seen = self.seen, (grown, reached)
        slope = np.log(earlier / reached) / max(1, grown - before)
        expected = np.log(reached / self.tol) / slope if slope > 0 else np.inf
        return int(np.clip(0.8 * expected, 1, max(2, grown // 4)))


def converge(space: Space, k: int, tol: float, passes: int) -> np.ndarray:
    """Grow until the k leading Ritz vectors have residuals below tol times the largest value; these values.

    Raises Unreached after that many blocks."""
    kept = min(space.capacity - 4 * space.block, max(k + 2 * space.block, int(KEPT * space.capacity)))
    looks, progress = k + space.block, Progress(tol)
    for grown in range(passes):
        if space.count + space.block > space.capacity:
            looks -= space.count - kept
            space.restart(kept)
        space.grow()
        if space.count >= looks or space.count + space.block > space.capacity:
            values, bounds = space.ritz()
            reached = bounds[:k].max() / (np.abs(values).max() or 1.0)
            if reached <= SAFETY * tol:
                return values[:k]
            looks = space.count + space.block * progress.wait(grown, reached)
    raise Unreached(reached)


def proved(space: Space, k: int, tol: float, passes: int) -> None:
    """Converge, then leave the k leading Ritz vectors as the basis, with nothing larger left out."""
    settled(space, k, tol, passes, converge(space, k, tol, passes))


def settled(space: Space, k: int, tol: float, passes: int, values: np.ndarray) -> None:
    """The same from a space that has converged to these values."""
    while _could_hide(values, space.block):
        values = converge(space, k, tol / 4, passes)  # the coupling dropped below is then far under tol
        space.restart(k)
        space.refresh()
        for _ in range(min(PROOF_BLOCKS, (space.capacity - k) // space.block - 1)):
            space.grow()
        found = converge(space, k, tol, passes)
        excess = (found - values).max()
        values = found
        if excess <= (MISSED + tol) * np.abs(values).max():
            break
    space.restart(k)


def _could_hide(values: np.ndarray, block: int) -> bool:
    if len(values) <= block:
        return False
    near = values[: len(values) - block + 1] - values[block - 1 :]
    return bool((near <= COINCIDE * np.abs(values).max()).any())


def column_norms(columns: np.ndarray) -> np.ndarray:
    """Norms of the columns, whose squares may overflow or underflow.

    >>> column_norms(np.array([[3e300, 0.0], [4e300, 0.0]]))
    array([5.e+300, 0.e+000])
    """
    largest = np.abs(columns).max(initial=0.0) or 1.0
    return largest * np.linalg.norm(columns / largest, axis=0)
