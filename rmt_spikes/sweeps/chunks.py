"""Chunks of an array in Zarr's format 2 as files: CRC-32, then the numbers, in the file that the chunk's place names.

Zarr writes and reads the same bytes, at a few milliseconds a chunk, most of them spent on handing it between threads;
a cell has a dozen chunks.  A file is written under another name and renamed, so that it is whole or not there.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np

CHECK: Any = numcodecs.CRC32()
PARTIAL = ".partial"


class Damaged(ValueError):
    """A chunk that is missing, cut off or changed."""


class Chunks:
    """The chunks of ``shape`` and ``dtype`` in the folder of an array; a place is a tuple of whole numbers."""

    def __init__(self, folder: Path, shape: tuple[int, ...], dtype: str) -> None:
        self.folder, self.shape, self.dtype = folder, shape, np.dtype(dtype)

    def write(self, place: tuple[int, ...], values: np.ndarray) -> None:
        """Write one chunk; ``values`` has its full shape, also at the end of an axis."""
        content = CHECK.encode(np.ascontiguousarray(values, dtype=self.dtype))
        target = self.folder / _name(place)
        partial = target.with_name(target.name + PARTIAL)
        try:
            partial.write_bytes(content)
            os.replace(partial, target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise

    def read(self, place: tuple[int, ...]) -> np.ndarray:
        """One chunk; `Damaged` if it is not what was written."""
        try:
            content = CHECK.decode((self.folder / _name(place)).read_bytes())
            return np.frombuffer(content, dtype=self.dtype).reshape(self.shape).copy()
        except (OSError, RuntimeError, ValueError) as error:
            raise Damaged(f"{self.folder.name}/{_name(place)}: {error}") from None


def _name(place: tuple[int, ...]) -> str:
    """
    >>> _name((0, 12)), _name(())
    ('0.12', '0')
    """
    return ".".join(map(str, place)) or "0"
