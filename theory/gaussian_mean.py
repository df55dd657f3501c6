"""E g(z) under N(0, 1) for array-valued g with known kinks, with an error bound.

Gauss–Legendre of order 16 on panels that end at every kink, on panels of length 1/4 and again on halves.  The
bound is ten times the difference of the two, plus what lies beyond the last panel, plus rounding.  Between kinks
the rule converges geometrically, so that the difference is that of the coarse rule and the bound is generous;
for a function that oscillates faster than the panels the difference says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from theory.quadrature import Array, panel_rule

EPS = float(np.finfo(float).eps)
LONGEST = 37.0  # exp(−z²/2) is a normal double up to there


@np.errstate(over="ignore", invalid="ignore", under="ignore")
def gaussian_mean(g: Callable[[Array], Array], kinks: Sequence[float] = ()) -> tuple[Array, Array]:
    """Means and bounds of the rows of g(z), for g from nodes (m,) to values (rows, m).

    >>> value, bound = gaussian_mean(lambda z: np.array([np.abs(z), z**4]), kinks=(0.0,))
    >>> bool((np.abs(value - [np.sqrt(2 / np.pi), 3]) <= bound).all()), bool((bound < 1e-12).all())
    (True, True)
    """
    reach = _reach(g)
    inside = [kink for kink in kinks if abs(kink) < reach]
    coarse = np.unique(np.concatenate([np.arange(-reach, reach + 0.01, 0.25), inside]))
    fine = np.sort(np.concatenate([coarse, (coarse[1:] + coarse[:-1]) / 2]))
    first, _ = _integral(g, coarse)
    value, size = _integral(g, fine)
    ends = np.array([-reach, reach])
    tail = np.abs(g(ends) * _density(ends)).max(axis=-1)
    bound = 10 * np.abs(value - first) + tail + 100 * EPS * size
    if not np.isfinite(bound).all():
        bound = np.where(np.isfinite(bound), bound, np.inf)
    return np.nan_to_num(value), bound


def _integral(g: Callable[[Array], Array], edges: Array) -> tuple[Array, Array]:
    """∫ g φ and ∫ |g| φ."""
    z, lengths = panel_rule(edges)
    values, w = g(z), lengths * _density(z)
    return values @ w, np.abs(values) @ w


def _density(z: Array) -> Array:
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def _reach(g: Callable[[Array], Array]) -> float:
    """Where |g| φ has fallen by twenty orders."""
    z = np.arange(0.0, LONGEST + 0.01, 0.5)
    size = np.maximum(np.abs(g(z)).max(axis=0), np.abs(g(-z)).max(axis=0)) * _density(z)
    size = np.nan_to_num(size, nan=0.0, posinf=0.0)
    far = np.flatnonzero(size > 1e-20 * size.max())
    return float(np.clip(z[far[-1]] + 1.0 if far.size else 10.0, 10.0, LONGEST))
