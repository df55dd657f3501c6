"""The empty dataset of a specification, as a Zarr store: arrays, coordinates, attributes.

    chunks    one cell, or without trials up to 64 cells of the last axis, which are computed together
    checked   each chunk carries its CRC-32, so that any reader finds a damaged one
    format    Zarr 2: its text coordinates and consolidated metadata belong to the format, those of 3 do not yet

Everything here follows from the specification alone.
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import zarr

from rmt_spikes.sweeps.axes import Axis, coordinate
from rmt_spikes.sweeps.specification import Sweep
from rmt_spikes.sweeps.variables import FINISHED, FRACTION, OUTLIER, POINT, SCHEMA, TRIAL, VALUE, Variable
from rmt_spikes.verdict import FRACTIONS

TOGETHER = 64  # cells without trials that are computed and written at a time
ORDER = "_ARRAY_DIMENSIONS"  # where xarray looks for the names of dimensions


def chunk(sweep: Sweep) -> tuple[int, ...]:
    """Cells of one chunk along each axis."""
    shape = sweep.shape
    if sweep.run.trials or not shape:
        return (1,) * len(shape)
    return (*(1,) * (len(shape) - 1), min(shape[-1], TOGETHER))


def make(path: Path, sweep: Sweep, versions: dict[str, str]) -> None:
    """Write the empty store; ``path`` must not exist."""
    root = zarr.open_group(path, mode="w-", zarr_format=2)
    root.attrs.update(
        {
            "schema": SCHEMA,
            "specification": json.dumps(sweep.document(), ensure_ascii=False),
            "seed": str(sweep.run.seed),  # text: it may be larger than a number of JSON
            "versions": json.dumps(versions),
        }
    )
    sizes = sweep.lengths()
    for variable in sweep.variables():
        _variable(root, sweep, variable, sizes)
    names = [axis.name for axis in sweep.axes]
    # xarray takes a fill value for "not there": marks and coordinates have none
    finished = root.create_array(
        FINISHED,
        shape=sweep.shape,
        chunks=chunk(sweep),
        dtype="u1",
        fill_value=None,
        compressors=None,
        filters=[_crc()],
    )
    finished.attrs.update({ORDER: names, "text": "1 where the cell is computed"})
    _coordinates(root, sweep, sizes)
    zarr.consolidate_metadata(str(path))


def _crc() -> Any:
    return numcodecs.CRC32()


def _variable(root: Any, sweep: Sweep, variable: Variable, sizes: dict[str, int]) -> None:
    own = tuple(sizes[dim] for dim in variable.dims)
    array = root.create_array(
        variable.name,
        shape=sweep.shape + own,
        chunks=chunk(sweep) + own,
        dtype="f8",
        fill_value=np.nan,
        compressors=None,
        filters=[_crc()],
    )
    array.attrs.update({ORDER: [*(axis.name for axis in sweep.axes), *variable.dims], "text": variable.text})


def _coordinates(root: Any, sweep: Sweep, sizes: dict[str, int]) -> None:
    for axis in sweep.axes:
        _coordinate(root, axis.name, [axis.name], _plain(axis), _exact(axis))
    for name in (TRIAL, OUTLIER, VALUE, POINT):
        if name in sizes:
            _coordinate(root, name, [name], np.arange(sizes[name]), {})
    if FRACTION in sizes:
        _coordinate(root, FRACTION, [FRACTION], np.array(FRACTIONS), {"text": "of the bulk above the quantile"})
    followers = _followers(sweep)
    root.attrs["coordinates"] = " ".join(followers)  # beside those that index a dimension
    for name, (dims, values) in followers.items():
        _coordinate(root, name, dims, values, {"text": "as it follows from width"})


def _coordinate(root: Any, name: str, dims: list[str], values: np.ndarray, attributes: dict[str, Any]) -> None:
    array = root.create_array(
        name,
        shape=values.shape,
        chunks=values.shape,
        dtype=values.dtype,
        fill_value=None,
        compressors=None,
        filters=[],
    )
    array[...] = values
    array.attrs.update({ORDER: dims, **attributes})


def _plain(axis: Axis) -> np.ndarray:
    return np.array([coordinate(value) for value in axis.values])


def _exact(axis: Axis) -> dict[str, Any]:
    exact = any(isinstance(value, Fraction) for value in axis.values)
    return {"exact": [str(value) for value in axis.values]} if exact else {}


def _followers(sweep: Sweep) -> dict[str, tuple[list[str], np.ndarray]]:
    """Sizes that are no axis but differ from cell to cell, with the axes that they depend on."""
    names = [axis.name for axis in sweep.axes]
    found = {}
    for field in ("dim", "samples"):
        along = [name for name in names if name in ("width", f"{field}_per_width")]
        if field in names or not along or field in sweep.fixed:
            continue
        shape = [len(sweep.axes[names.index(name)].values) for name in along]
        values = np.empty(shape, dtype=np.int64)
        for place in np.ndindex(*shape):
            index = [0] * len(names)
            for name, at in zip(along, place, strict=True):
                index[names.index(name)] = at
            values[place] = getattr(sweep.problem(tuple(index)), field)
        found[field] = (along, values)
    return found
