"""Reading one field of a problem: its value in the exact type, or a ValueError that names what to give."""

import math
import re
from collections.abc import Callable
from fractions import Fraction
from numbers import Integral, Rational, Real
from typing import Any

# Under eight rows or columns there is no bulk to tell an outlier from; sizes above 10^18 are slips of the pen.
SMALLEST, LARGEST = 8, 10**18
# No powers of ten: "1e-999999999" would be a dozen characters that fill the memory.
RATIONAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)|[+-]?[0-9]+/0*[1-9][0-9]*")


def exponent(field: str, value: object) -> Fraction:
    """α in [0, 1/2) as an exact fraction; a float is read as it prints, so that 0.45 is 9/20.

    >>> exponent("alpha1", 0.45), exponent("alpha1", "9/20")
    (Fraction(9, 20), Fraction(9, 20))
    """
    advice = "give a rational such as 0.45 or 9/20"
    alpha = _fraction(value)
    if alpha is None:
        raise ValueError(f"{field} = {_short(value)} is not a rational number in [0, 1/2): {advice}")
    if not 0 <= alpha < Fraction(1, 2):
        raise ValueError(f"{field} = {_short(value)} is outside [0, 1/2): {advice}")
    return alpha


def ratio(field: str, value: object) -> Fraction:
    """An exact rational above 0; a float is read as it prints.

    >>> ratio("per_width", 0.5), ratio("per_width", "1/3")
    (Fraction(1, 2), Fraction(1, 3))
    """
    found = _fraction(value)
    if found is None or found <= 0:
        raise ValueError(f"{field} = {_short(value)} is not a rational number above 0: give one such as 0.5 or 1/3")
    return found


def size(field: str, value: object) -> int:
    """N, d or n: a whole number from 8 to 10^18; 2000.0 and True are refused.

    >>> size("width", 2000)
    2000
    """
    return whole(field, value, SMALLEST, LARGEST, f"from {SMALLEST} to 10^18", 2000)


def trials(value: object) -> int:
    """A number of independent draws, from 1 to 100000."""
    return whole("trials", value, 1, 100_000, "from 1 to 100000", 8)


def seed(value: object) -> int:
    """A seed: a whole number that is not negative."""
    return whole("seed", value, 0, 2**128, "from 0 to 2^128", 0)


def whole(field: str, value: object, smallest: int, largest: int, range_text: str, example: int) -> int:
    """A whole number in a range.

    >>> whole("k", 3, 1, 5, "from 1 to 5", 2)
    3
    """
    if not isinstance(value, Integral) or isinstance(value, bool) or not smallest <= int(value) <= largest:
        raise ValueError(
            f"{field} = {_short(value)} is not a whole number {range_text}: give an integer such as {example}"
        )
    return int(value)


EXAMPLES = (0.5, 1.0, 2.0, 0.1, 10.0, 100.0, 0.01, -0.5)


def number(field: str, value: object, range_text: str, within: Callable[[float], bool]) -> float:
    """A finite float for which `within` holds.

    >>> number("noise", 1, "at least 0", lambda x: x >= 0)
    1.0
    """
    try:
        found = math.nan if isinstance(value, bool) or not isinstance(value, Real) else float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found) or not within(found):
        example = next((f"{one:g}" for one in EXAMPLES if within(one)), "")
        advice = f"give one such as {example}" if example else "give one of them"
        raise ValueError(f"{field} = {_short(value)} is not a finite number {range_text}: {advice}")
    return found


def choice(field: str, value: object, choices: tuple) -> Any:
    """The member of `choices`, words or whole numbers, that equals `value`.

    >>> choice("steps", 2, (1, 2))
    2
    """
    if isinstance(value, str | Integral) and not isinstance(value, bool):
        for member in choices:
            if value == member:
                return member
    raise ValueError(f"{field} = {_short(value)} is unknown: give one of {', '.join(map(repr, choices))}")


def flag(field: str, value: object) -> bool:
    """True or False; 0, 1 and words are refused.

    >>> flag("centred", True)
    True
    """
    if not isinstance(value, bool):
        raise ValueError(f"{field} = {_short(value)} is neither True nor False: give one of them")
    return value


def several(field: str, value: object, read: Callable[[str, object], Any], most: int = 100) -> tuple:
    """A tuple of 1 to `most` values, each read by ``read(field, value)``; a list is accepted, a single value is not.

    >>> several("ratios", [1, 2.5], lambda field, x: number(field, x, "above 0", lambda ratio: ratio > 0))
    (1.0, 2.5)
    """
    if not isinstance(value, tuple | list) or not 1 <= len(value) <= most:
        raise ValueError(
            f"{field} = {_short(value)} is not a tuple of 1 to {most} values: give one such as (0.5, 1, 2), on the "
            f"command line {field}=0.5,1,2"
        )
    return tuple(read(field, one) for one in value)


def keep(instance: object, **values: object) -> None:
    """Set fields of a frozen dataclass to their checked values, in its ``__post_init__``."""
    for field, value in values.items():
        object.__setattr__(instance, field, value)


def _fraction(value: object) -> Fraction | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return Fraction(value) if len(value) <= 40 and RATIONAL.fullmatch(value) else None
    if isinstance(value, Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    return Fraction(str(value)) if isinstance(value, Real) and math.isfinite(value) else None


def _short(value: object) -> str:
    plain = isinstance(value, Real) and not isinstance(value, bool)
    text = str(value) if plain else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


UNITS = {"": 1, "B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def memory(name: str, value: object) -> int | None:
    """Bytes from a whole number or text such as "4GB"; None stays None.

    >>> memory("memory_budget", "1.5 GB"), memory("memory_budget", 10**6), memory("memory_budget", None)
    (1500000000, 1000000, None)
    >>> memory("memory_budget", "much")
    Traceback (most recent call last):
    ValueError: memory_budget = 'much' is not an amount of memory: give one such as 4GB, 500MB or 2GiB
    """
    if value is None:
        return None
    found = re.fullmatch(r"(\d{1,15}(?:\.\d{1,9})?) ?([kKMG]?i?B?)", str(value), re.ASCII)
    if isinstance(value, bool) or found is None or found[2] not in UNITS or float(found[1]) == 0:
        raise ValueError(f"{name} = {value!r} is not an amount of memory: give one such as 4GB, 500MB or 2GiB")
    return int(float(found[1]) * UNITS[found[2]])
