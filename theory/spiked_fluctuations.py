"""Gaussian fluctuations of one outlier eigenvalue and of its overlap: symmetric bulks with a rank-one spike.

Everything is a delta method on one random function.  Let M be a p×p symmetric matrix, orthogonally invariant and
independent of the unit vector v (GOE, Wishart, O diag(λ) Oᵀ; any v then), with eigenvalue law μ.  For the quadratic
forms q_f = vᵀ f(M) v, v uniform on the sphere,

    E q_f = μ(f),    p Cov(q_f, q_h) → 2 [μ(fh) − μ(f) μ(h)]                                              (1)

while the fluctuations of μ itself are O(1/p), an order smaller.  Real matrices; halve the variances for complex ones.

*Additive,* M + θ vvᵀ.  With r = 1/(λ − x), g(λ) = vᵀ r v: outliers solve g(λ) = 1/θ, and the residue of
g/(1 − θg) is the squared overlap L = −1/(θ² g'(λ)).  Linearising,

    δλ = −δg/g',    δ log L = −δg'/g' − (g''/g') δλ                                                       (2)

so (1) with f, h ∈ {r, −r²} gives both standard deviations.  For the location: p Var λ = 2 (−G' − G²)/G'².
GOE (G' from λ = θ + 1/θ): sd λ = √(2(1 − θ^{−2})/p), the formula of Capitaine, Donati-Martin & Féral (2009) for
Gaussian entries; p Var log L = 2(θ² + 1)/(θ² − 1)³, p Cov(λ, log L) = 2/(θ(θ² − 1)).

*Covariance,* Σ^{1/2} S Σ^{1/2} with Σ = I + ℓ vvᵀ.  Outliers solve h(λ) = vᵀ S (λ − S)^{−1} v = 1/ℓ, and
L = (1 + ℓ)/(ℓ² λ (−h'(λ))), so

    δλ = −δh/h',    δ log L = −δh'/h' − (h''/h' + 1/λ) δλ,    h ↔ λr − 1                                  (3)

For S Wishart with n samples, γ = p/n: sd λ = √2 (1 + ℓ) √(1 − γ/ℓ²)/√n (Paul 2007): no factor √γ in front;
n Var log L = 2γ ℓ²(1 + ℓ)² [ℓ² + γ(ℓ² + 4ℓ + 1 + γ)]/((ℓ + γ)² (ℓ² − γ)³).

Near the threshold the variances of the overlaps diverge and the Gaussian law fails: within p^{−1/3} of it, do not use
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from theory.bulk_rules import BulkRule, below_threshold, positive

Array = NDArray[np.float64]


@dataclass(frozen=True)
class OutlierLaw:
    """An outlier eigenvalue and its squared overlap with the spike's direction: leading order, Gaussian."""

    location: float
    location_sd: float
    overlap: float
    overlap_sd: float
    correlation: float


def sphere_covariance(functions: Array, weights: Array) -> Array:
    """2 [μ(fh) − μ(f) μ(h)] for every pair of rows of ``functions`` (k, nodes): p times the covariance (1)."""
    centred = functions - (functions @ weights)[:, None]
    return 2 * (centred * weights) @ centred.T


def _delta(location: float, overlap: float, rows: Array, covariance: Array) -> OutlierLaw:
    """Rows: the coefficients of δλ and δ log L in the basic variables with this covariance."""
    joint = rows @ covariance @ rows.T
    sd, log_sd = np.sqrt(np.diag(joint))
    return OutlierLaw(location, float(sd), overlap, float(overlap * log_sd), float(joint[0, 1] / (sd * log_sd)))


def additive_outlier(theta: float, bulk: BulkRule, p: int) -> OutlierLaw:
    """The outlier of M + θ vvᵀ; ``bulk`` = the law of the eigenvalues of M.

    >>> from theory.bulk_rules import semicircle_rule
    >>> law = additive_outlier(2.0, semicircle_rule(), p=200)
    >>> round(law.location, 9), round(law.location_sd, 9), round(law.overlap, 9)
    (2.5, 0.08660254, 0.75)
    """
    positive("theta", theta, "the strength of the spike")
    positive("p", p, "the size of the matrix")
    x, w = bulk.values, bulk.weights
    z = bulk.root_above(lambda z: float(w @ (1 / (z - x))), theta, "theta")
    r = 1 / (z - x)
    slope, second = -w @ r**2, 2 * w @ r**3
    to_location = np.array([-1 / slope, 0.0])
    rows = np.array([to_location, np.array([0.0, -1 / slope]) - second / slope * to_location])
    return _delta(z, float(-1 / (theta**2 * slope)), rows, sphere_covariance(np.array([r, -(r**2)]), w) / p)


def covariance_outlier(ell: float, bulk: BulkRule, p: int) -> OutlierLaw:
    """The outlier of Σ^{1/2} S Σ^{1/2}, Σ = I + ℓ vvᵀ; ``bulk`` = the law of the p eigenvalues of S, zeros included.

    >>> from theory.bulk_rules import marchenko_pastur_rule
    >>> law = covariance_outlier(4.0, marchenko_pastur_rule(0.5), p=300)
    >>> round(law.location, 9), round(law.overlap, 7), round(law.location_sd, 4)
    (5.625, 0.8611111, 0.2841)
    """
    positive("ell", ell, "the spike ℓ of Σ = I + ℓ vvᵀ")
    positive("p", p, "the number of variables")
    x, w = bulk.values, bulk.weights
    z = bulk.root_above(lambda z: float(w @ (x / (z - x))), ell, "ell")
    r = 1 / (z - x)
    slope, second = -w @ (x * r**2), 2 * w @ (x * r**3)
    to_location = np.array([-1 / slope, 0.0])
    rows = np.array([to_location, np.array([0.0, -1 / slope]) - (second / slope + 1 / z) * to_location])
    overlap = float((1 + ell) / (ell**2 * z * -slope))
    return _delta(z, overlap, rows, sphere_covariance(np.array([x * r, -x * r**2]), w) / p)


def wigner_sds(theta: float, p: int) -> tuple[float, float]:
    """Of the location and of the squared overlap: GOE with entries of variance 1/p, plus θ vvᵀ."""
    if positive("theta", theta, "the strength of the spike") <= 1:
        raise below_threshold("theta", theta, 1.0)
    square = theta**2
    location = 2 * (1 - 1 / square) / p
    log_overlap = 2 * (square + 1) / (p * (square - 1) ** 3)
    return sqrt(location), (1 - 1 / square) * sqrt(log_overlap)


def covariance_sds(ell: float, gamma: float, n: int) -> tuple[float, float]:
    """Of the sample eigenvalue of a spike 1 + ℓ (Paul 2007) and of the squared overlap; γ = p/n, real Gaussian data.

    >>> round(covariance_sds(4, 0.5, 600)[0], 4)
    0.2841
    """
    if positive("ell", ell, "the spike ℓ of Σ = I + ℓ vvᵀ") <= sqrt(positive("gamma", gamma, "p/n")):
        raise below_threshold("ell", ell, sqrt(gamma))
    location = 2 * (1 + ell) ** 2 * (1 - gamma / ell**2) / n
    bracket = ell**2 + gamma * (ell**2 + 4 * ell + 1 + gamma)
    log_overlap = 2 * gamma * (ell * (1 + ell)) ** 2 * bracket / (n * (ell + gamma) ** 2 * (ell**2 - gamma) ** 3)
    return sqrt(location), (1 - gamma / ell**2) / (1 + gamma / ell) * sqrt(log_overlap)
