"""Hermite coefficients to any number of digits: c_k = E[f(z) He_k(z)]/k! as mpmath numbers with error bounds.

From the exact form where there is one; else by mpmath quadrature (`theory.quadrature_mp`) with the kinks known to
the working precision.  Digits are relative to each coefficient.  A coefficient too small for that is given with
the bound that was reached, and one that could be zero is said to be so; what cannot be reached is refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import mpmath
import sympy

from theory.functions import RealFunction, function
from theory.hermite_exact import exact_moments
from theory.numerals import evaluate
from theory.quadrature_mp import gaussian_moments

MOST_DEGREE = 60
MOST_DIGITS = 10_000
MOST_QUADRATURE_DIGITS = 300  # kinks beyond ±40 are not looked for, and weigh e^{−800}


@dataclass(frozen=True)
class DigitsCoefficient:
    """c_k with |true c_k − value| ≤ error; ``digits`` significant ones are right, 0 if it may be zero."""

    k: int
    value: mpmath.mpf
    error: mpmath.mpf
    exact: sympy.Expr | None

    @property
    def digits(self) -> int:
        """Significant digits that are certain."""
        if self.value == 0 or abs(self.value) <= self.error:
            return 0
        with mpmath.workdps(20):
            return MOST_DIGITS if self.error == 0 else int(mpmath.floor(mpmath.log10(abs(self.value) / self.error)))

    def text(self, digits: int) -> str:
        """The digits that are certain, at most so many; '0' if exactly zero, '0 ± e' if possibly."""
        if self.exact == 0:
            return "0"
        if self.digits == 0:
            return f"0 ± {mpmath.nstr(abs(self.value) + self.error, 2)}"
        shown = min(digits, self.digits)
        with mpmath.workdps(shown + 10):
            return str(mpmath.nstr(self.value, shown, strip_zeros=False))

    def shown_error(self, digits: int) -> mpmath.mpf:
        """A bound on the distance of the true c_k from what ``text`` prints, its rounding included.

        >>> [c] = hermite_digits("relu", 0, 1)
        >>> c.text(1), mpmath.nstr(c.shown_error(1), 3)
        ('0.4', '0.00146')
        """
        with mpmath.workdps(digits + 30):
            if self.exact == 0:
                return mpmath.mpf(0)
            shown = mpmath.mpf(self.text(digits)) if self.digits else mpmath.mpf(0)
            return abs(shown - self.value) + self.error


def hermite_digits(f: str | RealFunction, degree: int = 10, digits: int = 50) -> tuple[DigitsCoefficient, ...]:
    """c_0 … c_degree, each to ``digits`` significant digits.

    >>> [c.text(30) for c in hermite_digits("relu", 2, 30)]
    ['0.398942280401432677939946059934', '0.500000000000000000000000000000', '0.199471140200716338969973029967']
    """
    _check(degree, 0, MOST_DEGREE, "degree")
    _check(digits, 1, MOST_DIGITS, "digits")
    real = f if isinstance(f, RealFunction) else function(f)
    exact = exact_moments(real.expr, degree)
    unknown = [k for k, mu in enumerate(exact) if mu is None]
    if unknown and digits > MOST_QUADRATURE_DIGITS:
        raise ValueError(
            f"{digits} digits of {real.text!r} are out of reach: c_{unknown[0]} has no closed form and quadrature "
            f"goes to {MOST_QUADRATURE_DIGITS} digits; ask for no more"
        )
    found = _by_quadrature(real, degree, digits, unknown) if unknown else {}
    rows = []
    for k, mu in enumerate(exact):
        norm = math.factorial(k)
        value, error = found[k] if mu is None else evaluate(mu / norm, digits)
        rows.append(DigitsCoefficient(k, value, error, None if mu is None else mu / norm))
    return tuple(rows)


def _check(value: object, least: int, most: int, name: str) -> None:
    if isinstance(value, bool) or not hasattr(value, "__index__") or not least <= int(value) <= most:  # type: ignore[call-overload]
        raise ValueError(f"{name} = {value!r} is not accepted: give a whole number from {least} to {most}")


def _by_quadrature(f: RealFunction, degree: int, digits: int, wanted: list[int]) -> dict[int, tuple]:
    """c_k for k in ``wanted``; once more with the digits that small coefficients lack."""
    spare = 5
    for attempt in (1, 2):
        moments, errors = gaussian_moments(f, degree, digits, spare)
        lacking = [_lack(moments[k], errors[k], digits) for k in wanted]
        if attempt == 2 or max(lacking) <= 0:
            break
        spare += max(lacking) + 2
    with mpmath.workdps(digits + 30):
        scale = [mpmath.sqrt(mpmath.factorial(k)) for k in range(degree + 1)]
        return {k: (moments[k] / scale[k], errors[k] / scale[k]) for k in wanted}


def _lack(value: mpmath.mpf, error: mpmath.mpf, digits: int) -> int:
    """How many more digits a second attempt needs; at most as many as were asked for."""
    with mpmath.workdps(20):
        if abs(value) <= error:
            return 0  # perhaps zero: more digits would not show it
        return min(digits, math.ceil(digits - float(mpmath.log10(abs(value) / error))))
