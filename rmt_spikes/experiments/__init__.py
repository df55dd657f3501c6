"""Published results, each as theory beside simulation: one short file an experiment.

Every module of this folder whose name does not begin with an underscore is one, and has an `EXPERIMENT`
(`rmt_spikes.experiments._frame` says what that is).  Being here is enough to be on the command line, in the sweeps,
in the tests and in the gallery.  Names come from a listing of the folder; a module is imported when it is asked for.

    result = run(rng, get("biased_ntk"), trials=8)         theory and simulation side by side
    result.verdict, result.quantities, refuted(result)     what agrees; what the negative control refutes
    document(result, seed), plot(result)                   the JSON document, the figure
    Experiment, Result, plot_curve, plain_ticks            for a module of this folder
"""

from __future__ import annotations

import difflib
import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from rmt_spikes.lazy import loader

if TYPE_CHECKING:
    from rmt_spikes.experiments._documents import document
    from rmt_spikes.experiments._frame import Experiment, Result, refuted, run
    from rmt_spikes.experiments._plots import plain_ticks, plot, plot_curve
    from rmt_spikes.experiments._quantities import Quantity

__all__ = [
    "Experiment",
    "Quantity",
    "Result",
    "document",
    "get",
    "names",
    "plain_ticks",
    "plot",
    "plot_curve",
    "refuted",
    "run",
]

_HOME = {
    "Experiment": "_frame",
    "Quantity": "_quantities",
    "Result": "_frame",
    "document": "_documents",
    "plain_ticks": "_plots",
    "plot": "_plots",
    "plot_curve": "_plots",
    "refuted": "_frame",
    "run": "_frame",
}


def names() -> tuple[str, ...]:
    """The experiments, in alphabetical order.

    >>> "two_step" in names()
    True
    """
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_")))


def get(name: str) -> Experiment:
    """The experiment of this name.  ValueError names the nearest where there is none.

    >>> get("two_step").parameters.__name__
    'TwoLayer'
    """
    known = names()
    if name not in known:
        near = difflib.get_close_matches(str(name), known, n=1)
        hint = f"; did you mean {near[0]}? There" if near else ": there"
        raise ValueError(f"experiment {str(name)[:60]!r} is unknown{hint} are {', '.join(known)}")
    found = getattr(import_module(f"{__name__}.{name}"), "EXPERIMENT", None)
    if found is None:
        raise ValueError(
            f"experiments/{name}.py has no EXPERIMENT: give it one, or begin its name with an underscore"
        )
    if found.name != name:
        raise ValueError(f"experiments/{name}.py holds the experiment {found.name!r}: give both the same name")
    return found


__getattr__ = loader(__name__, _HOME)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
