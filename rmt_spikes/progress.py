"""A bar on a terminal for trials that finish in rounds, several at a time and out of order; nothing elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from typing import Any


def remaining(done: int, trials: int, workers: int, elapsed: float) -> float | None:
    """Seconds still to go when the ``done``-th trial ends, None before the first.

    Trials come in rounds of ``workers``: when the first of a round ends, the others are nearly there.

    >>> remaining(0, 8, 2, 3.0), remaining(1, 8, 2, 10.0), remaining(2, 8, 2, 10.5), remaining(8, 8, 2, 40.0)
    (None, 30.0, 31.5, 0.0)
    """
    if not done:
        return None
    return elapsed * (ceil(trials / workers) / ceil(done / workers) - 1)


def clock(seconds: float) -> str:
    """
    >>> clock(65.4), clock(7384), clock(-2)
    ('1:05', '2:03:04', '0:00')
    """
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


@contextmanager
def bar(console: Any, workers: int) -> Iterator[Callable[[int, int], None]]:
    """The ``progress`` of `rmt_spikes.comparison.compare` as a bar with the time to go."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.text import Text

    class ToGo(TextColumn):
        """Counts down between the ends of trials."""

        ends: float | None = None

        def render(self, task: Any) -> Text:
            return Text("" if self.ends is None else f"{clock(self.ends - time.monotonic())} to go")

    left = ToGo("")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), left)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task("theory", total=None)
        start = 0.0

        def report(done: int, trials: int) -> None:
            nonlocal start
            now = time.monotonic()
            start = start if done else now
            to_go = remaining(done, trials, workers, now - start)
            left.ends = None if to_go is None else now + to_go
            shown.update(task, description="trials", completed=done, total=trials)

        yield report
