"""The store of a sweep: a Zarr group on disk that outlives the process at any moment.

* A chunk is whole or not there (`chunks`).  A block of cells is written variable by variable, and marked in
  ``finished`` last: what is marked is whole.
* On the way in, every chunk of a finished block is read and its checksum compared; a block with a missing or damaged
  chunk counts as not finished, and is computed again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr

from rmt_spikes.sweeps import description, layout
from rmt_spikes.sweeps.chunks import Chunks, Damaged
from rmt_spikes.sweeps.specification import Sweep
from rmt_spikes.sweeps.variables import FINISHED, SCHEMA, CellValues

FAILURES = "failures.json"
Index = tuple[int, ...]


def open_sweep(path: str | Path, verify: bool = False) -> xr.Dataset:
    """The dataset of a store, read only; arrays are loaded when they are used.

    Raises ValueError if there is no store of a sweep at ``path``, or what it says of itself is damaged; with
    ``verify`` also for damaged or missing chunks, for which all are read.
    """
    path = Path(path)
    sweep = read_specification(path)
    wrong = description.differing(path, sweep, read_versions(path))
    if wrong:
        raise ValueError(
            f"the store {str(path)!r} is damaged in {', '.join(sorted(wrong)[:3])}: run rmt-spikes sweep with its "
            "specification again, which mends it"
        )
    damaged = Store(path, sweep).damaged if verify else 0
    if damaged:
        raise ValueError(
            f"{damaged} cell{'s' * (damaged != 1)} of the store {str(path)!r} {'are' if damaged != 1 else 'is'} "
            "damaged: run rmt-spikes sweep with its specification again, which computes them anew"
        )
    return xr.open_dataset(path, engine="zarr", chunks=None)


def read_specification(path: Path) -> Sweep:
    """The specification that made the store; ValueError says what is wrong with it."""
    if not path.exists():
        raise ValueError(f"there is no store at {str(path)!r}: give the path of one, as made by rmt-spikes sweep")
    attributes = _attributes(path)
    if attributes.get("schema") != SCHEMA or "specification" not in attributes:
        raise ValueError(f"{str(path)!r} is no store of a sweep: give the path of one, as made by rmt-spikes sweep")
    try:
        return Sweep.from_document(json.loads(attributes["specification"]))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"the specification in the store {str(path)!r} is damaged ({error}): put back its file .zattrs, or give "
            "another path"
        ) from None


def read_versions(path: Path) -> dict[str, str]:
    """Of the software that made the store."""
    try:
        return dict(json.loads(_attributes(path).get("versions", "{}")))
    except (TypeError, ValueError):
        return {}


def _attributes(path: Path) -> dict[str, Any]:
    try:
        found = json.loads((path / ".zattrs").read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


class Store:
    """An open store of ``sweep``: which cells are finished, and room for those that are not; how many of its own
    files had to be mended."""

    def __init__(self, path: Path, sweep: Sweep, mended: int = 0) -> None:
        self.path, self.sweep, self.mended = path, sweep, mended
        self._chunk = layout.chunk(sweep)
        check_metadata(path, sweep)
        sizes = sweep.lengths()
        own = {one.name: tuple(sizes[dim] for dim in one.dims) for one in sweep.variables()}
        self._chunks = {name: Chunks(path / name, self._chunk + shape, "<f8") for name, shape in own.items()}
        self._marks = Chunks(path / FINISHED, self._chunk, "|u1")
        self.finished, self.damaged = self._verified()

    def missing(self) -> list[Index]:
        """Cells that are not finished, in the order of the specification."""
        return indices(self.finished == 0)

    def block(self, index: Index) -> Index:
        """The chunk that holds a cell."""
        return tuple(i // size for i, size in zip(index, self._chunk, strict=True))

    def write(self, cells: Sequence[tuple[Index, CellValues]]) -> None:
        """Write finished cells of one block, and mark them."""
        block = self.block(cells[0][0])
        for name, chunks in self._chunks.items():
            whole = self._read_or_empty(chunks, block)
            for index, values in cells:
                place: tuple[Any, ...] = (*self._inside(index), *map(slice, values[name].shape))
                whole[place] = values[name]
            chunks.write(self._place(chunks, block), whole)
        for index, _ in cells:
            self.finished[index] = 1
        marks = np.zeros(self._chunk, dtype="u1")
        cut = self.finished[self._slices(block)]
        marks[tuple(map(slice, cut.shape))] = cut
        self._marks.write(block, marks)

    def read(self, index: Index) -> CellValues:
        """The variables of one cell; `Damaged` if one is."""
        block, inside = self.block(index), self._inside(index)
        return {name: chunks.read(self._place(chunks, block))[inside] for name, chunks in self._chunks.items()}

    def _inside(self, index: Index) -> Index:
        return tuple(i % size for i, size in zip(index, self._chunk, strict=True))

    def _slices(self, block: Index) -> tuple[Any, ...]:
        """Of an array of marks; the last part makes it a view without axes, too."""
        cells = (slice(b * size, (b + 1) * size) for b, size in zip(block, self._chunk, strict=True))
        return (*cells, Ellipsis)

    def _place(self, chunks: Chunks, block: Index) -> Index:
        return block + (0,) * (len(chunks.shape) - len(block))

    def _read_or_empty(self, chunks: Chunks, block: Index) -> np.ndarray:
        """What is there of a block that may hold finished cells; a damaged one holds none (`_verified`)."""
        if self.finished[self._slices(block)].any():
            return chunks.read(self._place(chunks, block))
        return np.full(chunks.shape, np.nan)

    def _verified(self) -> tuple[np.ndarray, int]:
        """Marks without the damaged blocks, and how many cells that takes out."""
        marks = np.zeros(self.sweep.shape, dtype="u1")
        damaged = 0
        for block in np.ndindex(*(-(-n // size) for n, size in zip(self.sweep.shape, self._chunk, strict=True))):
            found = self._marks_of(block)
            if found.any() and not self._whole(block):
                damaged += int(found.sum())
                continue
            cut = marks[self._slices(block)]
            cut[...] = found[tuple(map(slice, cut.shape))]
        return marks, damaged

    def _marks_of(self, block: Index) -> np.ndarray:
        try:
            return self._marks.read(block)
        except Damaged:
            return np.zeros(self._chunk, dtype="u1")

    def _whole(self, block: Index) -> bool:
        try:
            for chunks in self._chunks.values():
                chunks.read(self._place(chunks, block))
        except Damaged:
            return False
        return True


def check_metadata(path: Path, sweep: Sweep) -> None:
    """ValueError if the arrays of the store are not those of the specification."""
    try:
        root = zarr.open_group(path, mode="r", use_consolidated=False)
        for name in (FINISHED, *(variable.name for variable in sweep.variables())):
            array = array_of(root, name)
            if array.shape[: len(sweep.shape)] != sweep.shape:
                raise ValueError(f"{name} has shape {array.shape}")
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(
            f"the store {str(path)!r} is damaged beyond its chunks ({error}): give another path"
        ) from None


def array_of(root: zarr.Group, name: str) -> zarr.Array:
    """KeyError if the group has no array of this name."""
    found = root[name]
    if not isinstance(found, zarr.Array):
        raise KeyError(f"{name} is no array")
    return found


def indices(mask: np.ndarray) -> list[Index]:
    """Where a mask is true, in C order."""
    return [tuple(map(int, index)) for index in np.argwhere(mask)]
