"""Is this number zero, is this expression a polynomial: the two questions that every exact exponent asks.

`is_zero` answers True only by algebra and False only by 40 digits; None means neither succeeded, and the caller
must fall back to a numeric bound.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from theory.elementary import Absolute, Sign, Z
from theory.functions import parity

DIGITS = 40


def is_zero(number: sympy.Expr) -> bool | None:
    """Whether a constant vanishes; None where it is tiny and no identity was found.

    >>> is_zero(sympy.sqrt(2) * sympy.sqrt(3) - sympy.sqrt(6)), is_zero(2 * sympy.exp(-sympy.log(2)) - 1)
    (True, True)
    >>> is_zero(sympy.pi - sympy.Rational(22, 7))
    False
    """
    number = sympy.expand(number)
    if number == 0:
        return True
    size = sum(abs(term.evalf(15)) for term in sympy.Add.make_args(number))
    if abs(number.evalf(DIGITS)) > sympy.Float(10) ** (10 - DIGITS) * size:
        return False
    simplified = sympy.simplify(number)
    if simplified == 0 or simplified.equals(0):
        return True
    return None


def as_polynomial(expr: sympy.Expr, symbols: Sequence[sympy.Symbol] = (Z,)) -> sympy.Poly | None:
    """The polynomial in ``symbols``, without terms whose coefficient is zero by algebra; None if it is none.

    >>> as_polynomial((Z + 1) ** 2 - Z**2).as_expr()
    2*z + 1
    """
    if not expr.is_polynomial(*symbols):
        return None
    terms = sympy.Poly(expr, *symbols).terms()
    kept = {powers: c for powers, c in terms if not is_zero(c)}
    return sympy.Poly(kept or {(0,) * len(symbols): 0}, *symbols)


def is_even(polynomial: sympy.Poly) -> bool:
    """Whether a polynomial in one variable has even powers only."""
    return all(power % 2 == 0 for (power,) in polynomial.monoms())


def visible_parity(expr: sympy.Expr) -> str:
    """``"even"``, ``"odd"`` or ``"none"``: structural parity, else by reflecting and comparing.

    >>> visible_parity(Absolute(Z - 1) + Absolute(Z + 1)), visible_parity(Z * Sign(Z**2 - 2) * sympy.exp(Z))
    ('even', 'none')
    """
    side = parity(expr)
    if side != "none":
        return side
    sign = reflected_sign(expr, (Z,))
    return {1: "even", -1: "odd"}.get(sign, "none")


def reflected_sign(expr: sympy.Expr, flipped: Sequence[sympy.Symbol]) -> int:
    """+1 or −1 if reversing the variables visibly keeps or reverses the expression, else 0."""
    there, back = _canonical(expr), _canonical(expr.subs({z: -z for z in flipped}, simultaneous=True))
    return 1 if sympy.expand(back - there) == 0 else -1 if sympy.expand(back + there) == 0 else 0


def _canonical(expr: sympy.Expr) -> sympy.Expr:
    """|u| and |−u|, sign u and −sign(−u) written alike."""

    def absolute(u: sympy.Expr) -> sympy.Expr:
        u = sympy.expand(u)
        return Absolute(-u if u.could_extract_minus_sign() else u)

    def sign(u: sympy.Expr) -> sympy.Expr:
        u = sympy.expand(u)
        return -Sign(sympy.expand(-u)) if u.could_extract_minus_sign() else Sign(u)

    return sympy.expand(expr.replace(Absolute, absolute).replace(Sign, sign))
