"""σ' of W1 on the batch it was trained on, projected on what the first step knows.

The pre-activation of a reused sample with label y and leave-one-out projection g is

    h1 = (1 + A μ2 E y) x + φ A y σ'(x) + A μ1 g + A κ q,    A = η1 a,    κ² = φ E y² Var σ',    x, q ~ N(0, 1)

with x = ⟨w_i, x_j⟩ before the first step.  With θ = (σ'(x) − μ1 − μ2 x)/√ν, the rest of σ'(x), ν = Var σ' − μ2²,

    σ'(h1) = C0 + C1 x + Cθ θ + Cq q + √V θ'

C0 … Cq being the projections on the orthonormal 1, x, θ, q, and V what is left of the variance.  The output after
step one is f1(y, g) = √N E_a[a E σ(h1)].  As in `theory.response` the integral over q is a table in the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from theory.dyson.networks.laws import Sample
from theory.functions import RealFunction
from theory.graded_table import Table, table
from theory.model import Model
from theory.quadrature import FEW, Array, Rule, smoothed
from theory.response_rules import FINEST_H, graded_grid, kinked_rule, smooth_rule, trapezoidal_rule

NEGLIGIBLE = 1e-12  # a variance below this share of Var σ' is rounding


@dataclass(frozen=True, eq=False)
class ReusedSlope:
    """C0, C1, Cθ, Cq and V on (a, sample), shape (q, K); ``residual`` r (K,)."""

    mean: Array
    linear: Array
    rest: Array
    noise: Array
    variance: Array
    residual: Array


def first_slope(model: Model) -> tuple[float, float, float, float]:
    """μ1, μ2, √ν, √Var σ', with ν = Var σ' − μ2² exactly 0 where it is rounding."""
    mu1, mu2, variance = model.activation_moments
    if variance < NEGLIGIBLE * (mu1**2 + variance):
        return mu1, 0.0, 0.0, 0.0
    nu = variance - mu2**2
    return mu1, mu2, float(np.sqrt(nu)) if nu > NEGLIGIBLE * variance else 0.0, float(np.sqrt(variance))


def reused_slope(model: Model, readout: Rule, sample: Sample) -> ReusedSlope:
    """The projections at the readout's nodes and the batch's."""
    a, weights = readout
    rows = [_projections(model, float(A), sample) for A in model.eta1 * a]
    C0, C1, Ct, Cq, square, output = np.moveaxis(np.array(rows), -1, 0)
    f1 = np.sqrt(model.N) * (weights * a) @ output if model.squared else 0.0
    V = np.maximum(square - C0**2 - C1**2 - Ct**2 - Cq**2, 0)
    return ReusedSlope(C0, C1, Ct, Cq, V, sample.y - f1)


def _projections(model: Model, A: float, sample: Sample) -> Array:
    """(K, 6): E σ', E x σ', E θ σ', E q σ', E σ'², E σ at h1."""
    mu1, mu2, root_nu, deviation = first_slope(model)
    sigma, slope = model.sigma, model.sigma.derivative
    shift, stretch, sd = A * model.phi, 1 + A * mu2 * sample.mean, abs(A) * sample.spread * deviation
    centre = A * mu1 * sample.g
    x = trapezoidal_rule(FINEST_H)[0]
    bound = np.abs(stretch * x).max() + np.abs(centre).max() + np.abs(shift * slope(x)).max() * np.abs(sample.y).max()
    moments = _table(sigma, sd, float(bound))

    def average(rule: Rule, y: Array, centre: Array) -> Array:
        x, w = rule
        self_term = shift * slope(x)
        theta = (slope(x) - mu1 - mu2 * x) / root_nu if root_nu else np.zeros_like(x)
        u = (stretch * x)[:, None] + self_term[:, None] * y + centre
        slope_u, with_q, square, output = moments(u)
        return np.stack(
            [
                w @ slope_u,
                (w * x) @ slope_u,
                (w * theta) @ slope_u,
                np.sign(A) * (w @ with_q),
                w @ square,
                w @ output,
            ],
            axis=-1,
        )

    if sigma.kinks:
        return average(kinked_rule(sigma.kinks), sample.y, centre)
    few = np.argsort(sample.y)[np.linspace(0, sample.y.size - 1, FEW // 3).astype(int)]
    rule = smooth_rule(lambda rule: average(rule, sample.y[few], centre[few]))
    return average(rule, sample.y, centre)


def _table(sigma: RealFunction, sd: float, bound: float) -> Table:
    """m ↦ (E σ', E q σ', E σ'², E σ) at m + sd q."""
    kinks, slope = sigma.kinks, sigma.derivative
    grid, scale = graded_grid(kinks, sd, bound)
    first = smoothed(slope, kinks, grid, sd)
    with_u = smoothed(lambda u: u * slope(u), kinks, grid, sd)
    with_q = (with_u - grid * first) / sd if sd > 1e-9 else np.zeros_like(grid)
    square = smoothed(lambda u: slope(u) ** 2, kinks, grid, sd)
    return table(grid, (first, with_q, square, smoothed(sigma, kinks, grid, sd)), scale)
