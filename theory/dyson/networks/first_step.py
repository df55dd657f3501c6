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
from theory.dyson.networks.network import Atoms, Inputs, Network, compared
from theory.dyson.networks.reused import first_slope
from theory.model import Model
from theory.quadrature import Array


def first_step(model: Model, nodes: Nodes = BULK) -> Network:
    """W1 of a model, whatever its number of steps."""
    a, weights = readout_law(model, nodes)
    sample = label_law(model, nodes)
    neurons, points, inputs = (
        Atoms.of("N", model.N, weights),
        Atoms.of("n", model.n, sample.weights),
        Inputs.of(model.d),
    )

    def weights_of(X: MatrixExpr) -> MatrixExpr:
        return noisy_weights(model, neurons, a, points, sample, inputs, X)

    left, right = compared(neurons, a, inputs, sample.c1, sample.spread)
    bulk = weights_of(plain("X", points, inputs))
    whole = weights_of(first_batch("X", points, inputs, sample)) + leading_term(model, neurons, a, inputs, sample)
    return Network(whole, bulk, left, right)


def noisy_weights(
    model: Model, neurons: Atoms, a: Array, points: Atoms, sample: Sample, inputs: Inputs, X: MatrixExpr
) -> MatrixExpr:
    """W0 + η1 D_a (μ2 W0 Xᵀ + √ν Θ) D_y X: W1 without its part along β1."""
    W0 = initial(neurons, inputs)
    _, mu2, root_nu, _ = first_slope(model)
    gradient = slope_noise(W0, X, mu2, root_nu, neurons, points)
    if isinstance(gradient, ZeroMatrix):
        return W0
    return W0 + neurons.diagonal("A", model.eta1 * a) * gradient * points.diagonal("y", sample.y) * X


def slope_noise(
    W0: MatrixExpr, X: MatrixExpr, mu2: float, root_nu: float, neurons: Atoms, points: Atoms
) -> MatrixExpr:
    """μ2 W0 Xᵀ + √ν Θ; a zero matrix for linear σ."""
    total: MatrixExpr = ZeroMatrix(neurons.dimension, points.dimension)
    if mu2:
        total += mu2 * W0 * X.T
    if root_nu:
        total += root_nu * slope_rest(neurons, points)
    return total


def initial(neurons: Atoms, inputs: Inputs) -> Gaussian:
    """W0, entries of variance 1/d."""
    return Gaussian("W0", neurons.dimension, inputs.dimension, 1 / inputs.dimension.size)


def slope_rest(neurons: Atoms, points: Atoms) -> Gaussian:
    """Θ."""
    return Gaussian("Theta", neurons.dimension, points.dimension, 1 / points.dimension.size)


def leading_term(model: Model, neurons: Atoms, a: Array, inputs: Inputs, sample: Sample) -> MatrixExpr:
    """η1 μ1 a β1ᵀ."""
    mu1 = model.activation_moments[0]
    return outer(
        neurons.vector("a", np.sqrt(model.N) * a), inputs.beta1(sample.c1, sample.spread) * (model.eta1 * mu1)
    )
