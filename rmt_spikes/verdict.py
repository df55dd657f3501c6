"""Does theory agree with simulation?  One judgement an outlier, one for the bulk, and known reasons where not.

A quantity agrees if the observed mean lies within 3 standard errors or 2 % of the prediction.  The limits are fixed:
where they are exceeded the verdict says so, and names a reason only if the data show it:

* marginal: an outlier predicted within a relative N^{−2/3} of the edge is not separated from the bulk;
* bulk inflation: at finite N the noise part of the gradient widens the bulk beyond Marchenko–Pastur, by an amount
  that vanishes as N^{α − 1/2}, and moves the outliers near it; taken as shown if bulk values are seen above the
  predicted edge by more than 3 standard errors (finite N alone keeps the largest one below it);
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
    return _agreement(result, k, "singular_value", "outliers")


def overlap_agreement(result: Comparison, k: int) -> Agreement:
    """Squared overlap of outlier k's right vector with β*."""
    return _agreement(result, k, "target_overlap_squared", "target_overlaps")


def left_agreement(result: Comparison, k: int) -> Agreement:
    """Squared overlap of outlier k's left vector with the predicted one."""
    return _agreement(result, k, "left_overlap_squared", "left_overlaps")


def _agreement(result: Comparison, k: int, predicted: str, observed: str) -> Agreement:
    return agreement(
        getattr(result.prediction.outliers[k], predicted),
        [float(getattr(t.observation, observed)[k]) for t in result.trials],
        [getattr(t.conditional[k], predicted) for t in result.trials],
    )


def bulk_exceeds(result: Comparison) -> bool:
    """Bulk values are seen above the predicted edge, beyond the limits."""
    edge = result.prediction.bulk.upper
    seen = result.bulk_upper
    return seen.mean > edge and not within_limits(seen.z_score(edge), relative_error(seen.mean, edge))


def bulk_inflated(result: Comparison) -> bool:
    """The same, beyond the error alone: too little to be called a disagreement, enough to move outliers near it."""
    z = result.bulk_upper.z_score(result.prediction.bulk.upper)
    return bulk_exceeds(result) or (z is not None and z > STANDARD_ERRORS)


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
        for name, judge in (("s", singular_value_agreement), ("cos²", overlap_agreement), ("left²", left_agreement)):
            judged = judge(result, k)
            if judged.agrees:
                agree.append(f"{name}{k + 1}")
            else:
                disagree.append(f"{name}{k + 1} ({_off(judged)}: {_reason(result, k, judged)})")
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


def _reason(result: Comparison, k: int, judged: Agreement) -> str:
    if judged.agrees_given_the_draw:
        given, seen = judged.conditional.mean, judged.observed.mean
        return f"fluctuations of these draws; given the draws the theory says {given:.3g}, seen is {seen:.3g}"
    edge = result.prediction.bulk.upper
    place = result.prediction.outliers[k].singular_value
    if place / edge - 1 < result.problem.width ** (-2 / 3):
        return "marginal, predicted within N^(-2/3) of the edge"
    if place < NEAR_BULK * edge and bulk_inflated(result):
        return "bulk inflation at finite N moves outliers near the bulk"
    return "no known reason, a finding"
