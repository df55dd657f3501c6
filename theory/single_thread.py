"""BLAS on one thread while the theory works: it solves thousands of systems of a few dozen unknowns one after the
other, which threads do not speed up, and on a machine with other work the threads wait for one another (a prediction
then takes three times as long, or more)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import ThreadpoolController

P = ParamSpec("P")
R = TypeVar("R")


def on_one_thread(work: Callable[P, R]) -> Callable[P, R]:
    """``work`` with the BLAS libraries limited to one thread; afterwards they have theirs back.

    >>> @on_one_thread
    ... def threads():
    ...     return {library["num_threads"] for library in _blas().info()}
    >>> threads() <= {1}
    True
    """

    @wraps(work)
    def limited(*arguments: P.args, **named: P.kwargs) -> R:
        with _blas().limit(limits=1):
            return work(*arguments, **named)

    return limited


@lru_cache(maxsize=1)
def _blas() -> ThreadpoolController:
    import scipy.linalg.blas  # noqa: F401  SciPy brings a library of its own, which must be loaded to be seen

    return ThreadpoolController().select(user_api="blas")
