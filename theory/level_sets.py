"""Exact Gaussian integrals over level sets.

(He_{k−1} φ)' = −He_k φ, so that for every interval and k ≥ 1

    E[He_k(z) 1(a < z < b)] = He_{k−1}(a) φ(a) − He_{k−1}(b) φ(b),      He_{k−1} φ = 0 at ±∞.

A target with finitely many values, such as sign(z² − 1), is a list of intervals with a value each.  For a
polynomial the set {f > c} is a list of intervals between the real roots of f − c.
"""

from __future__ import annotations

import itertools
from functools import lru_cache

import mpmath
import sympy

from theory.certificates import Measured
from theory.elementary import Sign, Z, hermite_polynomial
from theory.functions import RealFunction

Piece = tuple[sympy.Expr, sympy.Expr, sympy.Expr]  # from, to, value
DIGITS = 40


def interval_moment(k: int, low: sympy.Expr, high: sympy.Expr) -> sympy.Expr:
    """E[He_k(z) 1(low < z < high)], k ≥ 1.

    >>> interval_moment(1, sympy.Integer(0), sympy.oo)
    sqrt(2)/(2*sqrt(pi))
    """
    return _edge(k, low) - _edge(k, high)


def _edge(k: int, at: sympy.Expr) -> sympy.Expr:
    if at.is_infinite:
        return sympy.Integer(0)
    density = sympy.exp(-sympy.expand(at**2) / 2) / sympy.sqrt(2 * sympy.pi)
    return sympy.expand(hermite_polynomial(k - 1, at)) * density


@lru_cache(maxsize=64)
def finite_pieces(f: RealFunction) -> tuple[Piece, ...] | None:
    """The intervals on which a target built from signs of polynomials is constant; None for any other.

    >>> from theory.functions import function
    >>> [str(value) for _, _, value in finite_pieces(function("sign(z**2 - 1)"))]
    ['1', '-1', '1']
    """
    if not f.expr.has(Sign) or f.expr.xreplace({s: sympy.Dummy() for s in f.expr.atoms(Sign)}).has(Z):
        return None
    zeros: set[sympy.Expr] = set()
    for sign in f.expr.atoms(Sign):
        found = _exact_zeros(sign.args[0])
        if found is None:
            return None
        zeros |= found
    cuts = [-sympy.oo, *sorted(zeros, key=lambda zero: zero.evalf(DIGITS)), sympy.oo]
    return tuple((low, high, f.expr.subs(Z, _between(low, high))) for low, high in itertools.pairwise(cuts))


def finite_valued_moment(f: RealFunction, k: int) -> sympy.Expr | None:
    """E[f(z) He_k(z)] exactly for a target with finitely many values, else None."""
    pieces = finite_pieces(f)
    if pieces is None:
        return None
    return sympy.expand(sum(value * interval_moment(k, low, high) for low, high, value in pieces))


def superlevel_moment(polynomial: sympy.Poly, threshold: sympy.Rational, k: int) -> Measured:
    """E[He_k(z) 1(f(z) > threshold)] for a polynomial f, from the roots of f − threshold at 40 and 60 digits."""
    values = []
    for digits in (DIGITS, DIGITS + 20):
        with mpmath.workdps(digits):
            coefficients = [mpmath.mpf(c.evalf(digits)) for c in (polynomial - threshold).all_coeffs()]
            roots = mpmath.polyroots(coefficients, maxsteps=500, extraprec=200)
            real = sorted(mpmath.re(root) for root in roots if abs(mpmath.im(root)) < mpmath.mpf(10) ** -20)
            edges = [-mpmath.inf, *real, mpmath.inf]
            total = mpmath.mpf(0)
            for low, high in itertools.pairwise(edges):
                if mpmath.polyval(coefficients, _middle(low, high)) > 0:
                    total += _mp_edge(k, low) - _mp_edge(k, high)
            values.append(total)
    value = float(values[1])
    return Measured(value, float(abs(values[1] - values[0])) + 1e-18 + 2.3e-16 * abs(value))


def _mp_edge(k: int, at: mpmath.mpf) -> mpmath.mpf:
    if mpmath.isinf(at):
        return mpmath.mpf(0)
    previous, current = mpmath.mpf(0), mpmath.npdf(at)
    for j in range(k - 1):
        previous, current = current, at * current - j * previous
    return current


def _middle(low: mpmath.mpf, high: mpmath.mpf) -> mpmath.mpf:
    if mpmath.isinf(low) and mpmath.isinf(high):
        return mpmath.mpf(0)
    return high - 1 if mpmath.isinf(low) else low + 1 if mpmath.isinf(high) else (low + high) / 2


def _exact_zeros(u: sympy.Expr) -> set[sympy.Expr] | None:
    """All real zeros of a polynomial in closed form, None if there is no such form."""
    if not u.is_polynomial(Z):
        return None
    polynomial = sympy.Poly(u, Z)
    found = sympy.roots(polynomial, Z)
    if sum(found.values()) != polynomial.degree():
        return None
    return {root for root in found if root.is_real or abs(sympy.im(root).evalf(DIGITS)) < 1e-30}


def _between(low: sympy.Expr, high: sympy.Expr) -> sympy.Expr:
    """A rational point inside."""
    if low.is_infinite and high.is_infinite:
        return sympy.Integer(0)
    if low.is_infinite or high.is_infinite:
        return sympy.floor(high) - 1 if low.is_infinite else sympy.ceiling(low) + 1
    return sympy.Rational(str(((low + high) / 2).evalf(DIGITS)))
