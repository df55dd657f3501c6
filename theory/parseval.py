"""Parseval: how much of E f² lies beyond degree K.

    E f² = Σ_k k! c_k²,      remainder(K) = E f² − Σ_{k ≤ K} k! c_k² ≥ 0

E f² is exact where f² has a closed form, else a quadrature with a bound; the remainder's bound adds that of every
coefficient, k! (2 |c_k| e + e²), and the rounding of the sum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import sympy

from theory.expressions import MOST_TERMS, _terms
from theory.functions import RealFunction, function
from theory.hermite import EPS, hermite_coefficients
from theory.hermite_exact import exact_moments
from theory.numerals import evaluate


@dataclass(frozen=True)
class Remainder:
    """Σ_{k > degree} k! c_k²: |true − value| ≤ error_bound; exact SymPy expressions or None."""

    degree: int
    value: float
    error_bound: float
    exact: sympy.Expr | None
    second_moment: float
    second_moment_exact: sympy.Expr | None


def parseval_remainder(f: str | RealFunction, degree: int) -> Remainder:
    """E f² less the first degree + 1 terms of its Hermite sum.

    >>> parseval_remainder("z**3 - z", 2).exact, parseval_remainder("relu", 2).exact
    (6, 1/4 - 3/(4*pi))
    """
    real = f if isinstance(f, RealFunction) else function(f)
    expansion = hermite_coefficients(real, degree)
    whole, error, whole_exact = _second_moment(real)
    exact = _exact_remainder(whole_exact, [c.exact for c in expansion])
    if exact is not None:
        value, bound = (float(x) for x in evaluate(exact, 20))
        return Remainder(degree, value, max(bound, EPS * abs(value)), exact, whole, whole_exact)
    terms = [c.orthonormal**2 for c in expansion]
    for c in expansion:
        e = math.sqrt(math.factorial(c.k)) * c.error_bound
        error += 2 * abs(c.orthonormal) * e + e * e
    value = math.fsum([whole, *(-t for t in terms)])
    error += 4 * EPS * (whole + sum(terms))
    return Remainder(degree, max(value, 0.0), error, None, whole, whole_exact)


def _second_moment(f: RealFunction) -> tuple[float, float, sympy.Expr | None]:
    """E f², its error bound, and the exact form or None."""
    exact = exact_moments(f.expr**2, 0)[0] if _terms(f.expr**2) <= MOST_TERMS else None
    if exact is not None:
        value, error = (float(x) for x in evaluate(exact, 20))
        return value, max(error, EPS * value), exact
    squared = RealFunction(f"({f.text})**2", f.expr**2, f.kinks)
    first = hermite_coefficients(squared, 0)[0]
    return first.value, first.error_bound, None


def _exact_remainder(whole: sympy.Expr | None, coefficients: list[sympy.Expr | None]) -> sympy.Expr | None:
    total = whole
    for k, c in enumerate(coefficients):
        if total is None or c is None:
            return None
        total -= sympy.factorial(k) * c**2
    if total is None:
        return None
    total = sympy.expand(total)
    size = abs(whole.evalf(20)) if whole is not None else 0
    return sympy.Integer(0) if abs(total.evalf(20)) <= 1e-15 * size and total.equals(0) else total
