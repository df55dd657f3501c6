"""Finite-size scaling: singular value and squared overlap of each outlier against the width N, as a power law.

For each outlier and each combination of the other axes, a line through log(mean over trials) against log N
(`rmt_spikes.sweeps.lines`), the same line — same widths, same weights — through the finite-size theory's values, and
the exponent as N → ∞ (`rmt_spikes.sweeps.limits`), α2 − k(1/2 − α1) for the singular value of term k.

**Which two must agree.**  Not the fit and the limit.  An outlier is s = g(θ), s(θ) = √((1 + θ²)(γ + θ²))/θ on W0's
bulk, and its strength θ has all orders of η1 a in it, whose corrections fall only like N^{−(1/2 − α1)}: at any N
that runs the slope d log s/d log N differs from the limit's by far more than its error, and it is smaller near the
bulk, where g is flat.  The finite-size theory holds all of that, so the simulation's slope must agree with *its*
slope: ``z`` is their difference in standard errors.  Both lines have the same weights, so a curved law bends both
alike and z stays fair where χ² says that the points are on no line.  The limit is shown beside.

A width at which the outlier is absent is left out and counted: not predicted, seen in fewer than half of the trials,
its mean below the bulk's edge, or (overlaps) predicted to be 0.  An overlap's prediction is the mean over draws, with
the predicted fluctuation in it (`rmt_spikes.sweeps.reading.mean_overlap`): it falls like 1/d where β* is not seen.

**Few trials.**  The error bars are estimates, and so are the weights: with T trials z follows Student's law with T −
1 degrees of freedom rather than the normal one (measured on four widths: |z| < 2 in 86 % of 400 draws at T = 4,
Student 86 %, normal 95 %), and ``p_value`` is Student's.  χ² a degree of freedom is then 1.5 on average at T = 4 and
1.2 at 8.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rmt_spikes.sweeps.limits import Limit, overlap_limit, singular_value_limit
from rmt_spikes.sweeps.lines import Line, weighted_line
from rmt_spikes.sweeps.reading import (
    ZERO,
    Array,
    Means,
    Part,
    mean_overlap,
    need_axes,
    need_trials,
    over_trials,
    parts,
    problem_of,
)

if TYPE_CHECKING:
    import xarray as xr

QUANTITIES = ("singular_value", "target_overlap")
ROUGH = 0.3  # relative standard error above which log m is no longer linear in m over the error bar


@dataclass(frozen=True, eq=False)
class PowerLaw:
    """One ``quantity`` of one ``outlier`` (counted from 0) along N, in one combination ``where`` of the other axes.

    ``widths``, ``means``, ``sems`` and ``predicted`` at the widths that are fitted; ``left_out`` how many others for
    which reason. ``line`` and ``theory_line`` are in log N, None below two widths.
    """

    where: dict[str, Any]
    outlier: int
    quantity: str
    widths: Array
    means: Array
    sems: Array
    predicted: Array
    left_out: dict[str, int]
    line: Line | None
    theory_line: Line | None
    limit: Limit
    trials: int

    @property
    def z(self) -> float | None:
        """(slope − slope of the theory at the same widths)/error."""
        if self.line is None or self.theory_line is None:
            return None
        return (self.line.slope - self.theory_line.slope) / self.line.error

    @property
    def p_value(self) -> float | None:
        """Chance of a |z| at least as large if the theory's slope is right: Student's law, trials − 1 degrees."""
        from scipy.stats import t

        return None if self.z is None else float(2 * t.sf(abs(self.z), self.trials - 1))

    @property
    def rough(self) -> int:
        """How many of the points have a relative standard error too large for the delta method."""
        return int(np.sum(self.sems > ROUGH * self.means))


@dataclass(frozen=True, eq=False)
class Counts:
    """Number of outliers along N: simulated mean and standard error, the finite-size theory's and the limit's."""

    where: dict[str, Any]
    widths: Array
    means: Array
    sems: Array
    predicted: Array
    limit: Array


@dataclass(frozen=True, eq=False)
class Scaling:
    """All power laws and all counts of a sweep."""

    laws: tuple[PowerLaw, ...]
    counts: tuple[Counts, ...]


def scaling(data: xr.Dataset) -> Scaling:
    """The power laws in N of a sweep with the axis ``width``.

    ValueError without that axis, with a single width, or with fewer than two trials.
    """
    need_axes(data, "scaling", "width")
    if data.sizes["width"] < 2:
        raise ValueError(
            f"scaling needs at least two widths: this sweep has N = {int(data['width'][0])} alone; give a list such "
            "as width = [500, 1000, 2000, 4000], three or more for a χ²"
        )
    need_trials(data, "scaling")
    laws: list[PowerLaw] = []
    counts = []
    for part in parts(data, "width"):
        counts.append(_counts(part))
        laws += _laws(part)
    return Scaling(tuple(laws), tuple(counts))


def _laws(part: Part) -> list[PowerLaw]:
    data = part.data
    predicted = np.isfinite(data["theory_singular_value"].transpose("width", "outlier").values).any(axis=0)
    return [_law(part, int(outlier), quantity) for outlier in np.flatnonzero(predicted) for quantity in QUANTITIES]


def _law(part: Part, outlier: int, quantity: str) -> PowerLaw:
    data = part.data.isel(outlier=outlier)
    widths = data["width"].values.astype(float)
    seen = over_trials(data[quantity].transpose("width", "trial").values)
    predicted = data[f"theory_{quantity}"].values
    if quantity == "target_overlap":
        predicted = mean_overlap(predicted, data["theory_target_overlap_sd"].values)
    reasons = _reasons(data, quantity, seen, predicted)
    use = np.array([reason == "" for reason in reasons])
    left_out = dict(Counter(reason for reason in reasons if reason))
    line = theory_line = None
    if use.sum() > 1:
        x, errors = np.log(widths[use]), seen.sem[use] / seen.mean[use]
        line = weighted_line(x, np.log(seen.mean[use]), errors)
        theory_line = weighted_line(x, np.log(predicted[use]), errors)
    return PowerLaw(
        part.where, outlier, quantity, widths[use], seen.mean[use], seen.sem[use], predicted[use], left_out,
        line, theory_line, _limit(part.data, outlier, quantity), int(data.sizes["trial"]),
    )  # fmt: skip


def _reasons(data: xr.Dataset, quantity: str, seen: Means, predicted: Array) -> list[str]:
    """Why each width is left out; empty where it is not."""
    value = over_trials(data["singular_value"].transpose("width", "trial").values).mean
    needed = max(2, -(-data.sizes["trial"] // 2))
    rules = [
        (data["finished"].values == 0, "not finished"),
        (~np.isfinite(predicted), "not predicted"),
        (seen.trials < needed, "seen in too few trials"),
        (value < data["bulk_edge"].values, "below the bulk's edge"),
        (predicted <= ZERO, "predicted to be 0"),
        (~((seen.mean > 0) & (seen.sem > 0)), "no error bar"),
    ]
    return [next((text for rule, text in rules if rule[i]), "") for i in range(len(predicted))]


def _limit(data: xr.Dataset, outlier: int, quantity: str) -> Limit:
    first, last = (problem_of(data.isel(width=[i])) for i in (0, -1))
    if not (np.isclose(first.phi, last.phi) and np.isclose(first.gamma, last.gamma)):
        return Limit(None, "d and n do not grow with N: give dim and samples per_width")
    return (singular_value_limit if quantity == "singular_value" else overlap_limit)(first, outlier)


def _counts(part: Part) -> Counts:
    data = part.data
    seen = over_trials(data["outlier_count"].transpose("width", "trial").values)
    columns = (data[name].values.astype(float) for name in ("theory_outlier_count", "limit_outlier_count"))
    return Counts(part.where, data["width"].values.astype(float), seen.mean, seen.sem, *columns)
