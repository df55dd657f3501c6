"""What a sweep of an experiment says: for each quantity, in how many of its numbers theory and simulation agree.

Each cell is judged as `rmt-spikes run` judges it (`rmt_spikes.experiments._quantities`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rmt_spikes.experiments import get
from rmt_spikes.experiments._names import variable
from rmt_spikes.experiments._quantities import Quantity, compare
from rmt_spikes.sweeps.experiment_specification import ExperimentSweep
from rmt_spikes.sweeps.reading import sweep_of

if TYPE_CHECKING:
    import xarray as xr

SHOWN = 10


@dataclass(frozen=True)
class Count:
    """Numbers of one quantity over all finished cells; ``furthest`` the largest |z|, None without an error bar."""

    name: str
    numbers: int
    agree: int
    disagree: int
    unclear: int
    asymptotic: bool
    furthest: float | None


@dataclass(frozen=True, eq=False)
class CellNumbers:
    """The judged numbers of one cell; ``where`` as {axis: value}."""

    where: dict[str, Any]
    quantities: tuple[Quantity, ...]


def is_of_experiment(data: xr.Dataset) -> bool:
    """Whether the dataset is of such a sweep."""
    return isinstance(sweep_of(data), ExperimentSweep)


def numbers(data: xr.Dataset) -> Iterator[CellNumbers]:
    """The finished cells with theirs; none without trials."""
    sweep = sweep_of(data)
    experiment = get(sweep.fixed["name"])
    if not sweep.run.trials:
        return
    axes = tuple(axis.name for axis in sweep.axes)
    theory = {key: data[f"theory_{variable(key)}"].transpose(*axes, "point").values for key in experiment.keys}
    seen = {key: data[variable(key)].transpose(*axes, "trial", "point").values for key in experiment.keys}
    for cell in sweep.cells():
        if not data["finished"].values[cell.index]:
            continue
        predicted: dict[str, Any] = {}
        draws: list[dict[str, Any]] = [{} for _ in range(sweep.run.trials)]
        for key in experiment.keys:
            there = np.isfinite(theory[key][cell.index])
            predicted[key] = theory[key][cell.index][there]
            for draw, row in zip(draws, seen[key][cell.index], strict=True):
                draw[key] = row[there]
        rules = experiment.rules(cell.problem.parameters)
        where = {axis.name: axis.values[k] for axis, k in zip(sweep.axes, cell.index, strict=True)}
        yield CellNumbers(where, compare(predicted, draws, rules))


def counts(cells: list[CellNumbers], keys: tuple[str, ...]) -> list[Count]:
    """One a quantity."""
    found = []
    for key in keys:
        own = [one for cell in cells for one in cell.quantities if one.name.rpartition("[")[0] == key]
        states = [one.agrees for one in own]
        z = [abs(one.z) for one in own if one.z is not None]
        found.append(Count(key, len(own), states.count(True), states.count(False), states.count(None),
                           any(one.asymptotic for one in own), max(z, default=None)))  # fmt: skip
    return found


def counts_table(found: list[Count]) -> Any:
    """For the terminal."""
    from rmt_spikes.tables import _table

    table = _table("quantity", "numbers", "agree", "disagree", "unclear", "largest |z|")
    for one in found:
        furthest = "–" if one.furthest is None else f"{one.furthest:.1f}"
        table.add_row(one.name, *map(str, (one.numbers, one.agree, one.disagree, one.unclear)), furthest)
    return table


def disagreement_lines(cells: list[CellNumbers]) -> list[str]:
    """The numbers that disagree, the first of them."""
    from rmt_spikes.experiments._documents import estimate, number, z_text

    lines = []
    for cell in cells:
        place = ", ".join(f"{name} = {value}" for name, value in cell.where.items())
        for one in cell.quantities:
            if one.agrees is False:
                at = f" ({one.label})" if one.label else ""
                lines.append(
                    f"{place}: {one.name}{at} {estimate(one)}, theory {number(one.predicted)}, z {z_text(one.z)}"
                )
    more = [f"… and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return [*lines[:SHOWN], *more]


def counts_part(found: list[Count]) -> list[dict[str, Any]]:
    """For ``--json``."""
    return [
        {"quantity": one.name, "numbers": one.numbers, "agree": one.agree, "disagree": one.disagree,
         "unclear": one.unclear, "asymptotic": one.asymptotic, "largest_z": one.furthest}
        for one in found
    ]  # fmt: skip
