"""What the label's powers know of the target direction: E[z y^p], y = σ*(z) + ε, z = ⟨β*, x⟩.

Σ_l binom(p, l) E ε^l E[z σ*(z)^{p−l}], each moment the first Hermite coefficient of a power of σ*, exact or with its
bound.  E[z y] = c*_1 is what fresh batches need; with a reused batch β* enters with the first J ≥ 1 for which
E[z y^{J+1}] ≠ 0, and not at all for an even target.  (Derived for this project; see docs/phases.md.)
"""

from __future__ import annotations

import math
from functools import lru_cache

from theory.functions import RealFunction
from theory.hermite import hermite_coefficients


@lru_cache(maxsize=512)
def label_moment(target: RealFunction, noise: float, p: int) -> float:
    """E[z y^p]; exactly 0.0 where it vanishes or is within its error bound.

    >>> from theory import function
    >>> label_moment(function("He(3, z)"), 0.0, 2), round(label_moment(function("He(3, z)"), 0.0, 3), 9)
    (0.0, 324.0)
    """
    value, bound = 0.0, 0.0
    for l in range(0, p, 2):
        power = RealFunction(f"({target.text})^{p - l}", target.expr ** (p - l), target.kinks)
        c = hermite_coefficients(power, 1)[1]
        scale = math.comb(p, l) * noise**l * math.prod(range(1, l, 2))
        value += 0.0 if c.vanishes else scale * c.value
        bound += scale * c.error_bound
    return value if abs(value) > bound else 0.0


def reuse_index(target: RealFunction, noise: float, most: int) -> int | None:
    """J = min{j ≥ 1 : E[z y^{j+1}] ≠ 0}, looked for up to ``most``; None if there is none."""
    return next((j for j in range(1, most + 1) if label_moment(target, noise, j + 1)), None)
