"""What a sweep will cost, before it runs: seconds and bytes, by the counts of `rmt_spikes.cost`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rmt_spikes.cost import product_rate, trial_cost
from rmt_spikes.problem import TwoLayer
from rmt_spikes.sweeps.specification import Run
from rmt_spikes.workers import WORKER_BYTES, span

STARTING = 8.0  # seconds until the workers are at work: processes, imports, what they compile first
THEORY = {"dyson": 2.5, "mp": 0.05}  # seconds a cell: with trials, and by the bulk
PRODUCT = 512  # size of the product that measures the rate


@dataclass(frozen=True)
class Estimate:
    """Seconds and bytes of the cells that are still to be computed; reads as a line of text.

    >>> str(Estimate(cells=225, workers=2, seconds=7000.0, memory=1_300_000_000))
    '225 cells, about 1.9 h and 1.3 GB on 2 workers'
    """

    cells: int
    workers: int
    seconds: float
    memory: int

    def __str__(self) -> str:
        cells = f"{self.cells} cell{'s' * (self.cells != 1)}"
        on = f"{self.workers} worker{'s' * (self.workers != 1)}"
        return f"{cells}, about {span(self.seconds)} and {self.memory / 1e9:.2g} GB on {on}"


def estimate(problems: Iterable[Any], run: Any, workers: int) -> Estimate:
    """For these cells on ``workers`` processes of this machine; right within a factor of two or three."""
    problems = list(problems)
    seconds = run.seconds(problems)
    workers = min(workers, max(1, len(problems)))
    largest = max((problem.memory_estimate() for problem in problems), default=0) if run.trials else 0
    expected = STARTING + max(sum(seconds) / workers, *seconds) if problems else 0.0
    return Estimate(len(problems), workers, expected, workers * (largest + WORKER_BYTES))


def counted(problems: Sequence[TwoLayer], run: Run) -> list[float]:
    """Seconds of each cell."""
    rates = {dtype: product_rate(dtype, PRODUCT) for dtype in {problem.dtype for problem in problems} | {"float64"}}
    return [_seconds(problem, run, rates) for problem in problems]


def _seconds(problem: TwoLayer, run: Run, rates: dict[str, float]) -> float:
    if not run.trials:
        return THEORY[run.bulk]
    cost = trial_cost(problem, rates[problem.dtype], rates["float64"])
    return THEORY[run.bulk] + run.trials * cost.seconds(run.threads)
