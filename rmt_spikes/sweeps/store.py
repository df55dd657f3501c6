"""The store of a sweep: a Zarr group on disk that outlives the process at any moment.

* A chunk is written under another name and renamed (Zarr's local store does so).  A block of cells is written
  variable by variable, and marked in ``finished`` last: what is marked is whole.
* On the way in, every chunk of a finished block is read and its checksum compared; a block with a missing or damaged
  chunk counts as not finished, and is computed again.
* A new store is made beside its place and renamed into it.  A larger specification gets a new store with what the old
  one has, which then takes its place; should the process end between the two renames, the next one puts the old one
  back.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr

from rmt_spikes.sweeps import layout
from rmt_spikes.sweeps.cell import Values
from rmt_spikes.sweeps.lock import InUse, locked
from rmt_spikes.sweeps.specification import Sweep
from rmt_spikes.sweeps.variables import FINISHED, SCHEMA, kept

FAILURES = "failures.json"
Index = tuple[int, ...]


def open_sweep(path: str | Path) -> xr.Dataset:
    """The dataset of a store, read only; arrays are loaded when they are used.

    Raises ValueError if there is no store of a sweep at ``path``.
    """
    path = Path(path)
    read_specification(path)
    return xr.open_dataset(path, engine="zarr", chunks=None)


def read_specification(path: Path) -> Sweep:
    """The specification that made the store; ValueError says what is wrong with it."""
    if not path.exists():
        raise ValueError(f"there is no store at {str(path)!r}: give the path of one, as made by rmt-spikes sweep")
    attributes = _attributes(path)
    if attributes.get("schema") != SCHEMA or "specification" not in attributes:
        raise ValueError(f"{str(path)!r} is no store of a sweep: give the path of one, as made by rmt-spikes sweep")
    return Sweep.from_document(json.loads(attributes["specification"]))


def read_versions(path: Path) -> dict[str, str]:
    """Of the software that made the store."""
    return json.loads(_attributes(path).get("versions", "{}"))


def _attributes(path: Path) -> dict[str, Any]:
    try:
        found = json.loads((path / ".zattrs").read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


class Store:
    """An open store of ``sweep``: which cells are finished, and room for those that are not."""

    def __init__(self, path: Path, sweep: Sweep) -> None:
        self.path, self.sweep = path, sweep
        try:
            # a chunk that holds nothing but NaN is written as well: a missing one is then a lost one
            with zarr.config.set({"array.write_empty_chunks": True}):
                root = zarr.open_group(path, mode="r+", use_consolidated=False)
                self._arrays = {variable.name: _array(root, variable.name) for variable in kept(sweep)}
                self._marks = _array(root, FINISHED)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(
                f"the store {str(path)!r} is damaged beyond its chunks ({error}): give another path"
            ) from None
        self.finished, self.damaged = self._verified()

    def missing(self) -> list[Index]:
        """Cells that are not finished, in the order of the specification."""
        return _indices(self.finished == 0)

    def block(self, index: Index) -> Index:
        """The chunk that holds a cell."""
        return tuple(i // size for i, size in zip(index, layout.chunk(self.sweep), strict=True))

    def write(self, cells: Sequence[tuple[Index, Values]]) -> None:
        """Write finished cells of one block, and mark them."""
        place = self._slices(self.block(cells[0][0]))
        start = [part.start for part in place]
        local = [tuple(np.subtract(index, start)) if start else () for index, _ in cells]
        for name, array in self._arrays.items():
            # a block of several cells may hold finished ones
            whole = (
                self._read(array, place) if len(cells) < np.prod(self._extent(place)) else self._empty(array, place)
            )
            for at, (_, values) in zip(local, cells, strict=True):
                value = values[name]
                whole[(*at, *map(slice, value.shape))] = value
            array[place] = whole
        for index, _ in cells:
            self.finished[index] = 1
        self._marks[place] = self.finished[place]

    def read(self, index: Index) -> Values:
        """The variables of one cell."""
        return {name: np.asarray(array[index]) for name, array in self._arrays.items()}

    def _slices(self, block: Index) -> tuple[slice, ...]:
        sizes = zip(block, layout.chunk(self.sweep), self.sweep.shape, strict=True)
        return tuple(slice(b * size, min((b + 1) * size, length)) for b, size, length in sizes)

    def _extent(self, place: tuple[slice, ...]) -> list[int]:
        return [part.stop - part.start for part in place]

    def _empty(self, array: zarr.Array, place: tuple[slice, ...]) -> np.ndarray:
        return np.full((*self._extent(place), *array.shape[len(place) :]), np.nan)

    def _read(self, array: zarr.Array, place: tuple[slice, ...]) -> np.ndarray:
        """What is there, unless the block was found damaged: then its cells are all written anew."""
        try:
            return np.asarray(array[place])
        except (RuntimeError, ValueError, OSError):
            return self._empty(array, place)

    def _verified(self) -> tuple[np.ndarray, int]:
        """Marks without the damaged blocks, and how many cells that takes out."""
        try:
            marks = np.asarray(self._marks[...])
        except (RuntimeError, ValueError, OSError):
            marks = self._marks_one_by_one()
        before = int(marks.sum())
        blocks = {self.block(tuple(index)) for index in np.argwhere(marks)}
        for name, array in self._arrays.items():
            for block in self._damaged(name, array, blocks):
                marks[self._slices(block)] = 0
        return marks, before - int(marks.sum())

    def _marks_one_by_one(self) -> np.ndarray:
        marks = np.zeros(self.sweep.shape, dtype="u1")
        for block in np.ndindex(*self._marks.cdata_shape):
            place = self._slices(block)
            try:
                marks[place] = self._marks[place]
            except (RuntimeError, ValueError, OSError):
                continue
        return marks

    def _damaged(self, name: str, array: zarr.Array, blocks: set[Index]) -> Iterator[Index]:
        folder = self.path / name
        there = set(os.listdir(folder))
        rest = ["0"] * (array.ndim - len(self.sweep.shape))
        for block in blocks:
            key = ".".join([*map(str, block), *rest]) or "0"
            try:
                if key not in there:
                    raise FileNotFoundError(key)
                array[self._slices(block)]
            except (RuntimeError, ValueError, OSError):
                yield block


def _array(root: zarr.Group, name: str) -> zarr.Array:
    found = root[name]
    if not isinstance(found, zarr.Array):
        raise KeyError(f"{name} is no array")
    return found


@contextmanager
def opened(path: Path, sweep: Sweep, versions: dict[str, str]) -> Iterator[Store]:
    """The store of ``sweep`` at ``path``, made or enlarged if need be, locked against other sweeps.

    Raises ValueError if the path cannot be written, holds something else or the store of another specification;
    `InUse` if another process works on it.
    """
    _put_back(path)
    if not path.exists():
        _make(path, sweep, versions)
    with locked(path):
        larger = not _compatible(path, sweep)
        if larger:
            _enlarge(path, sweep)
        with locked(path) if larger else nullcontext():  # what is at ``path`` now is another folder
            _sweep_up(path)
            yield Store(path, sweep)


def check_place(path: Path, sweep: Sweep) -> None:
    """What `opened` would refuse, without writing."""
    if path.exists():
        _compatible(path, sweep)
    elif not _writable(path.absolute().parent):
        raise ValueError(f"cannot write into {str(path.absolute().parent)!r}: give another path for the store")


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
    old = Store(path, smaller)
    folder = Path(tempfile.mkdtemp(prefix=".making-", dir=path.parent))
    try:
        made = folder / path.name
        layout.make(made, sweep, read_versions(path))
        new = Store(made, sweep)
        moved: dict[Index, list[tuple[Index, Values]]] = {}
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
            for partial in folder.glob("*.partial"):
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
        finished = np.asarray(_array(root, FINISHED)[...])
        for _, there in _moves(smaller, sweep, finished):
            marks[there] = 1
    return _indices(marks == 0)


def _indices(mask: np.ndarray) -> list[Index]:
    return [tuple(map(int, index)) for index in np.argwhere(mask)]


def _moves(smaller: Sweep, larger: Sweep, finished: np.ndarray) -> Iterator[tuple[Index, Index]]:
    """Where finished cells of the smaller specification are in it and in the larger one."""
    places = [{value: k for k, value in enumerate(axis.values)} for axis in larger.axes]
    for index in _indices(finished):
        values = [axis.values[i] for axis, i in zip(smaller.axes, index, strict=True)]
        yield index, tuple(place[value] for place, value in zip(places, values, strict=True))
