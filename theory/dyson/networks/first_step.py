"""W1 = W0 + η1 D_a [μ1 11ᵀ/√n + μ2 W0 Xᵀ + √ν Θ] D_y X, with X scaled to entries of variance 1/n.

σ'(W0 X) is expanded in the pre-activations h ~ N(0, 1): μ1 = E σ', μ2 = E h σ', and the rest, of variance
ν = Var σ' − μ2², enters as independent noise Θ with entries of variance 1/n.  The first term is η1 μ1 a β1ᵀ.
"""

from __future__ import annotations

import numpy as np
from sympy import ZeroMatrix
from sympy.matrices.expressions.matexpr import MatrixExpr

from theory.dyson.matrices import Gaussian, outer
from theory.dyson.networks.batches import first_batch, plain
from theory.dyson.networks.laws import BULK, Nodes, Sample, label_law, readout_law
from theory.dyson.networks.network import Atoms, Network, Sides, compared, total
from theory.dyson.networks.reused import first_slope
from theory.model import Model
from theory.quadrature import Array


def first_step(model: Model, nodes: Nodes = BULK, outliers: int = 0) -> Network:
    """W1 of a model, whatever its number of steps; ``outliers`` are the directions that its bulk has lost."""
    a, weights = readout_law(model, nodes)
    sample = label_law(model, nodes)
    points = Atoms.of("n", model.n, sample.weights)

    def noisy(sides: Sides, X: MatrixExpr) -> MatrixExpr:
        return noisy_weights(model, sides, a, points, sample, X)

    sides, rest = Sides.of(model, weights), Sides.of(model, weights, outliers)

    def whole() -> MatrixExpr:
        X = first_batch("X", points, sides.inputs, sample)
        return total([noisy(sides, X), leading_term(model, sides, a, sample)])

    def bulk() -> MatrixExpr:
        return noisy(rest, plain("X", points, rest.inputs))

    return Network(whole, bulk, *compared(sides, a, sample))


def noisy_weights(model: Model, sides: Sides, a: Array, points: Atoms, sample: Sample, X: MatrixExpr) -> MatrixExpr:
    """W0 + η1 D_a (μ2 W0 Xᵀ + √ν Θ) D_y X: W1 without its part along β1."""
    W0 = initial(model, sides)
    _, mu2, root_nu, _ = first_slope(model)
    gradient: MatrixExpr = ZeroMatrix(sides.neurons.dimension, points.dimension)
    if mu2:
        gradient += mu2 * W0 * X.T
    if root_nu:
        gradient += root_nu * slope_rest(sides, points)
    if isinstance(gradient, ZeroMatrix):
        return W0
    return W0 + sides.neurons.diagonal("A", model.eta1 * a) * gradient * points.diagonal("y", sample.y) * X


def initial(model: Model, sides: Sides) -> Gaussian:
    """W0, entries of variance 1/d."""
    return Gaussian("W0", sides.neurons.dimension, sides.inputs.dimension, 1 / model.d)


def slope_rest(sides: Sides, points: Atoms) -> Gaussian:
    """Θ."""
    return Gaussian("Theta", sides.neurons.dimension, points.dimension, 1 / points.dimension.size)


def leading_term(model: Model, sides: Sides, a: Array, sample: Sample) -> MatrixExpr:
    """η1 μ1 a β1ᵀ."""
    scaled = sides.inputs.beta1(sample.c1, sample.spread) * (model.eta1 * model.activation_moments[0])
    return outer(sides.neurons.vector("a", np.sqrt(model.N) * a), scaled)
