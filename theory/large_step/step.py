"""The numbers of one step of size η√N with the readout a = 1/√N: spike, direction, and spread of the rows of W1.

    f = (1/N) Σ_i σ(⟨w_i, x⟩),   W1 = W0 + (η/n) [1 rᵀ ∘ σ'(W0 Xᵀ)] X,   r = y − f,   y = σ*(⟨β*, x⟩) + ε

with rows w_i of W0 uniform on the sphere and n = d/φ samples.  The sum over neurons makes f the constant Eσ, and
σ' is split over its first Hermite functions, σ'(h) = h1 + μ2 h + √ν θ(h), with θ of variance 1
and uncorrelated with 1 and h:

    row_i = η h1 β1 + M w_i + (η √ν / n) Σ_μ r_μ θ_iμ x_μ,     β1 = Xᵀr/n,  M = I + η μ2 Xᵀ diag(r) X/n

The first term is the same for all neurons: the spike √N η h1 b · (1/√N) vᵀ, v = β1/b (Cui et al. 2024).

    c1 = E[r z],   m2 = E r²,   b² = c1² + φ m2,   γ = ⟨v, β*⟩ = c1/b,   strength = |η h1| b

The others have mean 0 and, given X, covariance Σ/d over the neurons (ours; the published theory takes Σ = cI):

    Σ = M² + η² ν φ S2,     S_k = (1/n) Σ_μ r_μ^k x_μ x_μᵀ
    c = tr Σ/d = (1 + η μ2 E r)² + η² φ m2 (μ2² + ν),       μ2² + ν = Var σ'

Along v the rows are wider, since v is made of the same samples.  ⟨β1, x_μ⟩ = u_μ = φ r_μ + c1 z_μ + √(φ m2)
ξ_μ, where ξ ~ N(0, 1) is independent of (z, r) and φ r is the sample's own part, and the same argument applied
to S1 β1 gives

    β1ᵀ S_k β1 = E[r^k u²],   |S1 β1|² = φ E[r²u²] + A² + B √(φ m2) E r + φ E r E[r²u],
    A = E[r u z],   c1 A + √(φ m2) B = E[r u²]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from theory.functions import RealFunction
from theory.quadrature import Array, fine_normal_rule, normal_rule

NODES, NOISE_NODES = 48, 12
FAINT = 1e-6


@dataclass(frozen=True, eq=False)
class Step:
    """A step: nodes of (z, r) with their weights, φ = d/n, η, and h1, μ2, ν of σ'.

    >>> from theory.functions import activation, function
    >>> step = Step.of(activation("tanh"), function("tanh"), noise=0.0, phi=2.0, eta=1.0)
    >>> [round(float(x), 4) for x in (step.strength, step.gamma, step.c, step.along_spike)]
    [0.6511, 0.5635, 1.0769, 1.4436]
    """

    z: Array
    r: Array
    weights: Array
    phi: float
    eta: float
    h1: float
    mu2: float
    nu: float

    @classmethod
    def of(cls, sigma: RealFunction, target: RealFunction, noise: float, phi: float, eta: float) -> Step:
        """From σ, σ*, σ_ε, φ = d/n and η.  ValueError where there is no spike: E σ' = 0, or labels that f fits."""
        x, w = fine_normal_rule(sigma.kinks)
        slope = sigma.derivative(x)
        h1, mu2 = float(w @ slope), float(w @ (slope * x))
        nu = max(float(w @ slope**2) - h1**2 - mu2**2, 0.0)
        z, p = normal_rule(NODES, target.kinks)
        e, q = normal_rule(NOISE_NODES) if noise else (np.zeros(1), np.ones(1))
        r = (target(z) - w @ sigma(x))[:, None] + noise * e
        if abs(h1) < FAINT * np.sqrt(w @ slope**2):
            raise ValueError(
                f"the activation {sigma.text!r} has E σ'(z) = 0: its step has no spike; take one with a linear part"
            )
        if np.abs(r).max() < FAINT:
            raise ValueError(f"the target {target.text!r} is what f is before the step: there is nothing to learn")
        return cls(np.repeat(z, e.size), r.ravel(), np.outer(p, q).ravel(), phi, eta, h1, mu2, nu)

    def mean(self, *factors: Array) -> float:
        """E of a product of functions of (z, r), given at the nodes."""
        return float(np.prod(factors, axis=0) @ self.weights)

    @property
    def m2(self) -> float:
        """E r²."""
        return self.mean(self.r, self.r)

    @property
    def c1(self) -> float:
        """E[r z]."""
        return self.mean(self.r, self.z)

    @property
    def b(self) -> float:
        """The length of β1."""
        return float(np.sqrt(self.c1**2 + self.phi * self.m2))

    @property
    def gamma(self) -> float:
        """⟨v, β*⟩."""
        return self.c1 / self.b

    @property
    def spike(self) -> float:
        """η h1 b: what a unit of ⟨v, x⟩ adds to every pre-activation."""
        return self.eta * self.h1 * self.b

    @property
    def strength(self) -> float:
        """The spike's singular value divided by √N."""
        return abs(self.spike)

    @property
    def c(self) -> float:
        """tr Σ/d: the mean squared length of a row beside the spike."""
        return (1 + self.eta * self.mu2 * self.mean(self.r)) ** 2 + self.eta**2 * self.phi * self.m2 * (
            self.mu2**2 + self.nu
        )

    @property
    def along_spike(self) -> float:
        """vᵀΣv."""
        r, phi, spread = self.r, self.phi, self.phi * self.m2
        u = phi * r + self.c1 * self.z
        once, twice = self.mean(r, u**2 + spread), self.mean(r**2, u**2 + spread)
        A = self.mean(r, u, self.z)
        B = (once - self.c1 * A) / np.sqrt(spread)
        length = phi * twice + A**2 + (B * np.sqrt(spread) + phi * self.mean(r**2, u)) * self.mean(r)
        a = self.eta * self.mu2
        return float(1 + (2 * a * once + a**2 * length + self.eta**2 * self.nu * phi * twice) / self.b**2)
