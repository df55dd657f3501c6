"""W2 where the second batch is fresh.

    W2 = W1 + η2 D_a {M0} D_r X2 + Σ_k D_{f_k} W1⊥ X2ᵀ D_{g_k} X2 + Θ2 X2

with X2 scaled to entries of variance 1/n, W1⊥ = W1 without its part along β1, M0, M1, V of
`theory.dyson.networks.fresh`, {M0} of low rank, Σ_k f_k g_k = η2 a r M1/s_a, and Θ2 of variance (η2 a r)² V/n.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sympy.matrices.expressions.matexpr import MatrixExpr

from theory.dyson.matrices import Gaussian
from theory.dyson.networks.batches import first_batch, fresh_batch, plain
from theory.dyson.networks.factors import separated, separated_positive
from theory.dyson.networks.first_step import leading_term, noisy_weights
from theory.dyson.networks.fresh import FreshSlope, fresh_slope
from theory.dyson.networks.laws import BULK, REMEMBERED, Nodes, Sample, label_law, readout_law, sample_law
from theory.dyson.networks.network import Atoms, Network, Sides, compared, low_rank, product, total
from theory.model import Model
from theory.quadrature import Array, read_only
from theory.single_thread import on_one_thread

MEAN_TERMS, LINEAR_TERMS, PROFILE_TERMS = 6, 3, 2


@dataclass(frozen=True, eq=False)
class _Known:
    """What does not depend on the second step size: the laws of the readout and of both batches, and σ' of W1."""

    a: Array
    weights: Array
    first: Sample
    second: Sample
    slope: FreshSlope


@lru_cache(maxsize=REMEMBERED)
@on_one_thread
def _known(model: Model, nodes: Nodes) -> _Known:
    a, weights = readout_law(model, nodes)
    first, second = label_law(model, nodes), sample_law(model, nodes)
    slope = fresh_slope(model, (a, weights), first, second)
    read_only(a, weights, *vars(slope).values())
    for sample in (first, second):
        read_only(sample.z, sample.t, sample.y, sample.weights)
    return _Known(a, weights, first, second, slope)


def second_step_fresh(model: Model, nodes: Nodes = BULK, outliers: int = 0) -> Network:
    """W2 of a model with independent batches; ``outliers`` are the directions that its bulk has lost."""
    known = _known(model.without_second_size, nodes)
    a, weights, first, second, slope = known.a, known.weights, known.first, known.second, known.slope
    points1, points2 = Atoms.of("n1", model.n, first.weights), Atoms.of("n2", model.n, second.weights)
    step = model.eta2 * a[:, None] * slope.residual
    linear = separated(step * slope.linear / slope.length[:, None], weights, second.weights, LINEAR_TERMS)
    U, V = separated_positive(step**2 * slope.variance, weights, second.weights, PROFILE_TERMS)
    mean = separated(step * slope.mean, weights, second.weights, MEAN_TERMS)

    def noisy(sides: Sides, X1: MatrixExpr, X2: MatrixExpr) -> MatrixExpr:
        neurons = sides.neurons
        W1 = noisy_weights(model, sides, a, points1, first, X1)
        parts = [W1]
        for k, (f, g) in enumerate(zip(*linear, strict=True)):
            parts.append(product(neurons.diagonal(f"f{k}", f), W1, X2.T, points2.diagonal(f"g{k}", g), X2))
        if len(U):
            profile = list(zip(neurons.profile(U), points2.profile(V), strict=True))
            parts.append(product(Gaussian("Theta2", neurons.dimension, points2.dimension, 1 / model.n, profile), X2))
        return total(parts)

    sides, rest = Sides.of(model, weights), Sides.of(model, weights, outliers)

    def whole() -> MatrixExpr:
        X2 = fresh_batch("X2", points2, sides.inputs, second)
        X1 = first_batch("X1", points1, sides.inputs, first)
        parts = [noisy(sides, X1, X2), leading_term(model, sides, a, first)]
        if len(mean[0]):
            parts.append(product(low_rank("mean", sides.neurons, points2, *mean), X2))
        return total(parts)

    def bulk() -> MatrixExpr:
        return noisy(rest, plain("X1", points1, rest.inputs), plain("X2", points2, rest.inputs))

    return Network(whole, bulk, *compared(sides, a, first))
