"""The phase diagram that a sweep saw: outliers and captured target over (α1, α2), beside the same cells' theory.

One panel for each combination of the other axes.  The theory is that of each cell at its own N, on the bulk that the
sweep asked for; the exact partition (`theory.phases`), the statement about N → ∞, goes beside it where it exists.

**Where they differ**, cell by cell, at least two trials:

* the count differs if the simulated mean is more than 3 standard errors *and* at least 0.5 from the theory's.
  Counts are whole, so that all trials often agree and the standard error is 0; then 0.5 alone decides;
* the captured target differs if it is more than 3 standard errors *and* more than K/d away, K outliers predicted: a
  random direction has the squared overlap 1/d with β*, and the theory is not meant to be better.  The standard
  error is that of the trials or, if larger, the predicted standard deviation over draws by √trials: that of four
  trials alone is so often far too small that one cell in seventeen would differ by chance.

**Undecided cells** are those where draws fall on both sides of a threshold, so that no whole number is right.  From
above: the weakest predicted outlier is within its standard deviation over draws of the value above which outliers are
counted, or so near to the bulk that the theory declines to give one (`theory.fluctuations`: two standard deviations
of the strength, or marginal).  From below: a neighbour on the grid predicts more outliers, and is undecided from
above.  A difference there is expected and counted apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rmt_spikes.problem import TwoLayer
from rmt_spikes.sweeps.limits import partition
from rmt_spikes.sweeps.reading import Array, Means, Part, captured, need_axes, over_trials, parts, problem_of, value
from rmt_spikes.verdict import STANDARD_ERRORS
from theory.phases import Phases

if TYPE_CHECKING:
    import xarray as xr

LEAST_COUNT = 0.5
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Cell:
    """One cell in which ``quantity`` differs; ``z`` is infinite where all trials agree."""

    alpha1: str
    alpha2: str
    quantity: str
    mean: float
    sem: float
    predicted: float
    z: float
    undecided: bool


@dataclass(frozen=True, eq=False)
class Panel:
    """Arrays of shape (len(alpha2), len(alpha1)); ``problem`` is that of the first cell.

    ``exact`` is None where there is no exact partition, and ``reason`` says why.
    """

    where: dict[str, Any]
    problem: TwoLayer
    alpha1: Array
    alpha2: Array
    labels: tuple[tuple[str, ...], tuple[str, ...]]
    count: Means
    captured: Means
    theory_count: Array
    theory_captured: Array
    captured_error: Array
    undecided: Mask
    exact: Phases | None
    reason: str | None

    @property
    def compared(self) -> Mask:
        """Cells with an error bar."""
        return (self.count.trials > 1) & np.isfinite(self.theory_count)

    @property
    def count_differs(self) -> Mask:
        away = np.abs(self.count.mean - self.theory_count)
        return self.compared & (away >= LEAST_COUNT) & (away > STANDARD_ERRORS * self.count.sem)

    @property
    def captured_differs(self) -> Mask:
        away = np.abs(self.captured.mean - self.theory_captured)
        by_chance = self.theory_count / self.problem.dim
        return (self.captured.trials > 1) & (away > by_chance) & (away > STANDARD_ERRORS * self.captured_error)

    @property
    def differing(self) -> list[Cell]:
        """All cells that differ: decided ones first, then by how far off they are."""
        counts = _cells(self, "count", self.count_differs, self.count.mean, self.count.sem, self.theory_count)
        overlaps = _cells(
            self, "captured", self.captured_differs, self.captured.mean, self.captured_error, self.theory_captured
        )
        return sorted(counts + overlaps, key=lambda cell: (cell.undecided, -abs(cell.mean - cell.predicted)))


def phase(data: xr.Dataset) -> tuple[Panel, ...]:
    """The panels of a sweep with the axes ``alpha1`` and ``alpha2``; ValueError without them."""
    need_axes(data, "a phase diagram", "alpha1", "alpha2")
    return tuple(_panel(part) for part in parts(data, "alpha1", "alpha2"))


def _panel(part: Part) -> Panel:
    data = part.data.transpose("alpha2", "alpha1", ...)
    finished = data["finished"].values.astype(bool)
    seen, theory_captured = captured(data)
    seen_captured = over_trials(seen)
    problem = problem_of(data.isel(alpha1=[0], alpha2=[0]))
    exact, reason = partition(problem)
    return Panel(
        part.where,
        problem,
        data["alpha1"].values,
        data["alpha2"].values,
        (_labels(data, "alpha1"), _labels(data, "alpha2")),
        over_trials(_counts(data, finished)),
        seen_captured,
        np.where(finished, data["theory_outlier_count"].values, np.nan),
        theory_captured,
        _error(data, seen_captured),
        undecided(data),
        exact,
        reason,
    )


def _labels(data: xr.Dataset, name: str) -> tuple[str, ...]:
    return tuple(value(data.isel({name: i}), name) for i in range(data.sizes[name]))


def _counts(data: xr.Dataset, finished: Mask) -> Array:
    """Simulated counts, shape (len(alpha2), len(alpha1), trial); no trial where the sweep has none."""
    if "outlier_count" not in data:
        return np.full((*finished.shape, 0), np.nan)
    counts = data["outlier_count"].transpose("alpha2", "alpha1", "trial").values
    return np.where(finished[..., None], counts, np.nan)


def _error(data: xr.Dataset, seen: Means) -> Array:
    """The larger of the trials' standard error and the predicted one, where the theory has one for all outliers."""
    there = np.isfinite(data["theory_target_overlap"].values)
    variances = np.where(there, data["theory_target_overlap_sd"].values ** 2, 0.0).sum(axis=-1)  # NaN stays NaN
    return np.fmax(seen.sem, np.sqrt(variances / np.maximum(seen.trials, 1)))


def undecided(data: xr.Dataset) -> Mask:
    """Cells whose count draws decide differently, shape (len(alpha2), len(alpha1)); see the module's docstring."""
    count = np.nan_to_num(data["theory_outlier_count"].values)
    s, sd = (
        data[f"theory_singular_value{end}"].transpose("alpha2", "alpha1", "outlier").values for end in ("", "_sd")
    )
    weakest = np.clip(count.astype(int) - 1, 0, s.shape[-1] - 1)[..., None]
    s, sd = (np.take_along_axis(table, weakest, axis=-1)[..., 0] for table in (s, sd))
    within = ~(s - _threshold(data) > sd)  # also where there is no standard deviation
    above = (count > 0) & np.isfinite(s) & within
    below = np.zeros_like(above)
    for axis in (0, 1):
        for step in (1, -1):
            neighbour = np.roll(np.where(above, count, 0.0), step, axis)
            edge = [slice(None), slice(None)]
            edge[axis] = slice(0, 1) if step == 1 else slice(-1, None)
            neighbour[tuple(edge)] = 0.0  # the grid does not wrap around
            below |= neighbour > count
    return above | below


def _threshold(data: xr.Dataset) -> Array:
    """What the simulation counts above: 99 % point of the largest bulk value; the edge where that is not stored."""
    return data["count_threshold" if "count_threshold" in data else "bulk_edge"].values


def _cells(panel: Panel, quantity: str, differs: Mask, means: Array, errors: Array, predicted: Array) -> list[Cell]:
    found = []
    for row, column in zip(*np.nonzero(differs), strict=True):
        mean, sem, theory = (float(part[row, column]) for part in (means, errors, predicted))
        z = (mean - theory) / sem if sem else float(np.copysign(np.inf, mean - theory))
        place = panel.labels[0][column], panel.labels[1][row]
        found.append(Cell(*place, quantity, mean, sem, theory, z, bool(panel.undecided[row, column])))
    return found
