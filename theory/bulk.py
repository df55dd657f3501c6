"""The bulk of W0 and what it does to a spike: Marchenko–Pastur and Benaych-Georges–Nadakuditi.

W0 is N×d with entries of variance 1/d and γ = N/d.  Its singular values fill [|1 − √γ|, 1 + √γ] with density
√((s² − λ₋)(λ₊ − s²)) / (π s min(1, γ)), λ± = (1 ± √γ)² (Marchenko & Pastur 1967, for singular values, normalised to
the min(N, d) of them).  In x = s², a = λ₋, b = λ₊ the distribution function is elementary,

    2π min(1, γ) F = √((b − x)(x − a)) + (a + b) arctan √((x − a)/(b − x)) − 2√(ab) arctan √(b(x − a)/(a(b − x))).

A rank-one perturbation of strength θ makes an outlier iff θ > γ^{1/4}
(Benaych-Georges & Nadakuditi 2012, Theorem 2.8 and section 3.1):

    s(θ) = √((1 + θ²)(γ + θ²))/θ
    left overlap²  1 − γ(1 + θ²)/(θ²(θ² + γ)),    right overlap²  1 − (γ + θ²)/(θ²(θ² + 1))
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

BISECTIONS = 60


@dataclass(frozen=True)
class MarchenkoPastur:
    """The law of the singular values of an N×d matrix with entries of variance 1/d; ``gamma`` = N/d.

    A closed form with the access of `theory.dyson.law.SingularValues`, and what the bulk does to a spike.

    >>> law = MarchenkoPastur(gamma=2 / 3)
    >>> round(law.singular_value(1.6), 7), round(law.left(1.6), 7), round(law.right(1.6), 7)
    (2.1182737, 0.7126808, 0.6459504)
    """

    gamma: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.gamma) and self.gamma > 0):
            raise ValueError(f"gamma = {self.gamma} is not accepted: give the ratio N/d, finite and positive")

    @property
    def lower(self) -> float:
        return abs(1 - sqrt(self.gamma))

    @property
    def upper(self) -> float:
        return 1 + sqrt(self.gamma)

    @property
    def threshold(self) -> float:
        """γ^{1/4}: a weaker spike makes no outlier."""
        return self.gamma**0.25

    @property
    def edges(self) -> tuple[tuple[float, float], ...]:
        """(lower, upper) of the one band."""
        return ((self.lower, self.upper),)

    @property
    def atoms(self) -> tuple[()]:
        """No point of positive mass among the min(N, d) singular values."""
        return ()

    @property
    def mass(self) -> float:
        return 1.0

    @property
    def residual(self) -> float:
        return 0.0

    def density(self, s: ArrayLike) -> NDArray[np.float64]:
        """Density at ``s``, any shape; 0 outside the support."""
        s = np.asarray(s, dtype=float)
        inside = np.clip((s**2 - self.lower**2) * (self.upper**2 - s**2), 0, None)
        positive = s > 0
        safe = np.where(positive, s, 1.0)
        # a square matrix has λ₋ = 0: the factor s² cancels and the density at 0 is √λ₊/π
        at_zero = self.upper / np.pi if self.gamma == 1 else 0.0
        value = np.sqrt(inside) / (np.pi * safe * min(1.0, self.gamma))
        return np.where(positive, value, np.where(s == 0, at_zero, 0.0))

    pdf = density

    def cdf(self, s: ArrayLike) -> NDArray[np.float64]:
        """Mass below ``s``, any shape."""
        s = np.asarray(np.clip(np.asarray(s, dtype=float), self.lower, self.upper), dtype=float)
        above, below = s**2 - self.lower**2, self.upper**2 - s**2
        outer = (self.lower**2 + self.upper**2) * np.arctan2(np.sqrt(above), np.sqrt(below))
        inner = np.arctan2(self.upper * np.sqrt(above), self.lower * np.sqrt(below))
        total = np.sqrt(above * below) + outer - 2 * self.lower * self.upper * inner
        return np.clip(total / (2 * np.pi * min(1.0, self.gamma)), 0.0, 1.0)

    def sf(self, s: ArrayLike) -> NDArray[np.float64]:
        """Mass above ``s``."""
        return 1 - self.cdf(s)

    def ppf(self, q: ArrayLike) -> NDArray[np.float64]:
        """Quantile, by bisection in the angle of x = centre − h cos θ.  ValueError unless 0 ≤ q ≤ 1."""
        q = np.asarray(q, dtype=float)
        if not np.all((q >= 0) & (q <= 1)):
            raise ValueError(f"quantiles of {q} are not defined: give fractions from 0 to 1")
        low, high = np.zeros(q.shape), np.full(q.shape, np.pi)
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            less = self.cdf(self._place(middle)) < q
            low, high = np.where(less, middle, low), np.where(less, high, middle)
        return self._place(high)

    def _place(self, theta: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.sqrt(self.lower**2 + (self.upper**2 - self.lower**2) * np.sin(theta / 2) ** 2)

    def isf(self, q: ArrayLike) -> NDArray[np.float64]:
        """The value with mass q above it."""
        return self.ppf(1 - np.asarray(q, dtype=float))

    def order_statistics(self, p: int) -> NDArray[np.float64]:
        """Where the p values of a matrix are expected, descending: quantiles (k − ½)/p counted from the top."""
        return self.isf((np.arange(p) + 0.5) / p)

    def moments(self, most: int) -> NDArray[np.float64]:
        """∫ x^k of the law of ±s for k = 0 … most: odd ones vanish, E s^{2k} = Σ_r N(k, r) γ^r/min(1, γ) with the
        Narayana numbers N(k, r)."""
        values = np.zeros(most + 1)
        values[0] = 1.0
        for k in range(1, most // 2 + 1):
            narayana = [comb(k, r) * comb(k, r - 1) // k for r in range(1, k + 1)]
            values[2 * k] = sum(n * self.gamma**r for r, n in enumerate(narayana, 1)) / min(1.0, self.gamma)
        return values

    def stieltjes(self, z: complex) -> complex:
        """∫ z/(s² − z²) dμ(s), the transform of the law of ±s.  ValueError on the support."""
        z = complex(z)
        if z.imag == 0 and self.lower <= abs(z.real) <= self.upper:
            raise ValueError(
                f"z = {z.real:g} lies on the support {self.edges}: give z off it, or with an imaginary part"
            )
        if z == 0:
            return 0j
        x, a, b = z**2, self.lower**2, self.upper**2
        # two principal roots and not one of the product: so the cut is [a, b] and the value is x at infinity
        root = np.sqrt(x - a + 0j) * np.sqrt(x - b + 0j)
        return complex(z * (self.lower * self.upper - x + root) / (2 * min(1.0, self.gamma) * x))

    def rvs(self, rng: np.random.Generator, size: int | tuple[int, ...] = ()) -> NDArray[np.float64]:
        """Independent values of the law (those of one matrix repel each other)."""
        return self.ppf(rng.random(size))

    def singular_value(self, theta: float) -> float:
        """Where a spike of strength θ puts its outlier; the edge if θ is below the threshold."""
        if theta <= self.threshold:
            return self.upper
        return sqrt((1 + theta**2) * (self.gamma + theta**2)) / theta

    def left(self, theta: float) -> float:
        """Squared overlap of the left singular vector with the spike's."""
        if theta <= self.threshold:
            return 0.0
        return 1 - self.gamma * (1 + theta**2) / (theta**2 * (theta**2 + self.gamma))

    def right(self, theta: float) -> float:
        """Squared overlap of the right singular vector with the spike's."""
        if theta <= self.threshold:
            return 0.0
        return 1 - (self.gamma + theta**2) / (theta**2 * (theta**2 + 1))
