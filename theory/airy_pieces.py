"""Soft-edge laws on the whole line, in logarithms: interpolated between the determinants, continued outside.

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


@lru_cache(maxsize=HIGHEST - LOWEST)
def _eigenvalues_at_the_nodes(k: int) -> tuple[tuple[Array, Array], ...]:
    """In [k, k + 1]; one pass over the operator serves all three β."""
    nodes = (chebyshev.chebpts1(DEGREE + 1) + 1) / 2
    return tuple(airy_eigenvalues(k + x) for x in nodes)


@lru_cache(maxsize=3 * (HIGHEST - LOWEST))
def _piece(beta: int, k: int) -> tuple[Array, Array]:
    """Chebyshev coefficients on [k, k + 1] of the logarithm and of its derivative; a quantile needs one or two k."""
    points = [SOFT_EDGES[beta](*found) for found in _eigenvalues_at_the_nodes(k)]
    near = np.array([p.cdf if k < 0 else p.sf for p in points])
    back: Array = np.linalg.inv(chebyshev.chebvander(chebyshev.chebpts1(DEGREE + 1), DEGREE)).astype(float)
    return back @ np.log(near), back @ (np.array([p.pdf for p in points]) / near)


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
    values, slopes = np.empty_like(x), np.empty_like(x)
    for one in np.unique(k):
        here, (logs, derivatives) = k == one, _piece(beta, int(one))
        values[here], slopes[here] = chebyshev.chebval(x[here], logs), chebyshev.chebval(x[here], derivatives)
    value[middle], slope[middle] = values, slopes
    return value, slope


@lru_cache(maxsize=6)
def newton_starts(beta: int, far: bool) -> tuple[Array, Array, Array]:
    """Whole numbers s with log F and log(1 − F), where Newton's iterations for the quantiles start; beyond 16, where
    1 − F < 1e-19, only if they must go ``far``."""
    s = np.arange(-30.0, 105.0 if far else HIGHEST + 1.0)
    below = s < LOWEST
    points = [soft_edge(beta, float(one)) for one in s[~below]]
    cdf, sf = np.array([[p.cdf, p.sf] for p in points]).T
    left, _ = left_tail(beta, s[below])
    with np.errstate(divide="ignore"):
        return s, np.concatenate([left, np.log(cdf)]), np.concatenate([np.log(-np.expm1(left)), np.log(sf)])


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
