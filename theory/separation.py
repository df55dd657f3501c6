"""A term in z1 … zr as a product over groups of variables, and its moments E[term · Π He_{κi}(zi)].

A sign of a product is a product of signs, likewise |u|; e^{u+v}, sin(u + v) and cos(u + v) are taken apart where
that separates the variables.  The factors are then grouped by the variables that they share:

    one variable             one-variable moments, exact or with their error bound
    one linear form a·z + b  times a monomial: the ridge formula, and (zi·μ)_κ = μ_{κ+ei} + κi μ_{κ−ei}
    else                     Gauss–Hermite in all variables of the group, if nothing in it has a kink; the bound is
                             then an estimate, twice the change between two orders
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import sympy

from theory.elementary import Absolute, Sign, Z
from theory.functions import NUMPY, admit
from theory.hermite import hermite_coefficients
from theory.quadrature import Array

Index = tuple[int, ...]
Symbols = tuple[sympy.Symbol, ...]
EPS = float(np.finfo(float).eps)
# pairs of orders, the next one if the first two disagree; large nodes overflow where the function grows
ORDERS = {1: [(60, 80)], 2: [(60, 80), (200, 260)], 3: [(40, 50)], 4: [(22, 28)]}
WORST = 1e-6  # relative error beyond which a quadrature is refused


@dataclass(frozen=True)
class Moment:
    """E[term · Π He]: exact or None, with the value and the bound on its error where it is not exact."""

    exact: sympy.Expr | None
    value: float
    error: float

    def plus(self, other: Moment) -> Moment:
        exact = None if self.exact is None or other.exact is None else self.exact + other.exact
        value = self.value + other.value
        return Moment(exact, value, self.error + other.error + EPS * abs(value))

    def times(self, other: Moment) -> Moment:
        if self.exact == 0 or other.exact == 0:
            return Moment(sympy.Integer(0), 0.0, 0.0)
        exact = None if self.exact is None or other.exact is None else self.exact * other.exact
        error = abs(self.value) * other.error + abs(other.value) * self.error + self.error * other.error
        value = self.value * other.value
        return Moment(exact, value, error + EPS * abs(value))


def number(exact: sympy.Expr) -> Moment:
    """An exact number as a moment."""
    value = float(exact.evalf(20))
    return Moment(exact, value, EPS * abs(value))


def terms(expr: sympy.Expr) -> Iterable[sympy.Expr]:
    """The terms of f, taken apart as far as the variables separate.

    >>> list(terms(Sign(sympy.Symbol("x", real=True) * sympy.Symbol("y", real=True))))
    [Sign(x)*Sign(y)]
    """
    expr = expr.replace(Absolute, lambda u: u * Sign(u)).replace(Sign, _factored_sign)
    expr = expr.replace(sympy.exp, lambda u: sympy.prod([sympy.exp(t) for t in sympy.Add.make_args(sympy.expand(u))]))
    expr = sympy.expand(expr, power_exp=False, power_base=False, log=False, func=False)
    apart = sympy.expand_trig(expr) if expr.has(sympy.sin, sympy.cos) else expr
    return sympy.Add.make_args(sympy.expand(apart, power_exp=False, power_base=False, log=False, func=False))


def _factored_sign(u: sympy.Expr) -> sympy.Expr:
    factors = []
    for factor in sympy.Mul.make_args(sympy.factor(u)):
        base, power = factor.as_base_exp()
        if power.is_Integer:
            factors += [Sign(base)] if power % 2 else []
        else:
            factors.append(Sign(factor))
    return sympy.Mul(*factors)


def term_moments(term: sympy.Expr, symbols: Symbols, degree: int, text: str) -> dict[Index, Moment]:
    """E[term · Π He_{κi}(zi)] for all |κ| ≤ degree."""
    constant, groups = _grouped(term, symbols)
    tables = [(group, _group_moments(factor, group, degree, text)) for group, factor in groups]
    result = {}
    for index in itertools.product(range(degree + 1), repeat=len(symbols)):
        if sum(index) > degree:
            continue
        order = dict(zip(symbols, index, strict=True))
        alone = [s for s in symbols if not term.has(s)]
        moment = number(constant if all(order[s] == 0 for s in alone) else sympy.Integer(0))
        for group, table in tables:
            moment = moment.times(table[tuple(order[s] for s in group)])
        result[index] = moment
    return result


def _grouped(term: sympy.Expr, symbols: Symbols) -> tuple[sympy.Expr, list[tuple[Symbols, sympy.Expr]]]:
    """constant · Π factors, no two of which share a variable."""
    constant: sympy.Expr = sympy.Integer(1)
    groups: list[tuple[set, sympy.Expr]] = []
    for factor in sympy.Mul.make_args(term):
        shared = factor.free_symbols
        if not shared:
            constant *= factor
            continue
        for group in [g for g in groups if g[0] & shared]:
            groups.remove(group)
            shared, factor = shared | group[0], factor * group[1]
        groups.append((shared, factor))
    return constant, [(tuple(s for s in symbols if s in shared), factor) for shared, factor in groups]


def _group_moments(factor: sympy.Expr, group: Symbols, degree: int, text: str) -> dict[Index, Moment]:
    if len(group) == 1:
        moments = _one_variable(factor.subs(group[0], Z), degree, text)
        return {(k,): moment for k, moment in enumerate(moments)}
    ridge = _as_ridge(factor, group)
    if ridge is not None:
        return _ridge_moments(*ridge, group, degree, text)
    if factor.atoms(Absolute, Sign) or any(
        not p.exp.is_Integer for p in factor.atoms(sympy.Pow) if p.exp.is_Rational
    ):
        raise ValueError(
            f"the coefficients of {text!r} cannot be certified: the kinks of {factor} lie across the axes of "
            f"{', '.join(map(str, group))}; use products of functions of one variable or of one linear form each"
        )
    return _tensor_quadrature(factor, group, degree, text)


def _one_variable(expr: sympy.Expr, degree: int, text: str) -> list[Moment]:
    expansion = hermite_coefficients(admit(text, expr), degree)
    found = []
    for c in expansion:
        norm = math.factorial(c.k)
        exact = None if c.exact is None else c.exact * norm
        found.append(Moment(exact, c.value * norm, c.error_bound * norm))
    return found


def _as_ridge(factor: sympy.Expr, group: Symbols) -> tuple[sympy.Expr, list[sympy.Expr], Index] | None:
    """monomial · g(a·z + b) as (t ↦ g(t + b) in Z, a, powers), or None."""
    rest, powers = [], dict.fromkeys(group, 0)
    for part in sympy.Mul.make_args(factor):
        base, power = part.as_base_exp()
        if base in powers and power.is_Integer and power > 0:
            powers[base] += int(power)
        else:
            rest.append(part)
    g = sympy.powsimp(sympy.Mul(*rest), combine="exp", deep=False)
    for form in _linear_forms(g, group):
        pivot = next(s for s, a in zip(group, form, strict=True) if a != 0)
        others = sum((a * s for s, a in zip(group, form, strict=True) if s != pivot), sympy.Integer(0))
        line = (Z - others) / form[group.index(pivot)]
        profile = _along(g, group, pivot, line)
        if not profile.has(*group):
            return profile, form, tuple(powers.values())
    return None


def _along(g: sympy.Expr, group: Symbols, pivot: sympy.Symbol, line: sympy.Expr) -> sympy.Expr:
    """g with the pivot solved for: free of the group if g varies along the form alone."""
    return g.replace(
        lambda part: part.is_polynomial(*group) and part.has(*group),
        lambda part: sympy.expand(part.subs(pivot, line)),
    )


def _linear_forms(g: sympy.Expr, group: Symbols) -> Iterable[list[sympy.Expr]]:
    """Directions in which g may vary alone: gradients, at a point, of the polynomials inside it."""
    point = {s: sympy.Rational(3 * i + 1, 7) for i, s in enumerate(group)}
    for part in sympy.preorder_traversal(g):
        if part.is_polynomial(*group) and part.has(*group):
            gradient = [sympy.diff(part, s).subs(point) for s in group]
            if any(a != 0 for a in gradient):
                yield gradient


def _ridge_moments(
    profile: sympy.Expr, form: list[sympy.Expr], powers: Index, group: Symbols, degree: int, text: str
) -> dict[Index, Moment]:
    size = sympy.sqrt(sympy.expand(sum(a**2 for a in form)))
    # powers of the monomial may fall on variables outside the form, whose direction is 0
    top = degree + sum(powers)
    line = _one_variable(sympy.expand(profile.subs(Z, size * Z), func=True, deep=True), top, text)
    table = {}
    for index in itertools.product(range(top + 1), repeat=len(group)):
        if sum(index) <= top:
            weight = sympy.prod([(a / size) ** k for a, k in zip(form, index, strict=True)])
            table[index] = line[sum(index)].times(number(weight))
    for place, power in enumerate(powers):
        for _ in range(power):
            table = _times(table, place)
    return {index: moment for index, moment in table.items() if sum(index) <= degree}


def _times(table: dict[Index, Moment], place: int) -> dict[Index, Moment]:
    """(zi·μ)_κ = μ_{κ+ei} + κi μ_{κ−ei}; the highest degree is used up."""
    result = {}
    for index in table:
        up = (*index[:place], index[place] + 1, *index[place + 1 :])
        if up not in table:
            continue
        result[index] = table[up]
        if index[place]:
            down = (*index[:place], index[place] - 1, *index[place + 1 :])
            result[index] = result[index].plus(number(sympy.Integer(index[place])).times(table[down]))
    return result


def _tensor_quadrature(factor: sympy.Expr, group: Symbols, degree: int, text: str) -> dict[Index, Moment]:
    for orders in ORDERS[len(group)]:
        found = _two_quadratures(factor, group, degree, orders)
        if found is not None:
            return found
    raise ValueError(
        f"the coefficients of {text!r} cannot be certified: two quadratures of {factor} disagree, so it is "
        "steep, not finite somewhere or grows like exp(|z|²/4); use a milder one"
    )


def _two_quadratures(
    factor: sympy.Expr, group: Symbols, degree: int, orders: tuple[int, int]
) -> dict[Index, Moment] | None:
    """The finer of two rules, its distance from the other as error; None if that is too large."""
    coarse, fine = (_gauss_hermite(factor, group, degree, order) for order in orders)
    square = [float(_gauss_hermite(factor**2, group, 0, order).ravel()[0]) for order in orders]
    size = max(np.abs(fine).max(), np.abs(coarse).max())
    if not np.isfinite(size) or np.abs(fine - coarse).max() > WORST * size or not _close(*square):
        return None
    error = np.abs(fine - coarse)
    norms = [math.sqrt(math.factorial(k)) for k in range(degree + 1)]
    result = {}
    for index in itertools.product(range(degree + 1), repeat=len(group)):
        if sum(index) <= degree:
            norm = math.prod(norms[k] for k in index)
            result[index] = Moment(None, float(fine[index] * norm), float((2 * error[index] + 1e-13 * size) * norm))
    return result


def _close(first: float, second: float) -> bool:
    """E f² is there: without it the quadratures of f² run apart."""
    return abs(first - second) <= 1e-3 * abs(second)


def _gauss_hermite(factor: sympy.Expr, group: Symbols, degree: int, order: int) -> Array:
    """All orthonormal moments up to ``degree`` in each variable, by the rule of this order."""
    x, w = np.polynomial.hermite_e.hermegauss(order)
    f = sympy.lambdify(group, factor, modules=[NUMPY, "numpy"], cse=True)
    scale = [math.sqrt(math.factorial(k)) for k in range(degree + 1)]
    basis = (np.polynomial.hermite_e.hermevander(x, degree) / scale) * (w / w.sum())[:, None]
    with np.errstate(all="ignore"):  # what overflows is refused by the caller
        values = np.asarray(f(*np.meshgrid(*[x] * len(group), indexing="ij")), dtype=float)
        for _ in group:
            values = np.tensordot(values, basis, axes=(0, 0))
    return values
