"""The moments E[z f(z)^p], exactly where f allows it.

Polynomials by Gaussian moments, targets with finitely many values by level sets, sums of the atoms of
`theory.hermite_exact` by expanding the power; the rest by quadrature with a bound.  A power of exp(z²/5) is soon not
integrable: its moment is None.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy
from sympy.simplify.fu import TR8

from theory.algebra import as_polynomial
from theory.elementary import Absolute
from theory.functions import RealFunction, _refuse_heavy_growth
from theory.gaussian_mean import gaussian_mean
from theory.hermite_exact import exact_moments
from theory.level_sets import finite_pieces, interval_moment

MOST_EXPANDED = 60  # terms of a power that is expanded


@dataclass(frozen=True)
class Moment:
    """``exact`` or, where that is None, ``value`` within ``bound``."""

    exact: sympy.Expr | None
    value: float
    bound: float

    @classmethod
    def of(cls, exact: sympy.Expr) -> Moment:
        number = float(exact.evalf(25))
        return cls(exact, number, 2.3e-16 * abs(number))


@lru_cache(maxsize=256)
def moment_with_z(f: RealFunction, p: int) -> Moment | None:
    """E[z f^p]; None if it is not finite.

    >>> from theory.functions import function
    >>> [str(moment_with_z(function("z + (z**2 - 1)/2"), p).exact) for p in range(3)]
    ['0', '1', '2']
    """
    exact = _exact(f, p)
    if exact is sympy.nan:
        return None
    if exact is not None:
        return Moment.of(exact)
    value, bound = gaussian_mean(lambda z: np.array([z * f(z) ** p]), f.kinks)
    return Moment(None, float(value[0]), float(bound[0]))


def _exact(f: RealFunction, p: int) -> sympy.Expr | None:
    """E[z f^p], None if no closed form is known, nan if it is not finite."""
    if p == 0:
        return sympy.Integer(0)
    polynomial = as_polynomial(f.expr)
    if polynomial is not None:
        terms = (polynomial**p).terms()
        return sympy.expand(sum(c * _normal_moment(n + 1) for (n,), c in terms))
    pieces = finite_pieces(f)
    if pieces is not None:
        return sympy.expand(sum(value**p * interval_moment(1, low, high) for low, high, value in pieces))
    if not integrable(f.expr, p):
        return sympy.nan
    summands = len(sympy.Add.make_args(sympy.expand(f.expr)))
    if math.comb(summands + p - 1, p) > MOST_EXPANDED:
        return None
    power = sympy.expand(f.expr**p, power_exp=False)
    if power.has(sympy.sin, sympy.cos):
        power = TR8(power)  # products of sines and cosines as sums (Werner's formulas)
    return exact_moments(power, 1)[1]


def integrable(expr: sympy.Expr, p: int) -> bool:
    """Whether E|f|^p is finite: |f|^{p/2} is square-integrable."""
    try:
        _refuse_heavy_growth("", Absolute(expr) ** sympy.Rational(p, 2))
    except ValueError:
        return False
    return True


def _normal_moment(n: int) -> int:
    return 0 if n % 2 else math.prod(range(1, n, 2))
