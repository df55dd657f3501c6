"""The weight in front of term J of a reused batch.

A reused sample sees itself through u = h + A φ y σ'(h) + …, and the response of `theory.response` expands as

    Φ(A; y, ·) = E σ'(h + A φ y σ'(h)) = Σ_j w_j (A φ y)^j,      w_j = E[σ^{(j+1)}(h) σ'(h)^j]/j!

so that E[z y Φ] starts at A^J φ^J w_J E[z y^{J+1}] when E[z y] = 0: β* is learned from term J only if w_J ≠ 0, and
else from a later term if at all (`theory.predict` keeps every order).

Parity: for σ odd up to a constant, σ^{(j+1)} σ'^j has parity (−1)^j and w_j = 0 at odd j; for σ even it is odd, and
all w_j vanish.  At a kink of σ the derivatives are distributions multiplied by functions that jump there, and the
response is not differentiable in A: for relu and y > 0, E σ'(h + A φ y σ'(h)) is 1/2 for A > 0 and less for A < 0.
The weight is then not defined.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import sympy
from sympy.simplify.fu import TR8

from theory.algebra import is_zero, visible_parity
from theory.certificates import ALGEBRA, PARITY, Measured, within
from theory.elementary import Z
from theory.functions import RealFunction, activation, compile_numpy
from theory.gaussian_mean import gaussian_mean
from theory.hermite_exact import exact_moments
from theory.powers import integrable

MOST_EXPANDED = 60


@dataclass(frozen=True)
class ReuseWeight:
    """w_J; ``vanishes`` is None where it is not defined, and ``reason`` says why it is zero or undefined."""

    J: int
    weight: Measured | None
    vanishes: bool | None
    reason: str


def reuse_weight(sigma: str | RealFunction, J: int) -> ReuseWeight:
    """w_J of an activation.

    >>> reuse_weight("sqrt(e)*(sin(z) + cos(z)) - 1", 1).weight.exact
    '-exp(-1)'
    >>> reuse_weight("tanh", 1).reason, reuse_weight("relu", 1).vanishes
    ('parity', None)
    """
    real = sigma if isinstance(sigma, RealFunction) else activation(sigma)
    if real.kinks:
        where = ", ".join(f"{kink:.6g}" for kink in real.kinks)
        return ReuseWeight(J, None, None, f"not defined: {real.text!r} has a kink at z = {where}")
    side = visible_parity(real.expr.as_independent(Z, as_Add=True)[1])
    if side == "even" or (side == "odd" and J % 2):
        return ReuseWeight(J, Measured(0.0, 0.0, "0"), True, PARITY)
    slope = real.derivative.expr
    product = sympy.diff(real.expr, Z, J + 1) * slope**J
    exact = _exact(product)
    if exact is not None:
        w = sympy.expand(exact / math.factorial(J))
        zero = is_zero(w)
        if zero is not None:
            value = float(w.evalf(25))
            return ReuseWeight(J, Measured(value, 2.3e-16 * abs(value), str(w)), zero, ALGEBRA if zero else "")
    last, first = compile_numpy(sympy.diff(real.expr, Z, J + 1)), compile_numpy(slope)
    mean, bound = gaussian_mean(lambda z: np.array([last(z) * first(z) ** J]))
    weight = Measured(float(mean[0]) / math.factorial(J), float(bound[0]) / math.factorial(J))
    if weight.nonzero:
        return ReuseWeight(J, weight, False, "")
    return ReuseWeight(J, weight, True, within(J, abs(weight.value) + weight.bound).reason)


def _exact(product: sympy.Expr) -> sympy.Expr | None:
    """E of the product where `theory.hermite_exact` knows it; sines and cosines as sums of single ones."""
    if not product.has(Z):
        return product
    if not product.is_polynomial(Z) and not integrable(product, 1):
        return None
    if product.has(sympy.sin, sympy.cos):
        product = TR8(sympy.expand(product))  # products of sines and cosines as sums (Werner's formulas)
    product = sympy.expand(product, power_exp=False)
    if len(sympy.Add.make_args(product)) > MOST_EXPANDED:
        return None
    return exact_moments(product, 0)[0]
