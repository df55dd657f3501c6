"""Test error, bias and variance of ridge and ridgeless regression on random features.

    θ̂ = argmin ‖y − Φθ‖² + λ‖θ‖²,      rows of Φ: the features of n samples,      Φ θ = y of least norm for λ → 0

Given the covariance Σ of the features (`theory.feature_population`) the sample enters through one number κ ≥ 0,

    n − λ/κ = tr Σ(Σ + κ)⁻¹,         equivalently  1/κ = tr (ΦΦᵀ + λ)⁻¹

(κ = 0 for λ = 0 and n > m), and with γ = tr Σ²(Σ + κ)⁻²/n, b_i²/λ_i the explained shares of the target and u what no
linear function of the features explains,

    E (f − f̂)² = [ Σ_i (b_i²/λ_i) (κ/(λ_i + κ))² + u + σ_ε² ]/(1 − γ) − σ_ε²

(Hastie, Montanari, Rosset & Tibshirani 2022, for given Σ; `theory.feature_population` has the average over W.  At
λ → 0 it is Mei & Montanari's formula.)  The mean of f̂ over W, X and ε is Σ_i (b_i²/λ_i) λ_i/(λ_i + κ)/f_1 times
⟨β, x⟩, so

    bias² = (f_1 − Σ_i (b_i²/λ_i) λ_i/(λ_i + κ)/f_1)² + f_*²,      variance = error − bias²,

the variance being that over all three; label noise alone makes σ_ε² γ/(1 − γ) of it.  At λ = 0 the error is infinite
at m = n and bias² passes through it: it decreases in m where the variance has its peak.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from theory.feature_population import FeaturePopulation


@dataclass(frozen=True)
class RidgeRisk:
    """``error`` = E (f − f̂)², without the noise of the test label; ``squared_bias`` and ``noise_variance``, the part
    of the variance that label noise makes; ``kappa`` = κ."""

    error: float
    squared_bias: float
    noise_variance: float
    kappa: float

    @property
    def variance(self) -> float:
        return self.error - self.squared_bias


def ridge_risk(population: FeaturePopulation, samples: float, penalty: float, noise: float = 0.0) -> RidgeRisk:
    """The error for n samples, λ and σ_ε (``noise``); ``penalty`` = 0 is the solution of least norm.

    Raises ValueError for n ≤ 0, λ < 0, or λ = 0 at m = n, where the error is infinite.

    >>> from theory.feature_population import feature_population
    >>> features = feature_population(dim=100, width=600, c1=0.6, rest=0.2, f1=1.0)
    >>> [round(ridge_risk(features, 300, penalty, noise=0.3).error, 4) for penalty in (0, 0.05)]
    [0.1837, 0.0887]
    """
    kappa = effective_penalty(population, samples, penalty)
    values, counts = population.eigenvalues, population.counts
    inside = values > 0
    kept = np.divide(values, values + kappa, out=np.zeros_like(values), where=inside)
    inflation = 1 / (1 - float(counts @ kept**2) / samples)
    least = population.unlearnable + noise**2
    error = (float(population.signals @ (1 - kept) ** 2) + least) * inflation - noise**2
    return RidgeRisk(error, population.squared_bias(kept), noise**2 * (inflation - 1), kappa)


def effective_penalty(population: FeaturePopulation, samples: float, penalty: float) -> float:
    """κ, the solution of n − λ/κ = tr Σ(Σ + κ)⁻¹."""
    if not (np.isfinite(samples) and samples > 0):
        raise ValueError(f"samples = {samples} is not accepted: give a size above 0, such as 400")
    if not (np.isfinite(penalty) and penalty >= 0):
        raise ValueError(f"penalty = {penalty} is not accepted: give λ ≥ 0, such as 0.1; 0 is the least norm")
    values, counts = population.eigenvalues, population.counts
    inside = values > 0
    values, counts = values[inside], counts[inside]
    rank = float(counts.sum())
    if penalty == 0 and abs(rank - samples) < 1e-6 * samples:
        raise ValueError(
            f"samples = {samples} is the interpolation threshold of features of rank {rank:.6g}, where the error "
            "without penalty is infinite: move off it or give a penalty above 0"
        )
    if penalty == 0 and rank < samples:
        return 0.0

    def excess(log_kappa: float) -> float:
        kappa = float(np.exp(log_kappa))
        return samples - penalty / kappa - float(counts @ (values / (values + kappa)))

    high = float(np.log((penalty + counts @ values) / samples)) + 1e-9
    low = high - 1.0
    while excess(low) > 0:
        low -= 2.0
    return float(np.exp(brentq(excess, low, high, xtol=1e-14, rtol=1e-14)))
