"""The features σ(W1 x) after one gradient step, as seen given κ = ⟨x, β̂⟩, β̂ = β1/‖β1‖ the learned direction.

W1 = W0 + η G0 (docs/theory.md, section 3).  Row i, with A = η a_i, is

    w_i = A μ1 β1 + (I + A μ2 M) w0_i + A √ν (1/n) Σ_j y_j θ_ij x_j        M = X1ᵀ diag(y1) X1/n,  θ_ij ~ N(0, 1)

for σ'(h) = μ1 + μ2 h + √ν θ with ν = Var σ' − μ2².  So the pre-activation ⟨w_i, x⟩ has, given κ, the mean A μ1 b κ
with b² = c*_1² + φ m2, and the variance c = E_M (1 + A μ2 M)² + A² ν φ m2; with u ~ N(A μ1 b κ, c)

    m = E σ(u),     ℓ = E σ'(u),     s² = Var σ(u) − c ℓ².

The length of x is kept as well: c is multiplied by ‖x‖²/d = (κ² + (d−1)r²)/d, r² having mean 1 and variance 2/(d−1).
Activation and target both see it, and that is worth a relative 1/d of what is not linear (5 % at d = 50).

The coordinates of x see rows of unequal size, because M is far from a multiple of the identity.  Its spectral law has
the free cumulants φ^{k−1} E y^k (Marchenko–Pastur with weights y); two atoms that keep three moments stand for it.
On the plane of β̂ and b = (β* − cos β̂)/sin, cos = c*_1/b, M is not as in the bulk, since β1 is made of the same
samples: its entries are E[y pq], p and q being the projections of a sample x_j on them, from ⟨x_j, β1⟩ = g + φ y and
z = ⟨x_j, β*⟩ with g = c*_1 z + √(φ m2) N(0, 1), and

    C = (I + A μ2 M)² + A² Var σ' φ E[y² pq].

The label given κ and r: f0 = E σ*(v), f1 = E σ*(v) G, τ² = Var σ*(v) − f1² + σ_ε², v = κ cos + r G sin.
(Derived for this project; without M, the conditional Gaussian features of Cui et al. 2024.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from theory.feature_ridge import Features
from theory.functions import RealFunction
from theory.model import Model
from theory.quadrature import Array, Rule, by_panels, normal_rule

KAPPA_NODES = 32
READOUT_NODES = 10  # on each side of 0
LABEL_NODES = (60, 12)  # for z and the noise
PANEL = 64  # nodes between two kinks


@lru_cache(maxsize=64)
def step_features(model: Model, kappa_nodes: int = KAPPA_NODES, readout_nodes: int = READOUT_NODES) -> Features:
    """Of the model with its first step size; η1 → 0 gives the features of W0.

    >>> model = Model.of(activation="relu", target="z", width=9, dim=1e8, samples=1e8, alpha1=0, scale1=1e-9, steps=1)
    >>> found = step_features(model)  # ReLU: E σ = 0.3989…, E σ' = 1/2, and what is left of E σ² = 1/2
    >>> [round(float(part[0, 0]), 4) for part in (found.mean, found.slope, found.noise2)]
    [0.3989, 0.5, 0.0908]
    """
    mu1, mu2, variance = model.activation_moments
    c1, mean_label, m2 = model.target_moments
    phi, noise = model.phi, model.phi * m2
    b = float(np.sqrt(c1**2 + noise))
    kappa, radius, p = _projections(model.d, kappa_nodes)
    length2 = (kappa**2 + (model.d - 1) * radius**2) / model.d
    a, kinds = _readout_rule(model, readout_nodes)
    A = model.eta1 * a / np.sqrt(model.N)
    labels = _Labels.of(model)
    atoms, shares = _two_atoms(mean_label, noise, phi**2 * labels.third)
    spread = (1 + A[:, None] * mu2 * atoms) ** 2 + ((variance - mu2**2) * noise * A**2)[:, None]
    turned = np.eye(2) + mu2 * A[:, None, None] * labels.plane(1)
    plane = turned @ turned + (variance * phi * A**2)[:, None, None] * labels.plane(2)
    mean, slope, noise2 = _activation(model.sigma, mu1 * b * np.outer(A, kappa), np.outer(spread @ shares, length2))
    f0, f1, tau2 = _label(model.target, c1 / b, kappa, radius)
    tau2 = tau2 + model.noise**2
    counts = (model.d - 2) * shares
    return Features(mean, slope, noise2, f0, f1, tau2, kinds, kappa, radius, p, counts, spread, plane)


def _projections(d: float, nodes: int) -> tuple[Array, Array, Array]:
    """κ, r and weights: two values of r² for each κ, with the mean 1 and the variance 2/(d − 1) of ‖x⊥‖²/(d − 1)."""
    kappa, p = normal_rule(nodes)
    off = np.sqrt(2 / (d - 1))
    return np.tile(kappa, 2), np.repeat(np.sqrt([1 - off, 1 + off]), kappa.size), np.tile(p / 2, 2)


def _readout_rule(model: Model, nodes: int) -> Rule:
    """The law of √N a."""
    if model.readout == "rademacher":
        return np.array([-1.0, 1.0]), np.array([0.5, 0.5])
    return normal_rule(nodes, kinks=(0.0,))


def _two_atoms(mean: float, variance: float, third: float) -> Rule:
    """The two atoms with a given mean, variance and third central moment.

    >>> [part.round(12).tolist() for part in _two_atoms(2.0, 2.0, 2.0)]
    [[1.0, 4.0], [0.666666666667, 0.333333333333]]
    """
    off = np.sqrt(variance)
    x, vectors = np.linalg.eigh(np.array([[0.0, off], [off, third / variance]]))
    return mean + x, vectors[0] ** 2


def _activation(sigma: RealFunction, mean: Array, variance: Array) -> tuple[Array, Array, Array]:
    """m, ℓ and s²."""
    m, slope = _average(sigma, sigma.kinks, mean, variance), _average(sigma.derivative, sigma.kinks, mean, variance)
    square = _average(lambda u: sigma(u) ** 2, sigma.kinks, mean, variance)
    return m, slope, np.maximum(square - m**2 - variance * slope**2, 0)


def _label(target: RealFunction, cos: float, kappa: Array, radius: Array) -> tuple[Array, Array, Array]:
    """f0, f1 and τ² without noise."""
    mean, sd = cos * kappa, np.sqrt(1 - cos**2) * radius

    def average(f: Callable[[Array], Array]) -> Array:
        return _average(f, target.kinks, mean, sd**2)

    f0 = average(target)
    f1 = (average(lambda v: v * target(v)) - mean * f0) / sd
    return f0, f1, np.maximum(average(lambda v: target(v) ** 2) - f0**2 - f1**2, 0)


def _average(f: Callable[[Array], Array], kinks: Sequence[float], mean: Array, variance: Array) -> Array:
    """E f(u), u ~ N(mean, variance), entry by entry: panels between the kinks."""
    return by_panels(f, kinks, mean, np.sqrt(variance), PANEL)


class _Labels:
    """Moments over a sample of the step: its label y, z, and ⟨x, β1⟩ = g + φ y."""

    def __init__(self, z: Array, y: Array, weights: Array, model: Model) -> None:
        c1, _, m2 = model.target_moments
        self.y, self.weights = y, weights
        self.variance = model.phi * m2  # of g given z
        self.b2 = c1**2 + self.variance
        self.cos = c1 / np.sqrt(self.b2)
        self.z, self.own = z, c1 * z + model.phi * y
        self.third = float(weights @ y**3)

    @classmethod
    def of(cls, model: Model) -> _Labels:
        (z, w), (e, v) = normal_rule(LABEL_NODES[0], model.target.kinks), normal_rule(LABEL_NODES[1])
        y = model.target(z)[:, None] + model.noise * e
        return cls(np.repeat(z, e.size), y.ravel(), np.outer(w, v).ravel(), model)

    def plane(self, power: int) -> Array:
        """E[y^power pq] for p, q the projections on β̂ and b."""
        w = self.weights * self.y**power
        along = (w @ self.own**2 + self.variance * w.sum()) / self.b2
        across = w @ (self.own * self.z) / np.sqrt(self.b2)
        basis = np.array([[1.0, 0.0], [-self.cos, 1.0]]) / np.array([[1.0], [np.sqrt(1 - self.cos**2)]])
        return basis @ np.array([[along, across], [across, w @ self.z**2]]) @ basis.T
