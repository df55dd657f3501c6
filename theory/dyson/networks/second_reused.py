"""W2 where the second batch is the first.

    W2 = W1 + η2 D_a (C0 + C1∘H + Cθ∘Θ + Cq∘Z + √V∘Θ') D_r X,       H = W0 Xᵀ,  X and Θ scaled by 1/√n,
    κ Z = (μ2 H + √ν Θ) D_y (X Xᵀ − φ) − μ2 E y H

with the projections of `theory.dyson.networks.reused`.  All entrywise products with H and Θ, and those of the first
step, are separated over one set of functions f_k of a,

    W2 = D_i W0 + Σ_k D_{f_k} [H E_k + Θ T_k] X + Θ' X + low rank,

with E_k = D_{g_k}, T_k = D_{t_k} and Θ' of the variance that is left.  Two versions of Z:

    A   fresh noise, but for the mean of Z D_b X over the sample, b = η2 a r Cq.  That is a matrix W0 Xᵀ D_y X + …
        again, and adds to the first step's:  H: μ2 y E b/κ,  Θ: √ν y E b/κ,  D_i: −μ2 E y E b/κ
    B   all of it: with b = Σ_l h_l Σ_k B_lk f_k, E_k = D_{g_k} + μ2 Σ_l B_lk D_y X Xᵀ D_{h_l}; in T_k √ν for μ2

C0 is of low rank.  (Derived for this project; docs/dyson-networks.md.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from sympy.matrices.expressions.matexpr import MatrixExpr

from theory.dyson.matrices import Gaussian
from theory.dyson.networks.batches import plain, reused_batch
from theory.dyson.networks.factors import separated, separated_positive
from theory.dyson.networks.first_step import initial, leading_term, slope_rest
from theory.dyson.networks.laws import BULK, REMEMBERED, Nodes, Sample, readout_law, sample_law
from theory.dyson.networks.network import Atoms, Network, Sides, compared, low_rank, product, total
from theory.dyson.networks.reused import ReusedSlope, first_slope, reused_slope
from theory.model import Model
from theory.quadrature import Array, Rule, read_only
from theory.single_thread import on_one_thread

MEAN_TERMS, TERMS, PROFILE_TERMS, NOISE_TERMS = 6, 4, 2, 3


@dataclass(frozen=True, eq=False)
class ReusedTerms:
    """Everything entrywise in W2 on (a, sample), shape (q, K): ``on_H``, ``on_Theta`` (first step included),
    ``on_Z`` (b/κ, version B only, else 0), ``variance`` of what is left, ``mean``; ``on_W0`` (q,) the diagonal
    D_i."""

    on_H: Array
    on_Theta: Array
    on_Z: Array
    variance: Array
    mean: Array
    on_W0: Array


def second_step_reused(model: Model, nodes: Nodes = BULK, outliers: int = 0) -> Network:
    """W2 of a model that sees its batch again, version A; ``outliers`` are the directions that its bulk has lost."""
    return _assembled(model, nodes, outliers, _version_A)


def second_step_reused_in_full(model: Model, nodes: Nodes = BULK, outliers: int = 0) -> Network:
    """The same, version B: the noise of the first gradient is not drawn afresh.  Slower, more exact."""
    return _assembled(model, nodes, outliers, _version_B)


@lru_cache(maxsize=REMEMBERED)
@on_one_thread
def _known(model: Model, nodes: Nodes) -> tuple[Rule, Sample, ReusedSlope]:
    """What does not depend on the second step size: the laws of the readout and of the batch, and σ' of W1."""
    readout, sample = readout_law(model, nodes), sample_law(model, nodes)
    slope = reused_slope(model, readout, sample)
    read_only(*readout, sample.z, sample.t, sample.y, sample.weights, *vars(slope).values())
    return readout, sample, slope


def _common(model: Model, readout: Rule, sample: Sample, slope: ReusedSlope) -> tuple[ReusedTerms, Array, float]:
    """What both versions share, with nothing of Z in it; η2 a r Cq; κ."""
    _, mu2, root_nu, deviation = first_slope(model)
    a = readout[0][:, None]
    first, step = model.eta1 * a * sample.y, model.eta2 * a * slope.residual
    terms = ReusedTerms(
        on_H=mu2 * first + step * slope.linear,
        on_Theta=root_nu * first + step * slope.rest,
        on_Z=np.zeros_like(step),
        variance=step**2 * slope.variance,
        mean=step * slope.mean,
        on_W0=np.ones(len(a)),
    )
    return terms, step * slope.noise, sample.spread * deviation


def _version_A(model: Model, readout: Rule, sample: Sample, slope: ReusedSlope) -> ReusedTerms:
    terms, b, kappa = _common(model, readout, sample, slope)
    _, mu2, root_nu, _ = first_slope(model)
    if kappa == 0:
        return terms
    mean = (b @ sample.weights) / kappa
    again = mean[:, None] * sample.y
    return ReusedTerms(
        on_H=terms.on_H + mu2 * again,
        on_Theta=terms.on_Theta + root_nu * again,
        on_Z=terms.on_Z,
        variance=terms.variance + b**2,
        mean=terms.mean,
        on_W0=1 - mu2 * sample.mean * mean,
    )


def _version_B(model: Model, readout: Rule, sample: Sample, slope: ReusedSlope) -> ReusedTerms:
    terms, b, kappa = _common(model, readout, sample, slope)
    _, mu2, root_nu, _ = first_slope(model)
    if kappa == 0:
        return terms
    return ReusedTerms(
        on_H=terms.on_H - mu2 * (sample.phi * sample.y + sample.mean) * b / kappa,
        on_Theta=terms.on_Theta - root_nu * sample.phi * sample.y * b / kappa,
        on_Z=b / kappa,
        variance=terms.variance,
        mean=terms.mean,
        on_W0=terms.on_W0,
    )


def _assembled(
    model: Model, nodes: Nodes, outliers: int, version: Callable[[Model, Rule, Sample, ReusedSlope], ReusedTerms]
) -> Network:
    readout, sample, slope = _known(model.without_second_size, nodes)
    terms = version(model, readout, sample, slope)
    a, weights = readout
    points = Atoms.of("n", model.n, sample.weights)
    sides, rest = Sides.of(model, weights), Sides.of(model, weights, outliers)

    def whole() -> MatrixExpr:
        X = reused_batch("X", points, sides.inputs, sample)
        parts = [_noisy(model, terms, sides, points, sample, X), leading_term(model, sides, a, sample)]
        mean = separated(terms.mean, weights, sample.weights, MEAN_TERMS)
        if len(mean[0]):
            parts.append(product(low_rank("mean", sides.neurons, points, *mean), X))
        return total(parts)

    def bulk() -> MatrixExpr:
        return _noisy(model, terms, rest, points, sample, plain("X", points, rest.inputs))

    return Network(whole, bulk, *compared(sides, a, sample))


def _noisy(
    model: Model, terms: ReusedTerms, sides: Sides, points: Atoms, sample: Sample, X: MatrixExpr
) -> MatrixExpr:
    """D_i W0 + Σ_k D_{f_k} [H E_k + Θ T_k] X + Θ' X."""
    _, mu2, root_nu, _ = first_slope(model)
    neurons = sides.neurons
    W0, Theta = initial(model, sides), slope_rest(sides, points)
    parts = [W0 if np.ptp(terms.on_W0) == 0 else neurons.diagonal("i", terms.on_W0) * W0]
    functions, on_H, on_Theta = _shared(terms, neurons.source.weights, sample.weights)
    again = _seen_again(terms, functions, neurons.source.weights, sample, points, X)
    for k, f in enumerate(functions):
        inner = []
        if np.any(on_H[k]):
            weight = points.diagonal(f"g{k}", on_H[k])
            inner.append(product(W0, X.T, total([weight, *(mu2 * part for part in again[k])])))
        if np.any(on_Theta[k]):
            weight = points.diagonal(f"t{k}", on_Theta[k])
            inner.append(product(Theta, total([weight, *(root_nu * part for part in again[k])])))
        parts.append(product(neurons.diagonal(f"f{k}", f), total(inner), X))
    U, V = separated_positive(terms.variance, neurons.source.weights, sample.weights, PROFILE_TERMS)
    if len(U):
        profile = list(zip(neurons.profile(U), points.profile(V), strict=True))
        parts.append(product(Gaussian("Theta2", neurons.dimension, points.dimension, 1 / model.n, profile), X))
    return total(parts)


def _shared(terms: ReusedTerms, weights: Array, sample_weights: Array) -> tuple[Array, Array, Array]:
    """f_k, and the g_k of H and t_k of Θ that go with them."""
    blocks = [terms.on_H, terms.on_Theta, terms.on_Z]
    f, g = separated(np.hstack(blocks), weights, np.tile(sample_weights, len(blocks)), TERMS)
    g = g.reshape(len(f), len(blocks), len(sample_weights))
    return f, g[:, 0], g[:, 1]


def _seen_again(
    terms: ReusedTerms, functions: Array, weights: Array, sample: Sample, points: Atoms, X: MatrixExpr
) -> list[list[MatrixExpr]]:
    """For each f_k the factors Σ_l B_lk D_y X Xᵀ D_{h_l}; none where Z is fresh."""
    if not np.any(terms.on_Z):
        return [[] for _ in functions]
    e, h = separated(terms.on_Z, weights, sample.weights, NOISE_TERMS)
    root = np.sqrt(weights)
    B = np.linalg.lstsq((functions * root).T, (e * root).T, rcond=None)[0]  # e_l ≈ Σ_k B_kl f_k
    y = points.diagonal("y", sample.y)
    parts = [y * X * X.T * points.diagonal(f"h{l}", values) for l, values in enumerate(h)]
    return [[float(B[k, l]) * part for l, part in enumerate(parts)] for k in range(len(functions))]
