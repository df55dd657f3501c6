"""Numbers out of exact expressions, to any number of digits, and honest about cancellation.

SymPy's evalf raises its working precision until the digits asked for are right; it gives up when a sum cancels
beyond that, and the number is then only known to be small.
"""

from __future__ import annotations

import mpmath
import sympy
from sympy.core.evalf import PrecisionExhausted

SPARE = 30


def evaluate(expr: sympy.Expr, digits: int) -> tuple[mpmath.mpf, mpmath.mpf]:
    """A value and a bound on its error: below 10^−digits relative, or all that is left after a cancellation.

    >>> value, error = evaluate(sympy.sqrt(2), 40)
    >>> mpmath.nstr(value, 15), bool(error < 2e-40)
    ('1.4142135623731', True)
    """
    with mpmath.workdps(digits + SPARE):
        if expr.is_Rational:
            value = mpmath.mpf(expr.p) / expr.q
            return value, abs(value) * mpmath.mpf(10) ** (-digits - 5)
        for most in (3 * digits + 100, 3 * digits + 1000):
            try:
                number = _without_roots(expr, most).evalf(digits + 5, maxn=most, strict=True)
                break
            except PrecisionExhausted:
                continue
        else:
            size = sum(abs(term.evalf(15)) for term in sympy.Add.make_args(expr))
            return mpmath.mpf(0), mpmath.mpf(str(size)) * mpmath.mpf(10) ** (-2 * digits)
        value = mpmath.mpf(number._mpf_)
        return value, abs(value) * mpmath.mpf(10) ** (-digits - 2)


def decimal(expr: sympy.Expr, digits: int) -> mpmath.mpf:
    """The value alone."""
    return evaluate(expr, digits)[0]


def _without_roots(expr: sympy.Expr, digits: int) -> sympy.Expr:
    """Roots of polynomials as long decimals, so that each is computed once."""
    roots = expr.atoms(sympy.CRootOf)
    return expr.xreplace({x: x.evalf(digits + SPARE) for x in roots}) if roots else expr
