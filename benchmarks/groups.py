"""The groups of rows by name; each is a function of the settings and frees its arrays when it ends."""

from collections.abc import Callable

from benchmarks.big import large, largest
from benchmarks.memory import memory
from benchmarks.outliers import outliers
from benchmarks.rows import Row
from benchmarks.settings import Settings
from benchmarks.startup import startup
from benchmarks.steps import reuse, steps
from benchmarks.triplets import triplets
from benchmarks.values import values

ROWS: dict[str, Callable[[Settings], list[Row]]] = {
    "steps": steps,
    "reuse": reuse,
    "outliers": outliers,
    "values": values,
    "triplets": triplets,
    "memory": memory,
    "startup": startup,
    "large": large,
    "largest": largest,
}
SCALING = "scaling"
ALL = (*ROWS, SCALING)


def selected(only: tuple[str, ...], setting: str) -> tuple[str, ...]:
    """The groups to run: those named, or all but the largest ones.

    Raises ValueError for a name that is no group.

    >>> selected(("values",), "small"), "large" in selected((), "large"), "large" in selected((), "small")
    (('values',), True, False)
    """
    unknown = [name for name in only if name not in ALL]
    if unknown:
        raise ValueError(f"group = {unknown[0]!r} is unknown: give some of {', '.join(ALL)}")
    costly = {"largest"} if setting == "large" else {"large", "largest"}
    return tuple(name for name in ALL if (name in only if only else name not in costly))
