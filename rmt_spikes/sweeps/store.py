"""The store of a sweep: a Zarr group on disk that outlives the process at any moment.

* A chunk is written under another name and renamed (Zarr's local store does so).  A block of cells is written
  variable by variable, and marked in ``finished`` last: what is marked is whole.
* On the way in, every chunk of a finished block is read and its checksum compared; a block with a missing or damaged
  chunk counts as not finished, and is computed again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr

from rmt_spikes.sweeps import layout
from rmt_spikes.sweeps.cell import Values
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
                self._arrays = {variable.name: array_of(root, variable.name) for variable in kept(sweep)}
                self._marks = array_of(root, FINISHED)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(
                f"the store {str(path)!r} is damaged beyond its chunks ({error}): give another path"
            ) from None
        self.finished, self.damaged = self._verified()

    def missing(self) -> list[Index]:
        """Cells that are not finished, in the order of the specification."""
        return indices(self.finished == 0)

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


def array_of(root: zarr.Group, name: str) -> zarr.Array:
    """KeyError if the group has no array of this name."""
    found = root[name]
    if not isinstance(found, zarr.Array):
        raise KeyError(f"{name} is no array")
    return found


def indices(mask: np.ndarray) -> list[Index]:
    """Where a mask is true, in C order."""
    return [tuple(map(int, index)) for index in np.argwhere(mask)]
