"""The names of an experiment's numbers and parameters in the dataset of a sweep, where they must not meet."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

RESERVED = ("name", "trial", "point", "finished")  # of a specification, or of the dataset


def variable(key: str) -> str:
    """The name of a quantity's variable; that of its prediction begins with ``theory_``.

    >>> variable("kernel error"), variable("cos² with β*")
    ('kernel_error', 'cos2_with_β')
    """
    return re.sub(r"\W+", "_", unicodedata.normalize("NFKC", key)).strip("_")


def check_names(experiment: str, keys: Iterable[str], parameters: Iterable[str]) -> None:
    """ValueError where two names are one in a dataset.

    >>> check_names("toy", ("mean",), ("size", "mean"))
    Traceback (most recent call last):
    ValueError: the number 'mean' of toy would be mean in a sweep's dataset, as the parameter mean is: ...
    """
    taken = {name: f"{name} of every sweep" for name in RESERVED}
    for parameter in parameters:
        if parameter in RESERVED:
            raise ValueError(f"{parameter} is no name for a parameter of {experiment}: a sweep has its own")
        taken[parameter] = f"the parameter {parameter}"
    for key in keys:
        if not variable(key):
            raise ValueError(f"the number {key!r} of {experiment} has no letter or digit: give it a name")
        for found in (variable(key), f"theory_{variable(key)}"):
            if found in taken:
                raise ValueError(
                    f"the number {key!r} of {experiment} would be {found} in a sweep's dataset, "
                    f"as {taken[found]} is: give one of them another name"
                )
            taken[found] = f"the number {key!r}"
