"""What a store holds, in a few lines: its specification, which cells are there, and whether its theory agrees."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rmt_spikes.sweeps.agreement import Agreement, agreement
from rmt_spikes.sweeps.reading import axes, sweep_of, value, where_text

if TYPE_CHECKING:
    import xarray as xr

MOST_VALUES = 6


@dataclass(frozen=True, eq=False)
class Summary:
    """``axes`` as {name: values}, ``fixed`` fields, the ``run``; counts of cells; ``failures`` as the store has them;
    ``agreement`` None with fewer than two trials, and for an experiment, which has its own
    (`rmt_spikes.sweeps.experiment_agreement`)."""

    axes: dict[str, list[Any]]
    fixed: dict[str, Any]
    run: dict[str, Any]
    cells: int
    finished: int
    failures: list[Any]
    agreement: Agreement | None

    @property
    def missing(self) -> int:
        """Cells that are neither finished nor failed."""
        return max(self.cells - self.finished - len(self.failures), 0)


def summarise(data: xr.Dataset, failures: list[Any] | None = None) -> Summary:
    """The summary of a dataset and of the failures that were written beside it."""
    sweep = sweep_of(data)
    document = sweep.document()
    table = document.get("model") or document["experiment"]
    swept = {axis.name.removesuffix("_per_width") for axis in sweep.axes}
    values = {name: [value(data.isel({name: i}), name) for i in range(data.sizes[name])] for name in axes(data)}
    fixed = {name: entry for name, entry in table.items() if name not in swept}
    trials = int(data.sizes.get("trial", 0))
    return Summary(values, fixed, document["run"], data["finished"].size, int(data["finished"].values.sum()),
                   failures or [], agreement(data) if trials > 1 and "model" in document else None)  # fmt: skip


def read_failures(store: Path) -> list[Any]:
    """The entries of ``failures.json`` in a store; ValueError if it is not JSON."""
    path = store / "failures.json"
    if not path.is_file():
        return []
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ValueError(
            f"{str(path)!r} is not JSON: remove it, and run the sweep again to list its failures"
        ) from None
    return list(found.get("failures", [found])) if isinstance(found, dict) else list(found)


def summary_lines(summary: Summary) -> list[str]:
    """For the terminal."""
    lines = [f"{name}: {_values(entries)}" for name, entries in summary.axes.items()]
    lines.append("fixed: " + ", ".join(f"{name} = {_entry(entry)}" for name, entry in summary.fixed.items()))
    lines.append("run: " + ", ".join(f"{name} = {_entry(entry)}" for name, entry in summary.run.items()))
    lines.append(f"cells: {summary.finished} of {summary.cells} finished, {summary.missing} missing, "
                 f"{len(summary.failures)} failed")  # fmt: skip
    lines += [f"  failed: {_failure(one)}" for one in summary.failures[:MOST_VALUES]]
    if len(summary.failures) > MOST_VALUES:
        lines.append(f"  … and {len(summary.failures) - MOST_VALUES} more in failures.json")
    return lines


def summary_document(summary: Summary) -> dict[str, Any]:
    """For ``--json``."""
    from rmt_spikes.sweeps.documents import SCHEMA, agreement_part

    return {
        "schema": SCHEMA,
        "kind": "sweep-summary",
        "axes": summary.axes,
        "fixed": summary.fixed,
        "run": summary.run,
        "cells": {"all": summary.cells, "finished": summary.finished, "missing": summary.missing,
                  "failed": len(summary.failures)},
        "failures": summary.failures,
        "agreement": None if summary.agreement is None else agreement_part(summary.agreement),
    }  # fmt: skip


def _values(entries: list[Any]) -> str:
    shown = [str(entry) for entry in entries]
    if len(shown) > MOST_VALUES:
        shown = [*shown[:3], "…", shown[-1]]
    return f"{', '.join(shown)} ({len(entries)})"


def _entry(entry: Any) -> str:
    if isinstance(entry, dict):
        return f"{entry['per_width']} × width"
    return ", ".join(map(str, entry)) if isinstance(entry, list) else str(entry)


def _failure(one: Any) -> str:
    if not isinstance(one, dict):
        return str(one)
    cell = one.get("cell")
    return f"{where_text(cell) if isinstance(cell, dict) else cell}: {one.get('error')}"
