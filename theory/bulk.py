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
