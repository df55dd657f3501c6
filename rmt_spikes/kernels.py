"""The two elementwise Numba kernels: everything between the two matrix products of a gradient step.

With H = W Xᵀ (N×n), one parallel pass over H forms f_j = N^{-1/2} Σ_i a_i σ(H_ij) and overwrites H by
σ'(H). The rows are cut into a fixed number of blocks; each block sums its part of f in float64 in row order
and the parts are added in block order, so that f has the same bits for any number of threads."""

import numpy as np
from numba import njit, prange

BLOCKS = 64

# Neither kernel uses cache=True: σ and σ' come in as arguments, from other files or from text compiled on
# the fly, and Numba's disk cache would not notice when one of them is edited.


@njit(parallel=True, nogil=True)
def accumulate(H, a, value, derivative, parts):
    """parts[b, j] += Σ_{i in block b} a_i value(H_ij), then H_ij = derivative(H_ij)."""
    N, n = H.shape
    rows = (N + len(parts) - 1) // len(parts)
    for b in prange(len(parts)):
        for i in range(b * rows, min(N, (b + 1) * rows)):
            for j in range(n):
                h = H[i, j]
                parts[b, j] += a[i] * value(h)
                H[i, j] = derivative(h)


def fused_pass(H, a, value, derivative):
    """f (n,) in float64; H (N×n, C-contiguous) becomes σ'(H) in place.

    >>> from rmt_spikes.functions import resolve
    >>> relu, H = resolve("relu"), np.array([[1.0, -1.0], [2.0, 3.0], [4.0, -5.0], [-6.0, -7.0]])
    >>> fused_pass(H, np.ones(4), relu.value, relu.derivative)
    array([3.5, 1.5])
    >>> H[2]
    array([1., 0.])
    """
    parts = np.zeros((BLOCKS, H.shape[1]))
    # a writeable float64 copy: a read-only or strided array would be a new type, hence a new compilation
    accumulate(H, np.array(a, dtype=np.float64), value, derivative, parts)
    return parts.sum(axis=0) / np.sqrt(H.shape[0])


@njit(nogil=True)
def evaluate(value, x, out):
    """out_i = value(x_i)."""
    for i in range(len(x)):
        out[i] = value(x[i])


def elementwise(value, array):
    """value(array), entry by entry; same shape, float32 stays float32, all else becomes float64.

    >>> from rmt_spikes.functions import resolve
    >>> elementwise(resolve("abs").value, [-1, 2])
    array([1., 2.])
    """
    array = np.asarray(array)
    x = np.array(array, dtype=np.float32 if array.dtype == np.float32 else np.float64, order="C")
    evaluate(value, x.reshape(-1), x.reshape(-1))
    return x
