"""Any law beside draws of its matrix: quantiles, values and outliers with their standard errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmt_spikes.estimates import Estimate, estimate

FRACTIONS = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9)  # of the values, from the top
ROUNDING = 1e-10  # values that are 0 but for rounding
MOST_ENTRIES = 4e6  # of the largest matrix of a draw
MOST_WORK = 4e11  # multiplications in all draws, of the order of minutes

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LawComparison:
    """A law, its outliers, and the values of every trial, shape (trials, p), descending."""

    law: Any
    outliers: tuple[Any, ...]
    values: Array

    @property
    def quantiles(self) -> dict[float, float]:
        """Fraction of the bulk from the top → value, by the theory."""
        return {q: float(self.law.isf(q)) for q in FRACTIONS}

    @property
    def bulk_values(self) -> Array:
        """The values left when each predicted outlier takes the one nearest to it, shape (trials, p − outliers)."""
        return np.array([np.delete(row, _nearest(row, self.outliers)) for row in self.values])

    def simulated_quantile(self, q: float) -> Estimate:
        return estimate(np.quantile(self.bulk_values, 1 - q, axis=1, method="hazen"))

    def simulated_outlier(self, k: int) -> Estimate:
        return estimate([row[_nearest(row, self.outliers)[k]] for row in self.values])


def _nearest(row: Array, outliers: tuple[Any, ...]) -> list[int]:
    """For each outlier the place of the nearest value not yet taken."""
    taken: list[int] = []
    for outlier in outliers:
        order = np.argsort(np.abs(row - outlier.value), kind="stable")
        taken.append(next(int(i) for i in order if int(i) not in taken))
    return taken


def simulate(
    rng: np.random.Generator, law: Any, trials: int, progress: Callable[[int, int], None] | None = None
) -> LawComparison:
    """Set a law beside ``trials`` independent draws of its matrix."""
    outliers = law.outliers()
    rows = []
    for done, child in enumerate(rng.spawn(trials), start=1):
        values = law.rvs(child)
        rows.append(np.where(np.abs(values) < ROUNDING * np.abs(values).max(), 0.0, values))
        if progress is not None:
            progress(done, trials)
    return LawComparison(law, outliers, np.array(rows))


def check_sizes(law: Any, trials: int) -> None:
    """ValueError if a draw could not be made, or only in a time or memory that nobody expects."""
    sizes = sorted({dimension.name: dimension.size for dimension in law.layout.dimensions}.items())
    shown = ", ".join(f"{name} = {size:g}" for name, size in sizes)
    advice = "only ratios matter to the law, so give smaller ones, fewer --trials, or --trials 0"
    if any(size != round(size) for _, size in sizes):
        raise ValueError(f"a matrix has whole sizes, and {shown}: give whole ones, or --trials 0 for the law alone")
    largest = max(size for _, size in sizes)
    if largest**2 > MOST_ENTRIES or 10 * trials * largest**3 > MOST_WORK:
        raise ValueError(f"{trials} draws at {shown} would take too long or too much memory: {advice}")
