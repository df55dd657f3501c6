"""A V and Aᵀ U for a thin block of columns, in one pass over the memory of A.

BLAS rearranges the large factor of a product before it multiplies, which for eight columns costs more than the
product itself.  Here A is cut into tiles that stay in the cache, so small that BLAS takes them as they lie and on one
thread; the tiles are shared among `rmt_spikes.threads.count` threads.  A product with 8 or 16 columns then costs
about as much as reading A.  Tiles of another type than the block's (float32 entries, float64 arithmetic; integers)
are converted one by one: A is never copied as a whole."""

from collections.abc import Callable

import numpy as np

from rmt_spikes.threads import count, for_each

COLUMNS = 16  # of the block, at a time
WORK = 2**18  # multiplications in a tile: OpenBLAS starts its own threads above
DEPTH = 500  # columns of a tile in A V
ROWS = 16  # rows of a tile in Aᵀ U
STRIP = 2**20  # entries of A that a thread takes at a time
SHARED = 2**25  # multiplications in all from which threads are worth starting


def times(A: np.ndarray, V: np.ndarray) -> np.ndarray:
    """A V, with the dtype of V, for A (m×n) of any layout and real dtype and V (n×b).

    >>> times(np.array([[1.0, 2.0], [0.0, 3.0]]), np.eye(2))
    array([[1., 2.],
           [0., 3.]])
    """
    product = _along_rows if abs(A.strides[1]) <= abs(A.strides[0]) else _across_rows
    source = A if product is _along_rows else A.T
    return _by_columns(product, source, V, A.shape[0])


def adjoint_times(A: np.ndarray, U: np.ndarray) -> np.ndarray:
    """Aᵀ U, likewise."""
    return times(A.T, U)


def _by_columns(product: Callable[..., np.ndarray], A: np.ndarray, V: np.ndarray, rows: int) -> np.ndarray:
    out = np.zeros((rows, V.shape[1]), dtype=V.dtype, order="F")
    for first in range(0, V.shape[1] if A.size else 0, COLUMNS):
        part = np.ascontiguousarray(V[:, first : first + COLUMNS])
        out[:, first : first + COLUMNS] = product(A, part)
    return out


def _along_rows(A: np.ndarray, V: np.ndarray) -> np.ndarray:
    """A V for A whose rows lie together."""
    (m, n), b = A.shape, V.shape[1]
    depth = min(DEPTH, n)
    tile = max(1, WORK // (depth * b))
    strip = _strip(n, tile)
    out = np.zeros((m, b), dtype=V.dtype)

    def work(first: int) -> None:
        rows = _readable(A[first : first + strip], V.dtype)
        whole = len(rows) // tile * tile
        target = out[first : first + strip]
        for start in range(0, n, depth):
            columns, factor = rows[:, start : start + depth], V[start : start + depth]
            if whole:
                target[:whole] += (columns[:whole].reshape(-1, tile, len(factor)) @ factor).reshape(whole, b)
            if whole < len(rows):
                target[whole:] += columns[whole:] @ factor

    _run(work, range(0, m, strip), A.size * b)
    return out


def _across_rows(A: np.ndarray, U: np.ndarray) -> np.ndarray:
    """Aᵀ U for A whose rows lie together; each thread sums over its own rows."""
    (m, n), b = A.shape, U.shape[1]
    width = min(n, max(1, WORK // (ROWS * b)))
    whole, parts = n // width * width, min(count(), -(-m // ROWS)) if A.size * b >= SHARED else 1
    share = -(-m // (parts * ROWS)) * ROWS
    sums = np.zeros((parts, n, b), dtype=U.dtype)

    def work(part: int) -> None:
        total, last = sums[part], min(m, (part + 1) * share)
        for first in range(part * share, last, ROWS):
            stop = min(first + ROWS, last)
            rows, factor = _readable(A[first:stop], U.dtype), U[first:stop]
            tiles = rows[:, :whole].reshape(len(rows), -1, width).transpose(1, 2, 0)
            total[:whole] += (tiles @ factor).reshape(whole, b)
            if whole < n:
                total[whole:] += rows[:, whole:].T @ factor

    _run(work, range(parts), A.size * b)
    return sums.sum(axis=0) if parts > 1 else sums[0]


def _run(work: Callable[[int], None], items: range, multiplications: int) -> None:
    if multiplications >= SHARED:
        for_each(work, items)
    else:
        for item in items:
            work(item)


def _strip(n: int, tile: int) -> int:
    """Rows that a thread takes at a time, a multiple of the tile's."""
    return max(1, STRIP // (n * tile)) * tile


def _readable(rows: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The rows in a type and layout that BLAS reads; itself where they are."""
    fits = rows.dtype == dtype and rows.strides[1] == rows.itemsize and rows.strides[0] > 0
    return rows if fits else np.ascontiguousarray(rows, dtype=dtype)
