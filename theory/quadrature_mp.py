"""E[f(z) He_k(z)]/√k!, k = 0..K, in mpmath, each with an error bound: one pass over the nodes for all k.

Where f is analytic on the whole line, the trapezoidal rule converges geometrically.  Between kinks the tanh-sinh
rule does, whatever happens at the ends; the line is then cut at the kinks (to working precision), at the even
numbers, and at ±R, where what is left is below the last digit.  Either way a step halved doubles the number of
right digits, so the change from h to h/2 bounds the error at h/2 safely — unless f has a feature so narrow that
both steps miss it, below 1/32.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import lru_cache

import mpmath
import sympy

from theory.elementary import Z
from theory.functions import MPMATH, RealFunction
from theory.kinks import exact_kinks

GUARD = 15  # digits beyond those asked for
COARSE, FINEST = 5, 11  # steps h = 2^−j
Vector = list[mpmath.mpf]
Node = tuple[mpmath.mpf, mpmath.mpf]
# of a level, all or only those that the level before lacked
Nodes = Callable[[int, bool], Iterator[Node]]


def gaussian_moments(f: RealFunction, degree: int, asked: int, spare: int = 5) -> tuple[Vector, Vector]:
    """Orthonormal coefficients and their error bounds, 10^−(asked + spare) of ‖f‖; ValueError if out of reach."""
    digits = asked + spare
    with mpmath.workdps(digits + GUARD):
        evaluator = sympy.lambdify(Z, f.expr, modules=[MPMATH, "mpmath"])

        def integrand(z: mpmath.mpf) -> Vector:
            return _weighted(mpmath.mpf(evaluator(z)), z, degree)

        reach, tail = _reach(integrand, digits)
        kinks = [x for x in exact_kinks(f, digits + GUARD) if abs(x) < reach]
        pieces: list = [None]  # the whole line
        if kinks:
            even = (mpmath.mpf(j) for j in range(-int(reach), int(reach) + 1, 2))
            pieces = list(itertools.pairwise(sorted({*kinks, *even, -reach, reach})))
        size = _size(integrand, kinks)
        goal = mpmath.mpf(10) ** -digits * size / len(pieces)
        total, error = (
            [mpmath.mpf(0)] * (degree + 1),
            [tail + mpmath.mpf(10) ** (5 - digits - GUARD) * size] * (degree + 1),
        )
        for piece in pieces:
            nodes = _trapezoid_nodes(reach) if piece is None else _tanh_sinh_nodes(*piece)
            value, change = _converged(integrand, nodes, goal)
            if max(change) > goal:
                raise _out_of_reach(f.text, asked, max(change) / size, piece or (-reach, reach))
            total = [t + p for t, p in zip(total, value, strict=True)]
            error = [e + b for e, b in zip(error, change, strict=True)]
        return total, error


def _weighted(value: mpmath.mpf, z: mpmath.mpf, degree: int) -> Vector:
    """f(z) φ(z) He_k(z)/√k!, by the three-term recurrence."""
    row = [value * mpmath.npdf(z)]
    if degree:
        row.append(z * row[0])
    for k in range(1, degree):
        row.append((z * row[k] - mpmath.sqrt(k) * row[k - 1]) / mpmath.sqrt(k + 1))
    return row


def _reach(integrand: Callable[[mpmath.mpf], Vector], digits: int) -> tuple[mpmath.mpf, mpmath.mpf]:
    """R beyond which the integrand is below 10^−digits by ten orders, and a bound on what it leaves out."""
    size = {z: max(map(abs, integrand(mpmath.mpf(z)) + integrand(mpmath.mpf(-z)))) for z in _places(digits)}
    least = mpmath.mpf(10) ** -(digits + 10) * max(size.values())
    reach = max((z for z, value in size.items() if value > least), default=8) + 1
    beyond = sum((value for z, value in size.items() if z >= reach), mpmath.mpf(0))
    # from one integer to the next the integrand, under e^{−z²/4}, has fallen by far more than the factor 100
    return mpmath.mpf(reach), 100 * beyond


def _places(digits: int) -> range:
    """Integers as far as e^{−z²/4} is above the last digit, and some more."""
    return range(8, int(mpmath.sqrt(4 * (digits + 40) * mpmath.log(10))) + 8)


def _size(integrand: Callable[[mpmath.mpf], Vector], kinks: list) -> mpmath.mpf:
    places = [mpmath.mpf(j) / 7 for j in range(-56, 57)] + [x + mpmath.mpf(1) / 9 for x in kinks]
    return max(max(map(abs, integrand(z))) for z in places)


def _converged(integrand: Callable[[mpmath.mpf], Vector], nodes: Nodes, goal: mpmath.mpf) -> tuple[Vector, Vector]:
    """The integral with the step halved until that changes nothing, and the last change."""
    total = value = change = None
    for level in range(COARSE, FINEST + 1):
        rows = [[weight * v for v in integrand(z)] for z, weight in nodes(level, level > COARSE)]
        fresh = [mpmath.fsum(column) for column in zip(*rows, strict=True)]
        # the older nodes count half as much at the new step
        total = fresh if total is None else [t / 2 + s for t, s in zip(total, fresh, strict=True)]
        if value is not None:
            change = [abs(u - v) for u, v in zip(total, value, strict=True)]
            if max(change) <= goal:
                break
        value = total
    assert total is not None
    assert change is not None
    return total, change


def _trapezoid_nodes(reach: mpmath.mpf) -> Nodes:
    def nodes(level: int, fresh: bool) -> Iterator[Node]:
        h = mpmath.mpf(2) ** (2 - level)
        last = int(reach / h)
        return ((j * h, h) for j in range(-last, last + 1) if not fresh or j % 2)

    return nodes


def _tanh_sinh_nodes(low: mpmath.mpf, high: mpmath.mpf) -> Nodes:
    half, middle = (high - low) / 2, (high + low) / 2

    def nodes(level: int, fresh: bool) -> Iterator[Node]:
        return ((middle + half * x, half * w) for x, w in _unit_nodes(level, fresh, mpmath.mp.prec))

    return nodes


@lru_cache(maxsize=64)
def _unit_nodes(level: int, fresh: bool, precision: int) -> tuple[Node, ...]:
    """x = tanh(π/2 sinh t) and h dx/dt for t = jh."""
    h = mpmath.mpf(2) ** (3 - level)
    last = int(mpmath.asinh(2 / mpmath.pi * mpmath.atanh(1 - mpmath.eps)) / h)  # beyond, nodes are the ends
    found = []
    for t in (j * h for j in range(-last, last + 1) if not fresh or j % 2):
        u = mpmath.pi / 2 * mpmath.sinh(t)
        found.append((mpmath.tanh(u), h * mpmath.pi / 2 * mpmath.cosh(t) / mpmath.cosh(u) ** 2))
    return tuple(found)


def _out_of_reach(text: str, digits: int, change: mpmath.mpf, piece: tuple) -> ValueError:
    reached = max(int(-mpmath.log10(change)), 0)
    low, high = (mpmath.nstr(x, 6) for x in piece)
    return ValueError(
        f"{digits} digits of {text!r} are out of reach: between {low} and {high} the quadrature "
        f"gives about {reached}; ask for fewer digits or write the function more simply"
    )
