"""Cells through a cluster: handed out a thousand at a time, taken back as they end, tried twice.

A cell that raises does not disturb the others: its error comes back as a `Failure`, after a second try.  So does a
cell whose workers were lost, once the scheduler has given it up.
"""

from __future__ import annotations

import errno
import itertools
import traceback
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from rmt_spikes.sweeps.variables import CellValues

Index = tuple[int, ...]
Task = list[tuple[Index, Any]]  # a cell is what its run computes
OUTSTANDING = 1000  # tasks that the scheduler knows of at a time: enough for a cluster to see that it should grow


@dataclass(frozen=True)
class Failure:
    """A cell that was not computed: ``error`` is one line, ``traceback`` where it was raised."""

    index: Index
    error: str
    traceback: str


@dataclass(frozen=True, eq=False)
class Done:
    """What came back for one task: finished cells, failures, texts of warnings."""

    finished: list[tuple[Index, CellValues]]
    failures: list[Failure]
    warned: set[str]


def work(task: Task, run: Any) -> Done:
    """Compute the cells of a task, one after the other; called on the workers."""
    done = Done([], [], set())
    for index, problem in task:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                done.finished.append((index, run.compute(problem)))
            except Exception as error:
                text = f"{type(error).__name__}: {error}"
                done.failures.append(Failure(index, text, traceback.format_exc()))
        done.warned.update(str(one.message) for one in caught)
    return done


def results(client: Any, tasks: Sequence[Task], run: Any, of: Callable[[Task, Any], Done] = work) -> Iterator[Done]:
    """What comes back, in the order in which it does; a failed cell comes after its second try."""
    from distributed import as_completed

    name = uuid.uuid4().hex
    numbers = itertools.count()
    waiting: dict[Any, tuple[Task, int]] = {}
    ended = as_completed(raise_errors=False)

    def submit(task: Task, attempt: int) -> None:
        future = client.submit(of, task, run, key=f"cells-{name}-{next(numbers)}", pure=False)
        waiting[future.key] = (task, attempt)
        ended.add(future)

    rest = iter(tasks)
    for task in itertools.islice(rest, OUTSTANDING):
        submit(task, 1)
    for future in ended:
        task, attempt = waiting.pop(future.key)
        done = _outcome(client, task, future)
        if done is None:
            submit(task, attempt)
            continue
        failed = {failure.index for failure in done.failures}
        if attempt == 1 and failed:
            submit([cell for cell in task if cell[0] in failed], 2)
            done = Done(done.finished, [], done.warned)
        yield done
        for task in itertools.islice(rest, 1):
            submit(task, 1)


def check_connected(client: Any) -> None:
    """ConnectionError if the scheduler is gone, and with it all that it knew."""
    channel = client.scheduler_comm
    if client.status != "running" or channel is None or channel.comm.closed():
        raise ConnectionError(errno.ECONNRESET, "the scheduler does not answer any more")


def _outcome(client: Any, task: Task, future: Any) -> Done | None:
    """None where the worker went down with the result after it had said that there is one, whether or not that is
    known by now: no fault of the cells."""
    if future.status == "finished":
        with suppress(Exception):
            return future.result()
    check_connected(client)
    if future.status == "error":
        raised = future.exception()
        return _lost(task, f"{type(raised).__name__}: {raised}")
    return None


def _lost(task: Task, text: str) -> Done:
    return Done([], [Failure(index, text, "") for index, _ in task], set())
