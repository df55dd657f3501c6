"""Parameters from text, and as plain values of JSON.

The text of ``--set key=value`` is read by the type of the field; what a value may be, the parameters check.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, fields
from fractions import Fraction
from typing import Any, get_args, get_origin, get_type_hints

from rmt_spikes.experiments._frame import Experiment

MOST_TEXT = 500
WORDS = {"true": True, "yes": True, "false": False, "no": False}


def read_settings(experiment: Experiment, settings: Iterable[str]) -> Any:
    """The parameters with ``key=value`` set, the others at their defaults.

    ValueError for a setting without "=", an unknown key (the nearest is offered), one that comes twice, a value that
    cannot be read as the field's type, and whatever the parameters refuse.

    >>> from rmt_spikes.experiments import get
    >>> read_settings(get("two_step"), ["width=400", "alpha1=1/4", "batch=reuse"]).alpha1
    Fraction(1, 4)
    """
    kinds = get_type_hints(experiment.parameters)
    known = tuple(field.name for field in fields(experiment.parameters) if field.init)
    values: dict[str, Any] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        key = key.strip()
        if not equals:
            raise ValueError(f"--set {setting[:60]!r} has no =: give key=value, such as {known[0]}=…")
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {near[0]}? Accepted" if near else ": accepted"
            raise ValueError(f"{key[:60]} is no parameter of {experiment.name}{hint} are {', '.join(known)}")
        if key in values:
            raise ValueError(f"{key} is set twice: leave one out")
        values[key] = read(key, kinds[key], text.strip())
    return experiment.parameters(**values)


def read(key: str, kind: Any, text: str) -> Any:
    """The value of one text.

    >>> read("n", int, "200"), read("c", float, "1e-3"), read("s", bool, "no"), read("r", tuple[float, ...], "0.5, 1")
    (200, 0.001, False, (0.5, 1.0))
    """
    if len(text) > MOST_TEXT:
        raise ValueError(f"{key} has {len(text)} characters: at most {MOST_TEXT} are accepted")
    if get_origin(kind) is tuple:
        return tuple(read(key, get_args(kind)[0], part.strip()) for part in text.rstrip(",").split(",") if text)
    if kind not in READERS:
        raise TypeError(
            f"{key} is of the type {kind}: parameters are int, float, Fraction, str, bool or tuples of them"
        )
    reader, wanted = READERS[kind]
    try:
        return reader(text)
    except (ValueError, KeyError):
        raise ValueError(f"{key} = {text[:60]!r} is not {wanted}") from None


READERS: dict[Any, tuple[Callable[[str], Any], str]] = {
    int: (int, "a whole number: give one such as 200"),
    float: (float, "a number: give one such as 0.5 or 1e-3"),
    Fraction: (str, ""),  # read, with its limits on length and form, by `rmt_spikes.fields`
    str: (str, ""),
    bool: (lambda text: WORDS[text.lower()], "true or false: give one of them"),
}


def plain(value: Any) -> Any:
    """As JSON has it: fractions as text, tuples as lists.

    >>> plain((Fraction(1, 2), 3))
    ['1/2', 3]
    """
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, Fraction) else value


def plain_parameters(parameters: Any) -> dict[str, Any]:
    """Every field by name, plain."""
    return {field.name: plain(getattr(parameters, field.name)) for field in fields(parameters)}


def text(value: Any) -> str:
    """As ``--set`` takes it.

    >>> text((0.5, 1.0)), text(True), text(Fraction(2, 5))
    ('0.5,1', 'true', '2/5')
    """
    if isinstance(value, tuple):
        return ",".join(map(text, value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        short = f"{value:.10g}"
        return short if float(short) == value else repr(float(value))
    return str(value)


def differences(one: Any, other: Any) -> str:
    """The fields in which two parameters differ, with the values of the other.

    >>> from rmt_spikes import TwoLayer
    >>> differences(TwoLayer(), TwoLayer(dim=500, noise=0.5))
    'noise = 0.5, dim = 500'
    """
    pairs = ((field.name, getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    return ", ".join(f"{name} = {text(new)}" for name, old, new in pairs if old != new)


def described(experiment: Experiment) -> list[tuple[str, str, str]]:
    """(name, default, help) of every parameter."""

    def default(field: Field) -> str:
        return "" if field.default is MISSING else text(getattr(defaults, field.name))

    defaults = experiment.parameters()
    return [
        (field.name, default(field), str(field.metadata.get("help", "")))
        for field in fields(experiment.parameters)
    ]  # fmt: skip
