"""Standard deviations over draws: outlier singular values and their squared overlaps, to leading order O(N^{−1/2}).

A strength θ fluctuates with the draw of readouts and data (`theory.strength_fluctuations`), and given θ the outlier
fluctuates with the bulk (`theory.rectangular_fluctuations`, with the bulk's own law and the spike's vectors taken as
generic to it).  The two are independent, so

    Var s           = (ds/dθ)² Var θ + Var_bulk s
    Var left        = (dleft/dθ)² Var θ + Var_bulk left                left: squared overlap with the predicted vector
    cos(v, β*) = x = ω √right + (a bulk part along β*)
    Var x           = (√right, ω √right') Cov(ω, θ) (…)ᵀ + ω² Var_bulk √right + Σ_{l≠k} ω_l² V_kl + (1 − Σ ω_l²) V_k0

The last terms are what of v_k lies outside the spike's own right vector and meets β*.  On the right vector of another
spike its component has the variance, from the off-diagonal quadratic forms of `theory.rectangular_fluctuations`,

    V_kl = [(1 − right_k)/d + (θ_l²/θ_k²)(right_k/left_k)(1 − left_k)/N]/(1 − θ_l²/θ_k²)²

and V_k0 = (1 − right_k)/d (θ_l = 0) on everything else: nearly nothing on that of a much stronger one.  The squared
overlap is x² with x Gaussian, hence Var x² = 4 E[x]² Var x + 2 (Var x)²; the second term is all there is if E x = 0.
The left overlap has its linear part only: where it is near 1 the squares of what u moves by count too, and the true
standard deviation is up to twice as large.

Where the bulk's map from θ to s is another than a rotationally invariant one (rows on a Dyson bulk), the slopes are
those of the invariant model with that bulk's law and an outlier at the same place.

Not covered, and returned as NaN with a reason: marginal outliers, and those whose strength lies within two standard
deviations of the threshold, where s(θ) is no straight line over the draws.  Spikes of nearly equal strength exchange
their overlaps between draws: the formulas then grow without bound, as they should.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt
from typing import Any

import numpy as np
from scipy.special import roots_legendre

from theory.bulk_rules import BulkRule
from theory.emergence import Law, Outlier
from theory.model import Model
from theory.prediction import Prediction
from theory.quadrature import Array
from theory.rectangular_fluctuations import SingularOutlierLaw, rectangular_outlier
from theory.single_thread import on_one_thread
from theory.strength_fluctuations import SpikeCovariance, spike_covariances

QUANTILES = 200
STEP = 1e-4  # of the derivatives by θ, relative
SAME = 0.25  # relative difference of strengths between two quadratures
SEPARATED = 2.0  # standard deviations of the strength above the threshold


@dataclass(frozen=True)
class OutlierFluctuation:
    """Standard deviations over draws of one outlier's strength, singular value, squared overlap of its right vector
    with β* and of its left one with the prediction; NaN, with a ``reason``, if not covered."""

    strength_sd: float
    singular_value_sd: float = nan
    target_overlap_sd: float = nan
    left_overlap_sd: float = nan
    reason: str = ""


@np.errstate(over="ignore", invalid="ignore")  # what overflows is returned as not covered
@on_one_thread
def outlier_fluctuations(problem: Any, prediction: Prediction) -> tuple[OutlierFluctuation, ...]:
    """One for each of ``prediction.outliers``; ``problem`` as in `theory.predict`, or a `Model`, the one predicted.

    >>> from theory import predict
    >>> problem = dict(activation="softplus", target="z", width=500, dim=250, samples=500, alpha1=0.3, alpha2=0.3)
    >>> [round(one.singular_value_sd, 2) for one in outlier_fluctuations(problem, predict(problem, bulk="mp"))]
    [0.33]
    """
    model = problem if isinstance(problem, Model) else Model.of(problem)
    outliers = prediction.outliers
    if not outliers:
        return ()
    if (model.N, min(model.N, model.d)) != (prediction.width, prediction.values):
        raise ValueError(
            f"the prediction is for N = {prediction.width:g} and {prediction.values:g} singular values, the problem "
            f"has N = {model.N:g} and {min(model.N, model.d):g}: give the problem that was predicted"
        )
    found = spike_covariances(model)
    bulk = quantile_rule(prediction.bulk)
    return tuple(_fluctuation(model, bulk, found, one) for one in outliers)


def quantile_rule(law: Law) -> BulkRule:
    """A law as a quadrature rule: Gauss–Legendre nodes for the fraction above a value."""
    x, w = roots_legendre(QUANTILES)
    return BulkRule(law.isf((1 + x) / 2), w / 2, law.upper)


def _nearest(found: list[SpikeCovariance], strength: float) -> SpikeCovariance | None:
    # the prediction may have withheld spikes, and stands on a finer quadrature
    near = [one for one in found if abs(one.strength - strength) < SAME * strength]
    return min(near, key=lambda one: abs(one.strength - strength), default=None)


def _fluctuation(model: Model, bulk: BulkRule, found: list[SpikeCovariance], outlier: Outlier) -> OutlierFluctuation:
    spike = _nearest(found, outlier.strength)
    if spike is None:
        return OutlierFluctuation(nan, reason="the quadrature of the strengths has not converged")
    if not np.isfinite(spike.total).all():
        return OutlierFluctuation(nan, reason="the variance overflows")
    sd = sqrt(spike.total[0, 0])
    if outlier.marginal or outlier.singular_value <= bulk.edge:
        return OutlierFluctuation(sd, reason="marginal: within a relative N^(-2/3) of the edge")
    theta, threshold = (_strength_at(model, bulk, s) for s in (outlier.singular_value, bulk.edge * (1 + 1e-9)))
    scale = theta / spike.strength  # of strengths on this bulk's invariant model over the spike's own
    if theta - threshold < SEPARATED * scale * sd:
        return OutlierFluctuation(sd, reason="its strength is within 2 standard deviations of the threshold")
    below, law, above = (rectangular_outlier(theta * (1 + h), bulk, model.N, model.d) for h in (-STEP, 0, STEP))
    step = 2 * STEP * spike.strength
    by_theta = (above.location - below.location) / step
    left_by_theta = (above.left - below.left) / step
    root_by_theta = (sqrt(above.right) - sqrt(below.right)) / step
    return OutlierFluctuation(
        sd,
        sqrt(by_theta**2 * sd**2 + law.location_sd**2),
        _squared_sd(
            outlier.target_overlap_squared,
            _cosine_variance(law, root_by_theta, spike) + _outside_variance(model, law, spike, found),
        ),
        sqrt(left_by_theta**2 * sd**2 + law.left_sd**2),
    )


def _strength_at(model: Model, bulk: BulkRule, z: float) -> float:
    """The strength with its outlier at z: 1/θ² = A B, averages of z/(z² − s²) over N left and d right vectors."""
    short = min(model.N, model.d)
    mean = float(bulk.weights @ (z / (z**2 - bulk.values**2)))
    A, B = (short / size * mean + (1 - short / size) / z for size in (model.N, model.d))
    return 1 / sqrt(A * B)


def _cosine_variance(law: SingularOutlierLaw, root_by_theta: float, spike: SpikeCovariance) -> float:
    """Of ω √right."""
    gradient: Array = np.array([spike.overlap * root_by_theta, sqrt(law.right)])
    return float(gradient @ spike.total @ gradient) + spike.overlap**2 * law.right_sd**2 / (4 * law.right)


def _outside_variance(
    model: Model, law: SingularOutlierLaw, spike: SpikeCovariance, found: list[SpikeCovariance]
) -> float:
    """Of what β* meets outside the spike's own right vector."""
    own = (1 - law.right) / model.d
    exchanged = law.right / law.left * (1 - law.left) / model.N
    total = own * max(0.0, 1 - sum(other.overlap**2 for other in found))
    for other in found:
        if other is not spike:
            ratio = (other.strength / spike.strength) ** 2
            total += other.overlap**2 * (own + ratio * exchanged) / (1 - ratio) ** 2
    return total


def _squared_sd(square: float, variance: float) -> float:
    """Of x², x Gaussian with mean² ``square``."""
    return sqrt(4 * square * variance + 2 * variance**2)
