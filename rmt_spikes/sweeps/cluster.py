"""Where cells are computed: a Dask cluster of this machine's processes, or one that is there already.

Workers of the local cluster are fresh processes with one task at a time.  They start with SIGINT blocked, so that a
terminal's Ctrl-C reaches this process only, which ends them; one that dies is started again, and its cells are given
to another.  They end themselves if this process does.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rmt_spikes import __version__
from rmt_spikes.trials import WorkerLost, interrupts_blocked

CONNECTING = 30  # seconds for a scheduler to answer


@contextmanager
def local(workers: int, threads: int) -> Iterator[Any]:
    """A client of ``workers`` processes with ``threads`` BLAS threads each."""
    import dask
    from distributed import Client, LocalCluster

    settings: dict[str, Any] = {f"distributed.nanny.pre-spawn-environ.{name}": threads for name in _LIMITS}
    settings["distributed.admin.log-format"] = "%(message)s"
    # no cell waits at a worker: one that kills it would take those along, and Dask gives up what lost four workers
    settings["distributed.scheduler.worker-saturation"] = 1.0
    with dask.config.set(settings):
        with interrupts_blocked(), _explained():
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",  # none would be port 8787 of every interface
                memory_limit=None,  # what does not fit was refused; a limit a worker would end cells that do
                silence_logs=logging.CRITICAL,
            )
        client = None
        try:
            client = Client(cluster)
            yield client
        finally:
            with interrupts_blocked():  # a second Ctrl-C would leave the workers to Dask's exit, with a traceback
                if client is not None:
                    client.close()
                cluster.close(timeout=5)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise WorkerLost(
            f"the worker processes did not start ({error}): they begin by importing the main script, so one that "
            'runs a sweep must be a file and do its work under if __name__ == "__main__":'
        ) from error


_LIMITS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@contextmanager
def remote(address: str) -> Iterator[Any]:
    """A client of the scheduler at ``address``; ValueError if it does not answer, or its workers cannot work."""
    from distributed import Client

    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # a lost scheduler is an error of the sweep
    try:
        client = Client(address, timeout=CONNECTING)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"the scheduler {address!r} does not answer ({type(error).__name__}): give the address that dask "
            "scheduler prints, such as tcp://127.0.0.1:8786"
        ) from None
    with client:
        _check_workers(client, address)
        yield client


def _check_workers(client: Any, address: str) -> None:
    try:
        found = client.run(version_here)
    except ImportError as error:
        raise ValueError(f"the workers of {address!r} lack a package ({error}): install rmt-spikes there") from None
    others = {version for version in found.values() if version != __version__}
    if others:
        raise ValueError(
            f"workers of {address!r} have rmt-spikes {', '.join(sorted(others))} and here is {__version__}: install "
            "the same version on all"
        )


def version_here() -> str:
    """Of the package, on the machine where it is called."""
    import theory  # noqa: F401  a worker without it could do nothing

    return __version__
