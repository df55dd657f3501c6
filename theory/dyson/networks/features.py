"""Features σ(X̃ W1ᵀ)/√N of a network after one step, on m fresh points x̃ ~ N(0, I): an m×N matrix, in all orders of η.

Row i of W1 is η1 μ1 a_i β1 and W1⊥, of length s_a (`theory.dyson.networks.fresh`); with b = ‖β1‖ and g = ⟨β1, x̃⟩/b ~
N(0, 1) the pre-activation is u = η1 μ1 b a g + s_a x, where x = ⟨w_i⊥, x̃⟩/s_a ~ N(0, 1) is linear in x̃, and in x

    σ(u) = M0 + M1 x + M2 r/√d + √V θ,      M0 = E σ(u),  M1 = E x σ(u),  M2 = E x s_a σ'(u)/√2,  V = Var σ(u) − M1²,

functions of (a, g).  θ is independent noise, but for its part along the point's length, r = (‖x̃‖² − d)/√(2d),
which all neurons share: 1/d of the second Hermite coefficient.  (The rest of that order has rank d²/2: N ≪ d²/2 is
assumed.)
So, with X̃ scaled to entries of variance 1/m,

    F = {M0}/√N + D_r {M2}/√(dN) + √(m/N) Σ_k D_{g_k} X̃ W1⊥ᵀ D_{f_k} + Θ̃,      Σ_k f_k g_k = M1/s_a,

Θ̃ of variance V/N, {·} of low rank, and X̃ = X' (1 − b̂b̂ᵀ) + (g/√m) b̂ᵀ, b̂ = β1/b.  Expanded in η1 the first
term is the sum of the spikes c_k (η1 μ1)^k (X̃β1)^{∘k} (a^{∘k})ᵀ, k = 0, 1, …, of Moniri, Lee, Hassani & Dobriban
(2024).  (Derived for this project; docs/experiments-one_step.md.)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import factorial

import numpy as np
from numpy.polynomial import hermite_e
from sympy import Identity
from sympy.matrices.expressions.matexpr import MatrixExpr

from theory.dyson.law import NamedOutlier, SingularValues
from theory.dyson.matrices import Gaussian, LowRank, outer
from theory.dyson.networks.batches import first_batch, plain
from theory.dyson.networks.bulk import EFFORT, UNSOLVED, BulkLaw
from theory.dyson.networks.factors import separated, separated_positive
from theory.dyson.networks.first_step import noisy_weights
from theory.dyson.networks.laws import BULK, OUTLIERS, Nodes, label_law, quantile_rule, readout_law
from theory.dyson.networks.network import Atoms, Sides, low_rank, product, total
from theory.dyson.vectors import direction
from theory.model import Model
from theory.quadrature import Array, smoothed
from theory.single_thread import on_one_thread

MEAN_TERMS, LINEAR_TERMS, PROFILE_TERMS, QUADRATIC_TERMS = 8, 3, 2, 2
ORDERS = 8  # of the powers of X̃β1 that left vectors are compared with


@dataclass(frozen=True, eq=False)
class FeatureMoments:
    """M0, M1, M2, V at nodes of the readout and of g, shape (q, K); ``length`` s_a (q,)."""

    mean: Array
    linear: Array
    quadratic: Array
    variance: Array
    length: Array


def feature_moments(model: Model, a: Array, g: Array) -> FeatureMoments:
    """The coefficients at readouts ``a`` (q,) and ``g`` (K,), with the moments of the labels' own law."""
    c1, mean_label, m2 = model.target_moments
    mu1, mu2, variance = model.activation_moments
    A, b = model.eta1 * a, np.hypot(c1, np.sqrt(model.phi * m2))
    length = np.hypot(1 + A * mu2 * mean_label, A * np.sqrt(model.phi * m2 * variance))
    sigma, kinks = model.sigma, model.sigma.kinks
    rows = []
    for m, s in zip(np.multiply.outer(A * mu1 * b, g), length, strict=True):
        M0 = smoothed(sigma, kinks, m, s)
        M1 = (smoothed(lambda u: u * sigma(u), kinks, m, s) - m * M0) / s
        slope = smoothed(sigma.derivative, kinks, m, s)
        M2 = (smoothed(lambda u: u * sigma.derivative(u), kinks, m, s) - m * slope) / np.sqrt(2)
        square = smoothed(lambda u: sigma(u) ** 2, kinks, m, s)
        rows.append((M0, M1, M2, np.maximum(square - M0**2 - M1**2, 0)))
    M0, M1, M2, V = (np.array(column) for column in zip(*rows, strict=True))
    return FeatureMoments(M0, M1, M2, V, length)


@dataclass(frozen=True, eq=False)
class Features:
    """F of a model on ``fresh`` points, with the laws of its readout and of g on ``nodes``; ``outliers`` as elsewhere
    the directions that the bulk has lost."""

    model: Model
    fresh: float
    nodes: Nodes = BULK
    outliers: int = 0

    @cached_property
    def readout(self) -> tuple[Array, Array]:
        return readout_law(self.model, self.nodes)

    @cached_property
    def projection(self) -> tuple[Array, Array]:
        """Nodes of g and their weights."""
        return quantile_rule(self.nodes.replicas * self.fresh, self.nodes.a)

    @cached_property
    def moments(self) -> FeatureMoments:
        return feature_moments(self.model, self.readout[0], self.projection[0])

    @cached_property
    def whole(self) -> MatrixExpr:
        """The matrix with its terms of low rank and what the points and the batch share with them."""
        model, sides, points = self.model, self._sides(0), self._points(0)
        sample, found = label_law(model, self.nodes), self.moments
        length = float(np.hypot(sample.c1, sample.spread))
        along = sides.inputs.beta1(sample.c1 / length, sample.spread / length)
        fresh = plain("Xt", points, sides.inputs) * (Identity(sides.inputs.dimension) - outer(along, along))
        fresh += outer(points.vector("g", self.projection[0]), along)
        batch = first_batch("X", Atoms.of("n", model.n, sample.weights), sides.inputs, sample)
        parts = [self._noisy(sides, points, fresh, batch)]
        f, g = self._separated(found.mean, MEAN_TERMS)
        if len(f):
            parts.append(low_rank("mean", points, sides.neurons, g, f))
        f, g = self._separated(found.quadratic * np.sqrt(self.fresh / model.d), QUADRATIC_TERMS)
        if len(f):
            r = direction("length", points.dimension)
            pairs = [
                (r * points.field(v), sides.neurons.vector(f"r{k}", u))
                for k, (u, v) in enumerate(zip(f, g, strict=True))
            ]
            parts.append(LowRank("by_length", pairs))
        return total(parts)

    @cached_property
    def bulk(self) -> MatrixExpr:
        """The matrix without them: its law is the bulk's."""
        sides, points = self._sides(self.outliers), self._points(self.outliers)
        sample = label_law(self.model, self.nodes)
        batch = plain("X", Atoms.of("n", self.model.n, sample.weights), sides.inputs)
        return self._noisy(sides, points, plain("Xt", points, sides.inputs), batch)

    def _noisy(self, sides: Sides, points: Atoms, fresh: MatrixExpr, batch: MatrixExpr) -> MatrixExpr:
        """√(m/N) Σ_k D_{g_k} X̃ W1⊥ᵀ D_{f_k} + Θ̃."""
        model, found, sample = self.model, self.moments, label_law(self.model, self.nodes)
        first = Atoms.of("n", model.n, sample.weights)
        W1 = noisy_weights(model, sides, self.readout[0], first, sample, batch)
        scaled = found.linear / found.length[:, None] * np.sqrt(points.dimension.size / model.N)
        parts = []
        for k, (f, g) in enumerate(zip(*self._separated(scaled, LINEAR_TERMS), strict=True)):
            parts.append(product(points.diagonal(f"g{k}", g), fresh, W1.T, sides.neurons.diagonal(f"f{k}", f)))
        laws = self.readout[1], self.projection[1]
        U, V = separated_positive(found.variance, *laws, PROFILE_TERMS)
        if len(U):
            profile = list(zip(points.profile(V), sides.neurons.profile(U), strict=True))
            parts.append(Gaussian("Thetat", points.dimension, sides.neurons.dimension, 1 / model.N, profile))
        return total(parts)

    def _separated(self, values: Array, most: int) -> tuple[Array, Array]:
        return separated(values, self.readout[1], self.projection[1], most)

    def _sides(self, lost: int) -> Sides:
        sides = Sides.of(self.model, self.readout[1])
        return Sides(Atoms.of("N", self.model.N - lost, self.readout[1]), sides.inputs)

    def _points(self, lost: int) -> Atoms:
        return Atoms.of("m", self.fresh - lost, self.projection[1])


@dataclass(frozen=True, eq=False)
class FeatureSpike:
    """An outlier of F at ``value``.  ``orders`` (K,): the cosines of its left vector with He_k(X̃β1/b)/√k!, that is
    with the powers (X̃β1)^{∘k} made orthonormal, each to those before it, k = 0, 1, …; the sign of the vector is free.
    ``order`` is the k of the largest; ``left_overlap_squared`` the overlap with the best function of X̃β1.
    """

    value: float
    orders: Array
    left_overlap_squared: float
    marginal: bool

    @property
    def order(self) -> int:
        return int(np.argmax(self.orders**2))


@on_one_thread
def feature_spikes(model: Model, fresh: float) -> tuple[FeatureSpike, ...]:
    """The outliers of F above its bulk on ``fresh`` points, largest first, means over draws."""
    features = Features(model, fresh, OUTLIERS)
    try:
        found = SingularValues(features.whole, **EFFORT).outliers_above()
    except UNSOLVED as error:
        raise _unsolved(error) from None
    return tuple(_spike(features, one) for one in found)


def feature_bulk(model: Model, fresh: float, outliers: int = 0) -> BulkLaw:
    """The law of the singular values of F below so many outliers."""
    law = BulkLaw(Features(model, fresh, BULK, outliers).bulk, **EFFORT)
    try:
        _ = law.top
    except UNSOLVED as error:
        raise _unsolved(error) from None
    return law


def _spike(features: Features, one: NamedOutlier) -> FeatureSpike:
    g, weights = features.projection
    table = np.array([hermite_e.hermeval(g, row) / np.sqrt(factorial(k)) for k, row in enumerate(np.eye(ORDERS))])
    orders = np.sqrt(features.fresh) * table @ (weights * one.left_function)
    return FeatureSpike(one.value, orders, one.left_overlap_squared, one.marginal)


def _unsolved(error: Exception) -> ValueError:
    return ValueError(
        f"the spectrum of the features could not be solved ({error}): give smaller exponents or scales, or a "
        "function of slower growth"
    )
