"""Where a store comes from: made in its place, enlarged, put back, locked while a sweep works on it.

A new store is made beside its place and renamed into it.  A larger specification gets a new store with what the old
one has, which then takes its place; should the process end between the two renames, the next one puts the old one
back.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
import zarr

from rmt_spikes.sweeps import layout
from rmt_spikes.sweeps.chunks import PARTIAL
from rmt_spikes.sweeps.description import mend
from rmt_spikes.sweeps.lock import InUse, locked
from rmt_spikes.sweeps.specification import Sweep
from rmt_spikes.sweeps.store import Index, Store, array_of, indices, read_specification, read_versions
from rmt_spikes.sweeps.variables import FINISHED, CellValues


@contextmanager
def opened(path: Path, sweep: Sweep, versions: dict[str, str]) -> Iterator[Store]:
    """The store of ``sweep`` at ``path``, made or enlarged if need be, locked against other sweeps.

    Raises ValueError if the path cannot be written, holds something else or the store of another specification;
    `InUse` if another process works on it.
    """
    path = path.resolve()  # a link to a store stays one when the store is enlarged
    _put_back(path)
    if not path.exists():
        _check_new(path)
        _make(path, sweep, versions)
    with locked(path):
        larger = not _compatible(path, sweep)
        if larger:
            _enlarge(path, sweep)
        with locked(path) if larger else nullcontext():  # what is at ``path`` now is another folder
            _sweep_up(path)
            mended = mend(path, sweep, read_versions(path))
            yield Store(path, sweep, mended)


def check_place(path: Path, sweep: Sweep) -> None:
    """What `opened` would refuse, without writing."""
    path = path.resolve()
    if path.exists():
        _compatible(path, sweep)
        return
    _check_new(path)
    if not _writable(path.absolute().parent):
        raise ValueError(f"cannot write into {str(path.absolute().parent)!r}: give another path for the store")


def _check_new(path: Path) -> None:
    if (path.parent / ".zgroup").exists():
        raise ValueError(f"{str(path)!r} would lie inside another store: give a path beside it")


def _writable(folder: Path) -> bool:
    while not folder.exists():
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _compatible(path: Path, sweep: Sweep) -> bool:
    """True if the store is of this specification, False if of a smaller one; ValueError if of another."""
    if path.is_dir() and not any(path.iterdir()):
        raise ValueError(f"{str(path)!r} is an empty folder: remove it, or give a path that does not exist yet")
    before = read_specification(path)
    if before.document() == sweep.document():
        return True
    if sweep.extends(before):
        return False
    lines = "; ".join(sweep.difference(before))
    raise ValueError(
        f"the store {str(path)!r} was made by another specification: {lines}: give another path, or the "
        "specification of the store; lists may only get longer"
    )


def _make(path: Path, sweep: Sweep, versions: dict[str, str]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".making-", dir=path.parent))
    except OSError as error:
        raise ValueError(
            f"cannot write into {str(path.parent)!r} ({error.strerror}): give another path for the store"
        ) from None
    try:
        made = folder / path.name
        layout.make(made, sweep, versions)
        os.rename(made, path)
    except OSError:
        if path.exists():
            raise InUse(
                f"the store {str(path)!r} was made by another process just now: run the command again"
            ) from None
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _before(path: Path) -> Path:
    return path.with_name(f".{path.name}.before")


def _put_back(path: Path) -> None:
    before = _before(path)
    if before.exists() and not path.exists():
        os.rename(before, path)
    shutil.rmtree(before, ignore_errors=True)


def _enlarge(path: Path, sweep: Sweep) -> None:
    """Put a store of the larger specification, with what this one has, in its place."""
    smaller = read_specification(path)
    mend(path, smaller, read_versions(path))
    old = Store(path, smaller)
    folder = Path(tempfile.mkdtemp(prefix=".making-", dir=path.parent))
    try:
        made = folder / path.name
        layout.make(made, sweep, read_versions(path))
        new = Store(made, sweep)
        moved: dict[Index, list[tuple[Index, CellValues]]] = {}
        for index, there in _moves(smaller, sweep, old.finished):
            moved.setdefault(new.block(there), []).append((there, old.read(index)))
        for cells in moved.values():
            new.write(cells)
        os.rename(path, _before(path))
        os.rename(made, path)
        shutil.rmtree(_before(path), ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep_up(path: Path) -> None:
    """Remove what a process that was killed left half written."""
    for folder in path.iterdir():
        if folder.is_dir():
            for partial in folder.glob(f"*{PARTIAL}"):
                partial.unlink()
    for folder in path.parent.glob(".making-*"):
        if (folder / path.name).exists():
            shutil.rmtree(folder, ignore_errors=True)


def unfinished(path: Path, sweep: Sweep) -> list[Index]:
    """Cells of ``sweep`` that a store lacks, read only, damage not looked for; all of them if there is none."""
    marks = np.zeros(sweep.shape, dtype="u1")
    if path.exists():
        smaller = read_specification(path)
        root = zarr.open_group(path, mode="r", use_consolidated=False)
        finished = np.asarray(array_of(root, FINISHED)[...])
        for _, there in _moves(smaller, sweep, finished):
            marks[there] = 1
    return indices(marks == 0)


def _moves(smaller: Sweep, larger: Sweep, finished: np.ndarray) -> Iterator[tuple[Index, Index]]:
    """Where finished cells of the smaller specification are in it and in the larger one."""
    places = [{value: k for k, value in enumerate(axis.values)} for axis in larger.axes]
    for index in indices(finished):
        values = [axis.values[i] for axis, i in zip(smaller.axes, index, strict=True)]
        yield index, tuple(place[value] for place, value in zip(places, values, strict=True))
