"""The Tracy–Widom laws β = 1, 2, 4 in SciPy's manner, without tables.

Convention: the largest point of the stochastic Airy operator −d²/dx² + x + (2/√β) b'(x), negated (Ramírez, Rider &
Virág 2011): the points have mean density √(−s)/π as s → −∞ *for every β*, so an edge has one scale whatever its β
(`theory.edge_law`).  For β = 1 and 2 all authors agree.  For β = 4 three scalings are in use; if S has the law here,

    2^{2/3} S   F4 = (F1 + F2/F1)/2 of Bornemann (2010), mean −3.2624   (`theory.airy_determinants`: "Airy scale")
    2^{1/6} S   Tracy & Widom (1996), mean −2.3069
    S           mean −2.0552                                            (this module)

Determinants (`theory.airy_determinants`), the left tail (`theory.airy_left_tail`) and the interpolation between
them (`theory.airy_pieces`) are on the Airy scale; this module changes units.

Accuracy, measured against 40-digit determinants and the Painlevé equation: cdf and pdf 3e-14 absolute; 1 − F
relative 1e-11 until it underflows; F relative 2e-9 in the whole left tail (the worst is near −7, where the two
methods meet).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.airy_pieces import central_moments, logarithm_and_slope, newton_starts

Array = NDArray[np.float64]

AIRY_UNITS = {1: 1.0, 2: 1.0, 4: 2 ** (2 / 3)}


def _checked(name: str, values: ArrayLike, lower: float = -np.inf, upper: float = np.inf) -> Array:
    array = np.asarray(values, dtype=float)
    wrong = ~((array >= lower) & (array <= upper))
    if wrong.any():
        accepted = "a probability in [0, 1]" if upper == 1 else "a real number, −inf and inf included"
        raise ValueError(f"{name} = {array[wrong].flat[0]} is not accepted: give {accepted}")
    return array


@dataclass(frozen=True)
class TracyWidom:
    """The law of class ``beta`` ∈ {1, 2, 4} at the scale on which the density is √(−s)/π for every β.

    >>> law = TracyWidom(1)
    >>> round(float(law.cdf(0)), 12), round(float(law.ppf(0.95)), 12), round(law.mean(), 12)
    (0.831908066203, 0.97931605347, -1.206533574582)
    """

    beta: int

    def __post_init__(self) -> None:
        if isinstance(self.beta, bool) or self.beta not in AIRY_UNITS:
            raise ValueError(
                f"beta = {self.beta!r} is not accepted: give 1 (real matrices), 2 (complex) or 4 (quaternion)"
            )

    def _at(self, s: ArrayLike, read: Callable[[NDArray[np.bool_], Array, Array], Array]) -> Array:
        """``read(left, value, slope)`` at every point, ``left`` telling which logarithm ``value`` is."""
        array = _checked("s", s) * AIRY_UNITS[self.beta]
        flat = array.ravel()
        value, slope = logarithm_and_slope(self.beta, flat)
        # where a logarithm is −∞ the density is 0, whatever its slope
        slope = np.where(np.isfinite(value), slope, 0.0)
        return read(flat < 0, value, slope).reshape(array.shape)

    def cdf(self, s: ArrayLike) -> Array:
        """P(S ≤ s), any shape."""
        return self._at(s, lambda left, value, _: np.where(left, np.exp(value), -np.expm1(value)))

    def sf(self, s: ArrayLike) -> Array:
        """P(S > s), with its relative accuracy in the right tail."""
        return self._at(s, lambda left, value, _: np.where(left, -np.expm1(value), np.exp(value)))

    def pdf(self, s: ArrayLike) -> Array:
        """The density."""
        return AIRY_UNITS[self.beta] * self._at(s, lambda _, value, slope: np.exp(value) * slope)

    def ppf(self, q: ArrayLike) -> Array:
        """The quantile: cdf(ppf(q)) = q; −inf at 0, inf at 1."""
        q = _checked("q", q, 0, 1)
        return self._quantile(q, 1 - q)

    def isf(self, q: ArrayLike) -> Array:
        """sf(isf(q)) = q, also for q far below rounding."""
        q = _checked("q", q, 0, 1)
        return self._quantile(1 - q, q)

    def _quantile(self, below: Array, above: Array) -> Array:
        """Newton on log F to the left of 0 and on log(1 − F) to the right: both concave, so it converges."""
        shape, below, above = below.shape, below.ravel(), above.ravel()
        s, log_cdf, log_sf = newton_starts(self.beta, far=False)
        if np.any(above < np.exp(log_sf[-1])):
            s, log_cdf, log_sf = newton_starts(self.beta, far=True)
        left = below < np.exp(np.interp(0.0, s, log_cdf))
        with np.errstate(divide="ignore"):
            goal = np.log(np.where(left, below, above))
        x = np.where(left, np.interp(goal, log_cdf, s), np.interp(-goal, -log_sf, s))
        inner = np.isfinite(goal)
        for _ in range(20):
            value, slope = logarithm_and_slope(self.beta, x[inner])
            # a step across 0 reads the other logarithm
            with np.errstate(divide="ignore"):
                other = np.log(-np.expm1(value))
            crossed = (x[inner] < 0) != left[inner]
            rate = slope * np.where(crossed, np.exp(value - other), 1.0)
            step = (goal[inner] - np.where(crossed, other, value)) / np.where(left[inner], rate, -rate)
            x[inner] += step
            if not step.size or np.abs(step).max() < 1e-13 * (1 + np.abs(x[inner]).max()):
                break
        x[~inner] = np.where(left[~inner], -np.inf, np.inf)
        return x.reshape(shape) / AIRY_UNITS[self.beta]

    def mean(self) -> float:
        return central_moments(self.beta)[0] / AIRY_UNITS[self.beta]

    def var(self) -> float:
        return central_moments(self.beta)[1] / AIRY_UNITS[self.beta] ** 2

    def std(self) -> float:
        return float(np.sqrt(self.var()))

    def skewness(self) -> float:
        return central_moments(self.beta)[2]

    def kurtosis(self) -> float:
        """Excess kurtosis: 0 for a normal law."""
        return central_moments(self.beta)[3]

    def rvs(self, rng: np.random.Generator, size: int | tuple[int, ...] = ()) -> Array:
        """Independent draws, by inversion."""
        return self.ppf(rng.random(size))
