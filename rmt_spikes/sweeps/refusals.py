"""A refusal that knows where in the specification its cause stands, so that a file's reader can name the line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

Place = tuple[str | int, ...]


class Refused(ValueError):
    """A ValueError about one place of a specification, such as ("model", "alpha1", 3)."""

    def __init__(self, message: str, place: Place = ()) -> None:
        super().__init__(message)
        self.place = place


@contextmanager
def at(*place: str | int) -> Iterator[None]:
    """What is refused inside is refused here: a bare error gets this place, one with a place gets it in front.

    >>> try:
    ...     with at("model"), at("alpha1", 3):
    ...         raise ValueError("too large")
    ... except Refused as error:
    ...     error.place
    ('model', 'alpha1', 3)
    """
    try:
        yield
    except (ValueError, TypeError) as error:
        inner = error.place if isinstance(error, Refused) else ()
        raise Refused(str(error), (*place, *inner)) from None


def refuse_unknown(table: str, names: Iterable[object], accepted: Iterable[str]) -> None:
    """Raise unless every name is accepted; the nearest accepted one is offered.

    >>> refuse_unknown("[model]", ["widht"], ["width", "dim"])
    Traceback (most recent call last):
    rmt_spikes.sweeps.refusals.Refused: widht is unknown in [model]; did you mean width? Accepted are width, dim
    """
    known = tuple(accepted)
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1)
            hint = f"; did you mean {near[0]}? Accepted" if near else ": accepted"
            place = (name,) if isinstance(name, str) else ()
            raise Refused(f"{str(name)[:60]} is unknown in {table}{hint} are {', '.join(known)}", place)
