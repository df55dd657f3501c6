"""Leap complexity of a target of several variables.

With 𝒮 the set of S ≠ 0 with c_S ≠ 0,

    Leap = min over orderings S¹, S², … of 𝒮 of  max_j  Σ_i S^j_i 1(S^l_i = 0 for all l < j)

the largest degree in new variables that must be seen at once (Abbe, Boix-Adserà & Misiakiewicz, COLT 2023, the
definition for Gaussian inputs; the sample complexity of stochastic gradient descent is conjectured there to be
d^{max(Leap, 2)}).  It depends on the axes; their isoLeap is its largest value over rotations of them and is not
computed here.  In one variable the leap is the information exponent.

The smallest next step is always optimal: a variable once seen only lowers later steps.  So the leap is the largest
step of the greedy order, and it can be read off any part of 𝒮 that covers all variables — from above.  From
below it is certified if with V, the variables reachable by steps below the leap, every S whose degree outside V is
between 1 and Leap − 1 has c_S = 0 by parity or algebra.
"""

from __future__ import annotations

from dataclasses import dataclass

from theory.certificates import Measured
from theory.multivariate import MultiFunction, multivariate
from theory.summands import Index
from theory.support import POLYNOMIAL, Support, hermite_support, indices


@dataclass(frozen=True)
class Step:
    """S, its degree in new variables, their names, and c_S."""

    index: Index
    new_degree: int
    covers: tuple[str, ...]
    coefficient: Measured


@dataclass(frozen=True)
class Leap:
    """``certified``: proved from below as well; else ``remark`` says what is missing."""

    value: int | None
    steps: tuple[Step, ...]
    certified: bool
    method: str
    remark: str


def leap(f: str | MultiFunction, degree: int = 8) -> Leap:
    """The leap, from coefficients of total degree up to ``degree`` (all, for a polynomial).

    >>> [leap(text).value for text in ("sign(z1*z2*z3)", "z1 + z1*z2 + z1*z2*z3", "He(2, z1) + z1*He(3, z2)")]
    [3, 1, 3]
    """
    real = f if isinstance(f, MultiFunction) else multivariate(f)
    return leap_of_support(real, hermite_support(real, degree))


def leap_of_support(f: MultiFunction, support: Support) -> Leap:
    """The same from a support already computed."""
    names = [str(z) for z in f.variables]
    wanted = {i for i, z in enumerate(f.variables) if f.expr.has(z)}
    if support.method == POLYNOMIAL:
        wanted = {i for S in support.nonzero for i, s in enumerate(S) if s}
    if not wanted:
        return Leap(None, (), True, support.method, "the target is constant: there is nothing to leap to")
    steps = greedy(support, wanted, names)
    covered = {name for step in steps for name in step.covers}
    missing = [names[i] for i in sorted(wanted) if names[i] not in covered]
    if missing:
        remark = (
            f"no non-zero coefficient up to degree {support.degree} contains {', '.join(missing)}; give a higher one"
        )
        return Leap(None, tuple(steps), False, support.method, remark)
    value = max(step.new_degree for step in steps)
    open_index = unproved(support, steps, value, names)
    remark = ""
    if open_index is not None:
        remark = f"an upper bound: the coefficients of {open_index} in new variables are not proved to vanish"
    remark = remark or support.estimate
    return Leap(value, tuple(steps), remark == "", support.method, remark)


def greedy(support: Support, wanted: set[int], names: list[str]) -> list[Step]:
    """The steps of the order that always takes the smallest new degree."""
    seen: set[int] = set()
    steps: list[Step] = []
    while wanted - seen:
        reachable = [(_new_degree(S, seen), sum(S), S) for S in support.nonzero if _new_degree(S, seen)]
        if not reachable:
            break
        new, _, S = min(reachable)
        fresh = [i for i, s in enumerate(S) if s and i not in seen]
        steps.append(Step(S, new, tuple(names[i] for i in fresh), support.nonzero[S]))
        seen.update(fresh)
    return steps


def _new_degree(S: Index, seen: set[int]) -> int:
    return sum(s for i, s in enumerate(S) if i not in seen)


def unproved(support: Support, steps: list[Step], value: int, names: list[str]) -> str | None:
    """A monomial of new variables of degree below ``value`` that is not proved absent; None if all are."""
    if support.method == POLYNOMIAL:
        return None
    before = next(j for j, step in enumerate(steps) if step.new_degree == value)
    inner = frozenset(names.index(name) for step in steps[:before] for name in step.covers)
    for outer in indices(len(names), value - 1):
        if any(outer[i] for i in inner):
            continue
        proved = support.hidden(outer, inner)
        if not inner and not proved:
            proved = outer in support.zeros and support.zeros[outer].exact
        if not proved:
            return " ".join(f"{name}^{s}" for name, s in zip(names, outer, strict=True) if s)
    return None
