"""Information exponent of a target of several variables: the lowest |S| ≥ 1 with c_S ≠ 0."""

from __future__ import annotations

from theory.certificates import ALGEBRA, Vanishing
from theory.information import CONSTANT, InformationExponent
from theory.multivariate import MultiFunction
from theory.support import Support


def information_exponent_of_support(f: MultiFunction, support: Support) -> InformationExponent:
    """One `Vanishing` an order, with the weakest reason of its coefficients.

    >>> from theory.multivariate import multivariate
    >>> from theory.support import hermite_support
    >>> f = multivariate("sign(z1*z2*z3)")
    >>> information_exponent_of_support(f, hermite_support(f)).value
    3
    """
    if not support.nonzero and support.degree == 0:
        return InformationExponent(None, None, (), CONSTANT)
    lowest = min((sum(S) for S in support.nonzero), default=None)
    below = support.degree if lowest is None else lowest - 1
    zeros = tuple(_weakest(k, support) for k in range(1, below + 1))
    if lowest is None:
        remark = f"no non-zero coefficient from 1 to {support.degree}; not certified beyond: give a higher degree"
        return InformationExponent(None, None, zeros, remark)
    candidates = [c for S, c in support.nonzero.items() if sum(S) == lowest]
    return InformationExponent(lowest, max(candidates, key=lambda c: abs(c.value)), zeros, support.estimate)


def _weakest(k: int, support: Support) -> Vanishing:
    def weakness(zero: Vanishing) -> tuple[bool, float, bool]:
        return (not zero.exact, zero.bound, zero.reason == ALGEBRA)

    return max((zero for zero in support.zeros.values() if zero.order == k), key=weakness)
