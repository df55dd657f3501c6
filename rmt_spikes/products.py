"""A V and Aᵀ U for a thin block of columns, in one pass over the memory of A for eight columns.

BLAS rearranges the large factor of a product before it multiplies, which for eight columns costs more than the
product itself.  Here compiled loops (`rmt_spikes.thin_source`) read A in its order, four rows at a time, on
`rmt_spikes.threads.count` threads; what a product costs is reading A.  The block says the arithmetic: a float32
matrix times a float64 block is converted entry by entry.  A is never copied as a whole, whatever its layout."""

from collections.abc import Callable

import numpy as np

from rmt_spikes.thin_source import ROWS, loops
from rmt_spikes.threads import count, for_each

COLUMNS = 8  # of the block at a time; for what is left 4 if that is enough
STRIP = 2**20  # entries of A that are taken at a time
SHARED = 2**21  # multiplications from which threads are worth starting


def times(A: np.ndarray, V: np.ndarray) -> np.ndarray:
    """A V, with the dtype of V (float32 or float64), for A (m×n) of any layout and real dtype and V (n×b).

    >>> times(np.array([[1.0, 2.0], [0.0, 3.0]]), np.eye(2))
    array([[1., 2.],
           [0., 3.]])
    """
    lie_in_rows = abs(A.strides[1]) <= abs(A.strides[0])
    out = np.zeros((A.shape[0], V.shape[1]), dtype=V.dtype, order="F")
    first = 0
    while A.size and first < V.shape[1]:
        width = COLUMNS if V.shape[1] - first > COLUMNS // 2 else COLUMNS // 2
        part = V[:, first : first + width]
        padded = np.zeros((A.shape[1], width), dtype=V.dtype)
        padded[:, : part.shape[1]] = part
        found = _along_rows(A, padded) if lie_in_rows else _across_rows(A.T, padded)
        out[:, first : first + width] = found[:, : part.shape[1]]
        first += width
    return out


def adjoint_times(A: np.ndarray, U: np.ndarray) -> np.ndarray:
    """Aᵀ U, likewise."""
    return times(A.T, U)


def _along_rows(A: np.ndarray, V: np.ndarray) -> np.ndarray:
    """A V for A whose rows lie together."""
    along, factor = loops(V.shape[1]).along, np.ascontiguousarray(V.T)
    out = np.empty((len(A), V.shape[1]), dtype=V.dtype)
    strip = _strip(A)

    def work(first: int) -> None:
        rows = _readable(A[first : first + strip])
        whole = len(rows) - len(rows) % ROWS
        target = out[first : first + strip]
        along(rows[:whole], factor, target[:whole])
        target[whole:] = rows[whole:] @ V

    _run(work, range(0, len(A), strip), A.size * V.shape[1])
    return out


def _across_rows(A: np.ndarray, U: np.ndarray) -> np.ndarray:
    """Aᵀ U for A whose rows lie together; each thread sums over its own rows."""
    across, U = loops(U.shape[1]).across, np.ascontiguousarray(U)
    strip = _strip(A)
    parts = count() if A.size * U.shape[1] >= SHARED else 1
    sums = np.zeros((parts, U.shape[1], A.shape[1]), dtype=U.dtype)

    def work(part: int) -> None:
        for first in range(part * strip, len(A), parts * strip):
            rows, factor = _readable(A[first : first + strip]), U[first : first + strip]
            whole = len(rows) - len(rows) % ROWS
            across(rows[:whole], factor[:whole], sums[part])
            if whole < len(rows):
                sums[part] += factor[whole:].T @ rows[whole:]

    _run(work, range(parts), A.size * U.shape[1])
    return sums.sum(axis=0).T


def _run(work: Callable[[int], None], items: range, multiplications: int) -> None:
    if multiplications >= SHARED:
        for_each(work, items)
    else:
        for item in items:
            work(item)


def _strip(A: np.ndarray) -> int:
    """Rows taken at a time, a multiple of the loops' four."""
    return ROWS * max(1, STRIP // (ROWS * A.shape[1]))


def _readable(rows: np.ndarray) -> np.ndarray:
    """The rows in C order and a type that the loops read: themselves where they are."""
    dtype = rows.dtype if rows.dtype in (np.float32, np.float64) else np.dtype(np.float64)
    return np.ascontiguousarray(rows, dtype=dtype)
