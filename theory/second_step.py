"""The second step on one batch, in full: q on nodes, its derivatives, and the averages from which the rows follow.

Let e be the direction of β1's part orthogonal to β*, of length s, s² = φ m2 (1 + δ), where d (1 + δ) is a χ²_d.  A
sample is (z, t, ε), with ⟨x, e⟩ = t for a fresh batch.  For a reused one, X⊥ᵀ y is fixed by β1, so that

    ⟨x, e⟩ = ρ y + τ,    ρ = √(φ (1 + δ)/m2),    τ = t − y ⟨yt⟩/⟨y²⟩,    g = c*_1 z + s τ + φ δ y

(what multiplies y in g is ‖β1⊥‖² n/Σy² less the leave-one-out φ), and the rest of X is Gaussian, orthogonal to y.
With r = 1[reuse], ρ = 0 for a fresh batch, ⟨·⟩ averages over the batch and

    o = ⟨qz⟩,   C0 = ⟨qy⟩,   C = ⟨qqᵀ⟩,   E = ⟨qτ⟩ + ρ C0,   M = C − r C0 C0ᵀ/m2

    ⟨v, v'⟩ = ooᵀ + EEᵀ + S,    ⟨v, β1⟩ = c*_1 o + s E,    ⟨v, β*⟩ = o,     E S = φ M

where n S/d is a Wishart matrix of d degrees of freedom and mean M.  This is exact for a given batch up to O(1/n);
its mean over draws is the formula of `theory.population`.  (Derived for this project.)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from theory.model import Model
from theory.population import sample_nodes
from theory.quadrature import Array, read_only
from theory.response import Response
from theory.single_thread import on_one_thread
from theory.spikes import Resolution, Rows, readout_rule

REMEMBERED = 8  # batches, of some 1 MB each
STEP = 1e-3  # of finite differences, relative to the natural size of the variable


@dataclass(frozen=True, eq=False)
class Batch:
    """Nodes (z, t, y) and weights of a sample; q (q, j) on them, its derivatives with respect to g, to the mean label
    and to m2; Φ and √N a Ψ (q, j), through which the readout's law acts on q.  All zero after one step."""

    z: Array
    t: Array
    y: Array
    weights: Array
    q: Array
    by_g: Array
    by_mean: Array
    by_m2: Array
    phi: Array
    output: Array

    def __post_init__(self) -> None:
        read_only(*vars(self).values())


def batch(model: Model, resolution: Resolution) -> tuple[Array, Array, Batch]:
    """The readout's nodes and weights, and the batch of the second step: nothing of it depends on η2."""
    return _batch(model.without_second_size, resolution)


@lru_cache(maxsize=REMEMBERED)
@on_one_thread
@np.errstate(over="ignore", invalid="ignore")  # the same whoever asks first
def _batch(model: Model, resolution: Resolution) -> tuple[Array, Array, Batch]:
    a, w = readout_rule(model, resolution.a)
    read_only(a, w)
    z, t, y, weights = sample_nodes(model, resolution)
    if model.steps == 1:
        zero = np.zeros((len(a), len(z)))
        return a, w, Batch(z, t, y, weights, zero, zero, zero, zero, zero, zero)
    c1, mean, m2 = model.target_moments
    g = c1 * z + np.sqrt(model.phi * m2) * t

    def parts(g: Array, mean: float, m2: float) -> tuple[Array, Array, Array]:
        phi, psi = Response.of(model, mean_label=mean, m2=m2)(model.eta1 * a, y, g)
        output = np.sqrt(model.N) * a[:, None] * psi if model.squared else np.zeros_like(psi)
        return (y - w @ output) * phi, phi, output

    def slope(up: tuple[Array, float, float], down: tuple[Array, float, float], step: float) -> Array:
        difference: Array = (parts(*up)[0] - parts(*down)[0]) / (2 * step)
        return difference

    q, phi, output = parts(g, mean, m2)
    dg, dy, dm = STEP * np.sqrt(c1**2 + model.phi * m2), STEP * np.sqrt(m2), STEP * m2
    by_g = slope((g + dg, mean, m2), (g - dg, mean, m2), dg)
    by_mean = slope((g, mean + dy, m2), (g, mean - dy, m2), dy)
    by_m2 = slope((g, mean, m2 + dm), (g, mean, m2 - dm), dm)
    return a, w, Batch(z, t, y, weights, q, by_g, by_mean, by_m2, phi, output)


@dataclass(frozen=True, eq=False)
class Averages:
    """o, C0, C, E, M of the batch, and s, ρ."""

    o: Array
    C0: Array
    C: Array
    E: Array
    M: Array
    s: float
    rho: float


def averages(model: Model, one: Batch) -> Averages:
    """At the population's moments, where ⟨yt⟩ = 0 and δ = 0."""
    m2 = model.m2
    w = one.weights
    o, C0 = one.q @ (w * one.z), one.q @ (w * one.y)
    C = (one.q * w) @ one.q.T
    rho = float(np.sqrt(model.phi / m2)) if model.reuse else 0.0
    E = one.q @ (w * one.t) + rho * C0
    M = C - np.outer(C0, C0) / m2 if model.reuse else C
    return Averages(o, C0, C, E, M, float(np.sqrt(model.phi * m2)), rho)


def rows_of(model: Model, a: Array, weights: Array, mean: Averages) -> Rows:
    """The rows of W2 − W0 in the mean over draws, as `theory.population` has them."""
    c1 = model.target_moments[0]
    lead, b2 = model.eta1 * model.activation_moments[0], c1**2 + mean.s**2
    with_beta1 = c1 * mean.o + mean.s * mean.E
    V = np.outer(mean.o, mean.o) + np.outer(mean.E, mean.E) + model.phi * mean.M
    cross = lead * model.eta2 * (with_beta1[:, None] + with_beta1)
    K = np.outer(a, a) * (lead**2 * b2 + cross + model.eta2**2 * V)
    along_first = a * (lead * b2 + model.eta2 * with_beta1) / np.sqrt(b2)
    return Rows(a, weights, K, a * (lead * c1 + model.eta2 * mean.o), along_first)
