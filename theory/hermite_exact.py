"""Exact Hermite coefficients: E[f(z) He_k(z)] as SymPy expressions.

f is written as Σ (polynomial in z) × (atom), each atom with a known sequence μ_k = E[atom · He_k] = g^{(k)}(0),
g(t) = E atom(z + t), and multiplication by z acts on sequences by (z·μ)_k = μ_{k+1} + k μ_{k−1}
(from z He_k = He_{k+1} + k He_{k−1}).  Atoms:

    1                        μ = 1, 0, 0, …
    exp(p z² + b z + c)      μ_0 = exp(c + b²/(2r))/√r,  μ_{k+1} = (b μ_k + 2 p k μ_{k−1})/r,   r = 1 − 2p > 1/2
    sin, cos(b z + c)        μ_k = e^{−b²/2} b^k sin, cos(c + kπ/2)
    erf(a z + b)             with s = √(1 + 2a²), r = a√2/s, t = b√2/s:   μ_0 = erf(t/√2),
                             μ_k = √(2/π) e^{−t²/2} r^k (−1)^{k−1} He_{k−1}(t)
    sign(a z + b)            the limit a → ∞ at fixed b/a:  r = 1, t = b/a, times sign a

(derived here; each is checked against quadrature in the tests).  What is not of this form is left to quadrature,
except where parity alone gives the coefficient.
"""

from __future__ import annotations

import sympy

from theory.expressions import Absolute, Sign, Z, hermite_polynomial
from theory.functions import _parity, rewrite_even

Sequence = list[sympy.Expr]


def exact_moments(expr: sympy.Expr, degree: int) -> list[sympy.Expr | None]:
    """μ_k = E[f He_k] for k = 0..degree, None where no closed form is known.

    >>> exact_moments(Z**3, 3)
    [0, 3, 0, 6]
    """
    total: Sequence = [sympy.Integer(0)] * (degree + 1)
    rest = sympy.Integer(0)
    for term in sympy.Add.make_args(_normal_form(expr)):
        power, atom, constant = _split(term)
        sequence = _atom_moments(atom, degree + power)
        if sequence is None:
            rest += term
            continue
        for _ in range(power):
            sequence = _times_z(sequence)
        total = [t + constant * s for t, s in zip(total, sequence, strict=False)]
    sign = 0 if rest == 0 else _parity(rest) or _parity(expr)
    known = [rest == 0 or (sign != 0 and sign != (-1) ** k) for k in range(degree + 1)]
    return [_tidy(mu) if ok else None for mu, ok in zip(total, known, strict=True)]


def _normal_form(expr: sympy.Expr) -> sympy.Expr:
    """A sum of products, |u| as u·sign(u), sinh and cosh as exponentials."""
    expr = rewrite_even(expr).replace(Absolute, lambda u: u * Sign(u))
    expr = expr.replace(sympy.sinh, lambda u: (sympy.exp(u) - sympy.exp(-u)) / 2)
    bare_cosh = [c for c in expr.atoms(sympy.cosh) if not any(log.has(c) for log in expr.atoms(sympy.log))]
    expr = expr.subs({c: (sympy.exp(c.args[0]) + sympy.exp(-c.args[0])) / 2 for c in bare_cosh})
    return sympy.expand(expr, power_exp=False, power_base=False, log=False, trig=False, func=False)


def _split(term: sympy.Expr) -> tuple[int, sympy.Expr, sympy.Expr]:
    """term = constant · z^power · atom, exponentials gathered and even powers of a sign dropped."""
    power, constant = 0, sympy.Integer(1)
    others = []
    exponent = sympy.Integer(0)
    for factor in sympy.Mul.make_args(term):
        base, exp = factor.as_base_exp()
        if not factor.has(Z):
            constant *= factor
        elif isinstance(factor, sympy.exp):
            exponent += factor.args[0]
        elif base == Z and exp.is_Integer and exp > 0:
            power += int(exp)
        elif isinstance(base, Sign) and exp.is_Integer and exp > 0:
            if exp % 2:
                others.append(base)
        else:
            others.append(factor)
    if exponent != 0:
        others.append(sympy.exp(exponent))
    return power, sympy.Mul(*others), constant


def _times_z(mu: Sequence) -> Sequence:
    return [mu[k + 1] + (k * mu[k - 1] if k else 0) for k in range(len(mu) - 1)]


def _atom_moments(atom: sympy.Expr, degree: int) -> Sequence | None:
    if atom == 1:
        return [sympy.Integer(1)] + [sympy.Integer(0)] * degree
    if not isinstance(atom, (sympy.exp, sympy.sin, sympy.cos, sympy.erf, Sign)):
        return None
    u = atom.args[0]
    if not u.is_polynomial(Z):
        return None
    coefficients = sympy.Poly(u, Z).all_coeffs()[::-1] + [sympy.Integer(0)] * 2
    if isinstance(atom, sympy.exp):
        c, b, p = coefficients[:3]
        return _exponential(p, b, c, degree) if sympy.degree(u, Z) <= 2 else None
    if sympy.degree(u, Z) > 1:
        return None
    b, a = coefficients[:2]
    if isinstance(atom, (sympy.sin, sympy.cos)):
        damping = sympy.exp(-(a**2) / 2)
        return [damping * a**k * atom.func(b + k * sympy.pi / 2) for k in range(degree + 1)]
    if isinstance(atom, sympy.erf):
        s = sympy.sqrt(1 + 2 * a**2)
        return _error_function(sympy.sqrt(2) * a / s, sympy.sqrt(2) * b / s, degree)
    side = sympy.sign(a)
    return [side * mu for mu in _error_function(sympy.Integer(1), b / a, degree)]


def _exponential(p: sympy.Expr, b: sympy.Expr, c: sympy.Expr, degree: int) -> Sequence:
    r = 1 - 2 * p
    mu = [sympy.exp(c + b**2 / (2 * r)) / sympy.sqrt(r)]
    factor, ratio = mu[0], [sympy.Integer(1), b / r]
    for k in range(1, degree):
        ratio.append(sympy.expand((b * ratio[k] + 2 * p * k * ratio[k - 1]) / r))
    return [factor * value for value in ratio[: degree + 1]]


def _error_function(rate: sympy.Expr, shift: sympy.Expr, degree: int) -> Sequence:
    """Derivatives at 0 of t ↦ erf((shift + rate·t)/√2)."""
    density = sympy.sqrt(2 / sympy.pi) * sympy.exp(-(shift**2) / 2)
    mu = [sympy.erf(shift / sympy.sqrt(2))]
    for k in range(1, degree + 1):
        he = sympy.expand(hermite_polynomial(k - 1, shift))
        mu.append(density * sympy.expand(rate**k * (-1) ** (k - 1) * he))
    return mu


def _tidy(value: sympy.Expr) -> sympy.Expr:
    """One term per irrational factor, so that exact cancellations are seen."""
    value = sympy.expand(value)
    if value.is_Add:
        # a sum that is small beside its terms
        size = sum(abs(term.evalf(20)) for term in value.args)
        if abs(value.evalf(20)) <= 1e-15 * size and value.equals(0):
            return sympy.Integer(0)
    return value
