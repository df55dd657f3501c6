"""The infinite-width neural tangent kernel of a ReLU neuron with bias, weights and bias moving.

For unit inputs with ρ = ⟨x, x'⟩ and w ~ N(0, I), both are active beyond the threshold B with the probability

    P(ρ) = Q(B) − 2 T(B, √((1 − ρ)/(1 + ρ))),      Q(B) = 1 − Φ(B),

T being Owen's function (D. B. Owen, Tables for computing bivariate normal probabilities, 1956).  In Hermite
polynomials P(ρ) = Σ_k b_k² ρ^k with b_0 = Q(B), b_k = φ(B) He_{k−1}(B)/√k!.  The kernel is (1 + ρ) P(ρ): ρ from the
weights, 1 from the bias.  All its coefficients in ρ are ≥ 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, owens_t

Array = NDArray[np.float64]


def activity(bias: float) -> float:
    """Q(B), the probability that a neuron is active; at most exp(−B²/2)/2.

    >>> round(activity(1.0), 6)
    0.158655
    """
    return float(ndtr(-bias))


def both_active(rho: ArrayLike, bias: float) -> Array:
    """P(ρ) for ρ in [−1, 1]; exact at both ends (Q(B), and 0 for B ≥ 0).

    >>> both_active([-1, 0, 1], 1.0).round(6)
    array([0.      , 0.025171, 0.158655])
    """
    within = np.clip(np.asarray(rho, dtype=float), -1.0, 1.0)
    with np.errstate(divide="ignore"):
        slope = np.sqrt((1 - within) / (1 + within))
    return activity(bias) - 2 * owens_t(bias, slope)


def kernel(rho: ArrayLike, bias: float) -> Array:
    """(1 + ρ) P(ρ).

    >>> float(kernel(1.0, 0.0))
    1.0
    """
    return (1 + np.asarray(rho, dtype=float)) * both_active(rho, bias)
