"""What the figures were taken on: processor, cores, versions, BLAS libraries, date, load.  No names of machines."""

import os
import platform
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from threadpoolctl import threadpool_info

from rmt_spikes import threads

PACKAGES = ("numpy", "scipy", "numba", "torch", "scikit-learn", "rmt-spikes")
IDLE = 0.5  # load average below which a machine counts as idle


def processor() -> str:
    """The processor's name as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def load() -> float | None:
    """The load average of the last minute, None where the system has none."""
    try:
        return round(os.getloadavg()[0], 2)
    except (AttributeError, OSError):
        return None


def now() -> str:
    """The time in UTC, to the minute."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def blas() -> list[str]:
    """The BLAS libraries that are loaded now, by name, version and kind of processor; never a path."""
    found = set()
    for library in threadpool_info():
        if library["user_api"] == "blas":
            kind = ", ".join(str(library[key]) for key in ("architecture", "threading_layer") if library.get(key))
            found.add(f"{library['internal_api']} {library['version']} ({kind})")
    return sorted(found)


def machine(thread_count: int) -> dict[str, object]:
    """Everything that stays the same during a run."""
    return {
        "processor": processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "threads": thread_count,
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
        "blas": blas(),
    }


def with_threads(count: int) -> ExitStack:
    """A context in which NumPy, SciPy, Numba and PyTorch work on ``count`` threads each."""
    stack = ExitStack()
    stack.enter_context(threads.limited(count))
    import numba

    stack.callback(numba.set_num_threads, numba.get_num_threads())
    numba.set_num_threads(min(count, numba.config.NUMBA_NUM_THREADS))
    if _version("torch"):
        import torch

        stack.callback(torch.set_num_threads, torch.get_num_threads())
        torch.set_num_threads(count)
    return stack


def environment(count: int) -> dict[str, str]:
    """The variables with which a fresh interpreter works on ``count`` threads."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    return {**os.environ, **dict.fromkeys(names, str(count))}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
