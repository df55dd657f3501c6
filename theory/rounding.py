"""What float64 makes of a function: its values beside those of mpmath with fifty digits.

The points cover [−38, 38], beyond which N(0, 1) has no mass that a double could hold, and both sides of each kink.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import mpmath
import numpy as np
import sympy

from theory.elementary import Z
from theory.functions import MPMATH, RealFunction
from theory.quadrature import Array

DIGITS, EQUAL = 50, 40
SPACING = 0.25
EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Rounding:
    """``error`` of float64 at the points ``z``, at least two units in the last place; ``constant``: the same value,
    to forty digits, at all of them."""

    z: Array
    error: Array
    constant: bool

    def mean(self, weights: Array) -> float:
        """E[error · |weights|] under N(0, 1), ``weights`` at the points: an estimate."""
        density = np.exp(-(self.z**2) / 2) / np.sqrt(2 * np.pi)
        return float(np.sum(SPACING * density * self.error * np.abs(weights)))


@lru_cache(maxsize=64)
def rounding(f: RealFunction) -> Rounding:
    """Compare f in two precisions.

    >>> from theory.functions import function
    >>> rounding(function("tanh(z) - sinh(z)/cosh(z)")).constant, rounding(function("tanh")).constant
    (True, False)
    """
    sides = [kink + side * 0.1 for kink in f.kinks for side in (-1, 1)]
    z = np.concatenate([np.arange(-38, 38.01, SPACING) + 0.0123, sides])
    value = sympy.lambdify(Z, f.expr, modules=[MPMATH, "mpmath"])
    with mpmath.workdps(DIGITS):
        true = [mpmath.re(value(mpmath.mpf(float(x)))) for x in z]
        same = mpmath.mpf(10) ** -EQUAL
        constant = all(abs(y - true[0]) <= same * (1 + abs(true[0])) for y in true)
        seen = [float(x) for x in f(z)]
        error = [
            float(abs(mpmath.mpf(y) - t)) + 2 * EPS * abs(y) if np.isfinite(y) else np.inf
            for y, t in zip(seen, true, strict=True)
        ]
    # beyond |z| = 20 a target may overflow, which weighs nothing
    inside = (np.abs(z) <= 20) & np.isfinite(error)
    return Rounding(z[inside], np.array(error)[inside], constant)
