"""Quadrature rules of the two classical bulks: Σ w f(x) = ∫ f dμ to rounding for f analytic around the support.

Both densities are a square root between two ends; x = centre + radius cos φ makes the integrand periodic in φ, where
the midpoint rule converges exponentially (at a rate set by the distance of the nearest pole: a point outside the
support, or 0 for Marchenko–Pastur with γ near 1).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rule = tuple[Array, Array]

NODES = 1000


def _angles(nodes: int) -> Array:
    return (np.arange(nodes) + 0.5) * np.pi / nodes


def semicircle_rule(nodes: int = NODES) -> Rule:
    """√(4 − x²)/(2π) on [−2, 2]: the eigenvalues of a Wigner matrix with entries of variance 1/p.

    >>> x, w = semicircle_rule()
    >>> round(float(w @ x**4), 12)
    2.0
    """
    angle = _angles(nodes)
    return 2 * np.cos(angle), 2 / nodes * np.sin(angle) ** 2


def marchenko_pastur_rule(gamma: float, nodes: int = NODES) -> Rule:
    """Eigenvalues of X Xᵀ, X of p rows with entries of variance 1/n, γ = p/n; with the atom 1 − 1/γ at 0 if γ > 1.

    >>> x, w = marchenko_pastur_rule(2.5)
    >>> round(float(w.sum()), 12), round(float(w @ x), 12), round(float(w @ x**2), 12)
    (1.0, 1.0, 3.5)
    """
    angle = _angles(nodes)
    x = 1 + gamma + 2 * np.sqrt(gamma) * np.cos(angle)
    weights = 2 / nodes * np.sin(angle) ** 2 / x
    if gamma <= 1:
        return x, weights
    return np.append(x, 0.0), np.append(weights, 1 - 1 / gamma)
