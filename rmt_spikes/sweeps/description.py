"""What a store says of itself: its metadata and coordinates, which follow from the specification alone.

They have no checksum of their own and need none: an empty store of the same specification says what they should be.
JSON is compared by what it means, coordinates by their bytes.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from rmt_spikes.files import write_whole
from rmt_spikes.sweeps import layout
from rmt_spikes.sweeps.specification import Sweep


def expected(sweep: Sweep, versions: dict[str, str]) -> dict[str, bytes]:
    """Files of the empty store: path within it → content."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "empty"
        layout.make(root, sweep, versions)
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def differing(path: Path, sweep: Sweep, versions: dict[str, str]) -> dict[str, bytes]:
    """Files of the store at ``path`` that are not what they should be, with what they should be."""
    return {name: right for name, right in expected(sweep, versions).items() if not _same(path / name, right)}


def mend(path: Path, sweep: Sweep, versions: dict[str, str]) -> int:
    """Write those files anew; how many there were."""
    wrong = differing(path, sweep, versions)
    for name, right in wrong.items():
        (path / name).parent.mkdir(exist_ok=True)
        write_whole(path / name, right)
    return len(wrong)


def _same(path: Path, right: bytes) -> bool:
    try:
        found = path.read_bytes()
        if found == right:
            return True
        return path.name.startswith(".z") and json.loads(found) == json.loads(right)
    except (OSError, ValueError):
        return False
