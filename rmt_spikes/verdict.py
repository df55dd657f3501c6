"""Does theory agree with simulation?  One judgement an outlier, one for the bulk, and known reasons where not.

A quantity agrees if the observed mean lies within 3 standard errors or 2 % of the prediction.  The limits are fixed:
where they are exceeded the verdict says so, and names a reason only if the data show it:

* marginal: an outlier predicted within a relative N^{−2/3} of the edge is not separated from the bulk;
* bulk inflation: at finite N the noise part of the gradient widens the bulk beyond Marchenko–Pastur, by an amount
  that vanishes as N^{α − 1/2}, and lifts the outliers near it; taken as shown if bulk values are seen above the
  predicted edge by more than 3 standard errors and 2 %;
* fluctuations of the draw, of relative order 1/n: taken as shown if the prediction conditional on each draw agrees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmt_spikes.comparison import Comparison
from rmt_spikes.estimates import Estimate, estimate

STANDARD_ERRORS = 3.0
RELATIVE = 0.02
NEAR_BULK = 2.5  # outliers below 2.5 times the edge are moved visibly by a wider bulk


def relative_error(observed: float, predicted: float) -> float | None:
    """(observed − predicted)/predicted; None if the prediction is zero to rounding."""
    return (observed - predicted) / predicted if abs(predicted) > 1e-12 else None


def within_limits(z: float | None, relative: float | None) -> bool:
    """Three standard errors or two per cent, whichever is met."""
    return (z is not None and abs(z) <= STANDARD_ERRORS) or (relative is not None and abs(relative) <= RELATIVE)


@dataclass(frozen=True)
class Agreement:
    """One quantity: observed beside predicted, and beside the prediction given each draw (means over trials).

    ``z`` and ``relative_error`` are against the population's prediction; ``z_conditional`` is of the paired
    differences observed − conditional, which are far sharper.
    """

    predicted: float
    observed: Estimate
    conditional: Estimate
    difference: Estimate

    @property
    def z(self) -> float | None:
        return self.observed.z_score(self.predicted)

    @property
    def relative_error(self) -> float | None:
        return relative_error(self.observed.mean, self.predicted)

    @property
    def z_conditional(self) -> float | None:
        return self.difference.z_score(0.0)

    @property
    def agrees(self) -> bool:
        return within_limits(self.z, self.relative_error)

    @property
    def agrees_given_the_draw(self) -> bool:
        return within_limits(self.z_conditional, relative_error(self.observed.mean, self.conditional.mean))


def agreement(predicted: float, observed: list[float], conditional: list[float]) -> Agreement:
    """From one value a trial, observed and conditional, in the same order."""
    difference = np.subtract(observed, conditional)
    return Agreement(predicted, estimate(observed), estimate(conditional), estimate(difference))


def singular_value_agreement(result: Comparison, k: int) -> Agreement:
    """Outlier k's singular value."""
    return agreement(
        result.prediction.outliers[k].singular_value,
        [float(t.observation.outliers[k]) for t in result.trials],
        [t.conditional[k].singular_value for t in result.trials],
    )


def overlap_agreement(result: Comparison, k: int) -> Agreement:
    """Squared overlap of outlier k's right vector with β*."""
    return agreement(
        result.prediction.outliers[k].target_overlap_squared,
        [float(t.observation.target_overlaps[k]) for t in result.trials],
        [t.conditional[k].target_overlap_squared for t in result.trials],
    )


def bulk_exceeds(result: Comparison) -> bool:
    """Bulk values are seen above the predicted edge, beyond the limits."""
    edge = result.prediction.bulk.upper
    seen = result.bulk_upper
    return seen.mean > edge and not within_limits(seen.z_score(edge), relative_error(seen.mean, edge))


def kolmogorov_distance(result: Comparison) -> float:
    """Largest difference between the distribution functions of the pooled bulk values and of Marchenko–Pastur."""
    law = result.prediction.bulk
    grid = np.linspace(law.lower, law.upper, 4001)
    middle = (grid[1:] + grid[:-1]) / 2
    cdf = np.concatenate([[0.0], np.cumsum(law.density(middle))])
    values = np.sort(result.bulk)
    predicted = np.interp(values, grid, cdf / cdf[-1])
    steps = np.arange(values.size + 1) / values.size
    return float(max(np.abs(predicted - steps[1:]).max(), np.abs(predicted - steps[:-1]).max()))


def verdict(result: Comparison) -> str:
    """What agrees, what does not, and the known reason if there is one; one line of plain text."""
    agree: list[str] = []
    disagree: list[str] = []
    for k in range(len(result.prediction.outliers)):
        value, overlap = singular_value_agreement(result, k), overlap_agreement(result, k)
        for name, judged, reason in (
            (f"s{k + 1}", value, _value_reason(result, k, value)),
            (f"cos²{k + 1}", overlap, _overlap_reason(result, k, overlap)),
        ):
            (agree if judged.agrees else disagree).append(name if judged.agrees else f"{name} ({reason})")
    if bulk_exceeds(result):
        disagree.append(
            f"bulk edge (bulk values up to {result.bulk_upper.mean:.3g} are seen above the predicted "
            f"{result.prediction.bulk.upper:.3g}: bulk inflation at finite N, not in Marchenko–Pastur)"
        )
    else:
        agree.append("bulk edge")
    error_bars = "" if len(result.trials) > 1 else " One trial has no error bar: give more trials."
    none = "" if result.prediction.outliers else "No outlier is predicted. "
    parts = [f"{word}: {', '.join(names)}." for word, names in (("Agree", agree), ("Disagree", disagree)) if names]
    return none + " ".join(parts) + error_bars


def _off(judged: Agreement) -> str:
    z = "no error bar" if judged.z is None else f"z = {judged.z:+.1f}"
    relative = "" if judged.relative_error is None else f"{100 * judged.relative_error:+.1f} %, "
    return f"{relative}{z}"


def _value_reason(result: Comparison, k: int, judged: Agreement) -> str:
    edge = result.prediction.bulk.upper
    distance = judged.predicted / edge - 1
    if distance < result.problem.width ** (-2 / 3):
        return f"{_off(judged)}: marginal, predicted within N^(-2/3) of the edge"
    if judged.observed.mean > judged.predicted < NEAR_BULK * edge and bulk_exceeds(result):
        return f"{_off(judged)}: bulk inflation at finite N lifts outliers near the bulk"
    if judged.agrees_given_the_draw:
        return f"{_off(judged)}: fluctuations of these draws, which the conditional theory has"
    return f"{_off(judged)}: no known reason, a finding"


def _overlap_reason(result: Comparison, k: int, judged: Agreement) -> str:
    if judged.agrees_given_the_draw:
        return (
            f"{_off(judged)}: fluctuations of the draw at finite n; given the draws the theory says "
            f"{judged.conditional.mean:.3g}, seen is {judged.observed.mean:.3g}"
        )
    edge = result.prediction.bulk.upper
    predicted_value = result.prediction.outliers[k].singular_value
    if predicted_value / edge - 1 < result.problem.width ** (-2 / 3):
        return f"{_off(judged)}: marginal, predicted within N^(-2/3) of the edge"
    if predicted_value < NEAR_BULK * edge and bulk_exceeds(result):
        return f"{_off(judged)}: mixed with bulk vectors, the bulk being inflated at finite N"
    return f"{_off(judged)}: no known reason, a finding"
