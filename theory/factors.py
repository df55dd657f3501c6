"""Multiplying out a target of several variables into products of one-variable functions, Σ_t c_t Π_i f_{t,i}(z_i).

sign and |·| of a product are products; exp of a sum is a product; sin and cos of a sum are two.  What is left
whole, such as tanh(z1 + z2), is no product.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sympy

from theory.elementary import Absolute, Sign, Z


def summands(expr: sympy.Expr) -> list[sympy.Expr]:
    """The expression multiplied out, as far as signs, sines and exponentials of sums and products allow.

    >>> z1, z2 = sympy.symbols("z1 z2", real=True)
    >>> summands(Sign(z1 * z2) * 3)
    [3*Sign(z1)*Sign(z2)]
    """
    split = expr.replace(Sign, _split_sign).replace(Absolute, _split_absolute)
    split = split.replace(sympy.sin, _split_sin).replace(sympy.cos, _split_cos)
    return list(sympy.Add.make_args(sympy.expand(split, power_base=False, log=False, trig=False)))


def separate(term: sympy.Expr, variables: Sequence[sympy.Symbol]) -> tuple[sympy.Expr, dict[int, sympy.Expr]] | None:
    """(constant, factors in Z by the number of their variable); None if a factor depends on two variables.

    >>> z1, z2 = sympy.symbols("z1 z2", real=True)
    >>> separate(3 * Sign(z1) * z2**2, (z1, z2)) == (3, {0: Sign(Z), 1: Z**2})
    True
    """
    constant, factors = sympy.Integer(1), dict[int, sympy.Expr]()
    for factor in sympy.Mul.make_args(term):
        present = [i for i, z in enumerate(variables) if factor.has(z)]
        if len(present) > 1:
            return None
        if present:
            i = present[0]
            factors[i] = factors.get(i, sympy.Integer(1)) * factor.subs(variables[i], Z)
        else:
            constant *= factor
    return constant, factors


def _split_sign(u: sympy.Expr) -> sympy.Expr:
    """One sign for the factors of each set of variables; an even power of a sign is 1 almost everywhere."""
    return sympy.Mul(*[Sign(part) for part in _grouped(u, lambda exponent: exponent % 2)])


def _split_absolute(u: sympy.Expr) -> sympy.Expr:
    return sympy.Mul(*[Absolute(part) for part in _grouped(u, lambda exponent: exponent)])


def _grouped(u: sympy.Expr, kept: Callable[[sympy.Expr], sympy.Expr]) -> list[sympy.Expr]:
    """The factors of u to the powers ``kept(exponent)``, multiplied together where their variables are the same."""
    if len(u.free_symbols) < 2:
        return [u]
    groups = dict[frozenset, sympy.Expr]()
    for part in sympy.Mul.make_args(sympy.factor(u)):
        base, exponent = part.as_base_exp()
        if exponent.is_Integer and exponent > 0:
            part = base ** kept(exponent)
        names = frozenset(base.free_symbols)
        groups[names] = groups.get(names, sympy.Integer(1)) * part
    return list(groups.values())


def _split_sin(u: sympy.Expr) -> sympy.Expr:
    first, rest = _first_summand(u)
    if rest == 0:
        return sympy.sin(u)
    return sympy.sin(first) * _split_cos(rest) + sympy.cos(first) * _split_sin(rest)


def _split_cos(u: sympy.Expr) -> sympy.Expr:
    first, rest = _first_summand(u)
    if rest == 0:
        return sympy.cos(u)
    return sympy.cos(first) * _split_cos(rest) - sympy.sin(first) * _split_sin(rest)


def _first_summand(u: sympy.Expr) -> tuple[sympy.Expr, sympy.Expr]:
    """The part of a sum that shares the variables of its first term, and what else there is."""
    if len(u.free_symbols) < 2:
        return u, sympy.Integer(0)
    terms = sympy.Add.make_args(sympy.expand(u))
    lead = next(term for term in terms if term.free_symbols)
    first = sympy.Add(*[t for t in terms if not t.free_symbols or t.free_symbols == lead.free_symbols])
    return first, sympy.Add(*[t for t in terms if t.free_symbols and t.free_symbols != lead.free_symbols])
