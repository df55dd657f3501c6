"""The door: run what is missing of a sweep into its store.

What is computed depends on the cells alone: any number of workers, any order, interrupted or not, gives the same
bits (on one kind of processor: BLAS libraries choose their code by it).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

from rmt_spikes.files import write_whole
from rmt_spikes.sweeps import cluster, places, store
from rmt_spikes.sweeps.execution import Failure, Task, results
from rmt_spikes.sweeps.specification import Sweep
from rmt_spikes.trials import WorkerLost
from rmt_spikes.workers import cores

# whose versions can move a number
PACKAGES = ("rmt-spikes", "numpy", "scipy", "numba", "sympy", "mpmath")


@dataclass(frozen=True)
class Report:
    """How a sweep went: ``found`` cells were in the store, ``damaged`` of those marked there had to be computed
    again, ``mended`` files of its description were written anew, ``computed`` are new; ``warned`` are texts of
    warnings, ``versions`` differences to those of the store."""

    cells: int
    found: int
    damaged: int
    mended: int
    computed: int
    failures: tuple[Failure, ...]
    warned: tuple[str, ...]
    versions: tuple[str, ...]
    seconds: float


class Interrupted(KeyboardInterrupt):
    """The sweep was stopped; the text says what is kept and how to go on."""


def run_sweep(
    sweep: Sweep,
    path: str | Path,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Compute the cells of ``sweep`` that the store at ``path`` lacks, and write each as it ends.

    ``workers`` processes of this machine (None: as many as its cores allow with ``threads`` BLAS threads each), or
    those of the Dask ``scheduler`` at an address.  ``progress(finished, cells)`` is called at the start and after
    each task.  `rmt_spikes.sweeps.store.open_sweep` reads the store, at any time.

    Raises ValueError before any work for a store of another specification, one in use, a path that cannot be
    written, sizes that do not fit in memory or a scheduler that does not answer; OSError if the disk is full;
    `WorkerLost` if a scheduler goes away; `Interrupted` on Ctrl-C.
    Cells that fail are in the report and in the store's failures.json, not raised.
    """
    if workers is not None and scheduler is not None:
        raise ValueError("workers and scheduler exclude each other: a scheduler has its own workers")
    path, start = Path(path), time.monotonic()
    report = progress or (lambda finished, cells: None)
    if scheduler is None:
        workers = min(workers or default_workers(sweep), sweep.size)
        check_cells(sweep, workers)
    with places.opened(path, sweep, versions()) as opened:
        missing = opened.missing()
        found = sweep.size - len(missing)
        report(found, sweep.size)
        failures: list[Failure] = []
        warned: set[str] = set()
        computed = 0
        try:
            if missing:
                with _client(sweep, workers or 1, scheduler) as client:
                    for done in results(client, apart(tasks(opened, missing), up(client)), sweep.run):
                        if done.finished:
                            opened.write(done.finished)
                        computed += len(done.finished)
                        failures += done.failures
                        warned |= done.warned
                        report(found + computed, sweep.size)
        except KeyboardInterrupt:
            raise Interrupted(
                f"interrupted: {found + computed} of {sweep.size} cells are finished and kept in {str(path)!r}; "
                "the same command goes on from there"
            ) from None
        except ConnectionError as error:
            raise WorkerLost(
                f"{error.strerror}: {found + computed} of {sweep.size} cells are finished and kept in {str(path)!r}; "
                "the same command goes on from there"
            ) from None
        except OSError as error:
            raise OSError(
                error.errno,
                f"{error.strerror}; {found + computed} of {sweep.size} cells are finished and kept in {str(path)!r}: "
                "mend this, and the same command goes on from there",
            ) from error
        finally:
            _record(path, sweep, failures)
        return Report(
            sweep.size,
            found,
            opened.damaged,
            opened.mended,
            computed,
            tuple(sorted(failures, key=lambda one: one.index)),
            tuple(sorted(warned)),
            tuple(_differences(store.read_versions(path))),
            time.monotonic() - start,
        )


def tasks(opened: store.Store, missing: Sequence[tuple[int, ...]]) -> list[Task]:
    """Missing cells, those of one chunk together."""
    by_block: dict[tuple[int, ...], Task] = {}
    for index in missing:
        by_block.setdefault(opened.block(index), []).append((index, opened.sweep.problem(index)))
    return list(by_block.values())


def apart(given: Sequence[Task], workers: int) -> list[Task]:
    """In an order in which ``workers`` that take turns each go along cells of their own.

    Neighbouring cells share theory (the population's first step), which a worker keeps for the next cell; taken in
    plain order, every worker solves all of it.

    >>> apart(["a", "b", "c", "d", "e"], 2)
    ['a', 'd', 'b', 'e', 'c']
    """
    stride = -(-len(given) // workers)
    return [given[i] for start in range(stride) for i in range(start, len(given), stride)]


def default_workers(sweep: Sweep) -> int:
    """As many as the cores that this process may use have room for; each has its own number of BLAS threads."""
    return max(1, cores() // sweep.run.threads)


def check_cells(sweep: Sweep, workers: int) -> None:
    """ValueError if the largest cells do not fit in memory, one on each worker."""
    if sweep.run.trials:
        sweep.check_memory(workers)


def versions() -> dict[str, str]:
    """Of the packages here that can move a number."""
    return {"python": python_version(), **{name: version(name) for name in PACKAGES}}


def workers_at(scheduler: str) -> int:
    """How many workers a scheduler has; ValueError if it does not answer."""
    with cluster.remote(scheduler) as client:
        return up(client)


def up(client: Any) -> int:
    """How many workers a cluster has now, at least 1: a remote one may still be growing."""
    return max(1, len(client.scheduler_info(n_workers=-1)["workers"]))


def _client(sweep: Sweep, workers: int, scheduler: str | None) -> AbstractContextManager[Any]:
    return cluster.local(workers, sweep.run.threads) if scheduler is None else cluster.remote(scheduler)


def _differences(made: dict[str, str]) -> list[str]:
    return [f"{name} {made[name]}, now {now}" for name, now in versions().items() if made.get(name, now) != now]


def _record(path: Path, sweep: Sweep, failures: Sequence[Failure]) -> None:
    """Failed cells as a file beside the arrays; none, none.  A full disk keeps them from it, not from the report."""
    target = path / store.FAILURES
    if not failures:
        target.unlink(missing_ok=True)
        return
    document = [
        {
            "cell": {axis.name: str(axis.values[i]) for axis, i in zip(sweep.axes, one.index, strict=True)},
            "index": list(one.index),
            "seed": str(sweep.run.seed),
            "error": one.error,
            "traceback": one.traceback,
        }
        for one in sorted(failures, key=lambda one: one.index)
    ]
    with suppress(OSError):
        write_whole(target, json.dumps(document, indent=1, ensure_ascii=False).encode())
