"""Kinks to any precision: the points where |u|, sign u or a fractional power of u is not analytic.

`theory.functions` finds them to 13 digits.  Here each is moved to the root of its u next to it: exactly for
polynomials, else by the secant rule on the derivative of u in which the root is simple.
"""

from __future__ import annotations

import mpmath
import sympy

from theory.elementary import Absolute, Sign, Z
from theory.functions import MPMATH, RealFunction
from theory.numerals import decimal
from theory.pieces import sign_changes

MOST_MULTIPLICITY = 6


def exact_kinks(f: RealFunction, digits: int) -> list[mpmath.mpf]:
    """The kinks of f to so many digits, increasing."""
    arguments = {atom.args[0] for atom in f.expr.atoms(Absolute, Sign)}
    arguments |= {p.base for p in f.expr.atoms(sympy.Pow) if p.exp.is_Rational and not p.exp.is_Integer}
    arguments = {u for u in arguments if u.has(Z)}
    with mpmath.workdps(digits + 10):
        places = [root for kink in f.kinks for root in _refined(kink, arguments, f.text)]
        same = mpmath.mpf(10) ** -digits
        ordered = sorted(places)
        return [x for i, x in enumerate(ordered) if i == 0 or x - ordered[i - 1] > same]


def _refined(kink: float, arguments: set[sympy.Expr], text: str) -> list[mpmath.mpf]:
    """All roots next to the kink, of whatever argument."""
    near = [root for u in sorted(arguments, key=sympy.default_sort_key) for root in _roots_near(u, kink)]
    if not near:
        raise ValueError(f"the kink of {text!r} at z = {kink:.6g} could not be found to {mpmath.mp.dps} digits")
    return near


def _roots_near(u: sympy.Expr, kink: float) -> list[mpmath.mpf]:
    near = [x for x in (sign_changes(u) or () if u.is_polynomial(Z) else ()) if abs(x.evalf(15) - kink) < 1e-6]
    if near:
        return [decimal(x, mpmath.mp.dps) for x in near]
    derivative, tolerance = u, mpmath.mpf(10) ** (8 - mpmath.mp.dps)
    value = sympy.lambdify(Z, u, modules=[MPMATH, "mpmath"])
    for _ in range(MOST_MULTIPLICITY):
        g = sympy.lambdify(Z, derivative, modules=[MPMATH, "mpmath"])
        try:
            root = mpmath.findroot(g, (mpmath.mpf(kink), mpmath.mpf(kink) + mpmath.mpf(10) ** -8), maxsteps=60)
        except (ValueError, ZeroDivisionError):
            root = None
        if root is not None and abs(value(root)) < tolerance and abs(root - kink) < 1e-6:
            return [mpmath.re(root)]
        derivative = sympy.diff(derivative, Z)
    return []
