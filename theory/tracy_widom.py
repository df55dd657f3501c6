"""The Tracy–Widom laws β = 1, 2, 4 in SciPy's manner, without tables.

Convention: the largest point of the stochastic Airy operator −d²/dx² + x + (2/√β) b'(x), negated (Ramírez, Rider &
Virág 2011): the points have mean density √(−s)/π as s → −∞ *for every β*, so an edge has one scale whatever its β
(`theory.edge_law`).  For β = 1 and 2 all authors agree.  For β = 4 three scalings are in use; if S has the law here,

    2^{2/3} S   F4 = (F1 + F2/F1)/2 of Bornemann (2010), mean −3.2624   (`theory.airy_determinants`: "Airy scale")
    2^{1/6} S   Tracy & Widom (1996), mean −2.3069
    S           mean −2.0552                                            (this module)

`theory.airy_determinants` gives the distribution functions from −7 upwards, `theory.airy_left_tail` below, both on
the Airy scale.  Between −7 and 16 they are interpolated once, piece by piece, at Chebyshev points: log F and F'/F
to the left of 0, log(1 − F) and F'/(1 − F) to the right, so tails survive.

Accuracy, measured against 40-digit determinants and the Painlevé equation: cdf 1e-14 absolute, pdf 1e-13 absolute;
1 − F relative 1e-11 as far as it does not underflow; F relative 1e-8 or better in the whole left tail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import ArrayLike, NDArray

from theory.airy_determinants import SOFT_EDGES, airy_eigenvalues, soft_edge
from theory.airy_left_tail import left_tail

Array = NDArray[np.float64]

LOWEST, HIGHEST, DEGREE = -7, 16, 12  # integers: the pieces are [k, k + 1]
AIRY_UNITS = {1: 1.0, 2: 1.0, 4: 2 ** (2 / 3)}


@lru_cache(maxsize=1)
def _eigenvalues_at_the_nodes() -> tuple[tuple[Array, Array], ...]:
    """One pass over the operator serves all three β."""
    nodes = (chebyshev.chebpts1(DEGREE + 1) + 1) / 2
    return tuple(airy_eigenvalues(k + x) for k in range(LOWEST, HIGHEST) for x in nodes)


@lru_cache(maxsize=3)
def _pieces(beta: int) -> tuple[Array, Array]:
    """Chebyshev coefficients, shape (DEGREE + 1, pieces), of the logarithms and of the logarithmic derivatives."""
    points = [SOFT_EDGES[beta](*found) for found in _eigenvalues_at_the_nodes()]
    cdf, sf, pdf = np.array([[p.cdf, p.sf, p.pdf] for p in points]).T.reshape(3, -1, DEGREE + 1)
    near = np.where(np.arange(LOWEST, HIGHEST)[:, None] < 0, cdf, sf)
    back: Array = np.linalg.inv(chebyshev.chebvander(chebyshev.chebpts1(DEGREE + 1), DEGREE)).astype(float)
    return back @ np.log(near).T, back @ (pdf / near).T


@lru_cache(maxsize=4096)
def _far_right(beta: int, s: float) -> tuple[float, float]:
    point = soft_edge(beta, s)
    # beyond s ≈ 100 the Airy function underflows
    return (float(np.log(point.sf)), point.pdf / point.sf) if point.sf > 0 else (-np.inf, np.inf)


def _logarithm_and_slope(beta: int, s: Array) -> tuple[Array, Array]:
    """Airy scale: log F and F'/F where s < 0, log(1 − F) and F'/(1 − F) where s ≥ 0; s of shape (m,)."""
    value, slope = np.empty_like(s), np.empty_like(s)
    left, right = s < LOWEST, s >= HIGHEST
    value[left], slope[left] = left_tail(beta, np.maximum(s[left], -1e5))
    for i in np.flatnonzero(right):
        value[i], slope[i] = _far_right(beta, float(s[i]))
    middle = ~(left | right)
    k = np.floor(s[middle]).astype(int)
    x = 2 * (s[middle] - k) - 1
    logs, slopes = _pieces(beta)
    value[middle] = chebyshev.chebval(x, logs[:, k - LOWEST], tensor=False)
    slope[middle] = chebyshev.chebval(x, slopes[:, k - LOWEST], tensor=False)
    return value, slope


@lru_cache(maxsize=3)
def _starts(beta: int) -> tuple[Array, Array, Array]:
    """A grid and the two logarithms on it, where Newton's iterations for the quantiles start."""
    s = np.concatenate([np.arange(-30, 16, 0.25), np.arange(16.0, 105.0, 1.0)])
    value, _ = _logarithm_and_slope(beta, s)
    with np.errstate(divide="ignore"):
        other = np.log(-np.expm1(value))
    return s, np.where(s < 0, value, other), np.where(s < 0, other, value)


@lru_cache(maxsize=3)
def _moments(beta: int) -> tuple[float, float, float, float]:
    """Mean, variance, skewness and excess kurtosis on the Airy scale, by Gauss–Legendre on the pieces."""
    x, w = np.polynomial.legendre.leggauss(24)
    s = (np.arange(-20, HIGHEST)[:, None] + (x + 1) / 2).ravel()
    value, slope = _logarithm_and_slope(beta, s)
    mass = np.tile(w / 2, HIGHEST + 20) * np.exp(value) * slope
    mean = float(mass @ s)
    second, third, fourth = (float(mass @ (s - mean) ** k) for k in (2, 3, 4))
    return mean, second, third / second**1.5, fourth / second**2 - 3


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
    (0.831908066203, 0.979316053469, -1.206533574582)
    """

    beta: int

    def __post_init__(self) -> None:
        if isinstance(self.beta, bool) or self.beta not in SOFT_EDGES:
            raise ValueError(
                f"beta = {self.beta!r} is not accepted: give 1 (real matrices), 2 (complex) or 4 (quaternion)"
            )

    def _at(self, s: ArrayLike, read: Callable[[NDArray[np.bool_], Array, Array], Array]) -> Array:
        """``read(left, value, slope)`` at every point, ``left`` telling which logarithm ``value`` is."""
        array = _checked("s", s) * AIRY_UNITS[self.beta]
        flat = array.ravel()
        value, slope = _logarithm_and_slope(self.beta, flat)
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
        s, log_cdf, log_sf = _starts(self.beta)
        left = below < np.exp(np.interp(0.0, s, log_cdf))
        with np.errstate(divide="ignore"):
            goal = np.log(np.where(left, below, above))
        x = np.where(left, np.interp(goal, log_cdf, s), np.interp(-goal, -log_sf, s))
        inner = np.isfinite(goal)
        for _ in range(20):
            value, slope = _logarithm_and_slope(self.beta, x[inner])
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
        return _moments(self.beta)[0] / AIRY_UNITS[self.beta]

    def var(self) -> float:
        return _moments(self.beta)[1] / AIRY_UNITS[self.beta] ** 2

    def std(self) -> float:
        return float(np.sqrt(self.var()))

    def skewness(self) -> float:
        return _moments(self.beta)[2]

    def kurtosis(self) -> float:
        """Excess kurtosis: 0 for a normal law."""
        return _moments(self.beta)[3]

    def rvs(self, rng: np.random.Generator, size: int | tuple[int, ...] = ()) -> Array:
        """Independent draws, by inversion."""
        return self.ppf(rng.random(size))
