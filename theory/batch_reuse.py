"""When a reused batch reveals β*: the index J and its condition on the step sizes.

With reuse, ⟨β1, x_j⟩ contains φ y_j, so that term k of the second step (`theory.count`) is weighted by y^{k+1}, and
its right vector has a part along β* from

    J = min{ j ≥ 1 : E[z y^{j+1}] ≠ 0 },      z = ⟨β*, x⟩,   y = σ*(z) + ε

on (derived for this project; docs/theory.md).  The direction is learned iff ⌊ρ⌋ ≥ J, ρ = α2/(1/2 − α1), that is iff
α2 ≥ J (1/2 − α1), and the weight of `theory.reuse_weight` does not vanish.  Noise mixes in lower powers,

    E[z y^m] = Σ_{i even} C(m, i) σ_ε^i (i − 1)!! E[z σ*^{m−i}].

J = ∞ if E[z | y] = 0, that is if the generative exponent is above 1: every even target.  A noiseless polynomial that
is not even has a finite J: for odd degree and even j, z f^{j+1} has one sign outside a compact set; for even degree
E[z f^m] = E[z (f(z)^m − f(−z)^m) 1(z > 0)], whose integrand has one sign for large z; and with m the tails
outgrow C^m, which bounds the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import sympy

from theory.algebra import is_zero, visible_parity
from theory.certificates import ALGEBRA, PARITY, Measured, Vanishing, within
from theory.count import Exponent, outlier_count
from theory.functions import RealFunction, function
from theory.generative import generative_exponent
from theory.powers import Moment, moment_with_z

HIGHEST = 10
INFINITE = "infinite: E[z | y] = 0 exactly, so E[z y^m] = 0 for every m"


@dataclass(frozen=True)
class BatchReuseIndex:
    """``moment`` is E[z y^{value+1}]; ``zeros`` says for each lower j why E[z y^{j+1}] = 0."""

    value: int | None
    moment: Measured | None
    zeros: tuple[Vanishing, ...]
    remark: str

    @property
    def certified(self) -> bool:
        return self.remark in ("", INFINITE) and all(zero.exact for zero in self.zeros)


@dataclass(frozen=True)
class ReuseCondition:
    """⌊ρ⌋ ≥ J in the exponents; ``holds`` is None where J is unknown."""

    text: str
    ratio: Fraction | None
    floor: int
    holds: bool | None


def batch_reuse_index(
    f: str | RealFunction, noise: float | str | Fraction = 0, highest: int = HIGHEST
) -> BatchReuseIndex:
    """J, looked for up to ``highest``; a decimal noise is read exactly, 0.3 as 3/10.

    >>> [batch_reuse_index(text).value for text in ("He(2, z) + He(3, z)", "He(3, z)", "He(4, z)")]
    [1, 2, None]
    """
    real = f if isinstance(f, RealFunction) else function(f)
    sigma = exact_noise(noise)
    generative = generative_exponent(real)
    if generative.value != 1 and (not generative.zeros or generative.zeros[0].exact):
        return BatchReuseIndex(None, None, (), INFINITE)
    odd = visible_parity(real.expr) == "odd"
    zeros: list[Vanishing] = []
    for j in range(1, highest + 1):
        if odd and j % 2:
            zeros.append(Vanishing(j, PARITY))
            continue
        moment = _with_noise(real, j + 1, sigma)
        if moment is None:
            remark = f"E|y|^{j + 1} is infinite: the index is not defined beyond j = {j - 1}"
            return BatchReuseIndex(None, None, tuple(zeros), remark)
        zero = _vanishing(j, moment)
        if zero is None:
            exact = None if moment.exact is None else str(moment.exact)
            return BatchReuseIndex(j, Measured(moment.value, moment.bound, exact), tuple(zeros), "")
        zeros.append(zero)
    return BatchReuseIndex(None, None, tuple(zeros), f"nothing found from 1 to {highest}: not certified beyond")


def exact_noise(noise: float | str | Fraction) -> sympy.Rational:
    """σ_ε as a rational, at least 0."""
    text = str(noise)
    # a text with an exponent, such as 1e999999999, would fill the memory with digits
    readable = len(text) <= 40 and ("e" not in text.lower() or isinstance(noise, float))
    try:
        exact = sympy.Rational(text) if readable else None
    except (TypeError, ValueError, ZeroDivisionError):
        exact = None
    if isinstance(noise, bool) or exact is None or not exact.is_finite or not 0 <= exact <= 10**6:
        raise ValueError(
            f"noise = {noise!r} is not accepted: give a finite standard deviation, at least 0, as in 0.3"
        )
    return exact


def reuse_condition(J: BatchReuseIndex, alpha1: Exponent, alpha2: Exponent) -> ReuseCondition:
    """Whether the step sizes N^α1, N^α2 reach term J, in rationals.

    >>> reuse_condition(batch_reuse_index("He(3, z)"), 0.35, 0.45).holds
    True
    """
    count = outlier_count(alpha1, alpha2)
    if J.value is None:
        infinite = J.remark == INFINITE
        text = "never: J is infinite" if infinite else "unknown: J was not found"
        return ReuseCondition(text, count.ratio, count.floor, False if infinite else None)
    text = f"α2 ≥ {J.value} (1/2 − α1)" if J.value > 1 else "α2 ≥ 1/2 − α1"
    return ReuseCondition(text, count.ratio, count.floor, count.floor >= J.value)


def _with_noise(f: RealFunction, m: int, sigma: sympy.Rational) -> Moment | None:
    """E[z (f + ε)^m]."""
    exact: sympy.Expr | None = sympy.Integer(0)
    value = bound = 0.0
    for i in range(0, m + 1 if sigma else 1, 2):
        moment = moment_with_z(f, m - i)
        if moment is None:
            return None
        weight = math.comb(m, i) * sigma**i * math.prod(range(1, i, 2))
        exact = None if exact is None or moment.exact is None else sympy.expand(exact + weight * moment.exact)
        value += float(weight) * moment.value
        bound += float(weight) * moment.bound
    return Moment(None, value, bound) if exact is None else Moment.of(exact)


def _vanishing(j: int, moment: Moment) -> Vanishing | None:
    zero = None if moment.exact is None else is_zero(moment.exact)
    if zero is True:
        return Vanishing(j, ALGEBRA)
    if zero is False or abs(moment.value) > 10 * moment.bound:
        return None
    return within(j, abs(moment.value) + moment.bound)
