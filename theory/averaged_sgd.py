"""Averaged stochastic gradient descent in one pass over Gaussian features: the exact error, and its mean path.

    θ_0 = 0,   θ_t = θ_{t−1} + γ_t (y_t − φ_tᵀθ_{t−1}) φ_t,   γ_t = γ_0 t^{−ζ},   θ̄ = (θ_1 + … + θ_n)/n

Every sample (φ_t, y_t) is used once.  With φ ~ N(0, Σ) and y = φᵀθ* + r, r of variance u + σ_ε² independent of φ,
v_t = θ_t − θ* obeys v_t = (I − γ_t φ_tφ_tᵀ) v_{t−1} + γ_t r_t φ_t.  By E φφᵀAφφᵀ = 2ΣAΣ + tr(ΣA)Σ the second moments
along Σ's eigenvectors are a closed recursion: with e_i = E λ_i v_i², at first b_i²/λ_i,

    e_i ← (1 − 2γλ_i + 2γ²λ_i²) e_i + γ²λ_i² (Σ_j e_j + u + σ_ε²),

and v_t given v_s has mean Π_{s<r≤t} (1 − γ_rλ_i) v_s, which gives the second moment of the average,

    E λ_i v̄_i² = n⁻² Σ_s e_i(s) (1 + 2H_s),      H_s = (1 − γ_{s+1}λ_i)(1 + H_{s+1}),   H_n = 0.

Nothing is asymptotic in n; for features that are not Gaussian but act as such, m and d are large (Gaussian
equivalence).  In the proportional limit these are Volterra's equations of Paquette, Lee, Pedregosa & Paquette (2021).

The mean of θ̄ over the samples, W given, is descent on the population risk, θ_t = θ_{t−1} + γ_t (b − Σθ_{t−1}): each
share of the target is multiplied by p̄_i, the average of Π_{r≤t} (1 − γ_rλ_i).  Its error is Σ_i (b_i²/λ_i) p̄_i² + u,
and the bias of SGD over W, samples and noise is its bias: (f_1 − Σ_i (b_i²/λ_i)(1 − p̄_i)/f_1)² + f_*².
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.feature_population import FeaturePopulation

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DescentRisk:
    """``error`` = E (f − f̂)² of the average, its ``squared_bias``, and ``noise_variance``, the part of its variance
    that label noise makes; ``population_error``, the error of the mean path."""

    error: float
    squared_bias: float
    noise_variance: float
    population_error: float

    @property
    def variance(self) -> float:
        return self.error - self.squared_bias


def step_sizes(steps: int, first: float, decay: float = 0.0) -> Array:
    """γ_0 t^{−ζ} for t = 1, …, ``steps``.

    >>> step_sizes(3, 2.0, 1.0).tolist()
    [2.0, 1.0, 0.6666666666666666]
    """
    return first * np.arange(1, steps + 1, dtype=float) ** -decay


def averaged_sgd(population: FeaturePopulation, steps: ArrayLike, noise: float = 0.0) -> DescentRisk:
    """The error after one pass with the given step sizes γ_1 … γ_n, and σ_ε (``noise``).

    Raises ValueError unless the steps are a vector of finite positive numbers.  They may be too long: then the error
    grows with n.

    >>> from theory.feature_population import feature_population
    >>> features = feature_population(dim=100, width=600, c1=0.6, rest=0.2, f1=1.0)
    >>> found = averaged_sgd(features, step_sizes(300, 2.0), noise=0.3)
    >>> found.population_error < found.error
    True
    """
    gamma = np.asarray(steps, dtype=float)
    if gamma.ndim != 1 or not gamma.size or not (np.isfinite(gamma).all() and (gamma > 0).all()):
        raise ValueError(f"steps of shape {gamma.shape} are not accepted: give a vector of finite sizes above 0")
    u, counts, rates = population.unlearnable, population.counts, np.multiply.outer(gamma, population.eigenvalues)
    following = np.zeros_like(rates)  # H_s
    for s in range(len(gamma) - 2, -1, -1):
        following[s] = (1 - rates[s + 1]) * (1 + following[s + 1])
    # linear in the labels: their part without noise, and the noise
    clean = _averaged(rates, following, counts, population.signals, u)
    noisy = _averaged(rates, following, counts, np.zeros_like(counts), noise**2)
    left = np.cumprod(1 - rates, axis=0).mean(axis=0)
    bias = population.squared_bias(1 - left)
    return DescentRisk(clean + noisy + u, bias, noisy, float(population.signals @ left**2) + u)


def _averaged(rates: Array, following: Array, counts: Array, start: Array, variance: float) -> float:
    """Σ_i E λ_i v̄_i² from e_i(0) = ``start`` and residuals of this variance; a node has all its eigenvectors in e."""
    e, total = start, 0.0
    for rate, weight in zip(rates, 1 + 2 * following, strict=True):
        e = (1 - 2 * rate + 2 * rate**2) * e + rate**2 * counts * (e.sum() + variance)
        total += float(e @ weight)
    return total / len(rates) ** 2
