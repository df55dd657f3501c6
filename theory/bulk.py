"""The bulk of W0 and what it does to a spike: Marchenko–Pastur and Benaych-Georges–Nadakuditi.

W0 is N×d with entries of variance 1/d and γ = N/d.  Its singular values fill [|1 − √γ|, 1 + √γ] with density
√((s² − λ₋)(λ₊ − s²)) / (π s min(1, γ)), λ± = (1 ± √γ)² (Marchenko & Pastur 1967, for singular values, normalised to
the min(N, d) of them).  A rank-one perturbation of strength θ makes an outlier iff θ > γ^{1/4}
(Benaych-Georges & Nadakuditi 2012, Theorem 2.8 and section 3.1):

    s(θ) = √((1 + θ²)(γ + θ²))/θ
    left overlap²  1 − γ(1 + θ²)/(θ²(θ² + γ)),    right overlap²  1 − (γ + θ²)/(θ²(θ² + 1))
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class MarchenkoPastur:
    """The law of the singular values of an N×d matrix with entries of variance 1/d; ``gamma`` = N/d.

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

    def sf(self, s: ArrayLike) -> NDArray[np.float64]:
        """The fraction of the bulk above ``s``, in closed form.

        With g = min(γ, 1/γ) and s² = max(γ, 1) (1 + g + 2√g cos φ) it is (2/π) ∫₀^φ sin²/(1 + g + 2√g cos).

        >>> law = MarchenkoPastur(gamma=2.0)
        >>> law.sf(law.isf([0.02, 0.5])).round(12).tolist()
        [0.02, 0.5]
        """
        short, long = min(self.gamma, 1 / self.gamma), max(self.gamma, 1.0)
        squares = np.clip(np.asarray(s, dtype=float), 0, None) ** 2 / long
        return self._above(np.arccos(np.clip((squares - 1 - short) / (2 * sqrt(short)), -1, 1)))

    def cdf(self, s: ArrayLike) -> NDArray[np.float64]:
        """The fraction of the bulk below ``s``."""
        return 1 - self.sf(s)

    def isf(self, q: ArrayLike) -> NDArray[np.float64]:
        """The value with the fraction ``q`` of the bulk above it."""
        q = np.asarray(q, dtype=float)
        low, high = np.zeros_like(q), np.full_like(q, np.pi)
        for _ in range(60):
            middle = (low + high) / 2
            above = self._above(middle) > q
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        short, long = min(self.gamma, 1 / self.gamma), max(self.gamma, 1.0)
        values: NDArray[np.float64] = np.sqrt(np.clip(long * (1 + short + 2 * sqrt(short) * np.cos(low)), 0, None))
        return values

    def _above(self, angle: NDArray[np.float64]) -> NDArray[np.float64]:
        short = min(self.gamma, 1 / self.gamma)
        total, swing, root = 1 + short, 2 * sqrt(short), sqrt(short)
        turn = np.arctan2((1 - root) * np.sin(angle / 2), (1 + root) * np.cos(angle / 2))
        value: NDArray[np.float64] = (total * angle - swing * np.sin(angle) - 2 * (1 - short) * turn) / swing**2
        return 2 / np.pi * value

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
