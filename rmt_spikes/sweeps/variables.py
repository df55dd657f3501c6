"""What the dataset of a sweep of `TwoLayer` holds: its variables, their dimensions, and what each means.

Every variable has the axes of the specification, then the dimensions named here.  Numbers are float64 and NaN where
there is nothing: a cell that is not finished, an outlier that is not predicted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rmt_spikes.verdict import FRACTIONS

if TYPE_CHECKING:
    from rmt_spikes.sweeps.specification import Sweep

SCHEMA = 1
FINISHED = "finished"
CellValues = dict[str, np.ndarray]  # what one cell adds, by variable
TRIAL, OUTLIER, VALUE, FRACTION, POINT = "trial", "outlier", "value", "fraction", "point"


@dataclass(frozen=True)
class Variable:
    """``dims`` after the axes; ``keep``: the part of the specification that asks for it; ``text``: what it is."""

    name: str
    dims: tuple[str, ...]
    keep: str
    text: str

    @property
    def simulated(self) -> bool:
        return TRIAL in self.dims


VARIABLES = (
    Variable("singular_value", (TRIAL, OUTLIER), "outliers", "observed, of the outlier predicted as the k-th"),
    Variable("target_overlap", (TRIAL, OUTLIER), "outliers", "observed squared overlap of its right vector with β*"),
    Variable("left_overlap", (TRIAL, OUTLIER), "outliers", "… of its left vector with the predicted one"),
    Variable("outlier_count", (TRIAL,), "outliers", "singular values above count_threshold"),
    Variable("theory_singular_value", (OUTLIER,), "outliers", "predicted at this N, d, n"),
    Variable("theory_target_overlap", (OUTLIER,), "outliers", "predicted squared overlap with β*"),
    Variable("theory_left_overlap", (OUTLIER,), "outliers", "predicted squared overlap with the predicted vector"),
    Variable("theory_singular_value_sd", (OUTLIER,), "outliers", "predicted standard deviation over draws"),
    Variable("theory_target_overlap_sd", (OUTLIER,), "outliers", "predicted standard deviation over draws"),
    Variable("theory_outlier_count", (), "outliers", "number of outliers predicted at this N, d, n"),
    Variable("limit_outlier_count", (), "outliers", "1 + ⌊α2/(1/2 − α1)⌋, of a generic σ as N → ∞"),
    Variable("bulk_edge", (), "outliers", "upper end of the predicted bulk"),
    Variable("count_threshold", (), "outliers", "upper 1 % point of the largest bulk value"),
    Variable("draw_singular_value", (TRIAL, OUTLIER), "draws", "predicted given the draw"),
    Variable("draw_target_overlap", (TRIAL, OUTLIER), "draws", "predicted given the draw"),
    Variable("draw_left_overlap", (TRIAL, OUTLIER), "draws", "predicted given the draw"),
    Variable("largest_bulk_value", (TRIAL,), "bulk", "largest value that belongs to no predicted outlier"),
    Variable("bulk_quantile", (TRIAL, FRACTION), "bulk", "bulk value with this fraction of the bulk above it"),
    Variable("theory_largest_bulk_value", (), "bulk", "upper quantile ½/min(N, d) of the predicted bulk"),
    Variable("theory_bulk_quantile", (FRACTION,), "bulk", "predicted"),
    Variable("spectrum", (TRIAL, VALUE), "spectrum", "all singular values, descending, then NaN"),
)


def kept(sweep: Sweep) -> tuple[Variable, ...]:
    """The variables that this specification asks for; without trials, those of the theory."""
    return tuple(
        variable
        for variable in VARIABLES
        if variable.keep in sweep.run.keep and (sweep.run.trials or not variable.simulated)
    )


def lengths(sweep: Sweep) -> dict[str, int]:
    """Length of each dimension after the axes."""
    run = sweep.run
    found = {TRIAL: run.trials, OUTLIER: run.outliers, FRACTION: len(FRACTIONS)}
    if VALUE in {dim for variable in kept(sweep) for dim in variable.dims}:
        found[VALUE] = max(min(cell.problem.width, cell.problem.dim) for cell in sweep.cells())
    return found
