"""Gaussian fluctuations of one outlier singular value and of its two overlaps: Y = X + θ u vᵀ, X of size N×d.

X is bi-orthogonally invariant and independent of the unit vectors u, v (i.i.d. real Gaussian entries: then any u and
v), with singular values s and z above them.  Three quadratic forms decide everything,

    a(z) = uᵀ z(z² − XXᵀ)^{−1} u,    b(z) = vᵀ z(z² − XᵀX)^{−1} v,    c(z) = uᵀ X(z² − XᵀX)^{−1} v

through D(z) = (1 − θc)² − θ²ab = 0 at an outlier, and by Woodbury on span{u, v} of the hermitised resolvent
⟨u1, u⟩² = 2a/D', ⟨v1, v⟩² = 2b/D'.  On the outer root, with f = c + √(ab),

    f(s1) = 1/θ,    left = √(a/b)/(−θ² f'),    right = √(b/a)/(−θ² f')

whose product is (ds1/dθ)², as Hellmann–Feynman demands.  In the mean c = 0, a and b are the averages A and B of
α = z/(z² − s²) over the N left and the d right singular vectors (zeros included), the classical result of
Benaych-Georges & Nadakuditi (2012).  For u, v uniform on their spheres, with m = s/(z² − s²),

    Cov(a, a') = (2/N) cov_N(α, α'),   Cov(b, b') = (2/d) cov_d(α, α'),   Cov(c, c') = (1/(Nd)) Σ m m'

and nothing correlates a, b, c with each other; the spectrum's own fluctuations are an order smaller.  Linearising,

    δs1 = −δf/f',     δf = δc + ½ √(b/a) δa + ½ √(a/b) δb
    δ log left  = ½ δa/a − ½ δb/b − δf'/f' + [(log left)']  δs1      and a ↔ b for the right

With G's: ⟨α²⟩ = (A/z − A')/2 and Σ m²/(Nd) = −(A'+ A/z)/(2d) = −(B' + B/z)/(2N), so

    Var s1 = { −(B' + B/z)/(2N) + (B/A)[(A/z − A')/2 − A²]/(2N) + (A/B)[(B/z − B')/2 − B²]/(2d) } / f'²

For i.i.d. Gaussian entries of variance 1/d, γ = N/d, t = θ² > √γ, it collapses (A = (1 + 1/t)/z, B = (1 + γ/t)/z) to

    Var s1       = (t² − γ)(1 + γ + 2t) / (2 d t (1 + t)(γ + t))
    Var log left = 2γ [γ⁴ + γ³t² + 4γ³t + 2γ²t³ + 5γ²t² + 2γt⁵ + 6γt⁴ + 6γt³ + γt² + t⁶ + 2t⁵ + t⁴]
                   / (d (t² − γ)³ (γ + t)²)
    Var log right: exchange N and d, that is γ → 1/γ, t → t/γ, d → N

(derived for this project).  A large spike has sd s1 = d^{−1/2}, the entry uᵀXv.  If θ itself is random and
independent of X, add (ds1/dθ)² Var θ, ds1/dθ = √(left · right).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from theory.bulk_rules import BulkRule, below_threshold, positive
from theory.spiked_fluctuations import sphere_covariance

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SingularOutlierLaw:
    """Location, left and right squared overlaps, and the covariance matrix of the three: leading order, Gaussian."""

    location: float
    left: float
    right: float
    covariance: Array

    @property
    def location_sd(self) -> float:
        return sqrt(self.covariance[0, 0])

    @property
    def left_sd(self) -> float:
        return sqrt(self.covariance[1, 1])

    @property
    def right_sd(self) -> float:
        return sqrt(self.covariance[2, 2])

    @property
    def slope(self) -> float:
        """ds1/dθ: what an uncertain strength adds is slope² Var θ."""
        return sqrt(self.left * self.right)


@dataclass(frozen=True)
class _Side:
    """α = z/(z² − s²) and dα/dz on one side's singular values, zeros included."""

    alpha: Array
    slope: Array
    weights: Array
    size: float

    @classmethod
    def at(cls, z: float, squares: Array, weights: Array, size: float, other: float) -> _Side:
        # the law is that of min(N, d) values; the longer side has zeros besides
        share = min(size, other) / size
        squares, weights = np.append(squares, 0.0), np.append(share * weights, 1 - share)
        alpha = z / (z**2 - squares)
        return cls(alpha, alpha / z - 2 * alpha**2, weights, size)

    @property
    def means(self) -> tuple[float, float, float]:
        """A, A', A''; (α/z − 2α²)' = 8α³ − 6α²/z."""
        alpha = self.alpha
        z_inverse = float((self.slope + 2 * alpha**2)[0] / alpha[0])
        second = 8 * alpha**3 - 6 * z_inverse * alpha**2
        return float(self.weights @ alpha), float(self.weights @ self.slope), float(self.weights @ second)

    @property
    def covariance(self) -> Array:
        """Of (a, a')."""
        return sphere_covariance(np.array([self.alpha, self.slope]), self.weights) / self.size


def _cross_covariance(z: float, squares: Array, weights: Array, N: float, d: float) -> Array:
    """Of (c, c'): Σ m m'/(Nd) over min(N, d) values; dm/dz = −2zm/(z² − s²)."""
    m = np.sqrt(squares) / (z**2 - squares)
    both = np.array([m, -2 * z * m / (z**2 - squares)])
    return (both * weights) @ both.T / max(N, d)


def rectangular_outlier(theta: float, bulk: BulkRule, N: float, d: float) -> SingularOutlierLaw:
    """The outlier of X + θ u vᵀ; ``bulk`` = the law of the min(N, d) singular values of X.

    >>> from theory.bulk_rules import singular_value_rule
    >>> law = rectangular_outlier(1.6, singular_value_rule(2 / 3), N=200, d=300)
    >>> round(law.location, 7), round(law.left, 7), round(law.right, 7), round(law.location_sd, 6)
    (2.1182737, 0.7126808, 0.6459504, 0.047586)
    """
    positive("theta", theta, "the strength of the spike")
    positive("N", N, "the number of rows")
    positive("d", d, "the number of columns")
    s, w = bulk.values, bulk.weights
    if (s < 0).any():
        raise ValueError(f"a singular value {s.min():.6g} is negative: give the law of singular values, not of ±s")
    squares = s**2

    def sides(z: float) -> tuple[_Side, _Side]:
        return _Side.at(z, squares, w, N, d), _Side.at(z, squares, w, d, N)

    def f(z: float) -> float:
        left, right = sides(z)
        return sqrt(left.means[0] * right.means[0])

    z = bulk.root_above(f, theta, "theta")
    left, right = sides(z)
    return _delta_method(theta, z, left, right, _cross_covariance(z, squares, w, N, d))


def _delta_method(theta: float, z: float, left: _Side, right: _Side, cross: Array) -> SingularOutlierLaw:
    """Basic variables in the order a, a', b, b', c, c'."""
    (a, a1, a2), (b, b1, b2) = left.means, right.means
    basic = np.zeros((6, 6))
    for k, block in enumerate((left.covariance, right.covariance, cross)):
        basic[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = block
    root = sqrt(a * b)
    f1 = (a1 * b + a * b1) / (2 * root)
    f2 = (a2 * b + 2 * a1 * b1 + a * b2) / (2 * root) - f1**2 / root
    # gradients of f and of f' = c' + (a'b + ab')/(2√(ab))
    of_f = np.array([b / (2 * root), 0, a / (2 * root), 0, 1, 0])
    of_f1 = np.array(
        [(b1 - f1 * b / root) / (2 * root), b / (2 * root), (a1 - f1 * a / root) / (2 * root), a / (2 * root), 0, 1]
    )
    of_s = -of_f / f1
    of_ratio = np.array([1 / (2 * a), 0, -1 / (2 * b), 0, 0, 0])
    drift = (a1 / a - b1 / b) / 2
    of_left = of_ratio - of_f1 / f1 + (drift - f2 / f1) * of_s
    of_right = -of_ratio - of_f1 / f1 + (-drift - f2 / f1) * of_s
    overlaps = sqrt(a / b) / (-(theta**2) * f1), sqrt(b / a) / (-(theta**2) * f1)
    rows = np.array([of_s, overlaps[0] * of_left, overlaps[1] * of_right])
    return SingularOutlierLaw(z, float(overlaps[0]), float(overlaps[1]), rows @ basic @ rows.T)


def gaussian_variances(theta: float, N: int, d: int) -> tuple[float, float, float]:
    """Variances of s1, log left and log right: i.i.d. entries of variance 1/d."""
    gamma = positive("N", N, "the number of rows") / positive("d", d, "the number of columns")
    t = positive("theta", theta, "the strength of the spike") ** 2
    if t <= sqrt(gamma):
        raise below_threshold("theta", theta, gamma**0.25)
    location = (t**2 - gamma) * (1 + gamma + 2 * t) / (2 * d * t * (1 + t) * (gamma + t))
    return location, _log_left(t, gamma, d), _log_left(t / gamma, 1 / gamma, N)


def _log_left(t: float, gamma: float, d: float) -> float:
    in_gamma = (
        t**4 * (1 + t) ** 2,
        t**2 * (1 + 6 * t + 6 * t**2 + 2 * t**3),
        t**2 * (5 + 2 * t),
        t * (4 + t),
        1.0,
    )
    polynomial = sum(coefficient * gamma**k for k, coefficient in enumerate(in_gamma))
    return 2 * gamma * polynomial / (d * (t**2 - gamma) ** 3 * (gamma + t) ** 2)
