"""Does the whole sweep agree with its theory?  A z-value for each compared number, how many are small, which are
worst.

    z = (mean over trials − theory)/s.e.

for each cell and outlier: singular value, squared overlap with β*, squared overlap of the left vector; and with
``keep`` the paired differences to the theory given each draw, the largest bulk value and the bulk's quantiles.  With
T trials a z of a correct theory follows Student's law with T − 1 degrees of freedom, which for few trials has many
values beyond 3: ``expected_within`` says what share is due inside, and a share far below it is a disagreement
however large the sweep.  The theory itself is correct to O(1/N) only, so that with many trials small errors show.

Beside it ``agreeing`` counts what is within 3 standard errors *or* within 2 %, the rule of `rmt_spikes.verdict`:
bulk quantiles scatter so little that errors of order 1/N of the theory are many standard errors.

Not compared, and counted: numbers that fewer than two trials have, those without scatter, and overlaps whose
population value is 0 while the theory gives no standard deviation: of these the trials show fluctuations of order
1/d, which elsewhere are in the prediction (`rmt_spikes.sweeps.reading.mean_overlap`).  A trial to whose draw the
theory gives no such outlier has no part in the comparison given the draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rmt_spikes.estimates import Estimate
from rmt_spikes.sweeps.reading import ZERO, Array, axes, mean_overlap, need_trials, over_trials, value
from rmt_spikes.verdict import RELATIVE, STANDARD_ERRORS

if TYPE_CHECKING:
    import xarray as xr

# quantity: (observed, predicted), both over the axes and one more dimension or none
COMPARED = {
    "singular value": ("singular_value", "theory_singular_value"),
    "cos² with β*": ("target_overlap", "theory_target_overlap"),
    "left overlap²": ("left_overlap", "theory_left_overlap"),
    "largest bulk value": ("largest_bulk_value", "theory_largest_bulk_value"),
    "bulk quantile": ("bulk_quantile", "theory_bulk_quantile"),
}
GIVEN_DRAW = {
    "singular value, given the draw": ("singular_value", "draw_singular_value"),
    "cos² with β*, given the draw": ("target_overlap", "draw_target_overlap"),
    "left overlap², given the draw": ("left_overlap", "draw_left_overlap"),
}
WORST = 10


@dataclass(frozen=True)
class Compared:
    """One compared number: its cell, ``number`` (of outlier or quantile, from 0; None where there is one a cell)."""

    quantity: str
    where: dict[str, Any]
    number: int | None
    observed: Estimate
    predicted: float
    z: float


@dataclass(frozen=True, eq=False)
class Agreement:
    """``z`` by quantity (of what is compared), ``not_compared`` counts, the ``worst`` and how many ``trials``."""

    z: dict[str, Array]
    agreeing: dict[str, int]
    not_compared: dict[str, int]
    worst: tuple[Compared, ...]
    trials: int

    @property
    def all_z(self) -> Array:
        return np.concatenate([*self.z.values(), np.empty(0)])

    @property
    def within(self) -> int:
        """How many |z| are at most 3."""
        return int(np.sum(np.abs(self.all_z) <= STANDARD_ERRORS))

    @property
    def expected_within(self) -> float:
        """The share of |z| ≤ 3 under Student's law with trials − 1 degrees of freedom."""
        from scipy.stats import t

        return float(1 - 2 * t.sf(STANDARD_ERRORS, self.trials - 1))


def agreement(data: xr.Dataset, worst: int = WORST) -> Agreement:
    """All z-values of a sweep and its ``worst`` numbers.  ValueError with fewer than two trials."""
    trials = need_trials(data, "agreement")
    found: dict[str, Array] = {}
    agreeing: dict[str, int] = {}
    skipped: dict[str, int] = {}
    extremes: list[Compared] = []
    for quantity, (observed, predicted) in {**COMPARED, **GIVEN_DRAW}.items():
        if observed not in data or predicted not in data:
            continue
        table = _table(data, quantity, observed, predicted)
        use = np.isfinite(table.z)
        found[quantity] = table.z[use]
        close = np.abs(table.means.mean - table.predicted) <= RELATIVE * np.abs(table.predicted)
        agreeing[quantity] = int(np.sum(use & (close | (np.abs(table.z) <= STANDARD_ERRORS))))
        skipped[quantity] = int(table.predicted_there.sum() - use.sum())
        extremes += _worst(data, table, worst)
    extremes.sort(key=lambda one: -abs(one.z))
    return Agreement(found, agreeing, skipped, tuple(extremes[:worst]), trials)


@dataclass(frozen=True, eq=False)
class _Table:
    quantity: str
    means: Any
    predicted: Array
    predicted_there: Any
    z: Array


def _table(data: xr.Dataset, quantity: str, observed: str, predicted: str) -> _Table:
    """Means and z over (axes…, outlier or quantile)."""
    extra = [str(name) for name in data[observed].dims if name not in (*axes(data), "trial")]
    order = [*axes(data), *extra]
    seen = data[observed].transpose(*order, "trial").values
    theory = data[predicted].transpose(*order, *(["trial"] if quantity in GIVEN_DRAW else [])).values
    if predicted == "theory_target_overlap":
        theory = mean_overlap(theory, data["theory_target_overlap_sd"].transpose(*order).values)
    there = np.isfinite(theory)
    finished = data["finished"].values.astype(bool)
    seen = np.where(finished[(...,) + (None,) * (seen.ndim - finished.ndim)], seen, np.nan)
    if quantity in GIVEN_DRAW:
        found = data["draw_left_overlap"].transpose(*order, "trial").values > ZERO
        theory = np.where(found, theory, np.nan)
        # the mean of the paired differences against 0
        means, theory, there = over_trials(seen - theory), np.zeros(seen.shape[:-1]), there.any(axis=-1)
    else:
        means = over_trials(seen)
        theory = np.where(theory > ZERO, theory, np.nan)
    enough = (means.trials > 1) & (means.sem > 0)
    z = (means.mean - theory) / np.where(enough, means.sem, np.nan)
    return _Table(quantity, means, theory, there, z)


def _worst(data: xr.Dataset, table: _Table, most: int) -> list[Compared]:
    size = np.abs(np.nan_to_num(table.z)).ravel()
    order = np.argsort(-size, kind="stable")[:most]
    return [_entry(data, table, np.unravel_index(i, table.z.shape)) for i in order if size[i] > 0]


def _entry(data: xr.Dataset, table: _Table, index: tuple[Any, ...]) -> Compared:
    names = axes(data)
    cell = data.isel({name: int(i) for name, i in zip(names, index, strict=False)})
    where = {name: value(cell, name) for name in names}
    number = int(index[len(names)]) if len(index) > len(names) else None
    return Compared(
        table.quantity, where, number, table.means.at(index), float(table.predicted[index]), float(table.z[index])
    )
