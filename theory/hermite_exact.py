"""Exact Hermite coefficients: E[f(z) He_k(z)] as SymPy expressions.

f is written as Σ (polynomial in z) × (atom), each atom with a known sequence μ_k = E[atom · He_k]
(`theory.hermite_atoms`), and multiplication by z acts on sequences by (z·μ)_k = μ_{k+1} + k μ_{k−1}
(from z He_k = He_{k+1} + k He_{k−1}).  |u| and sign u of polynomials are resolved between exact roots
(`theory.pieces`), products of sines and cosines made sums.  What is not of this form is left to quadrature, except
where parity alone gives the coefficient.
"""

from __future__ import annotations

from collections import defaultdict

import sympy

from theory.elementary import Absolute, Sign, Z
from theory.functions import _parity, rewrite_even
from theory.hermite_atoms import ONE, ZERO, Atom, atom_moments
from theory.pieces import one_sign_at_a_time

Sequence = list[sympy.Expr]
Polynomial = dict[int, sympy.Expr]  # power of z: coefficient
Table = dict[Atom, Polynomial]


def exact_moments(expr: sympy.Expr, degree: int) -> list[sympy.Expr | None]:
    """μ_k = E[f He_k] for k = 0..degree, None where no closed form is known.

    >>> exact_moments(Z**3, 3)
    [0, 3, 0, 6]
    """
    table, rest = decompose(expr)
    total: Sequence = [ZERO] * (degree + 1)
    for atom, polynomial in table.items():
        sequence = atom_moments(atom, degree + max(polynomial))
        assert sequence is not None  # decompose keeps only atoms with a closed form
        for power in range(max(polynomial) + 1):
            constant = polynomial.get(power, ZERO)
            total = [t + constant * s for t, s in zip(total, sequence, strict=False)]
            sequence = _times_z(sequence)
    sign = 0 if rest == 0 else _parity(rest) or _parity(expr)
    known = [rest == 0 or (sign != 0 and sign != (-1) ** k) for k in range(degree + 1)]
    roots = {atom.kink: atom.root for atom in table if atom.root is not None}
    return [_tidy(mu, roots) if ok else None for mu, ok in zip(total, known, strict=True)]


def decompose(expr: sympy.Expr) -> tuple[Table, sympy.Expr]:
    """f = Σ_atoms polynomial × atom + rest, the rest being the terms without a closed form."""
    table: dict[Atom, defaultdict[int, sympy.Expr]] = {}
    rest = ZERO
    for term in sympy.Add.make_args(normal_form(expr)):
        parts = _read(term)
        if parts is None or any(atom_moments(atom, 0) is None for _, _, atom in parts):
            rest += term
            continue
        for constant, power, atom in parts:
            table.setdefault(atom, defaultdict(lambda: ZERO))[power] += constant
    tidied = {atom: {n: sympy.expand(c) for n, c in p.items()} for atom, p in table.items()}
    kept = {atom: {n: c for n, c in p.items() if c != 0} for atom, p in tidied.items()}
    return {atom: p for atom, p in kept.items() if p}, rest


def normal_form(expr: sympy.Expr) -> sympy.Expr:
    """A sum of products, |u| as u·sign(u), sinh and cosh as exponentials."""
    expr = rewrite_even(expr).replace(Absolute, lambda u: u * Sign(u))
    expr = expr.replace(sympy.sinh, lambda u: (sympy.exp(u) - sympy.exp(-u)) / 2)
    bare_cosh = [c for c in expr.atoms(sympy.cosh) if not any(log.has(c) for log in expr.atoms(sympy.log))]
    expr = expr.subs({c: (sympy.exp(c.args[0]) + sympy.exp(-c.args[0])) / 2 for c in bare_cosh})
    return _multiplied_out(expr)


def _multiplied_out(expr: sympy.Expr) -> sympy.Expr:
    return sympy.expand(expr, power_exp=False, power_base=False, log=False, trig=False, func=False)


def _read(term: sympy.Expr) -> list[tuple[sympy.Expr, int, Atom]] | None:
    """A term as a list of constant · z^power · atom."""
    jumps = one_sign_at_a_time(_without_even_signs(term))
    if jumps is None:
        return None
    parts = []
    for kink, smooth in jumps:
        for piece in sympy.Add.make_args(_multiplied_out(smooth)):
            atoms = _read_smooth(piece, kink)
            if atoms is None:
                return None
            parts += atoms
    return parts


def _without_even_signs(term: sympy.Expr) -> sympy.Expr:
    """sign(u)² = 1 almost everywhere."""
    return term.replace(
        lambda part: isinstance(part, sympy.Pow) and isinstance(part.base, Sign) and part.exp.is_Integer,
        lambda part: part.base ** (part.exp % 2),
    )


def _read_smooth(term: sympy.Expr, kink: sympy.Expr | None) -> list[tuple[sympy.Expr, int, Atom]] | None:
    constant, power, p, b = ONE, 0, ZERO, ZERO
    waves: list[tuple[sympy.Expr, type | None, sympy.Expr]] = [(ONE, None, ZERO)]
    erfs: list[tuple[sympy.Expr, sympy.Expr]] = []
    for factor in sympy.Mul.make_args(term):
        base, exponent = factor.as_base_exp() if not isinstance(factor, sympy.exp) else (factor, ONE)
        if not factor.has(Z):
            constant *= factor
            continue
        if not (exponent.is_Integer and exponent > 0):
            return None
        if base == Z:
            power += int(exponent)
            continue
        line = _coefficients(base, 2 if isinstance(base, sympy.exp) else 1)
        if line is None:
            return None
        if isinstance(base, sympy.exp):
            constant *= sympy.exp(exponent * line[0])
            b, p = b + exponent * line[1], p + exponent * line[2]
        elif isinstance(base, sympy.erf):
            erfs += [(line[1], line[0])] * int(exponent)
        else:
            for _ in range(int(exponent)):
                waves = _product_to_sum(waves, base)
    erfs.sort(key=sympy.default_sort_key)
    root = kink if isinstance(kink, sympy.CRootOf) else None
    place = kink if root is None else sympy.Symbol(str(root), real=True)
    found = []
    for c, kind, argument in waves:
        wave = None if kind is None or not argument.has(Z) else (kind, argument.coeff(Z, 1), argument.coeff(Z, 0))
        level = kind(argument) if kind is not None and wave is None else ONE
        found.append((constant * c * level, power, Atom(place, p, b, wave, tuple(erfs), root)))
    return found


def _coefficients(base: sympy.Expr, degree: int) -> list[sympy.Expr] | None:
    """Coefficients, lowest first, of the polynomial of at most this degree inside an elementary function."""
    if not isinstance(base, (sympy.exp, sympy.sin, sympy.cos, sympy.erf)):
        return None
    u = base.args[0]
    if not u.is_polynomial(Z) or sympy.degree(u, Z) > degree:
        return None
    return (sympy.Poly(u, Z).all_coeffs()[::-1] + [ZERO] * 2)[:3]


def _product_to_sum(waves: list, factor: sympy.Expr) -> list:
    """Each wave times sin v or cos v: cos u cos v = (cos(u − v) + cos(u + v))/2 and its kin."""
    cos, sin, v = sympy.cos, sympy.sin, sympy.expand(factor.args[0])
    total: defaultdict[tuple, sympy.Expr] = defaultdict(lambda: ZERO)
    for c, kind, u in waves:
        if kind is None:
            total[factor.func, v] += c
            continue
        product = sin if (kind is sin) != (factor.func is sin) else cos
        plus = -1 if kind is sin and factor.func is sin else 1
        minus = -1 if kind is cos and factor.func is sin else 1
        total[product, sympy.expand(u + v)] += plus * c / 2
        total[product, sympy.expand(u - v)] += minus * c / 2
    return [(c, kind, u) for (kind, u), c in total.items() if c != 0]


def _times_z(mu: Sequence) -> Sequence:
    return [mu[k + 1] + (k * mu[k - 1] if k else 0) for k in range(len(mu) - 1)]


def _tidy(value: sympy.Expr, roots: dict[sympy.Expr, sympy.Expr]) -> sympy.Expr:
    """One term per irrational factor, so that exact cancellations are seen."""
    value = sympy.expand(value)
    decimals = {symbol: root.evalf(60) for symbol, root in roots.items()}
    exact = value.xreplace(roots)
    if value.is_Add:
        # a sum that is small beside its terms
        terms = [term.xreplace(decimals).evalf(40) for term in value.args]
        if abs(sum(terms)) <= 1e-15 * sum(map(abs, terms)) and exact.equals(0):
            return ZERO
    return exact
