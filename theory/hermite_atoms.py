"""Closed forms of μ_k = E[A(z) He_k(z)] for the atoms A of exact Hermite expansions.

    A(z) = [sign(z − x)] · exp(p z² + b z) · [cos or sin(ω z + φ)] · Π erf(a_i z + s_i)

With β = b + iω, r = 1 − 2p and He_{k+1} φ = −(He_k φ)', integration by parts gives

    r μ_{k+1} = β μ_k + 2pk μ_{k−1} + S_k,     S_k = 2 φ(x) e^{px² + βx} Π erf(a_i x + s_i) He_k(x)     (the jump)
                                                     + Σ_i (2 a_i/√π) E[A/erf_i · e^{−(a_i z + s_i)²} He_k],

and the start is, under e^{pz² + βz} φ(z) dz = M · N(β/r, 1/r) with M = e^{β²/(2r)}/√r,

    nothing else     μ_0 = M
    sign(z − x)      μ_0 = M erf((β/r − x) √(r/2))
    erf(a z + s)     μ_0 = M erf((aβ/r + s)/√(1 + 2a²/r))
    two of them, all of x, s and β zero:  μ_0 = M (2/π) arcsin(ρ1 ρ2),  ρ = a√2/√(r + 2a²) or 1 for the sign

(derived here; each is confirmed by quadrature at 50 digits in the tests).  Complex numbers are kept as pairs
(real, imaginary) of real expressions; erf of a number that is neither real nor imaginary is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import sympy

Pair = tuple[sympy.Expr, sympy.Expr]
ZERO, ONE = sympy.Integer(0), sympy.Integer(1)
NOTHING: Pair = (ZERO, ZERO)


@dataclass(frozen=True)
class Atom:
    """sign(z − kink) exp(p z² + b z) trig(ω z + φ) Π erf(a z + s); ``trig`` is (cos or sin, ω, φ).

    Where the kink is the root of a polynomial without a formula, it is a symbol that stands for ``root``.
    """

    kink: sympy.Expr | None = None
    p: sympy.Expr = ZERO
    b: sympy.Expr = ZERO
    trig: tuple[type, sympy.Expr, sympy.Expr] | None = None
    erfs: tuple[tuple[sympy.Expr, sympy.Expr], ...] = ()
    root: sympy.CRootOf | None = None


def times(u: Pair, v: Pair) -> Pair:
    """The product of two complex numbers, multiplied out."""
    if u[1] == 0 and v[1] == 0:
        return sympy.expand(u[0] * v[0]), ZERO
    return sympy.expand(u[0] * v[0] - u[1] * v[1]), sympy.expand(u[0] * v[1] + u[1] * v[0])


def atom_moments(atom: Atom, degree: int) -> list[sympy.Expr] | None:
    """μ_0 … μ_degree of one atom, or None where no closed form is known.

    >>> atom_moments(Atom(kink=ZERO), 3)
    [0, sqrt(2)/sqrt(pi), 0, -sqrt(2)/sqrt(pi)]
    """
    sequence = _complex_moments(replace(atom, trig=None), atom.trig[1] if atom.trig else ZERO, degree)
    if sequence is None:
        return None
    if atom.trig is None:
        return [mu[0] for mu in sequence]
    phase = (sympy.cos(atom.trig[2]), sympy.sin(atom.trig[2]))
    part = 0 if atom.trig[0] is sympy.cos else 1
    return [times(phase, mu)[part] for mu in sequence]


@lru_cache(maxsize=512)
def _complex_moments(atom: Atom, omega: sympy.Expr, degree: int) -> tuple[Pair, ...] | None:
    """E[A(z) e^{iωz} He_k], by the recurrence."""
    r = 1 - 2 * atom.p
    if not r.is_positive:
        return None
    start, driving = _start(atom, omega, r), _driving(atom, omega, degree)
    if start is None or driving is None:
        return None
    # the homogeneous solution from 1 and the driven one from 0, so that μ_0 is multiplied in once only
    free, driven = [(ONE, ZERO)], [NOTHING]
    beta = (atom.b, omega)
    for k in range(degree):
        for solution, source in ((free, NOTHING), (driven, driving[k])):
            grown = times(beta, solution[k])
            older = solution[k - 1] if k else NOTHING
            solution.append(
                tuple(sympy.expand((grown[i] + 2 * atom.p * k * older[i] + source[i]) / r) for i in (0, 1))
            )
    scaled = [times(start, mu) for mu in free]
    return tuple((u[0] + v[0], u[1] + v[1]) for u, v in zip(scaled, driven, strict=True))


def _exponential(u: sympy.Expr, v: sympy.Expr) -> Pair:
    """e^{u + iv}."""
    return sympy.exp(u) * sympy.cos(v), sympy.exp(u) * sympy.sin(v)


def _start(atom: Atom, omega: sympy.Expr, r: sympy.Expr) -> Pair | None:
    re, im = _exponential(sympy.expand((atom.b**2 - omega**2) / (2 * r)), sympy.expand(atom.b * omega / r))
    mass = (re / sympy.sqrt(r), im / sympy.sqrt(r))
    edges = len(atom.erfs) + (atom.kink is not None)
    if edges == 0:
        return mass
    if edges > 2:
        return None
    if edges == 2:
        if {atom.kink or ZERO, atom.b, omega, *(s for _, s in atom.erfs)} != {ZERO}:
            return None
        rho = sympy.prod([sympy.sqrt(2) * a / sympy.sqrt(r + 2 * a**2) for a, _ in atom.erfs])
        return mass[0] * 2 / sympy.pi * sympy.asin(rho), ZERO
    if atom.kink is not None:
        scale, shift, rate = sympy.sqrt(r / 2), -atom.kink, ONE
    else:
        rate, shift = atom.erfs[0]
        scale = 1 / sympy.sqrt(1 + 2 * rate**2 / r)
    value = _erf((rate * atom.b / r + shift) * scale, rate * omega / r * scale)
    return None if value is None else times(mass, value)


def _erf(u: sympy.Expr, v: sympy.Expr) -> Pair | None:
    """erf(u + iv) where it is real or imaginary."""
    if v == 0:
        return sympy.erf(sympy.expand(u)), ZERO
    return (ZERO, sympy.erfi(sympy.expand(v))) if sympy.expand(u) == 0 else None


def _driving(atom: Atom, omega: sympy.Expr, degree: int) -> list[Pair] | None:
    total = [NOTHING] * degree
    if atom.kink is not None:
        x = atom.kink
        height = _exponential(sympy.expand((atom.p - sympy.Rational(1, 2)) * x**2 + atom.b * x), omega * x)
        factor = sympy.sqrt(2 / sympy.pi) * sympy.prod([sympy.erf(sympy.expand(a * x + s)) for a, s in atom.erfs])
        height = (factor * height[0], factor * height[1])
        total = [times(height, (he, ZERO)) for he in hermite_values(x, degree, atom.root)]
    for i, (a, s) in enumerate(atom.erfs):
        others = atom.erfs[:i] + atom.erfs[i + 1 :]
        without = Atom(atom.kink, atom.p - a**2, sympy.expand(atom.b - 2 * a * s), None, others, atom.root)
        sequence = _complex_moments(without, omega, max(degree - 1, 0))
        if sequence is None:
            return None
        factor = (2 * a * sympy.exp(-(s**2)) / sympy.sqrt(sympy.pi), ZERO)
        total = [
            (t[0] + u[0], t[1] + u[1]) for t, mu in zip(total, sequence, strict=False) for u in [times(factor, mu)]
        ]
    return total


def hermite_values(x: sympy.Expr, count: int, root: sympy.CRootOf | None = None) -> list[sympy.Expr]:
    """He_0(x) … He_{count−1}(x), multiplied out; where x stands for a root, below the degree of its polynomial."""
    modulus = None if root is None else sympy.Poly(root.expr.subs(root.poly.gen, x), x)
    values = [ONE, x]
    for k in range(1, count):
        value = sympy.expand(x * values[k] - k * values[k - 1])
        values.append(value if modulus is None else sympy.Poly(value, x).rem(modulus).as_expr())
    return values[:count]
