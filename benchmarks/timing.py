"""Times of several works taken alternately, and what is made of them.

In a round every work runs once; every other round runs them in the opposite order, so that a slow drift of the
machine's speed pushes the ratios of neighbouring rounds in opposite directions.  One unmeasured round comes first
(compilation, first touch of memory).  The ratio of two works is taken round by round; medians with the smallest and
the largest are kept, no means.
"""

import time
from collections.abc import Callable, Mapping
from statistics import median

Work = Callable[[], object]
Spread = dict[str, float]


def spread(values: list[float]) -> Spread:
    """Median, smallest and largest.

    >>> spread([3.0, 1.0, 2.0])
    {'median': 2.0, 'min': 1.0, 'max': 3.0}
    """
    return {"median": float(median(values)), "min": float(min(values)), "max": float(max(values))}


def rounds_of(
    works: Mapping[str, Work], rounds: int, clock: Callable[[], float] = time.perf_counter, warm: bool = True
) -> dict[str, list[float]]:
    """Seconds of each work in each round."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values() if warm else ():
        work()
    for number in range(rounds):
        for name in list(works) if number % 2 == 0 else reversed(works):
            start = clock()
            works[name]()
            times[name].append(clock() - start)
    return times


def ratios(ours: list[float], theirs: list[float]) -> list[float]:
    """Ours over theirs, round by round."""
    return [mine / yours for mine, yours in zip(ours, theirs, strict=True)]
