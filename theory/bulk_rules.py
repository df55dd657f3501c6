"""A bulk law as a quadrature rule: Σ w f(x) = ∫ f dμ; the two classical ones to rounding.

For f analytic around the support.  The classical densities are a square root between two ends; x = centre + radius
cos φ makes the integrand periodic in φ, where the midpoint rule converges exponentially (at a rate set by the
distance of the nearest pole: a point outside the support, or 0 for Marchenko–Pastur with γ near 1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

Array = NDArray[np.float64]

NODES = 1000


def positive(name: str, value: float, what: str) -> float:
    """``value``, or an error that says what was expected."""
    if not (np.isfinite(value) and value > 0):
        raise ValueError(f"{name} = {value} is not accepted: give {what}, finite and positive")
    return float(value)


def below_threshold(name: str, value: float, threshold: float) -> ValueError:
    return ValueError(
        f"{name} = {value:.6g} makes no outlier: the threshold is {threshold:.6g}; below it use the law of the "
        "largest bulk value (theory.edge_law)"
    )


@dataclass(frozen=True)
class BulkRule:
    """Values and weights of a law of mass 1 (atoms included), and the upper end of its support."""

    values: Array
    weights: Array
    edge: float

    def __post_init__(self) -> None:
        x, w = np.asarray(self.values, dtype=float), np.asarray(self.weights, dtype=float)
        if x.ndim != 1 or x.shape != w.shape or not x.size or not np.isfinite(x).all():
            raise ValueError(f"values {x.shape} and weights {w.shape}: give two finite vectors of one length")
        if not ((w >= 0).all() and abs(w.sum() - 1) < 1e-6):
            raise ValueError(f"the weights sum to {w.sum():.6g}: give the law's mass 1, no weight negative")
        if not x.max() <= self.edge < np.inf:
            raise ValueError(f"edge = {self.edge} is not accepted: the largest of the values is {x.max():.6g}")
        object.__setattr__(self, "values", x)
        object.__setattr__(self, "weights", w)

    def root_above(self, function: Callable[[float], float], strength: float, name: str) -> float:
        """z > edge with ``function(z)`` = 1/strength, for a function that falls from the edge to 0 at infinity."""
        start = self.edge + 1e-9 * max(abs(self.edge), 1.0)
        if function(start) <= 1 / strength:
            raise below_threshold(name, strength, 1 / function(start))
        reach = 1.0
        while function(self.edge + reach) > 1 / strength:
            reach *= 2
        return float(brentq(lambda z: function(z) - 1 / strength, start, self.edge + reach, xtol=1e-13))


def _angles() -> Array:
    return (np.arange(NODES) + 0.5) * np.pi / NODES


def semicircle_rule() -> BulkRule:
    """√(4 − x²)/(2π) on [−2, 2]: the eigenvalues of a Wigner matrix with entries of variance 1/p.

    >>> rule = semicircle_rule()
    >>> round(float(rule.weights @ rule.values**4), 12)
    2.0
    """
    angle = _angles()
    return BulkRule(2 * np.cos(angle), 2 / NODES * np.sin(angle) ** 2, 2.0)


def marchenko_pastur_rule(gamma: float) -> BulkRule:
    """Eigenvalues of X Xᵀ, X of p rows with entries of variance 1/n, γ = p/n; with the atom 1 − 1/γ at 0 if γ > 1.

    >>> rule = marchenko_pastur_rule(2.5)
    >>> [round(float(rule.weights @ rule.values**k), 12) for k in (0, 1, 2)]
    [1.0, 1.0, 3.5]
    """
    root = np.sqrt(positive("gamma", gamma, "the ratio of the two sizes"))
    angle = _angles()
    x = 1 + gamma + 2 * root * np.cos(angle)
    weights = 2 / NODES * np.sin(angle) ** 2 / x
    if gamma > 1:
        x, weights = np.append(x, 0.0), np.append(weights, 1 - 1 / gamma)
    return BulkRule(x, weights, float((1 + root) ** 2))


def singular_value_rule(gamma: float) -> BulkRule:
    """The min(N, d) singular values of an N×d matrix with entries of variance 1/d, γ = N/d; no zeros."""
    gamma = positive("gamma", gamma, "the ratio N/d")
    short = min(gamma, 1 / gamma)
    squares = marchenko_pastur_rule(short)
    return BulkRule(
        np.sqrt(max(gamma, 1.0) * squares.values), squares.weights, float(np.sqrt(max(gamma, 1.0) * squares.edge))
    )
