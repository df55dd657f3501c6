"""How many worker processes share the machine, and how many BLAS threads each gets.

The budget is what the user lets BLAS use (OPENBLAS_NUM_THREADS and its like), within the cores that this process may
use.  Draws and the theory of a draw run on one thread, so two workers with a thread each beat one with two; but a
worker first imports and compiles, and holds its own matrices.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

from rmt_spikes.cost import PREDICTION, TrialCost, measured_cost
from rmt_spikes.fields import whole
from rmt_spikes.memory import free_memory
from rmt_spikes.problem import TwoLayer

STARTING = 3.0  # seconds until a worker is at work: imports, a copy of the theory, what is compiled
WORKER_BYTES = 400_000_000  # of a worker apart from its matrices: interpreter, libraries, compiled code
MOST = 1024
GAIN = 0.9  # a plan with more workers must take less than this share of the time


def read(value: object) -> int | None:
    """A number of workers, None for "auto".

    >>> read("auto"), read("2"), read(3)
    (None, 2, 3)
    """
    if value == "auto":
        return None
    number = (
        int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 9 else value
    )
    return whole("workers", number, 1, MOST, f"from 1 to {MOST} or 'auto'", 2)


def budget() -> int:
    """Threads that all workers together may use.

    >>> budget() >= 1
    True
    """
    from rmt_spikes.threads import count

    return max(1, min(cores(), count()))


def cores() -> int:
    """Cores that this process may use.

    >>> cores() >= 1
    True
    """
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def quickest(problem: TwoLayer, trials: int, cost: TrialCost, threads: int, free: int | None) -> int:
    """The number of workers for the shortest run on ``threads`` threads and ``free`` bytes.

    >>> problem = TwoLayer(activation="relu", target="z")
    >>> [quickest(problem, trials, TrialCost(1.0, 0.6), threads=2, free=None) for trials in (2, 100)]
    [1, 2]
    """
    best, shortest = 1, seconds(cost, trials, 1, threads)
    for workers in range(2, min(trials, threads) + 1):
        if free is not None and memory(problem, workers) > free:
            break
        if seconds(cost, trials, workers, threads) < GAIN * shortest:
            best, shortest = workers, seconds(cost, trials, workers, threads)
    return best


def seconds(cost: TrialCost, trials: int, workers: int, threads: int) -> float:
    """Of the trials, after the theory: rounds of ``workers`` trials at a time.

    >>> seconds(TrialCost(1.0, 0.5), trials=5, workers=1, threads=2)
    5.0
    """
    starting = STARTING if workers > 1 else 0.0
    return starting + math.ceil(trials / workers) * cost.seconds(max(1, threads // workers))


def memory(problem: TwoLayer, workers: int) -> int:
    """Bytes of all workers at their peak; this process itself is not counted, but where it does the work."""
    return workers * (problem.memory_estimate() + (WORKER_BYTES if workers > 1 else 0))


@dataclass(frozen=True)
class Plan:
    """How a run is going to be done, and its expected seconds and bytes; reads as a line of text.

    >>> str(Plan(trials=8, workers=2, seconds=64.0, memory=1_300_000_000))
    '1 min and 1.3 GB for 8 trials on 2 workers'
    """

    trials: int
    workers: int
    seconds: float
    memory: int

    def __str__(self) -> str:
        trials = f"{self.trials} trial{'s' * (self.trials != 1)}"
        several = f" on {self.workers} workers" if self.workers > 1 else ""
        return f"{span(self.seconds)} and {self.memory / 1e9:.2g} GB for {trials}{several}"


def plan(problem: TwoLayer, trials: int, wanted: int | None = None, memory_budget: int | None = None) -> Plan:
    """With the ``wanted`` workers, or as many as are quickest here and now within the memory.

    >>> plan(TwoLayer(activation="relu", target="z", width=100, dim=50, samples=100), trials=4).workers
    1
    """
    threads, cost = budget(), measured_cost(problem)
    free = min((limit for limit in (free_memory(), memory_budget) if limit is not None), default=None)
    workers = min(wanted, trials) if wanted else quickest(problem, trials, cost, threads, free)
    expected = PREDICTION + seconds(cost, trials, workers, threads)
    return Plan(trials, workers, expected, memory(problem, workers))


def span(seconds: float) -> str:
    """
    >>> span(34), span(200), span(7000), span(200_000)
    ('30 s', '3 min', '1.9 h', '2.3 days')
    """
    if seconds < 55:
        return f"{max(10, 10 * round(seconds / 10))} s"
    if seconds < 3600:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h" if seconds < 86400 else f"{seconds / 86400:.1f} days"
