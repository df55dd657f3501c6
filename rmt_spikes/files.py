"""Files that are whole or not there: written under a temporary name, then renamed."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def prepare_folder(path: Path, files: Iterable[str] = ()) -> bool:
    """Make the folder and try to write in it; ValueError says what is wrong, before any long work, also where one of
    the ``files`` to come is a folder there.

    Returns whether the folder is new.

    >>> prepare_folder(Path(tempfile.mkdtemp()) / "results")
    True
    """
    for name in files:
        if (path / name).is_dir():
            raise ValueError(f"{path / name} is a folder: give another one for the results")
    try:
        new = not path.exists()
        path.mkdir(parents=True, exist_ok=True)
        handle, probe = tempfile.mkstemp(prefix=".rmt-spikes-", dir=path)
        os.close(handle)
        os.unlink(probe)
        return new
    except OSError as error:
        raise ValueError(f"cannot write into {str(path)!r} ({error.strerror}): give another folder") from None


def write_whole(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` so that an interruption leaves the old file or the new one, never a part."""
    handle, temporary = tempfile.mkstemp(prefix=".rmt-spikes-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
