"""Golub–Kahan–Lanczos bidiagonalisation with full reorthogonalisation.

From a random unit vector v_1 the recurrence

    α_j u_j = A v_j − β_{j−1} u_{j−1},      β_j v_{j+1} = Aᵀ u_j − α_j v_j

gives A V = U B and Aᵀ U = V Bᵀ + β_j v_{j+1} e_jᵀ with B upper bidiagonal (α on the diagonal, β above it).
With the singular value decomposition B = P S Qᵀ the Ritz triplets (U p_i, s_i, V q_i) satisfy A v = s u
exactly, and ‖Aᵀ u − s v‖ = β_j |P_{ji}|. Each new vector is made orthogonal to all earlier ones, twice
(twice is enough: Giraud et al. 2005), so that no ghost copies appear. Golub & Kahan (1965); Golub & Van
Loan, Matrix Computations, 10.4.

When α_j or β_j vanishes the spaces are invariant: a fresh random orthogonal vector goes on, with that zero
in B."""

from collections import deque
from collections.abc import Iterator
from itertools import islice

import numpy as np
from scipy import linalg

STRIDE = 5  # fewest steps between two looks at B
LARGEST_SHARE = 1 / 4  # of the space, before giving up
NEGLIGIBLE = 16 * np.finfo(np.float64).eps


class Basis:
    """Orthonormal vectors, kept as rows of one array that grows by half when full."""

    def __init__(self, rows: np.ndarray) -> None:
        self._store, self.count = np.array(rows), len(rows)

    @property
    def rows(self) -> np.ndarray:
        return self._store[: self.count]

    def append(self, vector: np.ndarray) -> None:
        if self.count == len(self._store):
            store = np.empty((self.count + max(32, self.count // 2), self._store.shape[1]))
            store[: self.count] = self._store
            self._store = store
        self._store[self.count] = vector
        self.count += 1

    def complement(self, vector: np.ndarray) -> np.ndarray:
        """The part of `vector` orthogonal to the basis."""
        for _ in range(2):
            vector = vector - (self.rows @ vector) @ self.rows
        return vector

    def fresh(self, rng: np.random.Generator) -> np.ndarray:
        """A random unit vector orthogonal to the basis, which must not fill the space."""
        vector = self.complement(rng.standard_normal(self._store.shape[1:]))
        return vector / np.linalg.norm(vector)


def bidiagonalise(
    A: np.ndarray, U: Basis, V: Basis, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Extend U and V by a vector a step; yields (α_1..α_j, β_1..β_j) after each, until V fills its space.

    Vectors already in U and V stay fixed and are deflated. A must have at least as many rows as columns."""
    alphas, betas = [], []
    v, scale = V.fresh(rng), 0.0
    while True:
        V.append(v)
        u, alpha = _extend(U, A @ v, scale, rng)
        U.append(u)
        scale = max(scale, alpha)
        alphas.append(alpha)
        full = V.count == A.shape[1]
        v, beta = (v, 0.0) if full else _extend(V, u @ A, scale, rng)
        scale = max(scale, beta)
        betas.append(beta)
        yield np.array(alphas), np.array(betas)
        if full:
            return


def _extend(basis: Basis, image: np.ndarray, scale: float, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    vector = basis.complement(image)
    norm = float(np.linalg.norm(vector))
    if norm <= NEGLIGIBLE * scale or norm == 0.0:
        return basis.fresh(rng), 0.0
    return vector / norm, norm


def leading_values(alphas: np.ndarray, betas: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k largest singular values of B and the residuals β_j |P_{ji}| of their Ritz triplets.

    From the tridiagonal matrix with zero diagonal and α_1, β_1, α_2, … beside it, whose eigenvalues are ±s and
    whose eigenvectors interleave those of B: cheap enough for a look every few steps."""
    beside = np.stack([alphas, betas], axis=1).ravel()[:-1]
    size = len(beside) + 1
    s, vectors = linalg.eigh_tridiagonal(np.zeros(size), beside, select="i", select_range=(size - k, size - 1))
    return s[::-1], np.sqrt(2) * betas[-1] * np.abs(vectors[-1, ::-1])


def ritz(alphas: np.ndarray, betas: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of P, values and rows of Q of the k leading triplets of B."""
    P, s, Qt = linalg.svd(np.diag(alphas) + np.diag(betas[:-1], 1), check_finite=False)
    return P[:, :k].T, s[:k], Qt[:k]


def converged(
    A: np.ndarray, U: np.ndarray, s: np.ndarray, V: np.ndarray, k: int, tol: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """The known triplets (rows of U, s, rows of V) and k leading ones of their complement, largest first.

    Residuals are at most tol times the largest value. None if the basis grows to a share of the space for which
    a dense decomposition is quicker."""
    left, right, known, look = Basis(U), Basis(V), len(s), k
    for alphas, betas in bidiagonalise(A, left, right, rng):
        steps = len(alphas)
        if steps < look:
            continue
        look = steps + max(STRIDE, steps // 20)
        values, bounds = leading_values(alphas, betas, k)
        if (bounds <= tol * max(values[0], s.max(initial=0.0))).all():
            P, values, Q = ritz(alphas, betas, k)
            order = np.argsort(-np.concatenate([s, values]), kind="stable")
            U = np.concatenate([U, P @ left.rows[known:]])[order]
            V = np.concatenate([V, Q @ right.rows[known:]])[order]
            return U, np.concatenate([s, values])[order], V
        if right.count > A.shape[1] * LARGEST_SHARE:
            break
    return None


def largest_left(A: np.ndarray, U: np.ndarray, V: np.ndarray, steps: int, rng: np.random.Generator) -> float:
    """A lower bound of the largest singular value once the triplets with rows U, V are deflated."""
    extended = islice(bidiagonalise(A, Basis(U), Basis(V), rng), steps)
    alphas, betas = deque(extended, maxlen=1)[0]
    return float(leading_values(alphas, betas, 1)[0][0])
