"""Covariance over draws of a spike's strength θ_k and overlap ω_k: delta method, source by source.

Both are smooth functions of the rows, hence (`theory.second_step`) of independent sources, each O(N^{−1/2}):

* the readouts: their empirical law has weights w + δw, Cov δw = (diag w − wwᵀ)/N, which act on the spike's norm
  (‖a‖² and the like) and on the network's output f1 = √N Σ w_r a_r Ψ_r;
* the batches: the empirical law of (z, t, ε) has weights W + δW, Cov δW = (diag W − WWᵀ)/n.  A batch acts through the
  averages ⟨qz⟩, ⟨qτ⟩, ⟨qy⟩, ⟨qqᵀ⟩ of the second step and through c*_1, E y, m2, ⟨yt⟩ of the first, on which q depends
  too: one joint batch if it is reused, two independent ones otherwise;
* ‖β1‖²: the χ²_d of its part orthogonal to β*, Var δ = 2/d;
* the data orthogonal to β* and β1: with G = ∂F/∂S and Cov(S_ab, S_cd) = (φ²/d)(M_ac M_bd + M_ad M_bc), the covariance
  of F and F' is (2φ²/d) tr(G M G' M).

Each derivative of F (θ_k or ω_k) is an adjoint one: from ∂F/∂K, ∂F/∂⟨row, β*⟩ of `theory.spike_gradients` to the
averages, to q at each node, and to what q depends on.  (Derived for this project.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from theory.model import Model
from theory.quadrature import Array
from theory.second_step import Averages, Batch, averages, batch, rows_of
from theory.spike_gradients import Gradient, spike_gradients
from theory.spikes import COARSE, Resolution, Rows, spikes_from_rows

FAINT = 0.1  # strengths below that part of the threshold γ^{1/4} of W0's bulk are left out: they make no outlier


@dataclass(frozen=True, eq=False)
class SpikeCovariance:
    """A spike of strength θ and overlap ω, with the covariance matrices (2, 2) of (θ, ω), source by source; ``total``
    is their sum.  ``second_batch`` is zero for one step and for a reused batch."""

    strength: float
    overlap: float
    readout: Array
    batch: Array
    second_batch: Array
    beta1: Array
    orthogonal: Array

    @property
    def total(self) -> Array:
        return self.readout + self.batch + self.second_batch + self.beta1 + self.orthogonal


def spike_covariances(model: Model, resolution: Resolution = COARSE) -> list[SpikeCovariance]:
    """For the spikes of `theory.spikes.spikes_from_rows`, strongest first."""
    a, w, one = batch(model, resolution)
    mean = averages(model, one)
    rows = rows_of(model, a, w, mean)
    spikes = spikes_from_rows(model, rows)
    strong = spikes.strengths > FAINT * model.gamma**0.25
    return [
        _covariance(model, one, mean, rows, int(k), (float(spikes.strengths[k]), float(spikes.overlaps[k])))
        for k in np.flatnonzero(strong)
    ]


@dataclass(frozen=True, eq=False)
class _Derivatives:
    """Of one number F: by the readout's weights (q,), by those of the batches (j,), by δ, and G = ∂F/∂S (q, q)."""

    readout: Array
    first_batch: Array
    second_batch: Array
    beta1: float
    orthogonal: Array


def _derivatives(model: Model, a: Array, one: Batch, mean: Averages, gradient: Gradient) -> _Derivatives:
    c1, _, m2 = model.target_moments
    lead, eta2, phi = model.eta1 * model.activation_moments[0], model.eta2, model.phi
    W, z, t, y, q = one.weights, one.z, one.t, one.y, one.q
    H, along = np.outer(a, a) * gradient.K, a * gradient.along
    by_gram, by_b2, by_beta1 = eta2**2 * H, lead**2 * H.sum(), 2 * lead * eta2 * H.sum(axis=1)
    by_o = 2 * by_gram @ mean.o + c1 * by_beta1 + eta2 * along
    by_E = 2 * by_gram @ mean.E + mean.s * by_beta1
    by_C0 = mean.rho * by_E
    if model.reuse:
        by_C0 = by_C0 - 2 * phi / m2 * by_gram @ mean.C0
    by_C_q = phi * by_gram @ q
    averaged = (by_o @ q) * z + (by_E @ q) * t + (by_C0 @ q) * y + np.sum(q * by_C_q, axis=0)
    # the adjoint of q: what a change of q at node and sample does, per weight
    adjoint = np.outer(by_o, z) + np.outer(by_E, t) + np.outer(by_C0, y) + 2 * by_C_q
    through_g = W * np.sum(adjoint * one.by_g, axis=0)
    through_output = W * np.sum(adjoint * one.phi, axis=0)
    by_c1 = by_beta1 @ mean.o + 2 * c1 * by_b2 + lead * along.sum() + through_g @ z
    by_s = by_beta1 @ mean.E + 2 * mean.s * by_b2 + through_g @ t
    by_delta = by_s * mean.s / 2
    by_m2 = by_s * mean.s / (2 * m2) + W @ np.sum(adjoint * one.by_m2, axis=0)
    by_yt = 0.0
    if model.reuse:
        by_rho = by_E @ mean.C0
        by_delta += by_rho * mean.rho / 2 + phi * (through_g @ y)
        by_m2 += -by_rho * mean.rho / (2 * m2) + phi / m2**2 * (mean.C0 @ by_gram @ mean.C0)
        by_yt = -(by_rho + mean.s * (through_g @ y)) / m2
    moments = by_c1 * y * z + (W @ np.sum(adjoint * one.by_mean, axis=0)) * y + by_m2 * y**2 + by_yt * y * t
    both = moments + averaged if model.reuse else moments
    return _Derivatives(
        gradient.weights - one.output @ through_output,
        both,
        np.zeros_like(averaged) if model.reuse else averaged,
        float(by_delta),
        by_gram,
    )


def _covariance(
    model: Model, one: Batch, mean: Averages, rows: Rows, k: int, spike: tuple[float, float]
) -> SpikeCovariance:
    pair = [_derivatives(model, rows.a, one, mean, gradient) for gradient in spike_gradients(rows, model.N, k)]
    GM = [each.orthogonal @ mean.M for each in pair]
    delta = np.array([each.beta1 for each in pair])
    return SpikeCovariance(
        *spike,
        readout=_sampled(np.array([each.readout for each in pair]), rows.weights) / model.N,
        batch=_sampled(np.array([each.first_batch for each in pair]), one.weights) / model.n,
        second_batch=_sampled(np.array([each.second_batch for each in pair]), one.weights) / model.n,
        beta1=2 / model.d * np.outer(delta, delta),
        orthogonal=2 * model.phi**2 / model.d * np.array([[np.sum(x * y.T) for y in GM] for x in GM]),
    )


def _sampled(values: Array, weights: Array) -> Array:
    """The covariance matrix under the weights."""
    centred = values - (values @ weights)[:, None]
    covariance: Array = (centred * weights) @ centred.T
    return covariance
