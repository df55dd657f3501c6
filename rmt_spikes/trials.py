"""Independent trials of one piece of work, in this process or on worker processes.

A trial is ``work(rng)`` with a child of one generator: what it gives depends on that child alone, so the results, in
the order of the children, are the same for any number of workers.  Workers are fresh processes ("spawn": a fork would
copy the locks of the BLAS threads but not the threads), each with its share of the BLAS threads.  They get ``work``
once, when they start.

* An interrupt stops this process, which then ends its workers: they start with SIGINT blocked, so that the terminal's
  Ctrl-C, which reaches them too, prints nothing.  A worker whose parent dies ends itself.
* Warnings of a worker are collected and issued here, under the settings of the caller.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")
Work = Callable[[np.random.Generator], T]
Report = Callable[[int], None]
HANDED_AHEAD = 2  # trials a worker: one at work and one waiting, so that none is idle and few are lost


class WorkerLost(RuntimeError):
    """A worker process ended without giving its result."""


def run_trials(
    work: Work[T],
    rngs: Sequence[np.random.Generator],
    workers: int = 1,
    threads: int = 1,
    report: Report | None = None,
) -> list[T]:
    """``[work(rng) for rng in rngs]`` on ``workers`` processes with ``threads`` BLAS threads each.

    One worker is this process, with the threads that it has.  More need a ``work`` that pickles, and a main script
    under ``if __name__ == "__main__":``, since each starts by importing it.  ``report(done)`` is called after each
    trial.  What a trial raises is raised here, with a note that names the trial; `WorkerLost` if a worker is killed.

    >>> run_trials(lambda rng: rng.bit_generator is not None, np.random.default_rng(0).spawn(3))
    [True, True, True]
    """
    report = report or (lambda done: None)
    workers = min(workers, len(rngs))
    if workers > 1:
        return _on_workers(work, rngs, workers, threads, report)
    results = []
    for k, rng in enumerate(rngs):
        with _named(k, len(rngs)):
            results.append(work(rng))
        report(len(results))
    return results


def _on_workers(
    work: Work[T], rngs: Sequence[np.random.Generator], workers: int, threads: int, report: Report
) -> list:
    results: dict[int, Any] = {}
    waiting: dict[Future, int] = {}
    with _explained(workers), _pool(work, workers, threads) as pool:
        trials = iter(enumerate(rngs))
        _hand_out(pool, trials, waiting, HANDED_AHEAD * workers)
        while waiting:
            finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                k = waiting.pop(future)
                with _named(k, len(rngs)):
                    results[k], issued = future.result()
                    for message, category, file, line in issued:
                        warnings.warn_explicit(message, category, file, line)
                report(len(results))
            _hand_out(pool, trials, waiting, len(finished))
    return [results[k] for k in range(len(rngs))]


def _hand_out(pool: ProcessPoolExecutor, trials: Iterator, waiting: dict[Future, int], count: int) -> None:
    with interrupts_blocked():  # the pool starts its processes as work comes in
        for _, (k, rng) in zip(range(count), trials, strict=False):
            waiting[pool.submit(_trial, rng)] = k


@contextmanager
def _pool(work: Work, workers: int, threads: int) -> Iterator[ProcessPoolExecutor]:
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(work, threads))
    try:
        yield pool
    except BaseException:
        # the pool itself would wait for the trials at work; `terminate_workers` comes with Python 3.14 only
        for process in list((pool._processes or {}).values()):
            process.terminate()
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()


@contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Processes started here inherit the mask; an interrupt that comes meanwhile is raised at the end."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Python's tracker of shared resources unblocks SIGINT when it is started: it should be running before
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _named(k: int, trials: int) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        error.add_note(f"in trial {k + 1} of {trials}")
        raise


@contextmanager
def _explained(workers: int) -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool as error:
        raise WorkerLost(
            f"one of {workers} worker processes was lost before its trial was done: if the system ended it for "
            "want of memory, take fewer workers or smaller sizes; a script that asks for workers must do its work "
            'under if __name__ == "__main__":'
        ) from error


# ---- in the workers

_work: Work


def _start(work: Work, threads: int) -> None:
    from rmt_spikes.threads import limited

    global _work
    _work = work
    limited(threads)  # for good: nothing leaves the context
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _trial(rng: np.random.Generator) -> tuple[Any, list[tuple]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = _work(rng)
    return result, [(one.message, one.category, one.filename, one.lineno) for one in caught]
