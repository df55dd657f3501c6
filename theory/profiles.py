"""Targets that hide order k from every transformation of the label: functions of He_{k−1}(z) φ(z).

Let h = He_{k−1} φ, so that h' = −He_k φ and h(±∞) = 0.  If σ* = F(h) for some F, then for every bounded T

    E[T(σ*(z)) He_k(z)] = −∫ T(F(h)) h' dz = −[G(h)]_{−∞}^{∞} = 0,      G' = T ∘ F,

so E[He_k(z) | y] = 0 identically.  With k = 2, h = z φ: z² exp(−z²) ∝ h², so its generative exponent is not 2
but 4, as its information exponent.  (k = 1 is the even functions of |z|, which parity already covers.)
"""

from __future__ import annotations

import sympy

from theory.algebra import as_polynomial
from theory.elementary import Z, hermite_polynomial

E = sympy.Symbol("E", positive=True)  # stands for exp(−z²/2)


def hides(expr: sympy.Expr, k: int) -> bool:
    """Whether the expression is visibly a function of He_{k−1}(z) exp(−z²/2), k ≥ 2.

    >>> hides(Z**2 * sympy.exp(-(Z**2)), 2), hides(sympy.tanh(3 * Z * sympy.exp(-(Z**2) / 2)), 2)
    (True, True)
    >>> hides(Z**2 * sympy.exp(-(Z**2)), 4), hides(Z**4 * sympy.exp(-(Z**2)), 2)
    (False, False)
    """
    if not expr.has(Z):
        return True
    polynomial = _in_profile_powers(expr)
    if polynomial is not None:
        return _matches(polynomial, hermite_polynomial(k - 1, Z))
    return bool(expr.args) and all(hides(argument, k) for argument in expr.args)


def _in_profile_powers(expr: sympy.Expr) -> sympy.Poly | None:
    """The expression as a polynomial in E over polynomials in z, exp(−j z²/2) written E^j."""

    def power(u: sympy.Expr) -> sympy.Expr:
        ratio = sympy.expand(-2 * u / Z**2)
        return E**ratio if ratio.is_Integer and ratio > 0 else sympy.exp(u)

    written = sympy.expand(expr).replace(sympy.exp, power)
    return sympy.Poly(written, E) if as_polynomial(written, (Z, E)) is not None else None


def _matches(polynomial: sympy.Poly, he: sympy.Expr) -> bool:
    """Whether the coefficient of every E^j is a constant times He_{k−1}^j."""
    for (j,), coefficient in polynomial.terms():
        ratio, rest = sympy.div(sympy.Poly(coefficient, Z), sympy.Poly(he**j, Z))
        if not rest.is_zero or ratio.degree() > 0:
            return False
    return True
