"""A straight line through points with error bars, and whether it is one.

Weighted least squares, weights 1/e_i²:  slope = Σ w (x − x̄) y / Σ w (x − x̄)²,  error = (Σ w (x − x̄)²)^{-1/2}, where
x̄ is the weighted mean.  The error is that of the error bars alone; it is not enlarged by the scatter, which
χ² = Σ w (y − line)² on n − 2 degrees of freedom judges by itself.  Two points have no χ².

Through a power law, x = log N and y = log m with e = sem/m, the delta method.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Line:
    """y = intercept + slope x; ``error`` of the slope; ``chi2`` None for two points."""

    slope: float
    error: float
    intercept: float
    chi2: float | None
    points: int

    @property
    def reduced_chi2(self) -> float | None:
        """χ² a degree of freedom."""
        return None if self.chi2 is None else self.chi2 / (self.points - 2)


def weighted_line(x: ArrayLike, y: ArrayLike, errors: ArrayLike) -> Line:
    """The line through at least two points at different x, errors positive.

    >>> found = weighted_line([0.0, 1.0, 2.0], [1.0, 3.0, 5.0], [0.1, 0.1, 0.1])
    >>> round(found.slope, 12), round(found.error, 6), found.points
    (2.0, 0.070711, 3)
    """
    x, y, errors = (np.asarray(part, dtype=float) for part in (x, y, errors))
    if len(np.unique(x)) < 2 or not np.all(errors > 0):
        raise ValueError(
            f"a line through {x.size} points with errors {errors} is not defined: give at least two different x "
            "and positive errors"
        )
    weights = errors**-2
    centre = weights @ x / weights.sum()
    spread = weights @ (x - centre) ** 2
    slope = float(weights @ ((x - centre) * y) / spread)
    intercept = float(weights @ (y - slope * x) / weights.sum())
    chi2 = float(weights @ (y - intercept - slope * x) ** 2) if x.size > 2 else None
    return Line(slope, float(spread**-0.5), intercept, chi2, x.size)
