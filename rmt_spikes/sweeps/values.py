"""The values of one field: one, a list, or an evenly spaced range, each in its exact type.

A range is start + k (stop − start)/(num − 1), k = 0 … num − 1, computed in rationals, so that 0 to 0.49 in 15 values
is k · 7/200.  What a field accepts is `TwoLayer`'s to say; it is asked for each value of a list, and for the two ends
of a range: every field with ranges accepts an interval.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from numbers import Rational
from typing import Any

from rmt_spikes.fields import ratio, whole
from rmt_spikes.problem import TwoLayer
from rmt_spikes.sweeps.refusals import Refused, at, refuse_unknown

MOST_CELLS = 1_000_000
RANGE = ("start", "stop", "num")
SIZES, NUMBERS = "{ start = 500, stop = 4000, num = 8 }", "{ start = 0.0, stop = 0.45, num = 10 }"  # examples
FOLLOWING = ("dim", "samples")  # sizes that may be given relative to the width
QUICK = {"activation": "tanh", "target": "z"}  # definitions that need no parser


@dataclass(frozen=True)
class Values:
    """``values`` of a field in their exact types; ``swept``: given as a list or range; ``relative``: to the width."""

    values: tuple[Any, ...]
    swept: bool
    relative: bool = False


def read_field(field: str, kind: str, raw: Any) -> Values:
    """The values of a field of `TwoLayer`; `kind` is that of `rmt_spikes.sweeps.axes`.

    >>> read_field("alpha1", "exponent", {"start": 0.0, "stop": 0.49, "num": 15}).values[:3]
    (Fraction(0, 1), Fraction(7, 200), Fraction(7, 100))
    >>> read_field("dim", "whole", {"per_width": 0.5})
    Values(values=(Fraction(1, 2),), swept=False, relative=True)
    """
    if isinstance(raw, Mapping) and "per_width" in raw:
        refuse_unknown(f"{field} = {{ per_width }}", raw, ("per_width",))
        if field not in FOLLOWING:
            raise Refused(f"{field} takes no per_width: only {' and '.join(FOLLOWING)} can follow the width")
        with at("per_width"):
            name = f"{field} per_width"
            return Values(*_values(name, "ratio", raw["per_width"], partial(ratio, name)), relative=True)
    return Values(*_values(field, kind, raw, partial(_one, field)))


def _one(field: str, value: Any) -> Any:
    """The value as `TwoLayer` keeps it, or its refusal."""
    return getattr(TwoLayer(**{**QUICK, field: value}), field)


def _values(name: str, kind: str, raw: Any, read: Callable[[Any], Any]) -> tuple[tuple[Any, ...], bool]:
    if isinstance(raw, Mapping):
        return span(name, kind, raw, read), True
    if not isinstance(raw, list | tuple):
        return (read(raw),), False
    if not raw:
        raise Refused(f"{name} = [] has no values: give at least one, or leave {name} out")
    return distinct(name, _each(raw, read)), True


def _each(raw: list | tuple, read: Callable[[Any], Any]) -> tuple[Any, ...]:
    found: list[Any] = []
    for value in raw:
        with at(len(found)):
            found.append(read(value))
    return tuple(found)


def distinct(name: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The values; ValueError if one is there twice."""
    seen = set()
    for k, value in enumerate(values):
        if value in seen:
            raise Refused(f"{name} = {value} is there twice: leave one out", (k,))
        seen.add(value)
    return values


def span(name: str, kind: str, table: Mapping[str, Any], read: Callable[[Any], Any]) -> tuple[Any, ...]:
    """The values of a range; ``read`` takes its ends."""
    if kind == "text":
        raise Refused(f"{name} takes no range: give a value or a list")
    refuse_unknown(f"the range of {name}", table, RANGE)
    for key in RANGE:
        if key not in table:
            example = SIZES if kind == "whole" else NUMBERS
            raise Refused(f"the range of {name} has no {key}: write one as {example}")
    with at("start"):
        start = _exact(read(table["start"]))
    with at("stop"):
        stop = _exact(read(table["stop"]))
    with at("num"):
        num = whole(f"{name} num", table["num"], 2, MOST_CELLS, f"from 2 to {MOST_CELLS}", 10)
    if start == stop:
        raise Refused(f"the range of {name} starts where it stops: give two different ends, or a single value")
    return _points(name, kind, start, stop, num)


def _points(name: str, kind: str, start: Fraction, stop: Fraction, num: int) -> tuple[Any, ...]:
    step = (stop - start) / (num - 1)
    if kind == "whole":
        if step.denominator != 1:
            raise Refused(_uneven(name, start, stop, num), ("num",))
        return tuple(range(int(start), int(stop) + (1 if step > 0 else -1), int(step)))
    # over one denominator: a sum of fractions takes several times as long
    common = start.denominator * step.denominator
    first, rise = int(start * common), int(step * common)
    points = (Fraction(first + k * rise, common) for k in range(num))
    return distinct(name, tuple(map(float, points))) if kind == "number" else tuple(points)


def _exact(value: Any) -> Fraction:
    """A float counts as the decimal that it prints as."""
    return Fraction(value) if isinstance(value, Rational) else Fraction(str(value))


def _uneven(name: str, start: Fraction, stop: Fraction, num: int) -> str:
    """Which numbers of values near ``num`` would give whole ones."""
    span = abs(int(stop - start))
    fitting = [k + 1 for k in range(1, min(span, 10_000) + 1) if span % k == 0]
    near = sorted(sorted(fitting, key=lambda count: abs(count - num))[:2])
    first = float(start + (stop - start) / (num - 1))
    return (
        f"{name} from {start} to {stop} with num = {num} is not whole (its second value is {first:.6g}): "
        f"take num = {' or '.join(map(str, near))}, or a list"
    )
