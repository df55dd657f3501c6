"""Summands of a target of several variables whose Hermite coefficients follow from one-variable expansions.

    product   c Π_i f_i(z_i)      c_S = c Π_i c_{S_i}(f_i)
    ridge     g(⟨u, z⟩), ‖u‖ = 1   c_S = c_k(g) (k!/Π_i S_i!) Π_i u_i^{S_i},   k = |S|

the second from He_k(⟨u, z⟩) = Σ_{|S| = k} (k!/S!) u^S Π_i He_{S_i}(z_i).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import sympy

from theory.elementary import Z
from theory.functions import admit
from theory.hermite import HermiteExpansion, hermite_coefficients

Index = tuple[int, ...]
Value = tuple[float, float, sympy.Expr | None]  # value, bound, exact or None


@dataclass(frozen=True)
class Product:
    """``tables``: the expansion of the factor in each variable that occurs, by its number."""

    constant: sympy.Expr
    tables: dict[int, HermiteExpansion]

    @classmethod
    def of(cls, constant: sympy.Expr, factors: dict[int, sympy.Expr], degree: int) -> Product:
        """The factors are expressions in Z; ValueError if one alone is not admitted."""
        return cls(constant, {i: hermite_coefficients(admit(str(f), f), degree) for i, f in factors.items()})

    def coefficient(self, S: Index) -> Value:
        value, slack, exact = float(self.constant), 0.0, self.constant
        for i, table in self.tables.items():
            c = table[S[i]]
            slack = slack * (abs(c.value) + c.error_bound) + abs(value) * c.error_bound
            value *= c.value
            exact = None if exact is None or c.exact is None else exact * c.exact
        return value, slack + 1e-15 * abs(value), exact

    def vanishes(self, outer: Index, inner: frozenset[int]) -> bool:
        """Whether c_S = 0 exactly for every S that equals ``outer`` off ``inner``."""
        return any(self._zero(i, s) for i, s in enumerate(outer) if i not in inner)

    def _zero(self, i: int, s: int) -> bool:
        return s > 0 if i not in self.tables else self.tables[i][s].exact == 0


@dataclass(frozen=True)
class Ridge:
    """``table`` expands g; ``direction`` is u."""

    direction: tuple[sympy.Expr, ...]
    table: HermiteExpansion

    def coefficient(self, S: Index) -> Value:
        c = self.table[sum(S)]
        ways = math.factorial(sum(S)) // math.prod(math.factorial(s) for s in S)
        weight = ways * sympy.Mul(*[u**s for u, s in zip(self.direction, S, strict=True)])
        number = float(weight)
        exact = None if c.exact is None else c.exact * weight
        return c.value * number, c.error_bound * abs(number) + 1e-15 * abs(c.value * number), exact

    def vanishes(self, outer: Index, inner: frozenset[int]) -> bool:
        missing = any(s and self.direction[i] == 0 for i, s in enumerate(outer) if i not in inner)
        return missing or (not inner and self.table[sum(outer)].exact == 0)


def ridge(expr: sympy.Expr, variables: Sequence[sympy.Symbol], degree: int) -> Ridge | None:
    """The expression as a function of one linear form; None if it is not visibly one.

    >>> z1, z2 = sympy.symbols("z1 z2", real=True)
    >>> ridge(sympy.tanh(3 * z1 + 4 * z2), (z1, z2), 3).direction
    (3/5, 4/5)
    >>> ridge(z1 * sympy.tanh(z1 + z2), (z1, z2), 3) is None
    True
    """
    form = next((u for u in sympy.preorder_traversal(expr) if _linear(u, variables)), None)
    if form is None:
        return None
    slopes = [sympy.diff(form, z) for z in variables]
    length = sympy.sqrt(sum(slope**2 for slope in slopes))
    t, rest = sympy.Dummy("t", real=True), sympy.symbols(f"w:{len(variables)}", real=True, cls=sympy.Dummy)
    lead = next(i for i, slope in enumerate(slopes) if slope != 0)
    # z_lead from t = ⟨slopes, z⟩ and the other variables: these must drop out
    others = sum(slope * w for i, (slope, w) in enumerate(zip(slopes, rest, strict=True)) if i != lead)
    images = {z: w for i, (z, w) in enumerate(zip(variables, rest, strict=True)) if i != lead}
    written = expr.subs({**images, variables[lead]: (t - others) / slopes[lead]}, simultaneous=True)
    written = sympy.expand(written)
    if written.free_symbols - {t}:
        return None
    g = written.subs(t, length * Z)
    return Ridge(tuple(slope / length for slope in slopes), hermite_coefficients(admit(str(g), g), degree))


def _linear(u: sympy.Expr, variables: Sequence[sympy.Symbol]) -> bool:
    """A linear form, with or without a constant, of at least two variables."""
    return len(u.free_symbols) > 1 and u.is_polynomial(*variables) and sympy.Poly(u, *variables).total_degree() == 1
