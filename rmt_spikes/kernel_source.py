"""From the body of a scalar function to compiled loops, kept on disk between runs.

A body sets `value` and, for an activation, `derivative` (`rmt_spikes.activations`).  It is put into a module of its
own together with the loops over arrays, because Numba's cache on disk knows a function by its file: the file's name
is a digest of all it depends on (the body, the words it uses, the precision), so an edited formula is another file
and nothing stale is ever used.  The folder is $RMT_SPIKES_CACHE, or rmt_spikes in $XDG_CACHE_HOME or ~/.cache; where
it cannot be written, everything is compiled anew in memory."""

import hashlib
import importlib.util
import os
import sys
import tempfile
import textwrap
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from rmt_spikes import elementary, polynomials

HEAD = '''"""Made by rmt_spikes.kernel_source; may be deleted at any time."""
import numpy as np
from numba import njit
from rmt_spikes.elementary import vocabulary

real = np.{real}
globals().update(vocabulary(real))
options = dict(nogil=True, cache={cache}, fastmath={{"contract"}}, error_model="numpy")

@njit(fastmath={{"contract"}}, error_model="numpy", forceinline=True)
def both(z):
{body}
    return value, {derivative}
'''
LOOPS = '''
@njit(**options)
def rows(H, a, scale, f):
    """f_j += Σ_i a_i σ(H_ij), then H_ij = scale a_i σ'(H_ij)."""
    for i in range(H.shape[0]):
        row, weight, slope = H[i], a[i], real(scale * a[i])
        for j in range(len(f)):
            value, derivative = both(row[j])
            f[j] += weight * value
            row[j] = slope * derivative

@njit(**options)
def values(x, out):
    for i in range(len(x)):
        value, derivative = both(x[i])
        out[i] = value

@njit(**options)
def one_value(z):
    return both(z)[0]

@njit(**options)
def one_derivative(z):
    return both(z)[1]
'''


@lru_cache(maxsize=256)
def module(body: str, real: type) -> ModuleType:
    """The module with the compiled functions `rows`, `values`, `one_value`, `one_derivative` of a body.

    >>> import numpy
    >>> module("value = z * z", numpy.float64).one_value(3.0)
    9.0
    """
    return from_text(lambda cache: _text(body, real, cache))


def in_memory(body: str, real: type, names: dict[str, Any]) -> ModuleType:
    """The same, compiled in memory only, with more names at the body's disposal."""
    return _in_memory(_text(body, real, cache=False), names)


def from_text(text: Callable[[bool], str]) -> ModuleType:
    """The module of a text made by the package, from disk where it can be kept there; ``text(cache)`` says whether
    Numba is to keep its machine code."""
    try:
        return _from_disk(text(True))
    except (OSError, RuntimeError):  # RuntimeError: Numba found no place for its own files
        return _in_memory(text(False), {})


def _in_memory(text: str, names: dict[str, Any]) -> ModuleType:
    found = ModuleType("rmt_spikes_kernel")
    found.__dict__.update(names)
    exec(compile(text, "<rmt_spikes kernel>", "exec"), found.__dict__)
    return found


def _text(body: str, real: type, cache: bool) -> str:
    derivative = "derivative" if "\nderivative = " in body else "real(np.nan)"
    lines = textwrap.indent(body.strip(), "    ")
    return HEAD.format(real=real.__name__, body=lines, derivative=derivative, cache=cache) + LOOPS


def folder() -> Path:
    """Where compiled kernels are kept."""
    named = os.environ.get("RMT_SPIKES_CACHE")
    return Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rmt_spikes"


def _from_disk(text: str) -> ModuleType:
    name = f"kernel_{_digest(text)}"
    path = folder() / f"{name}.py"
    if not path.exists() or path.read_bytes() != text.encode():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".tmp", delete=False, encoding="utf-8") as file:
            file.write(text)
        os.replace(file.name, path)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None  # noqa: PT018
    found = importlib.util.module_from_spec(spec)
    sys.modules[name] = found  # Numba's cache looks the module of a function up by its name
    spec.loader.exec_module(found)
    return found


@lru_cache(maxsize=1)
def _words() -> bytes:
    return b"".join(Path(str(source.__file__)).read_bytes() for source in (elementary, polynomials))


def _digest(text: str) -> str:
    return hashlib.sha256(_words() + text.encode()).hexdigest()[:24]
