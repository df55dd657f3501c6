"""The population of random features σ(Wx)/√m: the spectrum of their covariance and what it holds of the target.

    x ~ N(0, I_d),   rows of W (m×d) uniform on the unit sphere,   φ(x) = σ(Wx)/√m,   y = f(⟨β, x⟩) + ε
    σ = c_1 He_1 + σ_⊥,   f = f_1 He_1 + f_⊥,   c_*² = E σ_⊥²,   f_*² = E f_⊥²,   E σ = E f = 0

For d, m → ∞ together the features act as Gaussian ones, φ ≈ (c_1 Wx + c_* θ)/√m with θ independent of x (Gaussian
equivalence; Mei & Montanari 2022, Hu & Lu 2023), so that their covariance and its product with the target are

    Σ = (c_1² W Wᵀ + c_*² I)/m,      b = E[φ y] = c_1 f_1 W β/√m.

The best linear prediction φᵀΣ⁻¹b explains Σ_i b_i²/λ_i of f_1², b_i along the i-th eigenvector; W's law is invariant
under rotations of β, and W β has spectral measure s dμ(s), μ that of WᵀW.  So the share of the eigenvalue s is

    b²/λ = f_1² c_1² s μ(ds)/(c_1² s + c_*²).

All else, f_1² − Σ b²/λ and f_*², is for a learner of these features noise that no sample size removes.  μ is
Marchenko–Pastur's; its Jacobi matrix is constant but for one entry, which gives Gauss's rule at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal

from theory.functions import RealFunction, function
from theory.quadrature import fine_normal_rule

Array = NDArray[np.float64]

NODES = 60


@dataclass(frozen=True, eq=False)
class FeaturePopulation:
    """``counts`` eigenvalues of Σ at each of ``eigenvalues``, which explain ``signals`` (b²/λ) of ``linear`` = f_1²;
    ``nonlinear`` is f_*²."""

    eigenvalues: Array
    counts: Array
    signals: Array
    linear: float
    nonlinear: float

    @property
    def unlearnable(self) -> float:
        """E (f − φᵀΣ⁻¹b)², the least error that these features allow."""
        return self.linear - float(self.signals.sum()) + self.nonlinear

    def squared_bias(self, kept: Array) -> float:
        """(f_1 − E f̂_1)² + f_*² of a student whose mean over everything random in it keeps this share of b²/λ."""
        learned = float(self.signals @ kept)
        return (self.linear - learned) ** 2 / self.linear + self.nonlinear if self.linear else self.nonlinear


def linear_split(f: str | RealFunction) -> tuple[float, float, float]:
    """c_0, c_1 and c_* ≥ 0 of f = c_0 + c_1 He_1 + f_⊥, c_*² = E f_⊥².

    >>> [round(c, 6) for c in linear_split("relu")], [round(c, 6) for c in linear_split("z + z**2")]
    ([0.398942, 0.5, 0.301405], [1.0, 1.0, 1.414214])
    """
    f = function(f) if isinstance(f, str) else f
    z, weights = fine_normal_rule(f.kinks)
    values = f(z)
    c0, c1 = float(weights @ values), float(weights @ (z * values))
    return c0, c1, float(np.sqrt(weights @ (values - c0 - c1 * z) ** 2))


def free_poisson_rule(rate: float, nodes: int = NODES) -> tuple[Array, Array]:
    """Gauss's rule of the eigenvalues of ZᵀZ, Z of entries with variance 1/p and ``rate`` p rows, p columns.

    >>> values, weights = free_poisson_rule(2.5)
    >>> [round(float(weights @ values**k), 10) for k in range(4)]
    [1.0, 2.5, 8.75, 36.875]
    """
    diagonal = np.full(nodes, 1 + rate)
    diagonal[0] = rate
    values, vectors = eigh_tridiagonal(diagonal, np.full(nodes - 1, np.sqrt(rate)))
    return np.maximum(values, 0.0), vectors[0] ** 2


def feature_population(
    dim: float, width: float, c1: float, rest: float, f1: float, f_rest: float = 0.0, nodes: int = NODES
) -> FeaturePopulation:
    """The population from d, m, c_1, c_*, f_1 and f_*.  Sizes need not be whole: ratios do.

    Raises ValueError unless d and m are above 0 and σ is not constant.

    >>> features = feature_population(dim=200, width=300, c1=0.6, rest=0.2, f1=1.0, f_rest=0.5)
    >>> round(float(features.counts @ features.eigenvalues), 12), round(float(features.counts.sum()), 12)
    (0.4, 300.0)
    """
    for name, size in (("dim", dim), ("width", width)):
        if not (np.isfinite(size) and size > 0):
            raise ValueError(f"{name} = {size} is not accepted: give a size above 0, such as 300")
    if not 0 < c1**2 + rest**2 < np.inf or not np.isfinite(f1**2 + f_rest**2):
        raise ValueError(f"c1 = {c1} and rest = {rest} are not accepted: give finite coefficients, not both 0")
    ratio = width / dim
    if ratio <= 1:  # the m eigenvalues of WWᵀ = (m/d) ZᵀZ, Z d×m of entries with variance 1/m
        values, weights = free_poisson_rule(1 / ratio, nodes)
        s, counts, measure = ratio * values, width * weights, ratio * weights
    else:  # the d eigenvalues of WᵀW, and m − d zeros
        values, weights = free_poisson_rule(ratio, nodes)
        s, counts, measure = np.append(values, 0.0), np.append(dim * weights, width - dim), np.append(weights, 0.0)
    eigenvalues = (c1**2 * s + rest**2) / width
    signals = np.divide(f1**2 * c1**2 * s * measure, width * eigenvalues, out=np.zeros_like(s), where=eigenvalues > 0)
    return FeaturePopulation(eigenvalues, counts, signals, f1**2, f_rest**2)
