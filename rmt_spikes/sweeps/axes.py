"""The `[model]` of a sweep as axes, fixed fields and ratios of sizes to the width, checked as a whole.

Each distinct value is read once; a rule of `TwoLayer` regards one field alone, so that a million cells need no check
of their own.  Two rules regard several fields: sizes relative to the width must be whole, and the theory must find
something to learn.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rmt_spikes.fields import size
from rmt_spikes.problem import TwoLayer
from rmt_spikes.sweeps.refusals import Refused, at, refuse_unknown
from rmt_spikes.sweeps.values import FOLLOWING, MOST_CELLS, Values, read_field

KIND = {Fraction: "exponent", int: "whole", float: "number", str: "text"}
FIELDS = {field.name: KIND[field.type] for field in dataclasses.fields(TwoLayer)}  # type: ignore[index]
DEFAULTS = {field.name: field.default for field in dataclasses.fields(TwoLayer)}


@dataclass(frozen=True)
class Axis:
    """A swept field: its name (``dim_per_width`` for a ratio), its distinct values in the order given, and their
    kind: "exponent" or "ratio" (fractions), "whole" (int), "number" (float), "text"."""

    name: str
    values: tuple[Any, ...]
    kind: str


def coordinate(value: Any) -> Any:
    """A value as a coordinate has it: fractions as floats, lists as text, the others as they are.

    >>> coordinate(Fraction(1, 4)), coordinate((0.25, 1.0)), coordinate("relu")
    (0.25, '0.25,1.0', 'relu')
    """
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return float(value) if isinstance(value, Fraction) else value


def read_model(table: Mapping[str, Any]) -> tuple[tuple[Axis, ...], dict[str, Any], dict[str, Fraction]]:
    """(axes in the order of `TwoLayer`'s fields, fixed fields, fixed ratios to the width) of a `[model]`.

    >>> axes, fixed, ratios = read_model({"activation": "tanh", "width": [400, 800], "dim": {"per_width": "1/2"}})
    >>> axes, fixed["activation"], ratios
    ((Axis(name='width', values=(400, 800), kind='whole'),), 'tanh', {'dim': Fraction(1, 2)})
    """
    refuse_unknown("[model]", table, FIELDS)
    entries = {}
    for field, raw in table.items():
        with at(field):
            entries[field] = read_field(field, FIELDS[field], raw)
    for field, default in DEFAULTS.items():
        entries.setdefault(field, Values((default,), swept=False))
    _check_count(entries)
    for field in FOLLOWING:
        if entries[field].relative:
            _check_sizes(field, entries[field].values, entries["width"].values)
    _check_theory(*(entries[field].values for field in ("activation", "target", "noise")))
    axes = tuple(_axis(field, entries[field]) for field in FIELDS if entries[field].swept)
    single = {field: entries[field] for field in FIELDS if not entries[field].swept}
    fixed = {field: entry.values[0] for field, entry in single.items() if not entry.relative}
    return axes, fixed, {field: entry.values[0] for field, entry in single.items() if entry.relative}


def _axis(field: str, entry: Values) -> Axis:
    if entry.relative:
        return Axis(f"{field}_per_width", entry.values, "ratio")
    return Axis(field, entry.values, FIELDS[field])


def _check_count(entries: Mapping[str, Values]) -> None:
    lengths = {field: len(entries[field].values) for field in FIELDS if len(entries[field].values) > 1}
    cells = math.prod(lengths.values())
    if cells > MOST_CELLS:
        product = " × ".join(f"{length} ({field})" for field, length in lengths.items())
        raise Refused(f"{product} = {cells} cells are more than {MOST_CELLS}: shorten a list, or split the sweep")


def _check_sizes(field: str, ratios: Sequence[Fraction], widths: Sequence[int]) -> None:
    """Every ratio × width is whole, and the smallest and the largest are sizes that `TwoLayer` accepts."""
    for k, part in enumerate(ratios):
        above, below = part.numerator, part.denominator
        for width in widths:
            if above * width % below:
                raise Refused(
                    f"{_product(field, part, width)} is not whole: take widths that are multiples of {below}, or "
                    f"another per_width",
                    (field, "per_width", k),
                )
        for width in (min(widths), max(widths)):
            with at(field, "per_width", k):
                size(_product(field, part, width), int(part * width))


def _product(field: str, part: Fraction, width: int) -> str:
    decimal = str(float(part))
    factor = decimal if Fraction(decimal) == part else str(part)
    return f"{field} = {factor} × width = {factor} × {width}"


def _check_theory(activations: Sequence[str], targets: Sequence[str], noises: Sequence[float]) -> None:
    """What the theory refuses.  The least noise decides whether there are labels, the largest whether they overflow,
    so that not every pair is looked at."""
    least, most = min(noises), max(noises)
    for k, activation in enumerate(activations):
        with at("activation", k):
            _check_labels(activation, "z", 1.0)
    for k, target in enumerate(targets):
        with at("target", k):
            _check_labels("tanh", target, least)
    with at("noise", noises.index(most)):
        _check_labels("tanh", targets[0], most)


def _check_labels(activation: str, target: str, noise: float) -> None:
    import numpy as np

    from theory.model import Model

    try:
        with np.errstate(over="ignore"):
            m2 = Model.of(TwoLayer(activation=activation, target=target, noise=noise)).m2
    except OverflowError:
        m2 = math.inf
    if not math.isfinite(m2):
        raise ValueError(f"the labels of target {target!r} with noise = {noise} overflow: give smaller ones")
