"""The mean over draws: expectations over the law of (z, g, ε) and of a.

With o(a) = E[q z], B(a) = E[∂_g q], P = o − c*_1 B, C(a, a') = E[q q'], C0(a) = E[q y] (primes: at a')

    ⟨v(a), v(a')⟩ = P P' + c*_1 (P B' + B P') + b² B B' + φ C + 1[reuse] φ (B C0' + C0 B')
    ⟨v(a), β1⟩    = c*_1 P + b² B + 1[reuse] φ C0(a),        ⟨v(a), β*⟩ = o(a)

for q, z, g as in `theory.spikes`, with (z, g) jointly Gaussian, E zg = c*_1, E g² = b² = c*_1² + φ m2, independent
of ε.  (Derived for this project; see docs/theory.md.)

None of it depends on η2.  So what is averaged over the sample is remembered: problems that differ in the second step
size alone, as in a column of a diagram, pay for it once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from theory.model import Model
from theory.quadrature import Array, normal_rule, read_only
from theory.response import Response
from theory.single_thread import on_one_thread
from theory.spikes import FINE, Resolution, Rows, Spikes, readout_rule, second_step_weights, spikes_from_rows

DROPPED = 1e-13  # sample nodes of smaller weight, on which even cubic labels contribute less than 1e-8
REMEMBERED = 512  # averages over the sample, of some 10 kB each


@np.errstate(over="ignore", invalid="ignore")  # what overflows is refused in spikes_from_rows
def population_spikes(model: Model, resolution: Resolution = FINE) -> Spikes:
    """Spike strengths and overlaps of the weights after the model's one or two steps, as the mean over draws."""
    rows = rows_in_second_step(model, resolution)
    return spikes_from_rows(model, rows(model.eta2))


def rows_in_second_step(model: Model, resolution: Resolution = FINE) -> Callable[[float], Rows]:
    """The rows of W2 − W0 on the readout's nodes as a function of η2.

    q does not depend on η2, so that one costly average over the sample serves every second step size.
    """
    mu1 = model.activation_moments[0]
    c1, _, m2 = model.target_moments
    b2 = c1**2 + model.phi * m2
    second = _second_step(model.without_second_size, resolution)
    a, weights, gram, with_beta1 = second.a, second.weights, second.gram, second.with_beta1
    lead, both = model.eta1 * mu1, with_beta1[:, None] + with_beta1

    def rows(eta2: float) -> Rows:
        K = np.outer(a, a) * (lead**2 * b2 + lead * eta2 * both + eta2**2 * gram)
        along_first = a * (lead * b2 + eta2 * with_beta1) / np.sqrt(b2)
        return Rows(a, weights, K, a * (lead * c1 + eta2 * second.with_target), along_first)

    return rows


def sample_nodes(model: Model, resolution: Resolution) -> tuple[Array, Array, Array, Array]:
    """Nodes (z, t, y) and weights for a sample; g = c*_1 z + √(φ m2) t with t ~ N(0, 1) independent of (z, ε)."""
    z, wz = normal_rule(resolution.z, model.target.kinks)
    t, wt = normal_rule(resolution.t)
    e, we = normal_rule(resolution.noise) if model.noise else (np.zeros(1), np.ones(1))
    weights = np.einsum("i,j,k->ijk", wz, wt, we).ravel()
    z, t, e = (grid.ravel() for grid in np.meshgrid(z, t, e, indexing="ij"))
    kept = weights > DROPPED
    return z[kept], t[kept], (model.target(z) + model.noise * e)[kept], weights[kept]


@dataclass(frozen=True, eq=False)
class SecondStep:
    """⟨v(a), v(a')⟩ ``gram`` (q, q), ⟨v(a), β1⟩ and ⟨v(a), β*⟩ (q,) on the readout's nodes ``a``, of ``weights``;
    zero for one step.  Shared by all who ask, and so not to be written to."""

    a: Array
    weights: Array
    gram: Array
    with_beta1: Array
    with_target: Array

    def __post_init__(self) -> None:
        read_only(*vars(self).values())


# the same bits whoever asks first: neither the caller's threads nor its np.errstate come in
@lru_cache(maxsize=REMEMBERED)
@on_one_thread
@np.errstate(over="ignore", invalid="ignore")
def _second_step(model: Model, resolution: Resolution) -> SecondStep:
    """The averages of a model that has no second step size."""
    a, weights = readout_rule(model, resolution.a)
    if model.steps == 1:
        zero = np.zeros_like(a)
        return SecondStep(a, weights, np.outer(zero, zero), zero, zero)
    c1, _, m2 = model.target_moments
    phi = model.phi
    spread = np.sqrt(phi * m2)
    z, t, y, w = sample_nodes(model, resolution)
    q = second_step_weights(model, Response.of(model), (a, weights), y, c1 * z + spread * t)
    o, B, C0 = q @ (w * z), q @ (w * t) / spread, q @ (w * y)  # E[∂_g q] = E[q t]/√(φ m2), by Stein
    P = o - c1 * B
    b2 = c1**2 + phi * m2
    cross = np.outer(P, B)
    gram = np.outer(P, P) + c1 * (cross + cross.T) + b2 * np.outer(B, B) + phi * (q * w) @ q.T
    with_beta1 = c1 * P + b2 * B
    if model.reuse:
        self_term = np.outer(B, C0)
        gram += phi * (self_term + self_term.T)
        with_beta1 += phi * C0
    return SecondStep(a, weights, gram, with_beta1, o)
