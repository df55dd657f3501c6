"""Targets of several Gaussian variables, z1 … z4: parsed against the same allow-list, and checked.

Along every line z = t d with ‖d‖ = 1 the standard normal law is that of t, so the checks of `theory.functions` —
real, finite, no growth like exp(z²/4) — are made along a few lines, and finiteness on a cloud of points too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import sympy

from theory.elementary import Z
from theory.expressions import parse_variables
from theory.functions import NUMPY, admit, function
from theory.quadrature import Array

VARIABLES = {f"z{i}": sympy.Symbol(f"z{i}", real=True) for i in range(1, 5)}
LINES = ((1, 1, 1, 1), (1, -1, 2, -2), (2, 1, -1, 3), (1, 3, -2, -1))
CLOUD = 4000


@dataclass(frozen=True)
class MultiFunction:
    """``expr`` in the symbols ``variables`` = (z1, …, zr), r the highest index that occurs (z for one variable)."""

    text: str
    expr: sympy.Expr
    variables: tuple[sympy.Symbol, ...]

    @cached_property
    def _numpy(self) -> Callable[..., Array]:
        return sympy.lambdify(self.variables, self.expr, modules=[NUMPY, "numpy"], cse=True)

    def __call__(self, *z: Array) -> Array:
        """Values at arrays of one shape, or that broadcast."""
        with np.errstate(all="ignore"):
            value = np.asarray(self._numpy(*z))
        if np.iscomplexobj(value):
            value = np.where(value.imag == 0, value.real, np.nan)
        return np.broadcast_to(value, np.broadcast_shapes(*(np.shape(u) for u in z))) + 0.0


def is_multivariate(text: str) -> bool:
    """Whether a definition speaks of z1, z2, …

    >>> is_multivariate("z1 + z1*z2"), is_multivariate("atan(z)")
    (True, False)
    """
    return isinstance(text, str) and re.search(r"\bz\d", text) is not None


@lru_cache(maxsize=64)
def multivariate(text: str) -> MultiFunction:
    """The admitted function of z1 … z4; ValueError in one line if it is refused.

    >>> multivariate("sign(z1*z2*z3)").variables
    (z1, z2, z3)
    """
    if not is_multivariate(text):
        return MultiFunction(text, function(text).expr, (Z,))
    if re.search(r"\bz\b", text):
        raise ValueError(f"{text!r} mixes z with z1, z2, …: write z for one variable, or z1 … z4 for several")
    highest = max(int(index) for index in re.findall(r"\bz(\d+)", text))
    if not set(re.findall(r"\bz\d+", text)) <= set(VARIABLES):
        raise ValueError(f"{text!r} has variables beyond z1 … z4: four are accepted, numbered from 1")
    expr = parse_variables(text, tuple(VARIABLES))
    f = MultiFunction(text, expr, tuple(VARIABLES.values())[:highest])
    _refuse_bad_cloud(f)
    for line in LINES:
        direction = line[:highest]
        length = sympy.sqrt(sum(part**2 for part in direction))
        along = expr.subs({z: Z * part / length for z, part in zip(f.variables, direction, strict=True)})
        admit(f"{text} along z ∝ {direction}", along)
    return f


def _refuse_bad_cloud(f: MultiFunction) -> None:
    """Non-finite values, or denominators and logarithms that change sign, on 4000 normal points of scale 3."""
    points = 3 * np.random.default_rng(0).standard_normal((len(f.variables), CLOUD))
    bad = np.flatnonzero(~np.isfinite(f(*points)))
    if bad.size:
        where = ", ".join(f"{z} = {value:.3g}" for z, value in zip(f.variables, points[:, bad[0]], strict=True))
        raise ValueError(f"{f.text!r} is not a finite real number at {where}; it must be one everywhere")
    for power in f.expr.atoms(sympy.Pow):
        if power.exp.is_negative and power.free_symbols:
            base = MultiFunction(f.text, power.base, f.variables)(*points)
            if base.min() < 0 < base.max():
                raise ValueError(f"{f.text!r} is not finite where {power.base} = 0; it must be finite everywhere")
