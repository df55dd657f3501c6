"""Zeros by parity: reflections z_i → −z_i, i ∈ F, under which a target is visibly even or odd.

σ*(reflected z) = ± σ*(z) forces c_S = 0 wherever (−1)^{Σ_{i ∈ F} S_i} is the other sign.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from theory.algebra import reflected_sign
from theory.multivariate import MultiFunction
from theory.summands import Index

Flip = tuple[tuple[int, ...], int]  # the reflected variables, and +1 for even or −1 for odd


def reflections(f: MultiFunction) -> list[Flip]:
    """The reflections under which σ*, less its additive constant, is visibly even or odd."""
    expr = f.expr.as_independent(*f.variables, as_Add=True)[1]
    found: list[Flip] = []
    for mask in itertools.product((0, 1), repeat=len(f.variables)):
        flipped = tuple(i for i, bit in enumerate(mask) if bit)
        sign = reflected_sign(expr, [f.variables[i] for i in flipped]) if flipped else 0
        if sign:
            found.append((flipped, sign))
    return found


def killed(S: Index, flips: Sequence[Flip]) -> bool:
    """Whether a reflection forces c_S = 0."""
    return any((-1) ** sum(S[i] for i in flipped) != sign for flipped, sign in flips)


def killed_for_all(outer: Index, inner: frozenset[int], flips: Sequence[Flip]) -> bool:
    """The same for every S that equals ``outer`` off ``inner``: only parities matter."""
    choices = [(0, 1) if i in inner else (s,) for i, s in enumerate(outer)]
    return all(killed(S, flips) for S in itertools.product(*choices))
