"""The batch-reuse gap: how much more of β* is captured when the second step sees the first batch again.

    gap = ‖P β*‖²(reuse) − ‖P β*‖²(independent),      P on the right vectors of the predicted outliers

for each combination of the other axes, beside the difference of the theory's two values.  The two batch modes are
separate cells with independent draws, so the squared standard errors add.  A target with c*_1 = 0 gives fresh
batches nothing and reuse something from ⌊ρ⌋ ≥ J on: there the gap is the whole effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rmt_spikes.sweeps.reading import Array, Means, captured, need_axes, need_trials, over_trials, parts

if TYPE_CHECKING:
    import xarray as xr

MODES = ("reuse", "independent")


@dataclass(frozen=True, eq=False)
class Gap:
    """One entry a combination ``where`` of the other axes: ``gap`` ± ``sem``, ``predicted``, and the captured target
    of the two modes.  NaN where a cell is not finished."""

    where: tuple[dict[str, Any], ...]
    reuse: Means
    independent: Means
    predicted_reuse: Array
    predicted_independent: Array

    @property
    def gap(self) -> Array:
        return self.reuse.mean - self.independent.mean

    @property
    def sem(self) -> Array:
        return np.hypot(self.reuse.sem, self.independent.sem)

    @property
    def predicted(self) -> Array:
        return self.predicted_reuse - self.predicted_independent

    @property
    def z(self) -> Array:
        """(gap − predicted)/sem; NaN where there is no error bar."""
        return (self.gap - self.predicted) / np.where(self.sem > 0, self.sem, np.nan)


def gap(data: xr.Dataset) -> Gap:
    """The gap of a sweep whose axis ``batch`` has both modes; ValueError without them or below two trials."""
    need_axes(data, "the batch-reuse gap", "batch")
    modes = [str(mode) for mode in data["batch"].values]
    if missing := [mode for mode in MODES if mode not in modes]:
        raise ValueError(
            f"the batch-reuse gap needs both batch modes: this sweep has batch = {', '.join(modes)} alone; "
            f'add {missing[0]!r}, as in batch = ["independent", "reuse"]'
        )
    need_trials(data, "the batch-reuse gap")
    where = tuple(part.where for part in parts(data.isel(batch=0), "batch"))
    sides = []
    for mode in MODES:
        seen, predicted = captured(data.isel(batch=modes.index(mode)))
        sides.append((over_trials(seen.reshape(len(where), -1)), predicted.reshape(-1)))
    (reuse, predicted_reuse), (independent, predicted_independent) = sides
    return Gap(where, reuse, independent, predicted_reuse, predicted_independent)
