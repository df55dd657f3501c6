"""How strong each outlier is at width N, and from which width on it is seen.

The exact count is a statement about N → ∞.  At fixed φ, γ and exponents the finite-size theory gives θ_k(N), which
grows like N^{α2 − k(1/2 − α1)} in the end; the k-th outlier is born at the N_k where θ_k crosses γ^{1/4}.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from theory.count import Exponent, as_exponent, outlier_count
from theory.model import Model
from theory.population import population_spikes
from theory.quadrature import Array
from theory.spikes import COARSE, FINE

WIDTHS = tuple(10.0**e for e in np.arange(3, 12.01, 0.5))
SHOWN = 8  # strengths kept
# a strength is the quadratures' rounding where two of them differ by more, or where it is this small beside the first
TRUSTED = 0.1
ROUNDING, ROUNDING_AT_KINKS = 1e-8, 3e-5


@dataclass(frozen=True)
class Growth:
    """``strengths`` θ_k at each of ``widths``, shape (len(widths), K), nan where they are the quadrature's rounding;
    ``threshold`` γ^{1/4}; ``births`` the N_k of each outlier, nan where θ_k does not cross within the widths and 0
    where it is above from the first on."""

    widths: Array
    strengths: Array
    threshold: float
    births: Array

    @property
    def counts(self) -> tuple[int, ...]:
        """Number of outliers at each width."""
        return tuple(int(count) for count in np.sum(self.strengths > self.threshold, axis=1))

    def slopes(self) -> Array:
        """d log θ_k/d log N between successive widths, shape (len(widths) − 1, K)."""
        return np.diff(np.log(self.strengths), axis=0) / np.diff(np.log(self.widths))[:, None]


def resized(model: Model, N: float, alpha1: Exponent, alpha2: Exponent) -> Model:
    """The same σ, σ*, φ, γ at width N with η_t = N^{α_t}."""
    first, second = as_exponent("alpha1", alpha1), as_exponent("alpha2", alpha2)
    d = N / model.gamma
    eta1, eta2 = N ** float(first), N ** float(second)
    return replace(model, N=N, d=d, n=d / model.phi, eta1=eta1, eta2=eta2, count=outlier_count(first, second))


def rounding(model: Model) -> float:
    """Strengths below this fraction of the leading one are the quadrature's rounding."""
    return ROUNDING_AT_KINKS if model.reuse and model.sigma.kinks else ROUNDING


def strengths_along(
    problem: Any, alpha1: Exponent, alpha2: Exponent, widths: Sequence[float] = WIDTHS, **fields: Any
) -> Growth:
    """θ_k(N) along increasing widths, at the φ and γ of the problem and η_t = N^{α_t}.

    >>> grown = strengths_along({"activation": "softplus", "target": "z", "width": 2, "dim": 1, "samples": 2},
    ...                         0.3, "9/20", widths=[1e3, 1e6, 1e9])
    >>> grown.counts
    (2, 2, 2)
    """
    if isinstance(problem, Mapping):
        problem = {"alpha1": alpha1, **problem}
    if len(widths) < 2 or min(widths) < 8 or any(b <= a for a, b in itertools.pairwise(widths)):
        raise ValueError(f"widths = {tuple(widths)!r} are not accepted: give at least two, increasing, from 8 on")
    model = problem if isinstance(problem, Model) else Model.of(problem, **fields)

    floor = rounding(model)

    def strengths(N: float) -> Array:
        at = resized(model, N, alpha1, alpha2)
        fine, coarse = (_padded(population_spikes(at, resolution).strengths) for resolution in (FINE, COARSE))
        # once one is rounding, so are all that are weaker
        agree = (np.abs(coarse - fine) < TRUSTED * fine) & (fine > floor * fine[0])
        sound = np.logical_and.accumulate(agree)
        return np.where(sound, fine, np.nan)

    table = np.array([strengths(N) for N in widths])
    threshold = model.gamma**0.25
    births = [
        _birth(lambda N, k=k: strengths(N)[k], np.asarray(widths), table[:, k], threshold) for k in range(SHOWN)
    ]
    return Growth(np.asarray(widths, dtype=float), table, threshold, np.array(births))


def _padded(theta: Array) -> Array:
    return np.pad(theta[:SHOWN], (0, SHOWN - len(theta[:SHOWN])), constant_values=np.nan)


def _birth(theta: Any, widths: Array, values: Array, threshold: float) -> float:
    """Where log θ crosses log threshold upwards for the last time: interpolation in log N, refined by secants."""
    above = values > threshold
    if not above[-1]:
        return np.nan
    if above.all():
        return 0.0
    last = int(np.flatnonzero(~above)[-1])
    low, high = np.log(widths[last]), np.log(widths[last + 1])
    f_low, f_high = np.log(values[last] / threshold), np.log(values[last + 1] / threshold)
    if not np.isfinite(f_low):
        return float(widths[last + 1])
    for _ in range(8):
        middle = low - f_low * (high - low) / (f_high - f_low)
        f = np.log(theta(float(np.exp(middle))) / threshold)
        if abs(f) < 1e-6:
            break
        low, f_low, high, f_high = (middle, f, high, f_high) if f < 0 else (low, f_low, middle, f)
    return float(np.exp(middle))
