"""Transformations T of the label that may show E[T(y) He_k(z)] ≠ 0.

The family is T(y) = y and sin, cos of t y/s for a few t, s the spread of the label: bounded where y is not, and as
smooth as the target, so that the quadrature keeps its accuracy.  One member with |E[T(y) He_k(z)]| beyond its bound
proves that the generative exponent is at most k.  None proves nothing: that the whole family gives zero, for
all t, would be the statement that the signed measure E[He_k(z) 1(y ∈ ·)] vanishes, by its Fourier transform.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from theory.certificates import Measured
from theory.functions import RealFunction
from theory.gaussian_mean import gaussian_mean
from theory.quadrature import Array, fine_normal_rule
from theory.rounding import rounding

Y = sympy.Symbol("y", real=True)
SAFETY = 4  # for a rounding that is known at some points
FREQUENCIES = (sympy.Rational(1, 2), sympy.Integer(1), sympy.Integer(2), sympy.Integer(4))


@dataclass(frozen=True)
class Witness:
    """T as a text in ``y`` and E[T(y) He_k(z)]."""

    transformation: str
    mean: Measured


def family(f: RealFunction) -> list[sympy.Expr]:
    """T(y) for the target f."""
    s = _spread(f)
    waves = [wave(t * Y / s) for t in FREQUENCIES for wave in (sympy.sin, sympy.cos)]
    return [Y, *waves]


def best_witness(f: RealFunction, k: int) -> tuple[Witness | None, float]:
    """The member whose mean stands out most from its bound, None if none does; and the largest |mean| + bound."""
    transformations = family(f)
    compiled = [sympy.lambdify(Y, T, "numpy") for T in transformations]

    def integrand(z: Array) -> Array:
        y, he = f(z), _hermite(k, z)
        return np.array([T(y) * he for T in compiled])

    means, bounds = gaussian_mean(integrand, f.kinks)
    # T(y) is off by |T'| times the rounding of y: a wave faster than that sees noise
    noise = rounding(f)
    bounds = bounds + SAFETY * noise.mean(_hermite(k, noise.z)) * np.array([_steepness(T) for T in transformations])
    found = [
        Witness(str(T), Measured(float(m), float(b))) for T, m, b in zip(transformations, means, bounds, strict=True)
    ]
    strong = [w for w in found if w.mean.nonzero]
    ceiling = max(abs(w.mean.value) + w.mean.bound for w in found)
    # the largest mean rather than the smallest bound: easier to confirm elsewhere
    return max(strong, key=lambda w: abs(w.mean.value), default=None), ceiling


def _steepness(T: sympy.Expr) -> float:
    """max |T'|: the frequency of a wave, 1 for y itself."""
    return 1.0 if T == Y else float(T.args[0].coeff(Y))


def _hermite(k: int, z: Array) -> Array:
    previous, current = np.zeros_like(z), np.ones_like(z)
    for j in range(k):
        previous, current = current, z * current - j * previous
    return current


def _spread(f: RealFunction) -> sympy.Rational:
    """Half the distance between the 10 % and 90 % quantiles of y, to two digits; its mean size if that is 0."""
    z, w = fine_normal_rule(f.kinks)
    y = f(z)
    order = np.argsort(y)
    below = np.cumsum(w[order])
    low, high = (y[order][np.searchsorted(below, level)] for level in (0.1, 0.9))
    spread = (high - low) / 2 or float(w @ np.abs(y)) or 1.0
    return sympy.Rational(f"{spread:.1e}")
