"""Hermite coefficients of functions of several independent Gaussians z1 … zr, r ≤ 4.

    f = Σ_κ c_κ He_{κ1}(z1) ⋯ He_{κr}(zr),      c_κ = E[f Π He_{κi}(zi)] / Π κi!

Term by term (`theory.separation`): a product of functions of one variable each gives products of one-variable
coefficients; a function g of a linear form gives, with s = |a| and h(t) = g(st + b),

    E[g(a·z + b) Π He_{κi}(zi)] = E[h He_{|κ|}] Π (ai/s)^{κi};

both are exact where one-variable coefficients are.  What is left and smooth goes to tensor Gauss–Hermite rules of
two orders, whose difference is the bound; what is left with kinks across the axes is refused.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import sympy

from theory.expressions import parse_variables
from theory.hermite import EPS
from theory.numerals import evaluate
from theory.separation import Moment, term_moments, terms

MOST_VARIABLES, MOST_DEGREE = 4, 12
Index = tuple[int, ...]


@dataclass(frozen=True)
class TensorCoefficient:
    """c_κ: ``exact`` is a SymPy expression or None; |true c_κ − value| ≤ error_bound."""

    index: Index
    exact: sympy.Expr | None
    value: float
    error_bound: float

    @property
    def orthonormal(self) -> float:
        """√(κ1! ⋯ κr!) c_κ, the coefficient of Π He_{κi}/√κi!."""
        return math.sqrt(math.prod(map(math.factorial, self.index))) * self.value

    @property
    def vanishes(self) -> bool:
        """Zero exactly, or within the error bound."""
        return self.exact == 0 or abs(self.value) <= self.error_bound


@dataclass(frozen=True)
class HermiteTensor:
    """All c_κ with |κ| ≤ degree, by multi-index."""

    expression: str
    variables: tuple[str, ...]
    degree: int
    coefficients: dict[Index, TensorCoefficient]

    def __getitem__(self, index: Index) -> TensorCoefficient:
        return self.coefficients[index]

    def of_degree(self, k: int) -> dict[Index, TensorCoefficient]:
        """The entries of the k-th Hermite tensor."""
        return {index: c for index, c in self.coefficients.items() if sum(index) == k}


def multi_indices(variables: int, degree: int) -> list[Index]:
    """All κ with |κ| ≤ degree, by degree and then lexicographically, first variable first.

    >>> multi_indices(2, 1)
    [(0, 0), (1, 0), (0, 1)]
    """
    everything = itertools.product(range(degree + 1), repeat=variables)
    return sorted((k for k in everything if sum(k) <= degree), key=lambda k: (sum(k), tuple(-j for j in k)))


def tensor_coefficients(text: str, variables: tuple[str, ...], degree: int = 4) -> HermiteTensor:
    """The coefficients of an expression in the named variables, up to a total degree.

    >>> tensor_coefficients("sign(z1*z2*z3)", ("z1", "z2", "z3"), 3)[1, 1, 1].exact
    2*sqrt(2)/pi**(3/2)
    """
    if not 1 <= len(variables) <= MOST_VARIABLES or len(set(variables)) != len(variables):
        raise ValueError(f"{len(variables)} variables came: give one to {MOST_VARIABLES} different names")
    if isinstance(degree, bool) or not isinstance(degree, int) or not 0 <= degree <= MOST_DEGREE:
        raise ValueError(f"degree = {degree!r} is not accepted: give a whole number from 0 to {MOST_DEGREE}")
    symbols = tuple(sympy.Symbol(name, real=True) for name in variables)
    indices = multi_indices(len(variables), degree)
    total = dict.fromkeys(indices, Moment(sympy.Integer(0), 0.0, 0.0))
    for term in terms(parse_variables(text, variables)):
        moments = term_moments(term, symbols, degree, text)
        total = {index: total[index].plus(moments[index]) for index in indices}
    return HermiteTensor(text, variables, degree, {index: _coefficient(index, total[index]) for index in indices})


def _coefficient(index: Index, moment: Moment) -> TensorCoefficient:
    norm = math.prod(map(math.factorial, index))
    if moment.exact is None:
        return TensorCoefficient(index, None, moment.value / norm, moment.error / norm)
    exact = sympy.expand(moment.exact / norm)
    if exact.is_Add and exact.equals(0):
        exact = sympy.Integer(0)
    value, error = (float(x) for x in evaluate(exact, 20))
    return TensorCoefficient(index, exact, value, max(error, EPS * abs(value)))
