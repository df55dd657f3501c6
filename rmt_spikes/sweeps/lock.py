"""One sweep at a time on a store: an advisory lock that the system releases when its holder ends, however it ends."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = ".lock"


class InUse(ValueError):
    """Another process works on the store."""


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Hold the store's lock; `InUse` names the holder if there is one.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with locked(folder), locked(folder):
    ...     pass
    Traceback (most recent call last):
    rmt_spikes.sweeps.lock.InUse: ... is in use by process ...
    """
    try:
        handle = os.open(store / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ValueError(
            f"cannot write into {str(store)!r} ({error.strerror}): give another path for the store"
        ) from None
    try:
        _take(handle, store)
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()} on {socket.gethostname()}".encode())
        try:
            yield
        finally:
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _take(handle: int, store: Path) -> None:
    try:
        import fcntl
    except ImportError:
        return  # a system without it: two sweeps on one store are not told apart there
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(handle, 200).decode(errors="replace") or "unknown"
        raise InUse(
            f"the store {str(store)!r} is in use by process {holder}: wait for it to end, or give another path"
        ) from None
