r"""Mean squares of the first gradient's rows: how much of a neuron lies in the hidden directions, and at what angle.

Row g = (1/n) Σ_j y'_j 1(⟨w, x_j⟩ > 0) x_j, w uniform on the sphere of R^d (its length does not matter), y = f*(Ux)
+ noise.  With step = 1(h > 0) and φ = d/n,

    E‖g_U‖² = |E-part|² + (1/4n) E y'²‖Ux‖² + mean part,        the same across U with ‖x⊥‖² in place of ‖Ux‖²,

for P(⟨w, x⟩ > 0) = 1/2 whatever x.  Half of the sample's noise, E y'²‖x‖²/4n, is in the mean over neurons, ½ Xᵀy'/n,
and goes down when the labels' linear part is removed: "once", y' = y − X (Xᵀy/n), leaves of it φ² E y²/4, and
y' = (1 − φ) y − √(φ E y²) t, t ~ N(0, 1) along Xᵀy; with "none" y' = y.

The population part is exact.  For f* = Σ_k He2(z_k)/√(2r), H = λ1_r, λ = √(2/r), Stein's lemma gives
E g = (H w − ½ (wᵀHw) w)/√(2π), hence with s = ‖Uw‖² ~ Beta(r/2, (d − r)/2)

    2π|E g_U|² = λ² E s(1 − s/2)²,       2π|E g⊥|² = λ² E s²(1 − s)/4.

For one direction and any g(z) it is a quadrature over ρ = ⟨u, w⟩: E[g z Φ(cz)] along u and E[g φ(cz)] across, c =
ρ/√(1 − ρ²).  The noise E y'²‖x⊥‖²/4n against |H w|²/2π ≈ λ² r/(2πd) is what needs n ~ d²; derived for this project.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import roots_genlaguerre, roots_jacobi
from scipy.stats import norm

from theory.quadrature import Array

STEP2 = 1 / (2 * np.pi)  # the square of E[h 1(h > 0)]
REMOVALS = ("once", "none")


@dataclass(frozen=True)
class RowLaw:
    """Mean squares of a row: ``inside`` U, ``outside``, and of the population's part ``signal`` inside."""

    inside: float
    outside: float
    signal: float

    @property
    def share(self) -> float:
        """‖G Uᵀ‖²/‖G‖²: how much of the neurons lies in U."""
        return self.inside / (self.inside + self.outside)


def quadratic_rows(dim: int, rank: int, samples: int, noise: float, removal: str = "once") -> RowLaw:
    """Rows for f* = Σ_k He2(z_k)/√(2 rank) and label noise of variance ``noise``.

    >>> law = quadratic_rows(100, 2, 10**9, 0.0)
    >>> round(law.signal * 2 * np.pi * 100 / 2, 3)  # → 1 = λ² at large d
    0.961
    """
    strength = 2 / rank
    s = _beta_moments(rank, dim)
    signal = STEP2 * strength * (s[0] - s[1] + s[2] / 4)
    across = STEP2 * strength * (s[1] - s[2]) / 4
    return _rows(dim, rank, samples, 1 + noise, rank + 4 + rank * noise, signal, across, removal)


def single_index_rows(g: Callable[[Array], Array], dim: int, samples: int, noise: float) -> RowLaw:
    """Rows for f* = g(z), linear part removed once."""
    z, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    rho, rho_weights = roots_jacobi(60, (dim - 3) / 2, (dim - 3) / 2)
    rho_weights, slope = rho_weights / rho_weights.sum(), rho / np.sqrt(1 - rho**2)
    along = norm.cdf(slope[:, None] * z) @ (weights * g(z) * z)
    across = norm.pdf(slope[:, None] * z) @ (weights * g(z))
    second = float(weights @ g(z) ** 2) + noise
    inside = float(weights @ (g(z) ** 2 * z**2)) + noise
    signals = float(rho_weights @ along**2), float(rho_weights @ across**2)
    return _rows(dim, 1, samples, second, inside, *signals, "once")


def _rows(
    dim: int, rank: int, n: int, m2: float, m2_inside: float, signal: float, across: float, removal: str
) -> RowLaw:
    """From E y² and E y²‖Ux‖²."""
    rest = dim - rank
    if removal == "none":
        return RowLaw(signal + m2_inside / (2 * n), across + m2 * rest / (2 * n), signal)
    phi = dim / n
    label, inside = m2 * ((1 - phi) ** 2 + phi), (1 - phi) ** 2 * m2_inside + phi * m2 * rank
    mean = m2 * phi / (4 * n)  # of ½ Xᵀy'/n, per direction
    signal, across = (1 - phi) ** 2 * signal, (1 - phi) ** 2 * across
    return RowLaw(signal + inside / (4 * n) + rank * mean, across + label * rest / (4 * n) + rest * mean, signal)


def _beta_moments(rank: int, dim: int) -> tuple[float, float, float]:
    first = rank / dim
    second = first * (rank + 2) / (dim + 2)
    return first, second, second * (rank + 4) / (dim + 4)


@dataclass(frozen=True)
class PretrainedLaw:
    """Weights after pretraining on g(⟨u, x⟩): standard deviation ``strong`` along û, ``weak`` across it in each
    direction, and the angle ``tilt`` between u and û."""

    strong: float
    weak: float
    tilt: float


def pretrained_law(g: Callable[[Array], Array], dim: int, samples: int, noise: float) -> PretrainedLaw:
    r"""Weights √(2πd) g_row/λ, λ = E g'': of standard deviation → 1 along u as d, n/d² → ∞.

    All rows share a tilt: averaged over w, ⟨w, u⟩ times the row is (√d/√(2π)n) Σ y' (z/‖x‖) x, whose part e across u
    has |e|² = (d/n) E[y'² z²‖x⊥‖²/‖x‖²].  (Not E[y'² z²‖x⊥‖²]: large z count less, a factor 2 for He4 in d = 10.)
    Hence the second moments of (⟨w, u⟩, ⟨w, ê⟩) are ((A, c), (c, B + |e|²/λ²)), c² = |e|² A_signal/λ², B the mean of
    the other directions; û is the leading eigenvector.  What else is across û is taken as isotropic.

    >>> law = pretrained_law(lambda z: (z**2 - 1) / 2, 100, 10**9, 1.0)
    >>> round(law.strong, 2), round(law.tilt, 2)
    (0.99, 0.0)
    """
    z, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    strength = float(weights @ (g(z) * (z**2 - 1)))
    rows, phi = single_index_rows(g, dim, samples, noise), dim / samples
    scale = 2 * np.pi * dim / strength**2
    inside, outside, signal = scale * rows.inside, scale * rows.outside, scale * rows.signal
    half, half_weights = roots_genlaguerre(16, (dim - 3) / 2)
    squares = dim * z[:, None] ** 2 * 2 * half / (z[:, None] ** 2 + 2 * half) @ (half_weights / half_weights.sum())
    second = g(z) ** 2 + noise
    tilted = weights @ (((1 - phi) ** 2 * second + phi * (weights @ second)) * squares) / samples / strength**2
    each, cross = max(outside - tilted, 0.0) / (dim - 1), np.sqrt(tilted * signal)
    values, vectors = np.linalg.eigh([[inside, cross], [cross, each + tilted]])
    weak = max(inside + outside - values[1], 0.0) / (dim - 1)
    tilt = float(np.arctan2(abs(vectors[1, 1]), abs(vectors[0, 1])))
    return PretrainedLaw(float(np.sqrt(values[1])), float(np.sqrt(weak)), tilt)
