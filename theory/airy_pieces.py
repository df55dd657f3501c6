"""Soft-edge laws on the whole line, in logarithms: interpolated once between the determinants, continued outside.

Between −7 and 16 (Airy scale) Chebyshev polynomials of degree 12 on every [k, k + 1], through log F and F'/F to the
left of 0 and through log(1 − F) and F'/(1 − F) to the right, so both tails survive.  Unit pieces, because the
relative accuracy of F changes along the left tail and must not spread.  Below −7 the Painlevé series, above 16 the
determinants themselves.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from theory.airy_determinants import SOFT_EDGES, airy_eigenvalues, soft_edge
from theory.airy_left_tail import left_tail

Array = NDArray[np.float64]

LOWEST, HIGHEST, DEGREE = -7, 16, 12  # integers: the pieces are [k, k + 1]


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


def logarithm_and_slope(beta: int, s: Array) -> tuple[Array, Array]:
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
def newton_starts(beta: int) -> tuple[Array, Array, Array]:
    """A grid and the two logarithms on it, where Newton's iterations for the quantiles start."""
    s = np.concatenate([np.arange(-30, 16, 0.25), np.arange(16.0, 105.0, 1.0)])
    value, _ = logarithm_and_slope(beta, s)
    with np.errstate(divide="ignore"):
        other = np.log(-np.expm1(value))
    return s, np.where(s < 0, value, other), np.where(s < 0, other, value)


@lru_cache(maxsize=3)
def central_moments(beta: int) -> tuple[float, float, float, float]:
    """Mean, variance, skewness and excess kurtosis on the Airy scale, by Gauss–Legendre on the pieces."""
    x, w = np.polynomial.legendre.leggauss(24)
    s = (np.arange(-20, HIGHEST)[:, None] + (x + 1) / 2).ravel()
    value, slope = logarithm_and_slope(beta, s)
    mass = np.tile(w / 2, HIGHEST + 20) * np.exp(value) * slope
    mean = float(mass @ s)
    second, third, fourth = (float(mass @ (s - mean) ** k) for k in (2, 3, 4))
    return mean, second, third / second**1.5, fourth / second**2 - 3
