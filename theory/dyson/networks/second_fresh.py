"""W2 where the second batch is fresh.

    W2 = W1 + η2 D_a {M0} D_r X2 + Σ_k D_{f_k} W1⊥ X2ᵀ D_{g_k} X2 + Θ2 X2

with X2 scaled to entries of variance 1/n, W1⊥ = W1 without its part along β1, M0, M1, V of
`theory.dyson.networks.fresh`, {M0} of low rank, Σ_k f_k g_k = η2 a r M1/s_a, and Θ2 of variance (η2 a r)² V/n.
"""

from __future__ import annotations

from sympy.matrices.expressions.matexpr import MatrixExpr

from theory.dyson.matrices import Gaussian
from theory.dyson.networks.batches import first_batch, fresh_batch, plain
from theory.dyson.networks.factors import separated, separated_positive
from theory.dyson.networks.first_step import leading_term, noisy_weights
from theory.dyson.networks.fresh import fresh_slope
from theory.dyson.networks.laws import BULK, Nodes, label_law, readout_law, sample_law
from theory.dyson.networks.network import Atoms, Network, Sides, compared, low_rank
from theory.model import Model

MEAN_TERMS, LINEAR_TERMS, PROFILE_TERMS = 6, 3, 3


def second_step_fresh(model: Model, nodes: Nodes = BULK, outliers: int = 0) -> Network:
    """W2 of a model with independent batches; ``outliers`` are the directions that its bulk has lost."""
    a, weights = readout_law(model, nodes)
    first, second = label_law(model, nodes), sample_law(model, nodes)
    slope = fresh_slope(model, (a, weights), first, second)
    points1, points2 = Atoms.of("n1", model.n, first.weights), Atoms.of("n2", model.n, second.weights)
    step = model.eta2 * a[:, None] * slope.residual
    linear = separated(step * slope.linear / slope.length[:, None], weights, second.weights, LINEAR_TERMS)
    U, V = separated_positive(step**2 * slope.variance, weights, second.weights, PROFILE_TERMS)
    mean = separated(step * slope.mean, weights, second.weights, MEAN_TERMS)

    def noisy(sides: Sides, X1: MatrixExpr, X2: MatrixExpr) -> MatrixExpr:
        neurons = sides.neurons
        total = W1 = noisy_weights(model, sides, a, points1, first, X1)
        for k, (f, g) in enumerate(zip(*linear, strict=True)):
            total += neurons.diagonal(f"f{k}", f) * W1 * X2.T * points2.diagonal(f"g{k}", g) * X2
        if len(U):
            profile = list(zip(neurons.profile(U), points2.profile(V), strict=True))
            total += Gaussian("Theta2", neurons.dimension, points2.dimension, 1 / model.n, profile) * X2
        return total

    sides, rest = Sides.of(model, weights), Sides.of(model, weights, outliers)
    X2 = fresh_batch("X2", points2, sides.inputs, second)
    whole = noisy(sides, first_batch("X1", points1, sides.inputs, first), X2) + leading_term(model, sides, a, first)
    if len(mean[0]):
        whole += low_rank("mean", sides.neurons, points2, *mean) * X2
    bulk = noisy(rest, plain("X1", points1, rest.inputs), plain("X2", points2, rest.inputs))
    return Network(whole, bulk, *compared(sides, a, first))
