"""A sweep, stated and validated once: the product of lists of values of `TwoLayer`'s fields, and how cells are run.

    [model]
    activation = ["tanh", "softplus"]                      # a list is swept
    alpha1 = { start = 0.0, stop = 0.49, num = 15 }        # so is a range: evenly spaced, ends included, exact
    width = 1000
    dim = { per_width = 0.5 }                              # a size, or sizes, relative to the width
    [run]
    trials = 4

What is absent has the default of `TwoLayer` or `Run`.  The cells are the product of all lists in the order of the
fields of `TwoLayer`, the last one fastest.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rmt_spikes.memory import check_memory
from rmt_spikes.problem import TwoLayer
from rmt_spikes.sweeps.axes import FIELDS, Axis, read_model
from rmt_spikes.sweeps.differences import differences
from rmt_spikes.sweeps.refusals import Refused, at, refuse_unknown
from rmt_spikes.sweeps.run import Run
from rmt_spikes.sweeps.toml_lines import line_of
from rmt_spikes.sweeps.values import FOLLOWING

if TYPE_CHECKING:
    from rmt_spikes.sweeps.variables import Variable

HOMES = {"model": tuple(FIELDS), "run": tuple(field.name for field in dataclasses.fields(Run))}
SYNTAX = re.compile(r"(.*) \(at (line \d+, column \d+|end of document)\)", re.DOTALL)


@dataclass(frozen=True)
class Cell:
    """One point of a sweep: where it lies on the axes, and its problem."""

    index: tuple[int, ...]
    problem: TwoLayer


@dataclass(frozen=True, init=False)
class Sweep:
    """A validated specification, from the same tables as a TOML file; equal where the values are.

    ``axes`` the swept fields; ``fixed`` the value of every other field, but for the sizes in ``per_width``, which has
    their fixed ratio to the width; ``run`` what is done in each cell.

    Raises ValueError for what cannot be run, before anything is.

    >>> sweep = Sweep({"activation": "tanh", "target": "z", "alpha1": [0.1, 0.3], "width": [400, 800]}, {"trials": 2})
    >>> sweep.shape, sweep.size, [axis.name for axis in sweep.axes]
    ((2, 2), 4, ['width', 'alpha1'])
    >>> sweep.problem((1, 0)).width, sweep.problem((1, 0)).alpha1
    (800, Fraction(1, 10))
    """

    axes: tuple[Axis, ...]
    fixed: dict[str, Any]
    per_width: dict[str, Fraction]
    run: Run

    def __init__(self, model: Mapping[str, Any], run: Mapping[str, Any] | None = None) -> None:
        for name, table in (("model", model), ("run", {} if run is None else run)):
            if not isinstance(table, Mapping):
                raise Refused(f"{name} = {str(table)[:60]} is not a table: write [{name}] and its fields", (name,))
            with at(name):
                _refuse_misplaced(table, name)
        with at("model"):
            axes, fixed, per_width = read_model(model)
        with at("run"):
            found = Run.of({} if run is None else run)
        for field, value in (("axes", axes), ("fixed", fixed), ("per_width", per_width), ("run", found)):
            object.__setattr__(self, field, value)

    def __hash__(self) -> int:
        return hash((self.axes, *self.fixed.items(), *self.per_width.items(), self.run))

    @classmethod
    def from_toml(cls, text: str, name: str = "specification") -> Sweep:
        """From the text of a TOML file; messages name the line.

        >>> Sweep.from_toml("[model]\\nalpha1 = 0.6", "spec.toml")
        Traceback (most recent call last):
        ValueError: spec.toml, line 2: alpha1 = 0.6 is outside [0, 1/2): give a rational such as 0.45 or 9/20
        """
        document = _parsed(text, name)
        try:
            return cls.from_document(document)
        except Refused as error:
            line = line_of(text, error.place)
            where = name if line is None else f"{name}, line {line}"
            raise ValueError(f"{where}: {error}") from None

    @classmethod
    def read(cls, path: Path | str) -> Sweep:
        """From a TOML file."""
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
        except OSError as error:
            raise ValueError(f"cannot read {str(path)!r} ({error.strerror}): give a TOML file") from None
        except UnicodeDecodeError:
            raise ValueError(f"{str(path)!r} is not text in UTF-8: give a TOML file") from None
        return cls.from_toml(text, str(path))

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Sweep:
        """From {"model": …, "run": …}, as `document` gives it; with "experiment" instead of "model" a sweep of an
        experiment (`rmt_spikes.sweeps.experiment_specification`)."""
        if "experiment" in document:
            from rmt_spikes.sweeps.experiment_specification import ExperimentSweep

            return ExperimentSweep.from_document(document)
        _refuse_misplaced(document)
        refuse_unknown("a specification", document, ("model", "experiment", "run"))
        if "model" not in document:
            raise Refused(
                "there is no [model] and no [experiment]: begin with [model] and a field such as width = [500, 1000]"
            )
        return cls(document["model"], document.get("run"))

    def document(self) -> dict[str, Any]:
        """All fields with their values, ranges written out and fractions as text, for JSON; `from_document` inverts
        it."""
        model = {**self.fixed, **{field: {"per_width": part} for field, part in self.per_width.items()}}
        for axis in self.axes:
            field = axis.name.removesuffix("_per_width")
            model[field] = {"per_width": list(axis.values)} if axis.kind == "ratio" else list(axis.values)
        return {"model": {field: _plain(model[field]) for field in FIELDS}, "run": self.run.document()}

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values each axis has."""
        return tuple(len(axis.values) for axis in self.axes)

    @property
    def size(self) -> int:
        """How many cells there are."""
        return math.prod(self.shape)

    def cells(self) -> Iterator[Cell]:
        """All cells, the last axis fastest, each made when it is asked for."""
        for index in itertools.product(*map(range, self.shape)):
            yield Cell(index, self.problem(index))

    def problem(self, index: Sequence[int]) -> TwoLayer:
        """The problem of one cell; IndexError for an index that is not in the shape."""
        values = {**self.fixed, **self._at(index)}
        for field in FOLLOWING:
            ratio = values.pop(f"{field}_per_width", self.per_width.get(field))
            if ratio is not None:
                values[field] = int(ratio * values["width"])
        return TwoLayer(**values)

    def _at(self, index: Sequence[int]) -> dict[str, Any]:
        inside = len(index) == len(self.axes) and all(
            0 <= k < length for k, length in zip(index, self.shape, strict=True)
        )
        if not inside:
            raise IndexError(f"cell {tuple(index)} is outside the shape {self.shape}")
        return {axis.name: axis.values[k] for axis, k in zip(self.axes, index, strict=True)}

    def variables(self) -> tuple[Variable, ...]:
        """What a cell has, after the axes."""
        from rmt_spikes.sweeps.variables import kept

        return kept(self)

    def lengths(self) -> dict[str, int]:
        """Length of each dimension after the axes."""
        from rmt_spikes.sweeps.variables import lengths

        return lengths(self)

    def check_memory(self, workers: int) -> None:
        """ValueError if the largest cells do not fit in memory, one on each worker."""
        check_memory(max((cell.problem for cell in self.cells()), key=lambda one: one.memory_estimate()), workers)

    def difference(self, store: Sweep) -> list[str]:
        """A line for each field in which the sweep of a store differs from this one; empty if they are equal."""
        return differences(store.document(), self.document())

    def extends(self, store: Sweep) -> bool:
        """Whether this is the sweep of a store with, at most, more values on its axes, in any order."""
        same = (type(self), self.fixed, self.per_width, self.run) == (
            type(store), store.fixed, store.per_width, store.run)  # fmt: skip
        named = [axis.name for axis in self.axes] == [axis.name for axis in store.axes]
        return (
            same and named and all(set(a.values) >= set(b.values) for a, b in zip(self.axes, store.axes, strict=True))
        )


def _refuse_misplaced(names: Iterable[str], here: str | None = None) -> None:
    """Raise if a name is a field of another table than the one it stands in."""
    for home, fields in HOMES.items():
        for name in names:
            if home != here and name in fields:
                raise Refused(f"{name} is a field of [{home}]: write it below [{home}]", (name,))


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError(f"{name}: its brackets are nested too deeply: a list holds values only") from None
    except tomllib.TOMLDecodeError as error:
        found = SYNTAX.fullmatch(str(error))
        where = f"{name}, {found[2]}: {found[1]}" if found else f"{name}: {error}"
        raise ValueError(f"{where}: this is not TOML, in which text is quoted and lists are in brackets") from None
    except ValueError:
        raise ValueError(f"{name} has a whole number of thousands of digits: no field accepts one") from None


def _plain(value: Any) -> Any:
    """Fractions as text, at any depth."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Fraction) else value
