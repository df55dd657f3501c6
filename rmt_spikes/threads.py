"""How many threads work at once: one number for the BLAS products and for the elementwise passes between them.

The number is that of the BLAS libraries that NumPy and SciPy have loaded (each may bring its own), so the variables a
user knows (OPENBLAS_NUM_THREADS, OMP_NUM_THREADS, MKL_NUM_THREADS) and `threadpoolctl` govern all work.  The
elementwise passes run compiled code that releases the interpreter's lock, on ordinary threads: nothing here depends
on which threading layer Numba finds, and callers may themselves be threads."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from functools import lru_cache

import scipy.linalg.blas  # noqa: F401  loads SciPy's own BLAS, so that the controller below sees it
from threadpoolctl import ThreadpoolController


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")


def count() -> int:
    """Threads that BLAS uses now; the processor's cores where no library tells.

    >>> with limited(1):
    ...     count()
    1
    """
    known = [library.get_num_threads() for library in _controller().lib_controllers]
    return max((number for number in known if number), default=os.cpu_count() or 1)


def limited(threads: int) -> AbstractContextManager:
    """A context in which every BLAS library uses at most ``threads`` threads."""
    return _controller().limit(limits=threads)


def for_each(work: Callable[[int], None], items: Sequence[int]) -> None:
    """Call ``work`` on every item, on `count()` threads, this one among them; an error in one is raised here.

    >>> done = []
    >>> for_each(done.append, range(3))
    >>> sorted(done)
    [0, 1, 2]
    """
    threads = max(1, min(count(), len(items)))

    def share(k: int) -> None:
        for item in items[k::threads]:
            work(item)

    # one task a thread: handing over single items would cost more than small items take
    others = [_pool(threads - 1).submit(share, k) for k in range(1, threads)]
    try:
        share(0)
    finally:
        wait(others)
    for other in others:
        other.result()


@lru_cache(maxsize=8)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="rmt_spikes")


# a forked child has the pools but not their threads
os.register_at_fork(after_in_child=_pool.cache_clear)
