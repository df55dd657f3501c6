"""The largest value of a bulk: its edge, its curvature there, and a Tracy–Widom law.

Let the law of p values, normalised to mass 1, vanish at its upper end like ρ(x) ≈ (c/π) √(x₊ − x).  With
x = x₊ + κ ξ the p values have intensity p κ ρ = (p c κ^{3/2}/π) √(−ξ) in ξ, and the Airy points √(−ξ)/π, so

    largest value ≈ x₊ + κ · TW_β,     κ = (p c)^{−2/3}                                  for every β

in the convention of `theory.tracy_widom`.  Checks: semicircle on [−2, 2]: c = 1, κ = p^{−2/3}; Wishart: Johnstone's
(2001) scale; a change of variable y = y(x) multiplies κ by |y'(x₊)|, as it must.

c can be read off the Stieltjes transform G(z) = ∫ρ/(z − x) above the edge: G ≈ G(x₊) − c √(z − x₊), so that
1/G'(z)² ≈ 4 (z − x₊)/c² is a straight line, whose zero is the edge and whose slope is 4/c².

*Finite sizes.*  Real matrices (β = 1) have an edge that lies O(1/p) lower, .2 standard deviations at p = 100: enough
to fail a test over 400 draws.  A Gaussian model with Dyson equation T = read(G(T)) has the mean trace p G + G_1,

    G_1 = ½ d/dz log det J(z),    J = 1 − ∂ read/∂T the stability operator                 (E[WGᵀW], to first order)

For GOE this is E Tr = p m + m³/(1 − m²)², J = 1 − m².  At the edge log det J = ½ log(z − x₊) + const
+ k √(z − x₊) + …; the first term is the classical mass ¼ at the edge, the second, compared with
−c √(z − x₊ − ε) p, moves the edge by

    ε = k/(2 c p)                                                                          (`edge_shift`)

GOE: −1/(2p), that is n → n − ½.  X of N×d with variance 1/d: det J = 1 − γ A²B², ε = −(1 + √γ)/(4√γ d), that is
N → N − ½ and d → d − ½, the centring of Ma (2012).  (Derived for this project.)  Complex matrices need no shift.

Not covered: atoms or islands at the edge, the top of an unbounded law, an edge where ρ vanishes with another power.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.tracy_widom import TracyWidom

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SoftEdge:
    """Where a bulk ends and how: ρ(x) ≈ (curvature/π) √(edge − x)."""

    edge: float
    curvature: float


@dataclass(frozen=True)
class LargestValue:
    """The law of edge + scale · TW_β, in SciPy's manner.

    >>> law = edge_law(edge=2, curvature=1, count=1000)  # largest eigenvalue of a 1000×1000 GOE matrix
    >>> round(law.scale, 9), round(law.mean(), 6)
    (0.01, 1.987935)
    """

    edge: float
    scale: float
    beta: int = 1

    def __post_init__(self) -> None:
        if not np.isfinite(self.edge):
            raise ValueError(f"edge = {self.edge} is not accepted: give the finite upper end of the bulk")
        if not (np.isfinite(self.scale) and self.scale > 0):
            raise ValueError(f"scale = {self.scale} is not accepted: give (p c)^(−2/3), finite and positive")
        _ = self.standard

    @property
    def standard(self) -> TracyWidom:
        return TracyWidom(self.beta)

    def _standardised(self, x: ArrayLike) -> Array:
        return (np.asarray(x, dtype=float) - self.edge) / self.scale

    def cdf(self, x: ArrayLike) -> Array:
        return self.standard.cdf(self._standardised(x))

    def sf(self, x: ArrayLike) -> Array:
        return self.standard.sf(self._standardised(x))

    def pdf(self, x: ArrayLike) -> Array:
        return self.standard.pdf(self._standardised(x)) / self.scale

    def ppf(self, q: ArrayLike) -> Array:
        return self.edge + self.scale * self.standard.ppf(q)

    def isf(self, q: ArrayLike) -> Array:
        return self.edge + self.scale * self.standard.isf(q)

    def mean(self) -> float:
        return self.edge + self.scale * self.standard.mean()

    def std(self) -> float:
        return self.scale * self.standard.std()

    def var(self) -> float:
        return self.std() ** 2

    def rvs(self, rng: np.random.Generator, size: int | tuple[int, ...] = ()) -> Array:
        return self.edge + self.scale * self.standard.rvs(rng, size)


def edge_law(edge: float, curvature: float, count: int, beta: int = 1) -> LargestValue:
    """The largest of ``count`` values whose law (mass 1) is (curvature/π) √(edge − x) below its edge."""
    if not (np.isfinite(curvature) and curvature > 0):
        raise ValueError(
            f"curvature = {curvature} is not accepted: give c > 0 of ρ ≈ (c/π)√(edge − x); another power of "
            "edge − x is no soft edge and has no Tracy–Widom law"
        )
    if not (np.isfinite(count) and count >= 1):
        raise ValueError(f"count = {count} is not accepted: give the number of values in the bulk, at least 1")
    return LargestValue(float(edge), float((count * curvature) ** (-2 / 3)), beta)


def edge_from_density(density: Callable[[Array], ArrayLike], edge: float, width: float) -> SoftEdge:
    """c² as the limit of (πρ)²/(edge − x): a quartic through that ratio on [edge − width, edge), read at the edge.

    ``density`` takes an array and has mass 1; ``width`` is a small part (a tenth, say) of the band.
    """
    if not (np.isfinite(width) and width > 0):
        raise ValueError(f"width = {width} is not accepted: give a positive part of the band below the edge")
    u = np.polynomial.chebyshev.chebpts1(12) / 2 + 0.5
    ratio = (np.pi * np.asarray(density(edge - width * u), dtype=float)) ** 2 / (width * u)
    return SoftEdge(float(edge), _root(float(np.polynomial.Polynomial.fit(u, ratio, 4, domain=[0, 1])(0.0))))


def edge_from_stieltjes(z: ArrayLike, slope: ArrayLike) -> SoftEdge:
    """Edge and c from G'(z) at a few real z just above the edge.

    G is a power series in √(z − x₊), hence z = x₊ + (c²/4) w² + k_3 w³ + k_4 w⁴ + … in w = 1/|G'|: least squares with
    as many terms, up to w⁷, as there are points.
    """
    z, slope = np.asarray(z, dtype=float), np.asarray(slope, dtype=float)
    if z.ndim != 1 or z.shape != slope.shape or z.size < 2:
        raise ValueError(f"z {z.shape} and G' {slope.shape} are not accepted: give two or more points of each")
    if not (np.isfinite(slope).all() and (slope < 0).all()):
        raise ValueError("G'(z) must be finite and negative: give points above the edge, where G falls")
    w = -1 / slope
    unit = w.max()
    powers = np.array([0, 2, 3, 4, 5, 6, 7])[: z.size]
    # z − z_0 keeps the digits of points that crowd the edge
    fit = np.linalg.lstsq((w[:, None] / unit) ** powers, z - z.min(), rcond=None)[0]
    return SoftEdge(float(z.min() + fit[0]), _root(4 * float(fit[1]) / unit**2))


def edge_shift(z: ArrayLike, log_determinant: ArrayLike, soft: SoftEdge, count: int) -> float:
    """ε = k/(2 c p) for β = 1, from log det J at a few z just above the edge; add it to the edge.

    >>> z = 2 + np.geomspace(1e-4, 1e-2, 8)
    >>> m = (z - np.sqrt(z**2 - 4)) / 2
    >>> round(edge_shift(z, np.log(1 - m**2), SoftEdge(2.0, 1.0), count=100), 6)
    -0.005
    """
    z, log_determinant = np.asarray(z, dtype=float), np.asarray(log_determinant, dtype=float)
    if z.ndim != 1 or z.shape != log_determinant.shape or z.size < 3 or not (z > soft.edge).all():
        raise ValueError(
            f"z {z.shape} and log det J {log_determinant.shape} are not accepted: give three or more points of each, "
            "all above the edge"
        )
    x = np.sqrt(z - soft.edge)
    fit = np.polynomial.Polynomial.fit(x, log_determinant - np.log(x), min(4, z.size - 1))
    return float(fit.convert().coef[1] / (2 * soft.curvature * count))


def _root(squared: float) -> float:
    if not squared > 0:
        raise ValueError(
            f"c² = {squared:.3g} is not positive: the density does not vanish like a square root here; "
            "check the edge, or take points closer to it"
        )
    return float(np.sqrt(squared))
