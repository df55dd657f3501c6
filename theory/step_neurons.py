"""The neurons after one large step, η = η̃ √N, as a law around the direction b of β1 = Xᵀy/n.

A neuron with readout a moves by A = η a = O(1) times its gradient, which is μ1 β1, a multiple of the neuron itself,
and noise from the sample,

    w1 = (1 + A μ2 E y) w + A (μ1 β1 + noise),      noise of squared length κ² = φ E y² Var σ'(h),   φ = d/n,

isotropic to leading order.  With w ~ N(0, I/d) the neuron of given A is N(A μ1 ‖β1‖ b, v(A) I/d),

    v(A) = (1 + A μ2 E y)² + A² κ² − 2 A² E[hσσ']/(η̃ N),      A ~ N(0, η̃²) for a ~ N(0, 1/N).

where the last term is the neuron's own share of the output f0 in the residual.  If κ and E y vanish and N is large
this is the Gaussian of covariance (I + s b bᵀ)/d, s = d η̃² μ1² ‖β1‖², a target-dependent spike; else it is a
mixture over A with the covariance (1 + η̃² (κ² + μ2² (E y)²)) I/d + η̃² μ1² ‖β1‖² b bᵀ.  Gaussian inputs x = g b + r
ω have g ~ N(0, 1) and r the length of d − 1 standard normal numbers.

‖β1‖² is taken at its mean, exact at any n: c*_1² (1 − 1/n) + ((d − 1) E y² + E y² z²)/n.  Left out: fluctuations of
‖β1‖, the rest of f0 = O(N^{−1/2}), and what E y He2(z) does to the neuron along β*, relative O(1/d).
(The spiked Gaussian is Loureiro, Liu, Lobo and Tran-Than's result; the formulas here are ours.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from sympy.matrices.expressions.matexpr import MatrixExpr

from theory.dyson.dimensions import Dimension
from theory.dyson.networks.batches import plain
from theory.dyson.networks.first_step import noisy_weights
from theory.dyson.networks.kernel_features import independent
from theory.dyson.networks.laws import Nodes as SampleNodes
from theory.dyson.networks.laws import label_law, quantile_rule
from theory.dyson.networks.network import Atoms, Inputs, Sides
from theory.model import Model, expectation
from theory.quadrature import Array, fine_normal_rule, normal_rule
from theory.zonal import ZonalKernel, ZonalLaw, radius_rule

REPLICAS = 5  # the quantile laws of readouts and projections have so many points a neuron or sample


@dataclass(frozen=True)
class Nodes:
    """How many atoms the laws have: of A, of p and of q given A; of g and r."""

    readouts: int = 16
    axial: int = 3
    radial: int = 2
    projections: int = 16


LABELS = SampleNodes(z=6, noise=2)
FINE, COARSE = Nodes(), Nodes(8, 2, 2, 8)


@dataclass(frozen=True, eq=False)
class LargeStep:
    """One step of η = ``step`` √N on the ``model``'s problem, seen on ``fresh`` inputs; ``step`` 0: before it.

    ``gaussian``: the neurons as one Gaussian with the mixture's covariance, in place of the mixture.
    """

    model: Model
    step: float
    fresh: int
    gaussian: bool = False
    nodes: Nodes = FINE

    @cached_property
    def squared_length(self) -> float:
        """E ‖β1‖²."""
        model = self.model
        c1, _, m2 = model.target_moments
        z, weights = fine_normal_rule(model.target.kinks)
        aligned = expectation(model.target(z) ** 2 * z**2, weights) + model.noise**2
        return c1**2 * (1 - 1 / model.n) + ((model.d - 1) * m2 + aligned) / model.n

    @property
    def shift(self) -> float:
        """μ1 ‖β1‖: how far a neuron with A = 1 moves along b."""
        return float(self.model.activation_moments[0] * np.sqrt(self.squared_length))

    def spread(self, A: Array) -> Array:
        """v(A): the variance of the neuron's coordinates, times d."""
        _, mu2, variance = self.model.activation_moments
        _, mean, m2 = self.model.target_moments
        own = 2 * self._own_output / (self.step * self.model.N) if self.step else 0.0
        return (1 + A * mu2 * mean) ** 2 + A**2 * (self.model.phi * m2 * variance - own)

    @cached_property
    def _own_output(self) -> float:
        """E hσσ'."""
        sigma = self.model.sigma
        h, weights = fine_normal_rule(sigma.kinks)
        return expectation(h * sigma(h) * sigma.derivative(h), weights)

    @property
    def bulk_variance(self) -> float:
        """d times the variance of the neurons across b: E v(A)."""
        edge = np.array([-self.step, self.step])
        return float(self.spread(edge).mean())  # v is a parabola in A of variance η̃²

    @property
    def spike_variance(self) -> float:
        """The variance of the neurons along b: η̃² μ1² ‖β1‖² + E v(A)/d."""
        return self.step**2 * self.shift**2 + self.bulk_variance / self.model.d

    @cached_property
    def readouts(self) -> Array:
        """A on the atoms of the neurons."""
        one = self.nodes
        A = self.step * quantile_rule(REPLICAS * self.model.N, one.readouts)[0] if self.step else np.zeros(1)
        return np.repeat(A, self.neurons.weights.size // A.size)

    def directions(self, units: Atoms, harmonics: Dimension, N: float) -> MatrixExpr:
        """The neurons across b as `theory.dyson.networks.kernel_features` wants them, the gradient's noise made of
        the batch that it comes from: D_{v^{−1/2}} (W0 + D_A (μ2 W0 Xᵀ + √ν Θ) D_y X) √(d/N)."""
        if not self.step:
            return independent(units, harmonics, N)
        model, A = self.model, self.readouts
        sample = label_law(model, LABELS)
        points = Atoms.of("n", model.n, sample.weights)
        inputs = replace(Inputs.of(harmonics.size), dimension=harmonics)
        X = plain("X", points, inputs)
        W = noisy_weights(model, Sides(units, inputs), A / model.eta1, points, sample, X)
        return units.diagonal("scale", np.sqrt(model.d / N / self.spread(A))) * W

    @cached_property
    def neurons(self) -> ZonalLaw:
        d = round(self.model.d)
        A, weights = (
            quantile_rule(REPLICAS * self.model.N, self.nodes.readouts) if self.step else (np.zeros(1), np.ones(1))
        )
        z, wz = normal_rule(self.nodes.axial)
        q, wq = radius_rule(d - 1, self.nodes.radial)
        mass = weights[:, None, None] * wz[:, None] * wq
        if self.gaussian:
            p = np.sqrt(self.spike_variance) * A if self.step else z / np.sqrt(d)
            mass = weights[:, None] * wq if self.step else wz[:, None] * wq
            return ZonalLaw.of(p[:, None], np.sqrt(self.bulk_variance / d) * q, mass)
        A = (self.step * A)[:, None, None]
        sd = np.sqrt(self.spread(A) / d)
        return ZonalLaw.of(A * self.shift + sd * z[:, None], sd * q, mass)

    @cached_property
    def inputs(self) -> ZonalLaw:
        g, weights = quantile_rule(REPLICAS * self.fresh, self.nodes.projections)
        r, wr = radius_rule(round(self.model.d) - 1, self.nodes.radial)
        return ZonalLaw.of(g[:, None], r, weights[:, None] * wr)

    @cached_property
    def kernel(self) -> ZonalKernel:
        """k1, or k0 before the step."""
        return ZonalKernel(self.model.sigma, round(self.model.d) - 1, self.inputs, self.neurons)
