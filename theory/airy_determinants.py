"""The three soft-edge laws from one operator: Fredholm determinants of the Airy Hankel kernel.

Let A_s be the operator on L²(0, ∞) with kernel Ai(x + y + s).  The Airy kernel on (s, ∞) is A_s², and Ferrari &
Spohn's kernel ½ Ai((x + y)/2) on (s, ∞) is A_s itself after x → s + 2x, so

    det(I − A_s) = F1(s),    det(I + A_s) = F2(s)/F1(s),    ½[det(I − A_s) + det(I + A_s)] = F4 at Airy scale

(Tracy & Widom 1994, 1996; Ferrari & Spohn 2005).  Bornemann (2010, Mathematics of Computation 79, and Markov
Processes and Related Fields 16): replace the operator by the matrix √w_i Ai(x_i + x_j + s) √w_j at Gauss–Legendre
nodes on (0, L), beyond which the kernel is below rounding; the error falls exponentially with the number of nodes.

With eigenvalues λ_i of that matrix and λ_i' = v_iᵀ A_s' v_i, A_s' of kernel Ai'(x + y + s), distribution functions
and densities are explicit and nothing is differenced.  Eigenvalues come in alternating signs and fall faster than
geometrically; their errors are a rounding of the largest, so 1 − F keeps its relative accuracy in the right tail,
while F has only an absolute one (about 1e-15) in the left tail, where λ_1 → 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import airy

Array = NDArray[np.float64]

NODES = 56


@dataclass(frozen=True)
class LawAtPoint:
    """Distribution function, its complement and its density at one point, each computed without cancellation."""

    cdf: float
    sf: float
    pdf: float


@lru_cache(maxsize=4)
def _legendre(nodes: int) -> tuple[Array, Array]:
    x, w = np.polynomial.legendre.leggauss(nodes)
    return (x + 1) / 2, w / 2


def airy_eigenvalues(s: float, nodes: int = NODES) -> tuple[Array, Array]:
    """λ_i and dλ_i/ds of A_s.

    The half line ends where the kernel has fallen to e^{-40} of its largest value: Ai(x) ~ exp(−2x^{3/2}/3).
    """
    start = max(s, 0.0)
    length = (start**1.5 + 60.0) ** (2 / 3) - s
    x, w = _legendre(nodes)
    x, root = length * x, np.sqrt(length * w)
    # the Airy function is nearly all of the cost: half of the symmetric matrix
    row, column = np.tril_indices(nodes)
    value, slope = np.empty((nodes, nodes)), np.empty((nodes, nodes))
    value[row, column], slope[row, column], _, _ = airy(x[row] + x[column] + s)
    value[column, row], slope[column, row] = value[row, column], slope[row, column]
    eigenvalues, vectors = np.linalg.eigh(root[:, None] * value * root)
    weighted = root[:, None] * vectors
    return eigenvalues, (weighted * (slope @ weighted)).sum(axis=0)


def orthogonal(eigenvalues: Array, slopes: Array) -> LawAtPoint:
    """β = 1: F = Π(1 − λ), F'/F = −Σ λ'/(1 − λ)."""
    log = np.log1p(-eigenvalues).sum()
    density = -np.exp(log) * (slopes / (1 - eigenvalues)).sum()
    return LawAtPoint(float(np.exp(log)), float(-np.expm1(log)), float(density))


def unitary(eigenvalues: Array, slopes: Array) -> LawAtPoint:
    """β = 2: F = Π(1 − λ²)."""
    return orthogonal(eigenvalues**2, 2 * eigenvalues * slopes)


def symplectic(eigenvalues: Array, slopes: Array) -> LawAtPoint:
    """β = 4 at Airy scale: F = 1 + e_2 + e_4 + …, the elementary symmetric polynomials of the λ of even degree.

    One eigenvalue at a time: (even, odd) → (even + λ odd, odd + λ even), with their derivatives alongside.
    """
    even, odd, d_even, d_odd = 0.0, 0.0, 0.0, 0.0  # even without its leading 1
    # from the largest |λ| down: the first product λ_1 λ_2 < 0 dominates 1 − F and nothing cancels
    for k in np.argsort(-np.abs(eigenvalues)):
        value, slope = float(eigenvalues[k]), float(slopes[k])
        d_even, d_odd = d_even + slope * odd + value * d_odd, d_odd + slope * (1 + even) + value * d_even
        even, odd = even + value * odd, odd + value * (1 + even)
    return LawAtPoint(1 + even, -even, d_even)


SOFT_EDGES = {1: orthogonal, 2: unitary, 4: symplectic}


def soft_edge(beta: int, s: float, nodes: int = NODES) -> LawAtPoint:
    """The law of class β ∈ {1, 2, 4} at s on the Airy scale.

    >>> round(soft_edge(1, 0.0).cdf, 12)
    0.831908066203
    """
    return SOFT_EDGES[beta](*airy_eigenvalues(s, nodes))
