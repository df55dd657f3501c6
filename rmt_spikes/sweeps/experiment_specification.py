"""A sweep of an experiment: the product of lists of values of its parameters.

    [experiment]
    name = "spiked_covariance"
    dim = [50, 100, 200]               # a list is swept, a range too
    betas = [0.25, 0.75]               # a parameter that is a list has one; a list of lists is swept
    [run]
    trials = 16

What is absent has the experiment's own default.  It is a `Sweep`: what differs is what a cell is, which variables it
has and how it is computed; the store, the workers and the commands do not know it.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, get_origin, get_type_hints

import numpy as np

from rmt_spikes.experiments import get
from rmt_spikes.experiments._names import variable
from rmt_spikes.experiments._values import plain
from rmt_spikes.fields import seed, whole
from rmt_spikes.sweeps.axes import KIND, Axis
from rmt_spikes.sweeps.refusals import Refused, at, refuse_unknown
from rmt_spikes.sweeps.run import MOST_THREADS, MOST_TRIALS
from rmt_spikes.sweeps.specification import Sweep
from rmt_spikes.sweeps.values import distinct, span
from rmt_spikes.sweeps.variables import POINT, TRIAL, Variable

MOST_CELLS, MOST_POINTS = 10_000, 10_000  # the parameters of every cell are made before any is run
KINDS = {**KIND, bool: "flag"}


@dataclass(frozen=True)
class Setting:
    """The cell of such a sweep: an experiment, by name, and its parameters."""

    name: str
    parameters: Any

    def memory_estimate(self) -> int:
        """Bytes of one trial; 0 where the experiment does not say."""
        memory = get(self.name).memory
        return 0 if memory is None else memory(self.parameters)

    def fields(self) -> dict[str, Any]:
        """What the seeds of the cell follow from."""
        own = {one.name: getattr(self.parameters, one.name) for one in dataclasses.fields(self.parameters)}
        return {"experiment": self.name, **own}


@dataclass(frozen=True, kw_only=True)
class ExperimentRun:
    """What is done in every cell: ``trials`` (0 for the theory alone), ``seed``, BLAS ``threads`` of a cell, and the
    ``points`` of a curve that are kept at most.

    Raises ValueError naming the field and what it accepts.
    """

    trials: int
    seed: int = 0
    threads: int = 1
    points: int = 32

    @classmethod
    def of(cls, table: Mapping[str, Any], trials: int) -> ExperimentRun:
        """From a `[run]` table; ``trials`` where it gives none."""
        refuse_unknown("the [run] of an experiment", table, (field.name for field in dataclasses.fields(cls)))
        return cls(**{"trials": trials, **table})

    def __post_init__(self) -> None:
        counts = {"trials": (0, MOST_TRIALS), "threads": (1, MOST_THREADS), "points": (1, MOST_POINTS)}
        for field, (least, most) in counts.items():
            with at(field):
                value = whole(field, getattr(self, field), least, most, f"from {least} to {most}", 16)
                object.__setattr__(self, field, value)
        with at("seed"):
            object.__setattr__(self, "seed", seed(self.seed))

    def document(self) -> dict[str, Any]:
        """As a JSON-able table; `of` inverts it."""
        return dataclasses.asdict(self)

    def compute(self, cell: Setting) -> dict[str, np.ndarray]:
        """Every variable of a cell."""
        from rmt_spikes.sweeps.experiment_cell import compute

        return compute(cell, self)

    def seconds(self, cells: Sequence[Setting]) -> list[float]:
        """Each as long as the prediction and the first trial of the largest, which are run for it."""
        if not cells:
            return []
        largest = max(cells, key=Setting.memory_estimate)
        from rmt_spikes.sweeps.experiment_cell import compute

        def lasts(trials: int) -> float:
            start = time.perf_counter()
            compute(largest, dataclasses.replace(self, trials=trials))
            return time.perf_counter() - start

        theory = lasts(0)
        return [theory + self.trials * max(lasts(1) - theory, 0.0) if self.trials else theory] * len(cells)


class ExperimentSweep(Sweep):
    """A validated specification of this kind; the parameters of every cell have been made once.

    Raises ValueError for what cannot be run, before anything is.

    >>> sweep = ExperimentSweep({"name": "biased_ntk", "dim": [20, 40], "biases": [0.0, 1.0]}, {"trials": 2})
    >>> sweep.shape, sweep.problem((1,)).parameters.dim, sweep.problem((0,)).parameters.biases
    ((2,), 40, (0.0, 1.0))
    """

    run: Any

    def __init__(self, experiment: Mapping[str, Any], run: Mapping[str, Any] | None = None) -> None:
        for name, table in (("experiment", experiment), ("run", {} if run is None else run)):
            if not isinstance(table, Mapping):
                raise Refused(f"{name} = {str(table)[:60]} is not a table: write [{name}] and its fields", (name,))
        with at("experiment"):
            axes, fixed = read_experiment(experiment)
        with at("run"):
            found = ExperimentRun.of({} if run is None else run, get(fixed["name"]).trials)
        for field, value in (("axes", axes), ("fixed", fixed), ("per_width", {}), ("run", found)):
            object.__setattr__(self, field, value)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Sweep:
        """From {"experiment": …, "run": …}, as `document` gives it."""
        if "model" in document:
            raise Refused("[model] and [experiment] exclude each other: leave one out", ("experiment",))
        refuse_unknown("a specification", document, ("experiment", "run"))
        return cls(document["experiment"], document.get("run"))

    def document(self) -> dict[str, Any]:
        swept = {axis.name: [plain(value) for value in axis.values] for axis in self.axes}
        names = ("name", *(field.name for field in dataclasses.fields(get(self.fixed["name"]).parameters)))
        table = {name: swept[name] if name in swept else plain(self.fixed[name]) for name in names}
        return {"experiment": table, "run": self.run.document()}

    def problem(self, index: Sequence[int]) -> Any:
        """The setting of one cell; IndexError for an index that is not in the shape."""
        values = {**self.fixed, **self._at(index)}
        return Setting(values["name"], get(values.pop("name")).parameters(**values))

    def variables(self) -> tuple[Variable, ...]:
        found = []
        for key in get(self.fixed["name"]).keys:
            if self.run.trials:
                found.append(Variable(variable(key), (TRIAL, POINT), "", key))
            found.append(Variable(f"theory_{variable(key)}", (POINT,), "", f"{key}, predicted"))
        return tuple(found)

    def lengths(self) -> dict[str, int]:
        return {TRIAL: self.run.trials, POINT: self.run.points}

    def check_memory(self, workers: int) -> None:
        from rmt_spikes.experiments._frame import check_memory

        check_memory(self.fixed["name"], max(cell.problem.memory_estimate() for cell in self.cells()), workers)


def read_experiment(table: Mapping[str, Any]) -> tuple[tuple[Axis, ...], dict[str, Any]]:
    """(axes in the order of the parameters, fixed values and the name) of an `[experiment]`."""
    if "name" not in table:
        raise Refused('there is no name: write one such as name = "one_step"; rmt-spikes experiments lists them')
    with at("name"):
        experiment = get(table["name"])
    kinds = get_type_hints(experiment.parameters)
    known = tuple(field.name for field in dataclasses.fields(experiment.parameters) if field.init)
    refuse_unknown(f"[experiment] with name = {experiment.name}", (key for key in table if key != "name"), known)
    given = {}
    for field in known:
        if field in table:
            with at(field):
                given[field] = _listed(field, kinds[field], table[field])
    swept = tuple(field for field, (_, many) in given.items() if many)
    _check_count({field: len(given[field][0]) for field in swept})
    values = _exact(experiment.parameters, {field: raw for field, (raw, _) in given.items()}, swept)
    axes = tuple(Axis(field, values[field], KINDS.get(kinds[field], "list")) for field in swept)
    for axis in axes:
        with at(axis.name):
            distinct(axis.name, axis.values)
    return axes, {"name": experiment.name} | {field: values[field][0] for field in known if field not in swept}


def _listed(field: str, kind: Any, raw: Any) -> tuple[list[Any], bool]:
    """Values, and whether they are swept."""
    if isinstance(raw, Mapping):
        if kind not in (int, float, Fraction):
            raise Refused(f"{field} takes no range: give a value or a list")
        return list(span(field, KINDS[kind], raw, partial(_end, field, kind))), True
    if not isinstance(raw, list | tuple):
        return [raw], False
    if get_origin(kind) is tuple and not (raw and isinstance(raw[0], list | tuple)):
        return [tuple(raw)], False
    if not raw:
        raise Refused(f"{field} = [] has no values: give at least one, or leave {field} out")
    return [tuple(one) if isinstance(one, list) else one for one in raw], True


def _end(field: str, kind: Any, value: Any) -> Any:
    """An end of a range; what else it must be, the parameters say of every value."""
    if isinstance(value, bool) or not isinstance(value, int if kind is int else (int, float, str)):
        raise Refused(f"{field} = {value!r:.60} is no end of a range: give a {'whole ' * (kind is int)}number")
    try:
        return value if kind is int else Fraction(str(value)) if kind is Fraction else float(value)
    except (ValueError, ZeroDivisionError):
        raise Refused(f"{field} = {value!r:.60} is no end of a range: give a number") from None


def _check_count(lengths: Mapping[str, int]) -> None:
    cells = math.prod(lengths.values())
    if cells > MOST_CELLS:
        product = " × ".join(f"{length} ({field})" for field, length in lengths.items())
        raise Refused(f"{product} = {cells} cells are more than {MOST_CELLS}: shorten a list, or split the sweep")


def _exact(parameters: type, given: Mapping[str, list[Any]], swept: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Every value as the parameters keep it.  All cells' are made: some refuse what two fields have together."""
    fixed = {field: raw[0] for field, raw in given.items() if field not in swept}
    found: dict[str, dict[int, Any]] = {field.name: {} for field in dataclasses.fields(parameters)}
    for index in itertools.product(*(range(len(given[field])) for field in swept)):
        places = dict(zip(swept, index, strict=True))
        try:
            made = parameters(**fixed, **{field: given[field][k] for field, k in places.items()})
        except (ValueError, TypeError) as error:
            named = re.match(r"\w+", str(error))
            field = named[0] if named and named[0] in given else ""
            place = () if not field else (field, places[field]) if field in places else (field,)
            raise Refused(str(error), place) from None
        for field, known in found.items():
            known.setdefault(places.get(field, 0), getattr(made, field))
    return {field: tuple(known[k] for k in range(len(known))) for field, known in found.items()}
