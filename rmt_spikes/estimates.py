"""A simulated number: its mean over trials, the standard error of that mean, and the number of trials."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Estimate:
    """``sem`` is the sample standard deviation over √trials; None for a single trial, which has no error bar."""

    mean: float
    sem: float | None
    trials: int

    def z_score(self, predicted: float) -> float | None:
        """(mean − predicted)/sem; None where there is no error bar.

        >>> Estimate(mean=1.5, sem=0.25, trials=8).z_score(1.0)
        2.0
        """
        return (self.mean - predicted) / self.sem if self.sem else None


def estimate(values: ArrayLike) -> Estimate:
    """The estimate from one value a trial, shape (trials,).  ValueError if there is none or one is not finite.

    >>> estimate([1.0, 2.0, 3.0])
    Estimate(mean=2.0, sem=0.577..., trials=3)
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise ValueError(f"trials of shape {values.shape} are not a list of finite numbers: give one value a trial")
    sem = float(values.std(ddof=1) / np.sqrt(values.size)) if values.size > 1 else None
    return Estimate(float(values.mean()), sem, values.size)
