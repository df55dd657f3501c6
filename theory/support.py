"""Which Hermite coefficients of a target of several variables are not zero, and why the others are.

    c_S = E[σ*(z) Π_i He_{S_i}(z_i)]/Π_i S_i!,      S = (S_1, …, S_r) ≠ 0,     |S| = Σ_i S_i

* polynomials: all of them, exactly, from z^n = Σ_j n!/(2^j j! (n − 2j)!) He_{n−2j} in each variable;
* sums of products of one-variable functions and of functions of a linear form, from their expansions
  (`theory.summands`), |S| ≤ degree;
* others: tensor quadrature (`theory.tensor`), |S| ≤ degree.

Reflections give zeros by parity (`theory.reflections`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

import sympy

from theory.algebra import as_polynomial, is_zero
from theory.certificates import ALGEBRA, PARITY, Measured, Vanishing, within
from theory.elementary import Absolute, Sign
from theory.factors import separate, summands
from theory.multivariate import MultiFunction
from theory.reflections import Flip, killed, killed_for_all, reflections
from theory.summands import Index, Product, Ridge, ridge
from theory.tensor import tensor_coefficients

POLYNOMIAL, TERMS, QUADRATURE = "polynomial", "one-variable expansions", "tensor quadrature"
ACROSS_KINKS = "coefficients by quadrature across kinks: their bounds are estimates"
MOST_TERMS = 200


@dataclass(frozen=True)
class Support:
    """``nonzero`` and ``zeros`` for 1 ≤ |S| ≤ degree; for a polynomial what is in neither is zero as well.

    ``hidden(outer, inner)`` says whether c_S = 0 is proved for every S that equals ``outer`` on the variables
    outside ``inner`` and is anything on ``inner``.  ``estimate`` is set where kinks leave the bounds of a
    quadrature without proof.
    """

    method: str
    degree: int
    nonzero: Mapping[Index, Measured]
    zeros: Mapping[Index, Vanishing]
    hidden: Callable[[Index, frozenset[int]], bool]
    estimate: str = ""


def hermite_support(f: MultiFunction, degree: int = 8) -> Support:
    """The support of a target's Hermite expansion.

    >>> from theory.multivariate import multivariate
    >>> sorted(hermite_support(multivariate("z1 + z1**2*z2")).nonzero)
    [(0, 1), (1, 0), (2, 1)]
    """
    flips = reflections(f)
    polynomial = as_polynomial(f.expr, f.variables)
    if polynomial is not None:
        return _of_polynomial(polynomial, flips)
    terms = _terms(f, degree)
    return _of_quadrature(f, degree, flips) if terms is None else _of_terms(f, terms, degree, flips)


def indices(r: int, degree: int) -> list[Index]:
    """All S with 1 ≤ |S| ≤ degree, by |S|.

    >>> indices(2, 1)
    [(1, 0), (0, 1)]
    """
    return [S for total in range(1, degree + 1) for S in _compositions(r, total)]


def _compositions(r: int, total: int) -> Iterator[Index]:
    if r == 1:
        yield (total,)
        return
    for first in range(total, -1, -1):
        for rest in _compositions(r - 1, total - first):
            yield (first, *rest)


def _of_polynomial(polynomial: sympy.Poly, flips: list[Flip]) -> Support:
    total: dict[Index, sympy.Expr] = {}
    for powers, coefficient in polynomial.terms():
        for S in itertools.product(*(range(n % 2, n + 1, 2) for n in powers)):
            weight = math.prod(_hermite_of_power(n, s) for n, s in zip(powers, S, strict=True))
            total[S] = total.get(S, sympy.Integer(0)) + coefficient * weight
    nonzero = {S: _measured(c) for S, c in total.items() if any(S) and not is_zero(c)}
    degree = polynomial.total_degree()
    lowest = min((sum(S) for S in nonzero), default=0)
    zeros = {
        S: Vanishing(sum(S), PARITY if killed(S, flips) else ALGEBRA)
        for S in indices(len(polynomial.gens), lowest)
        if S not in nonzero
    }

    def hidden(outer: Index, inner: frozenset[int]) -> bool:
        return not any(all(S[i] == s for i, s in enumerate(outer) if i not in inner) for S in nonzero)

    return Support(POLYNOMIAL, degree, nonzero, zeros, hidden)


def _hermite_of_power(n: int, s: int) -> int:
    """The coefficient of He_s in z^n, n − s even."""
    j = (n - s) // 2
    return math.factorial(n) // (2**j * math.factorial(j) * math.factorial(s))


def _measured(c: sympy.Expr) -> Measured:
    value = float(c.evalf(25))
    return Measured(value, 2.3e-16 * abs(value), str(c))


def _terms(f: MultiFunction, degree: int) -> list[Product | Ridge] | None:
    """The target as products and ridges; None if a summand is neither, or is refused on its own."""
    found: list[Product | Ridge] = []
    with suppress(ValueError):
        whole = ridge(f.expr, f.variables, degree)
        if whole is not None:
            return [whole]
        parts = summands(f.expr)
        for part in parts[:MOST_TERMS]:
            separated = separate(part, f.variables)
            term = ridge(part, f.variables, degree) if separated is None else Product.of(*separated, degree)
            if term is None:
                return None
            found.append(term)
        return found if len(found) == len(parts) else None
    return None


def _of_terms(f: MultiFunction, terms: list[Product | Ridge], degree: int, flips: list[Flip]) -> Support:
    nonzero, zeros = dict[Index, Measured](), dict[Index, Vanishing]()
    for S in indices(len(f.variables), degree):
        if killed(S, flips):
            zeros[S] = Vanishing(sum(S), PARITY)
            continue
        c = _sum_of_terms(terms, S)
        if c.nonzero:
            nonzero[S] = c
        elif c.exact is not None:
            zeros[S] = Vanishing(sum(S), ALGEBRA)
        else:
            zeros[S] = within(sum(S), abs(c.value) + c.bound)

    def hidden(outer: Index, inner: frozenset[int]) -> bool:
        return killed_for_all(outer, inner, flips) or all(term.vanishes(outer, inner) for term in terms)

    return Support(TERMS, degree, nonzero, zeros, hidden)


def _sum_of_terms(terms: list[Product | Ridge], S: Index) -> Measured:
    """c_S, exact where every term is."""
    parts = [term.coefficient(S) for term in terms if not term.vanishes(S, frozenset())]
    value, bound = sum(part[0] for part in parts), sum(part[1] for part in parts)
    known = [part[2] for part in parts if part[2] is not None]
    exact = sympy.Add(*known) if len(known) == len(parts) else None
    if abs(value) > 10 * bound:
        return Measured(value, bound, None if exact is None else str(exact))
    return Measured(value, bound, "0" if exact is not None and is_zero(exact) else None)


def _of_quadrature(f: MultiFunction, degree: int, flips: list[Flip]) -> Support:
    values, bound = tensor_coefficients(f, degree)
    nonzero, zeros = dict[Index, Measured](), dict[Index, Vanishing]()
    for S in indices(len(f.variables), degree):
        norm = math.sqrt(math.prod(math.factorial(s) for s in S))
        c = Measured(float(values[S]) / norm, bound / norm)
        if killed(S, flips):
            zeros[S] = Vanishing(sum(S), PARITY)
        elif abs(c.value) > c.bound:
            nonzero[S] = c
        else:
            zeros[S] = within(sum(S), abs(c.value) + c.bound)
    estimate = ACROSS_KINKS if f.expr.has(Sign, Absolute) else ""
    return Support(QUADRATURE, degree, nonzero, zeros, lambda S, inner: killed_for_all(S, inner, flips), estimate)
