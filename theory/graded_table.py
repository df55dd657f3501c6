"""Functions of u tabulated on a grid that is graded by sinh, and read by cubic splines.

The splines are SciPy's, not-a-knot, on the grid of `theory.response_rules.graded_grid`.  Where that is s sinh τ, τ
evenly spaced, the interval of u is known from arcsinh(u/s), up to a rounding that is put right: twice as fast as a
search for the interval, and the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.interpolate import CubicSpline

from theory.quadrature import Array

Table = Callable[[Array], list[Array]]


def table(grid: Array, values: Sequence[Array], scale: float | None = None) -> Table:
    """The splines through all ``values`` on a ``grid`` of any spacing; with a ``scale``, one of scale·sinh τ, τ
    evenly spaced about 0.

    >>> x = 2 * np.sinh(np.linspace(-1, 1, 9))
    >>> [float(f.round(12)) for f in table(x, (x**2, x**3))(np.array(0.3))]
    [0.09, 0.027]
    >>> [float(f.round(12)) for f in table(x, (x**2, x**3), scale=2.0)(np.array(0.3))]
    [0.09, 0.027]
    """
    spline = CubicSpline(grid, np.stack(values, axis=-1))
    if scale is None:
        return lambda u: list(np.moveaxis(spline(u), -1, 0))
    coefficients = [[np.ascontiguousarray(one) for one in spline.c[..., k]] for k in range(len(values))]
    last, middle = len(grid) - 2, (len(grid) - 1) / 2
    rate = middle / np.arcsinh(grid[-1] / scale)

    def read(u: Array) -> list[Array]:
        at = np.clip((np.arcsinh(u / scale) * rate + middle).astype(np.intp), 0, last)
        at = at - ((u < grid[at]) & (at > 0))
        at = at + ((u >= grid[at + 1]) & (at < last))
        d = u - grid[at]
        return [((a.take(at) * d + b.take(at)) * d + c.take(at)) * d + e.take(at) for a, b, c, e in coefficients]

    return read
