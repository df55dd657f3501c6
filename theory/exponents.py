"""The door: all exponents of one target, each with its certificate.

information exponent   lowest order that correlates with y             theory/information.py
generative exponent    lowest order that correlates with some T(y)      theory/generative.py
leap                   largest unavoidable jump over several variables   theory/leap.py
batch-reuse index J    from which term a reused batch reveals β*         theory/batch_reuse.py
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from theory.batch_reuse import BatchReuseIndex, ReuseCondition, batch_reuse_index, reuse_condition
from theory.count import Exponent
from theory.functions import function
from theory.generative import GenerativeExponent, generative_exponent
from theory.hermite import MOST_DEGREE
from theory.information import InformationExponent, certified_information_exponent
from theory.leap import Leap, Step, leap_of_support
from theory.multi_information import information_exponent_of_support
from theory.multivariate import is_multivariate, multivariate
from theory.reuse_weight import ReuseWeight, reuse_weight
from theory.support import hermite_support

ONE_DEGREE, MULTI_DEGREE = 20, 8
MOST_MULTI_DEGREE = 12


@dataclass(frozen=True)
class Exponents:
    """Certificates; None where the quantity is not defined for the target or was not asked for."""

    target: str
    variables: tuple[str, ...]
    information: InformationExponent
    generative: GenerativeExponent | None
    leap: Leap
    batch_reuse: BatchReuseIndex | None
    condition: ReuseCondition | None
    weight: ReuseWeight | None


def exponents(
    target: str,
    *,
    activation: str | None = None,
    alpha1: Exponent | None = None,
    alpha2: Exponent | None = None,
    noise: float | str | Fraction = 0,
    degree: int | None = None,
) -> Exponents:
    """Every exponent of a target in z, or in z1 … z4.

    ``activation`` adds the weight of term J, ``alpha1`` with ``alpha2`` the condition ⌊ρ⌋ ≥ J; ``noise`` (σ_ε) enters
    J only, and ``degree`` bounds the search (20; 8 for several variables, where all |S| ≤ degree are needed).

    >>> found = exponents("He(3, z)", activation="tanh", alpha1="7/20", alpha2="9/20")
    >>> found.information.value, found.generative.value, found.batch_reuse.value, found.condition.holds
    (3, 1, 2, True)
    """
    if (alpha1 is None) != (alpha2 is None):
        raise ValueError("alpha1 and alpha2 come together: give both, as in 7/20 and 9/20, or neither")
    if is_multivariate(target):
        if activation is not None or alpha1 is not None or noise:
            raise ValueError("activation, alpha1, alpha2 and noise concern the batch-reuse index: give a target in z")
        return _of_several(target, _degree(degree, MULTI_DEGREE, MOST_MULTI_DEGREE))
    highest = _degree(degree, ONE_DEGREE, MOST_DEGREE)
    real = function(target)
    information = certified_information_exponent(real, highest)
    J = batch_reuse_index(real, noise)
    return Exponents(
        target,
        ("z",),
        information,
        generative_exponent(real),
        _leap_of_one(information),
        J,
        None if alpha1 is None or alpha2 is None else reuse_condition(J, alpha1, alpha2),
        None if activation is None or J.value is None else reuse_weight(activation, J.value),
    )


def _leap_of_one(information: InformationExponent) -> Leap:
    k, c = information.value, information.coefficient
    steps = () if k is None or c is None else (Step((k,), k, ("z",), c),)
    return Leap(k, steps, information.certified, "one variable: the information exponent", information.remark)


def _of_several(target: str, degree: int) -> Exponents:
    f = multivariate(target)
    support = hermite_support(f, degree)
    information = information_exponent_of_support(f, support)
    names = tuple(str(z) for z in f.variables)
    return Exponents(target, names, information, None, leap_of_support(f, support), None, None, None)


def _degree(degree: int | None, default: int, most: int) -> int:
    if degree is None:
        return default
    if isinstance(degree, bool) or not isinstance(degree, int) or not 1 <= degree <= most:
        raise ValueError(f"degree = {degree!r} is not accepted: give a whole number from 1 to {most}")
    return degree
