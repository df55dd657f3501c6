"""How many outliers the published asymptotics gives, in exact rational arithmetic.

The second step writes W2 ≈ W0 + Σ_k a^{∘(k+1)} R_kᵀ with ‖a^{∘(k+1)}‖ ‖R_k‖ ~ N^{α2 − k(1/2 − α1)}, so that term k
diverges iff k < ρ, ρ = α2/(1/2 − α1) (Moniri & Hassani 2026).  Term 0 merges the spike of the first step with the
leading part of the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from numbers import Rational

Exponent = Fraction | Rational | float | str
HALF = Fraction(1, 2)


@dataclass(frozen=True)
class OutlierCount:
    """``ratio`` ρ exactly; ``floor`` ⌊ρ⌋ directions beyond the leading one (the published formula); ``total``
    outliers in all; ``critical`` if the last of them is Θ(1) rather than diverging, so that only the finite-size
    theory decides.  ``ratio`` is None for one step."""

    ratio: Fraction | None
    floor: int
    total: int
    critical: bool


def as_exponent(name: str, value: Exponent) -> Fraction:
    """An exact exponent in [0, 1/2): a float counts as the decimal it prints as, so 0.45 is 9/20."""
    text = str(value)
    # a text with an exponent, such as 1e-999999999, would fill the memory with digits
    plain = "e" not in text.lower() or isinstance(value, float)
    readable = (len(text) <= 40 and plain) or isinstance(value, Fraction)
    try:
        exact = Fraction(text) if readable and not isinstance(value, bool) else None
    except (ValueError, ZeroDivisionError):
        exact = None
    if exact is None:
        raise ValueError(f"{name} = {value!r} is no number: give a decimal or a ratio such as 0.45 or 9/20")
    if not 0 <= exact < HALF:
        raise ValueError(f"{name} = {value} is outside [0, 1/2), where the theory holds: give, say, 0.45 or 9/20")
    return exact


def outlier_count(alpha1: Exponent, alpha2: Exponent = 0, steps: int = 2) -> OutlierCount:
    """The asymptotic count for step sizes N^α1, N^α2.

    ρ is computed with rationals: in floats 0.45/(0.5 − 0.35) is 2.9999999999999996.  The count is that of a
    generic σ with Gaussian readout; an odd σ loses every odd term, a Rademacher readout all but two.

    >>> outlier_count("0.35", 0.45)
    OutlierCount(ratio=Fraction(3, 1), floor=3, total=4, critical=True)
    >>> outlier_count(0.3, "9/20").total
    3
    """
    if steps not in (1, 2):
        raise ValueError(f"steps = {steps!r} is not accepted: give 1 or 2")
    first = as_exponent("alpha1", alpha1)
    if steps == 1:
        return OutlierCount(None, 0, 1, critical=first == 0)
    ratio = as_exponent("alpha2", alpha2) / (HALF - first)
    whole = floor(ratio)
    # at ρ = 0 the last outlier is term 0, and the first step alone makes that diverge if α1 > 0
    critical = ratio == whole and (whole > 0 or first == 0)
    return OutlierCount(ratio, whole, 1 + whole, critical)
