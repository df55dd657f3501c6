"""Piecewise smooth functions: |u| and sign u of polynomials resolved between exact real roots.

Let x_1 < … < x_m be the points where the polynomials inside sign() change sign and g_0, …, g_m the smooth
expressions that f equals on the pieces between them.  Then, almost everywhere,

    f(z) = (g_0 + g_m)/2 + Σ_j (g_j − g_{j−1})/2 · sign(z − x_j),

so that products, powers and nestings of |u| and sign u come down to one sign at a time.
"""

from __future__ import annotations

import itertools
from functools import lru_cache

import sympy

from theory.elementary import Absolute, Sign, Z

Jump = tuple[sympy.Expr | None, sympy.Expr]  # (x, g): g(z) sign(z − x), or g(z) itself where x is None
NEAR = 60  # digits to which roots are told apart
MOST_ROOTS = 40


def one_sign_at_a_time(expr: sympy.Expr) -> list[Jump] | None:
    """The terms g and g·sign(z − x) of f; None where a sign is of something else than a polynomial.

    >>> one_sign_at_a_time(Z * Sign(Z))
    [(0, z)]
    >>> one_sign_at_a_time(Sign(Z**2 - 1))
    [(None, 1), (-1, -1), (1, 1)]
    """
    expr = expr.replace(Absolute, lambda u: u * Sign(u))
    points, smooth = _pieces(expr)
    if any(g.has(Sign) for g in smooth):
        return None
    found: list[Jump] = [(None, (smooth[0] + smooth[-1]) / 2)]
    found += [(x, (right - left) / 2) for x, (left, right) in zip(points, itertools.pairwise(smooth), strict=True)]
    return [(x, g) for x, g in found if g != 0]


def _pieces(expr: sympy.Expr) -> tuple[list[sympy.Expr], list[sympy.Expr]]:
    """Breakpoints in increasing order and the expression on each piece."""
    pieces = [(None, None, expr)]  # (left end, right end, expression), None for infinity
    while True:
        for i, (low, high, part) in enumerate(pieces):
            u = _innermost(part)
            if u is not None:
                pieces[i : i + 1] = _split_at(u, low, high, part)
                break
        else:
            return [low for low, _, _ in pieces[1:]], [part for _, _, part in pieces]


def _innermost(part: sympy.Expr) -> sympy.Expr | None:
    """A polynomial inside a sign, whose real roots are known."""
    for atom in sorted(part.atoms(Sign), key=sympy.default_sort_key):
        if atom.args[0].is_polynomial(Z) and sign_changes(atom.args[0]) is not None:
            return atom.args[0]
    return None


def _split_at(u: sympy.Expr, low: sympy.Expr | None, high: sympy.Expr | None, part: sympy.Expr) -> list:
    inside = [x for x in sign_changes(u) or () if _below(low, x) and _below(x, high)]
    ends = [low, *inside, high]
    return [
        (left, right, part.subs(Sign(u), sign_at(u, _between(left, right))))
        for left, right in itertools.pairwise(ends)
    ]


def sign_at(u: sympy.Expr, point: sympy.Rational) -> sympy.Integer:
    """±1; the value at a zero does not matter almost everywhere."""
    return sympy.Integer(1) if u.subs(Z, point).evalf(NEAR) >= 0 else sympy.Integer(-1)


def _below(x: sympy.Expr | None, y: sympy.Expr | None) -> bool:
    """x < y by more than rounding; None is −∞ on the left and +∞ on the right."""
    return x is None or y is None or bool(y.evalf(NEAR) - x.evalf(NEAR) > sympy.Rational(1, 10 ** (NEAR - 15)))


def _between(low: sympy.Expr | None, high: sympy.Expr | None) -> sympy.Rational:
    if low is None:
        return sympy.floor(high) - 1 if high is not None else sympy.Integer(0)
    if high is None:
        return sympy.floor(low) + 1
    return sympy.Rational(str((low.evalf(NEAR) + high.evalf(NEAR)) / 2))


@lru_cache(maxsize=256)
def sign_changes(u: sympy.Expr) -> tuple[sympy.Expr, ...] | None:
    """The real roots of odd multiplicity of a polynomial in z, increasing and exact; None if they are not known.

    >>> sign_changes(Z**3 - 2 * Z**2)
    (2,)
    """
    polynomial = sympy.Poly(u, Z)
    if polynomial.degree() > 2 and not polynomial.get_domain().is_QQ | polynomial.get_domain().is_ZZ:
        return None
    if polynomial.degree() == 0:
        return ()
    if polynomial.degree() == 1:
        return (-polynomial.nth(0) / polynomial.nth(1),)
    if polynomial.degree() == 2:
        return _quadratic(*polynomial.all_coeffs())
    roots = [root for root, multiplicity in polynomial.real_roots(multiple=False) if multiplicity % 2]
    return tuple(sorted(roots, key=lambda x: x.evalf(NEAR))) if len(roots) <= MOST_ROOTS else None


def _quadratic(a: sympy.Expr, b: sympy.Expr, c: sympy.Expr) -> tuple[sympy.Expr, ...] | None:
    discriminant = sympy.expand(b**2 - 4 * a * c)
    if discriminant.is_positive is None:
        return None
    if not discriminant.is_positive:
        return ()
    root = sympy.sqrt(discriminant)
    pair = [sympy.expand((-b - root) / (2 * a)), sympy.expand((-b + root) / (2 * a))]
    return tuple(sorted(pair, key=lambda x: x.evalf(NEAR)))
