"""The prediction for one realised draw (a, X, y): sums over the sample in place of expectations.

    β1 = X1ᵀ y1/n,   g_j = ⟨β1, x_j⟩ − (‖x_j‖²/n) y_j 1[reuse],   v(a) = (1/n) Σ_j q(a; y_j, g_j) x_j

and the rows a [η1 μ1 β1 + η2 v(a)] themselves, instead of their Gram kernel.  Outliers fluctuate between draws at
relative order N^{−1/2}, mostly through ‖a‖, ‖β1‖ and the moments of the labels; this prediction has all of that in
it, and what it still misses is the effect of W0.
"""

from __future__ import annotations

import numpy as np

from theory.model import Model
from theory.quadrature import Array
from theory.response import Response
from theory.spikes import Rows, Spikes, empirical_readout_rule, second_step_weights, spikes_from_rows


@np.errstate(over="ignore", invalid="ignore")  # what overflows is refused in spikes_from_rows
def conditional_spikes(
    model: Model,
    a: Array,
    beta: Array,
    X1: Array,
    y1: Array,
    X2: Array | None = None,
    y2: Array | None = None,
) -> Spikes:
    """Spike strengths and overlaps given the readout ``a`` (N,), the teacher ``beta`` (d,) and the batches X (n, d),
    y (n,), in float64 or float32.  X2, y2 are ignored for one step and with reuse."""
    rule = empirical_readout_rule(a)
    nodes = rule[0]
    beta1 = _times(y1, X1) / len(y1)
    rows = np.broadcast_to(model.eta1 * model.activation_moments[0] * beta1, (len(nodes), len(beta1))).copy()
    if model.steps == 2:
        X, y = (X1, y1) if model.reuse else (X2, y2)
        if X is None or y is None:
            raise ValueError("two steps on independent batches need X2 and y2: give the second batch of the draw")
        g = _times(beta1, X.T)
        if model.reuse:
            g -= np.einsum("ij,ij->i", X, X) / len(y) * y
        response = Response.of(
            model, mean_label=float(np.mean(y1, dtype=float)), m2=float(np.mean(np.square(y1, dtype=float)))
        )
        rows += model.eta2 * _times(second_step_weights(model, response, rule, y, g), X) / len(y)
    rows *= nodes[:, None]
    first = beta1 / max(float(np.linalg.norm(beta1)), np.finfo(float).tiny)
    return spikes_from_rows(model, Rows(*rule, rows @ rows.T, rows @ beta, rows @ first))


def _times(weights: Array, X: Array) -> Array:
    """weights X in float64, the product taken in X's own precision: a float32 batch is not copied."""
    return np.asarray(np.asarray(weights).astype(X.dtype, copy=False) @ X, dtype=float)
