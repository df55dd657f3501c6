"""Does theory agree with simulation?  One judgement an outlier, one for the bulk, and known reasons where not.

A quantity agrees if the observed mean lies within 3 standard errors or 2 % of the prediction: fixed limits.
Within 3 standard errors that are themselves wider than 10 % of a singular value, or .05 of a squared overlap, nothing
is decided: that is `unclear`.  A single trial has no standard error; the standard deviation over draws that the
theory predicts (`theory.fluctuations`) takes its place, and where there is none the state is `unclear`.  An outlier
whose left vector is recognised in fewer than half of the trials is `not found`, and its numbers are not judged.
Where the limits are exceeded the verdict says so, and names a reason only if the data show it:

* marginal: an outlier predicted within a relative N^{−2/3} of the edge is not separated from the bulk;
* bulk inflation, where the theory was asked for the bulk of W0 (Marchenko–Pastur): at finite N the noise part of
  the gradient widens the bulk by an amount that vanishes as N^{α − 1/2}, and moves the outliers near it; taken as
  shown if bulk values are seen above the predicted edge by more than 3 standard errors;
* fluctuations of the draw, of relative order 1/n: taken as shown if the prediction conditional on each draw agrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rmt_spikes.estimates import Estimate, estimate

if TYPE_CHECKING:
    from rmt_spikes.comparison import Comparison

YES, NO, UNCLEAR, NOT_FOUND = "yes", "no", "unclear", "not found"
STANDARD_ERRORS = 3.0
RELATIVE = 0.02
WIDEST_RELATIVE, WIDEST_OVERLAP = 0.1, 0.05  # standard errors that can still decide
FEW_TRIALS = 5  # below which a standard error is itself a rough estimate
FRACTIONS = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9)  # of the bulk above its quantiles
MARCHENKO_PASTUR = "marchenko-pastur"
NEAR_BULK = 2.5  # outliers below 2.5 times the bulk's end are moved visibly by a wider bulk


def relative_error(observed: float, predicted: float) -> float | None:
    """(observed − predicted)/predicted; None if the prediction is zero to rounding."""
    return (observed - predicted) / predicted if abs(predicted) > 1e-9 else None


def judge(z: float | None, relative: float | None, sem: float | None, widest: float) -> str:
    """Yes within 2 %, or within 3 standard errors no larger than ``widest``; unclear within larger ones or none.

    >>> judge(2.0, 0.05, 0.1, widest=0.5), judge(2.0, 0.5, 1.0, widest=0.5), judge(4.0, 0.05, 0.1, widest=0.5)
    ('yes', 'unclear', 'no')
    """
    if relative is not None and abs(relative) <= RELATIVE:
        return YES
    if z is None or sem is None:
        return UNCLEAR
    if abs(z) > STANDARD_ERRORS:
        return NO
    return YES if sem <= widest else UNCLEAR


@dataclass(frozen=True)
class Agreement:
    """One quantity: observed beside predicted, and beside the prediction given each draw (means over trials).

    ``z`` and ``relative_error`` are against the population's prediction; ``z_conditional`` is of the paired
    differences observed − conditional, which are far sharper.  ``widest`` is the largest standard error that decides.
    ``sd`` is the predicted standard deviation over draws, or None: the error of a single trial.
    """

    widest: float
    predicted: float
    observed: Estimate
    conditional: Estimate
    difference: Estimate
    sd: float | None = None

    @property
    def error(self) -> float | None:
        """The observed standard error; for a single trial the predicted standard deviation."""
        return self.sd if self.observed.trials == 1 else self.observed.sem

    @property
    def z(self) -> float | None:
        return (self.observed.mean - self.predicted) / self.error if self.error else None

    @property
    def relative_error(self) -> float | None:
        return relative_error(self.observed.mean, self.predicted)

    @property
    def z_conditional(self) -> float | None:
        return self.difference.z_score(0.0)

    @property
    def state(self) -> str:
        """yes, no or unclear, against the population's prediction."""
        return judge(self.z, self.relative_error, self.error, self.widest)

    @property
    def state_given_the_draw(self) -> str:
        """The same against the prediction given each draw."""
        relative = relative_error(self.observed.mean, self.conditional.mean)
        return judge(self.z_conditional, relative, self.difference.sem, self.widest)


def agreement(
    widest: float, predicted: float, observed: list[float], conditional: list[float], sd: float | None = None
) -> Agreement:
    """From one value a trial, observed and conditional, in the same order."""
    difference = np.subtract(observed, conditional)
    return Agreement(widest, predicted, estimate(observed), estimate(conditional), estimate(difference), sd)


def singular_value_agreement(result: Comparison, k: int) -> Agreement:
    """Outlier k's singular value."""
    return _agreement(result, k, "singular_value", "outliers", "singular_value_sd")


def overlap_agreement(result: Comparison, k: int) -> Agreement:
    """Squared overlap of outlier k's right vector with β*."""
    return _agreement(result, k, "target_overlap_squared", "target_overlaps", "target_overlap_sd")


def left_agreement(result: Comparison, k: int) -> Agreement:
    """Squared overlap of outlier k's left vector with the predicted one."""
    return _agreement(result, k, "left_overlap_squared", "left_overlaps", "left_overlap_sd")


def _agreement(result: Comparison, k: int, predicted: str, observed: str, fluctuation: str) -> Agreement:
    value = getattr(result.prediction.outliers[k], predicted)
    sd = getattr(result.fluctuations[k], fluctuation)
    return agreement(
        WIDEST_RELATIVE * value if predicted == "singular_value" else WIDEST_OVERLAP,
        value,
        [float(getattr(t.observation, observed)[k]) for t in result.trials],
        [getattr(t.conditional[k], predicted) for t in result.trials],
        float(sd) if np.isfinite(sd) else None,
    )


def found(result: Comparison, k: int) -> bool:
    """Outlier k is recognised by its left vector in at least half of the trials."""
    return 2 * result.identified(k) >= len(result.trials)


@dataclass(frozen=True)
class BulkAgreement:
    """One quantity of the bulk, observed beside predicted; ``name`` as in the table."""

    name: str
    predicted: float
    observed: Estimate

    @property
    def z(self) -> float | None:
        return self.observed.z_score(self.predicted)

    @property
    def relative_error(self) -> float | None:
        return relative_error(self.observed.mean, self.predicted)

    @property
    def state(self) -> str:
        return judge(self.z, self.relative_error, self.observed.sem, WIDEST_RELATIVE * self.predicted)


def largest_value_agreement(result: Comparison) -> BulkAgreement:
    """The largest bulk value beside the upper quantile ½/min(N, d)."""
    return BulkAgreement("largest bulk value", result.prediction.largest_bulk_value, result.largest_bulk_value)


def quantile_agreement(result: Comparison, fraction: float) -> BulkAgreement:
    """The bulk value with this fraction of the bulk above it."""
    name = f"bulk, {100 * fraction:.0f} % from the top"
    return BulkAgreement(name, result.prediction.bulk_quantile(fraction), result.bulk_quantile(fraction))


def bulk_agreements(result: Comparison) -> list[BulkAgreement]:
    """The largest value and the quantiles."""
    return [largest_value_agreement(result), *(quantile_agreement(result, f) for f in FRACTIONS)]


def bulk_inflated(result: Comparison) -> bool:
    """On W0's bulk: bulk values are seen above its edge, beyond the error alone; perhaps too little to be called a
    disagreement, enough to move outliers near it."""
    edge, seen = result.prediction.bulk.upper, result.largest_bulk_value
    z = seen.z_score(edge)
    on_w0 = result.prediction.emergence.name == MARCHENKO_PASTUR
    return (
        on_w0 and seen.mean > edge and (seen.mean > (1 + RELATIVE) * edge or (z is not None and z > STANDARD_ERRORS))
    )


def kolmogorov_distance(result: Comparison) -> float:
    """Largest difference between the distribution functions of the pooled bulk values and of the predicted law."""
    values = np.sort(result.bulk)
    predicted = result.prediction.bulk.cdf(values)
    steps = np.arange(values.size + 1) / values.size
    return float(max(np.abs(predicted - steps[1:]).max(), np.abs(predicted - steps[:-1]).max()))


def verdict(result: Comparison) -> str:
    """What agrees, what does not, and the known reason if there is one; one line of plain text."""
    lists: dict[str, list[str]] = {YES: [], NO: [], UNCLEAR: [], NOT_FOUND: []}
    for k in range(len(result.prediction.outliers)):
        if not found(result, k):
            lists[NOT_FOUND].append(f"outlier {k + 1} (its left vector is seen in {result.identified(k)} trials)")
            continue
        for name, compared in (
            ("s", singular_value_agreement),
            ("cos²", overlap_agreement),
            ("left²", left_agreement),
        ):
            judged = compared(result, k)
            why = {YES: "", NO: f" ({_off(judged)}: {_reason(result, k, judged)})", UNCLEAR: f" ({_off(judged)})"}
            lists[judged.state].append(f"{name}{k + 1}{why[judged.state]}")
    _judge_bulk(result, lists)
    words = {YES: "Agree", NO: "Disagree", UNCLEAR: "Unclear, the error bars being too wide", NOT_FOUND: "Not found"}
    parts = [] if result.prediction.outliers else ["No outlier is predicted."]
    parts += [f"{word}: {', '.join(lists[state])}." for state, word in words.items() if lists[state]]
    if len(result.trials) == 1:
        parts.append(
            "One trial: z is in predicted standard deviations over draws; for an error bar give more trials."
        )
    elif len(result.trials) < FEW_TRIALS:
        parts.append(f"With {len(result.trials)} trials the error bars are rough: give more trials.")
    return " ".join(parts)


def _judge_bulk(result: Comparison, lists: dict[str, list[str]]) -> None:
    judged = bulk_agreements(result)
    if all(one.state == YES for one in judged):
        lists[YES].append("bulk")
        return
    for one in judged:
        why = "" if one.state == YES else f" ({_off(one)}{_bulk_reason(result) if one.state == NO else ''})"
        lists[one.state].append(f"{one.name}{why}")


def _bulk_reason(result: Comparison) -> str:
    if result.prediction.emergence.name == MARCHENKO_PASTUR:
        return ": bulk inflation at finite N, not in Marchenko–Pastur"
    return ": no known reason, a finding"


def _off(judged: Agreement | BulkAgreement) -> str:
    z = "no error bar" if judged.z is None else f"z = {judged.z:+.3g}"
    relative = "" if judged.relative_error is None else f"{100 * judged.relative_error:+.3g} %, "
    return f"{relative}{z}"


def _reason(result: Comparison, k: int, judged: Agreement) -> str:
    if judged.state_given_the_draw == YES:
        given, seen = judged.conditional.mean, judged.observed.mean
        return f"fluctuations of these draws; given the draws the theory says {given:.3g}, seen is {seen:.3g}"
    edge = result.prediction.bulk.upper
    place = result.prediction.outliers[k].singular_value
    if result.prediction.outliers[k].marginal:
        return "marginal, predicted within N^(-2/3) of the edge"
    if place < NEAR_BULK * max(edge, result.largest_bulk_value.mean) and bulk_inflated(result):
        return "bulk inflation at finite N moves outliers near the bulk"
    return "no known reason, a finding"
