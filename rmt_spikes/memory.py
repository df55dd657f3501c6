"""How much memory is free, and whether a problem fits in it.

The least of what the system reports as available and what the control groups of this process still allow;
file cache that can be dropped counts as free."""

import os
from collections.abc import Iterator
from pathlib import Path

from rmt_spikes.problem import TwoLayer

# file names of a control group's limit, use, and reclaimable cache: version 2, version 1
VERSION_2 = ("memory.max", "memory.current", "inactive_file")
VERSION_1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def free_memory() -> int | None:
    """Bytes that this process may still take, or None where the system does not say.

    >>> free = free_memory()
    >>> free is None or free > 0
    True
    """
    known = [*_available(), *_groups(Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))]
    return min(known or _physical(), default=None)


def check_memory(problem: TwoLayer, workers: int = 1) -> None:
    """Raise ValueError if simulated runs of `problem`, one on each worker, need more memory than is free.

    >>> check_memory(TwoLayer(activation="relu", target="z", width=10**9, dim=10**9))
    Traceback (most recent call last):
    ValueError: simulating width = 1000000000, dim = 1000000000, samples = 2000 needs about ... GB ...
    """
    needed, free = workers * problem.memory_estimate(), free_memory()
    if free is not None and needed > free:
        on, fewer = (f" on {workers} workers", "take fewer workers, ") if workers > 1 else ("", "")
        raise ValueError(
            f"simulating width = {problem.width}, dim = {problem.dim}, samples = {problem.samples}{on} needs "
            f"about {needed / 1e9:.3g} GB and {free / 1e9:.3g} GB are free: {fewer}reduce width, dim or samples, "
            'take dtype="float32", or predict without simulating'
        )


def step_budget(problem: TwoLayer, memory_budget: int | None) -> int | None:
    """What the gradient steps of a trial may hold beside draw, W1 and result for the whole trial to stay within
    `memory_budget` bytes (None: no limit, and None comes back).

    Raises ValueError if the trial does not fit even with the smallest blocks.

    >>> problem = TwoLayer(activation="tanh", target="z", width=4000, dim=2000, samples=4000)
    >>> step_budget(problem, 10**9)
    680000000
    >>> step_budget(problem, 10**8)
    Traceback (most recent call last):
    ValueError: memory_budget = 0.1 GB does not hold a trial of width = 4000, dim = 2000, samples = 4000, ...
    """
    if memory_budget is None:
        return None
    least = problem.memory_estimate(problem.least_step_bytes)
    if memory_budget < least:
        raise ValueError(
            f"memory_budget = {memory_budget / 1e9:.3g} GB does not hold a trial of width = {problem.width}, "
            f"dim = {problem.dim}, samples = {problem.samples}, which needs about {least / 1e9:.3g} GB: give that, "
            'reduce the sizes, or take dtype="float32"'
        )
    return memory_budget - problem.draw_bytes - problem.steps * problem.weights_bytes


def _available(path: Path = Path("/proc/meminfo")) -> Iterator[int]:
    for line in _lines(path):
        if line.startswith("MemAvailable:"):
            yield 1024 * int(line.split()[1])


def _groups(membership: Path, root: Path) -> Iterator[int]:
    """What each control group above this process still allows; `membership` has lines id:controllers:path."""
    for line in _lines(membership):
        _, controllers, group = line.strip().split(":", 2)
        if controllers == "":
            yield from _allowances(root, group, VERSION_2)
        elif "memory" in controllers.split(","):
            yield from _allowances(root / "memory", group, VERSION_1)


def _allowances(root: Path, group: str, names: tuple[str, str, str]) -> Iterator[int]:
    parts = [part for part in group.split("/") if part not in ("", "..")]
    limit_file, use_file, cache_key = names
    for depth in range(len(parts) + 1):
        folder = root.joinpath(*parts[:depth])
        limit, use = _whole(folder / limit_file), _whole(folder / use_file)
        if limit is not None and use is not None:
            stat = dict(line.split() for line in _lines(folder / "memory.stat"))
            yield max(0, limit - use + int(stat.get(cache_key, 0)))


def _physical() -> list[int]:
    try:
        return [os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    except (AttributeError, OSError, ValueError):
        return []


def _whole(path: Path) -> int | None:
    first = next(iter(_lines(path)), "").strip()
    return int(first) if first.isdigit() else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
