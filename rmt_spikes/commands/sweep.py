"""``rmt-spikes sweep``: run a specification into a store; go on where it stopped."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from rmt_spikes.printing import console, json_option, print_json

NEEDED = ("dask", "distributed", "xarray", "zarr")
EVERY = 60.0  # seconds between lines where there is no terminal


@click.command("sweep")
@click.argument("specification", type=click.Path(path_type=Path))
@click.option(
    "--store", type=click.Path(path_type=Path), help="Folder of the results, PATH.zarr.", show_default=False
)
@click.option("--workers", default="auto", help="Processes of this machine: a number, or auto for its cores.")
@click.option("--scheduler", help="Address of a Dask scheduler whose workers to use.", show_default=False)
@click.option("--dry-run", is_flag=True, help="Print cells, expected time and memory, and stop.")
@json_option
def command(
    specification: Path, store: Path | None, workers: str, scheduler: str | None, dry_run: bool, as_json: bool
) -> None:
    """Simulate every cell of SPECIFICATION, a TOML file, beside the theory, and keep it in a labelled store.

    A sweep that was stopped goes on with the same command; one with longer lists takes over what is there."""
    require_packages()
    from rmt_spikes.sweeps.specification import Sweep
    from rmt_spikes.workers import read

    wanted = read(workers)
    if scheduler is not None and wanted is not None:
        raise ValueError(f"--workers {wanted} and --scheduler {scheduler} exclude each other: give one of them")
    sweep = Sweep.read(specification)
    if store is None and not dry_run:
        raise ValueError("the results need a place: give --store PATH.zarr, or --dry-run")
    from rmt_spikes.sweeps import sweeping
    from rmt_spikes.sweeps.places import check_place

    count = wanted or sweeping.default_workers(sweep)
    if scheduler is not None and dry_run:
        count = sweeping.workers_at(scheduler)
    if scheduler is None:  # the memory of other machines is not known here
        sweeping.check_cells(sweep, min(count, sweep.size))
    if store is not None:
        check_place(store, sweep)
    if dry_run:
        return _plan(sweep, store, count, as_json)
    assert store is not None
    if not as_json:
        for line in _lines(sweep):
            click.echo(line)
    if scheduler is not None:
        click.echo(f"asking {scheduler} for workers; cells begin when it has some", err=True)
    with _terminated_like_interrupted(), _progress() as progress:
        report = sweeping.run_sweep(sweep, store, wanted, scheduler, progress)
    if as_json:
        print_json(_document(sweep, store, report))
    else:
        _print(sweep, store, report)
    if report.failures:
        raise click.exceptions.Exit(1)


def require_packages() -> None:
    """ValueError if the packages of the extra are not installed."""
    from importlib.util import find_spec

    lacking = [name for name in NEEDED if find_spec(name) is None]
    if lacking:
        raise ValueError(f"sweeps need {', '.join(lacking)}: install them with pip install 'rmt-spikes[sweep]'")


def _plan(sweep: Any, store: Path | None, workers: int, as_json: bool) -> None:
    from rmt_spikes.sweeps.estimate import Estimate, estimate
    from rmt_spikes.sweeps.places import unfinished

    left = [cell.index for cell in sweep.cells()] if store is None else unfinished(store, sweep)
    there = sweep.size - len(left)
    expected = estimate(map(sweep.problem, left), sweep.run, workers) if left else Estimate(0, 0, 0.0, 0)
    if as_json:
        return print_json(
            {
                "schema": 1,
                "kind": "sweep-plan",
                "cells": sweep.size,
                "axes": {axis.name: [_json_able(value) for value in axis.values] for axis in sweep.axes},
                "trials": sweep.run.trials,
                "finished": there,
                "workers": expected.workers,
                "seconds": round(expected.seconds, 1),
                "bytes": expected.memory,
            }
        )
    for line in _lines(sweep):
        click.echo(line)
    if there:
        click.echo(f"{there} of {sweep.size} cells are in the store")
    click.echo(str(expected) if left else "nothing is left to compute")


def _json_able(value: Any) -> Any:
    return value if isinstance(value, int | float | str) else str(value)


def _lines(sweep: Any) -> Iterator[str]:
    """
    >>> from rmt_spikes.sweeps.specification import Sweep
    >>> print("\\n".join(_lines(Sweep({"alpha1": ["0", "1/4"], "width": [200], "dim": 100}, {"trials": 2}))))
    2 cells: width (1) × alpha1 (2), 2 trials each, seed 0
      width   200
      alpha1  0, 1/4
    """
    axes = " × ".join(f"{axis.name} ({len(axis.values)})" for axis in sweep.axes) or "no axis"
    trials = f"{sweep.run.trials} trial{'s' * (sweep.run.trials != 1)} each" if sweep.run.trials else "theory only"
    yield f"{sweep.size} cell{'s' * (sweep.size != 1)}: {axes}, {trials}, seed {sweep.run.seed}"
    longest = max((len(axis.name) for axis in sweep.axes), default=0)
    for axis in sweep.axes:
        values = list(map(str, axis.values))
        shown = values if len(values) <= 8 else [*values[:4], "…", *values[-2:]]
        yield f"  {axis.name:{longest}}  {', '.join(shown)}"


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM, a queue's way to say that the time is up, stops the sweep as Ctrl-C does."""

    def stop(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar with the time to go; where there is no terminal, a line a minute."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    shown_on = console(stderr=True)
    if not shown_on.is_terminal:
        yield _line_a_minute()
        return
    columns = (
        TextColumn("cells"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=shown_on, transient=True, speed_estimate_period=600) as bar:
        task = bar.add_task("cells", total=None)
        yield lambda finished, cells: bar.update(task, completed=finished, total=cells)


def _line_a_minute() -> Callable[[int, int], None]:
    from rmt_spikes.progress import clock

    begun = last = time.monotonic()
    first: int | None = None

    def report(finished: int, cells: int) -> None:
        nonlocal last, first
        now = time.monotonic()
        first = finished if first is None else first
        if now - last < EVERY or finished == first:
            return
        last = now
        to_go = (now - begun) * (cells - finished) / (finished - first)
        click.echo(f"{finished} of {cells} cells, {clock(to_go)} to go", err=True)

    return report


def _document(sweep: Any, store: Path, report: Any) -> dict[str, Any]:
    return {
        "schema": 1,
        "kind": "sweep",
        "store": str(store),
        "specification": sweep.document(),
        "cells": report.cells,
        "found": report.found,
        "damaged": report.damaged,
        "mended": report.mended,
        "computed": report.computed,
        "failures": [{"cell": _named(sweep, one.index), "error": one.error} for one in report.failures],
        "warnings": list(report.warned),
        "versions_differ": list(report.versions),
        "seconds": round(report.seconds, 2),
    }


def _named(sweep: Any, index: tuple[int, ...]) -> dict[str, Any]:
    return {axis.name: _json_able(axis.values[i]) for axis, i in zip(sweep.axes, index, strict=True)}


def _print(sweep: Any, store: Path, report: Any) -> None:
    kept = f"{report.computed} computed in {report.seconds:.0f} s, {report.found} were in the store"
    click.echo(f"{kept}, {len(report.failures)} failed")
    if report.damaged:
        click.echo(f"{report.damaged} cells of the store were damaged and computed again")
    if report.mended:
        click.echo(f"{report.mended} files of the store's description were damaged and written again")
    if report.versions:
        click.echo(f"the store was begun with other versions: {'; '.join(report.versions)}")
    for text in report.warned:
        click.echo(f"warning: {text}", err=True)
    for one in report.failures[:5]:
        cell = ", ".join(f"{name} = {value}" for name, value in _named(sweep, one.index).items())
        click.echo(f"failed: {cell} (seed {sweep.run.seed}): {one.error}", err=True)
    if report.failures:
        click.echo(f"all failures: {store / 'failures.json'}; the same command tries them again", err=True)
    click.echo(f"wrote {store}; see it with rmt-spikes show {store}")
