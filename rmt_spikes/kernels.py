"""Everything elementwise in a gradient step: one pass over the pre-activations between its two matrix products.

With a block H = W X_Jᵀ (N × the samples J) one pass forms f_j = N^{-1/2} Σ_i a_i σ(H_ij) and overwrites H by
c a_i σ'(H_ij).  The neurons are cut into a fixed number of parts, whole rows and so one stretch of memory each; f is
summed in float64 within a part and then over the parts in their order: the same bits for any number of threads."""

from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np
from numba import njit

from rmt_spikes import kernel_source, threads
from rmt_spikes.functions import Activation

PARTS = 16
ROWS = 256
# a body for functions of the user's own: what they return is taken into the kernel's precision
OF_FUNCTIONS = "value = real(given_value(z))\nderivative = real(given_derivative(z))"
OF_VALUE = "value = real(given_value(z))"


def fused_pass(H: np.ndarray, a: np.ndarray, sigma: Activation, scale: float = 1.0) -> np.ndarray:
    """f (n,) in float64; H (N×n, C-contiguous) becomes scale·a_i σ'(H_ij) in place.

    >>> from rmt_spikes.functions import resolve
    >>> H = np.array([[1.0, -1.0], [2.0, 3.0], [4.0, -5.0], [-6.0, -7.0]])
    >>> fused_pass(H, np.ones(4), resolve("relu"))
    array([3.5, 1.5])
    >>> H[2]
    array([1., 0.])
    """
    rows = compiled(sigma, H.dtype).rows
    # a writeable float64 copy: a read-only or strided array would be a new type, hence a new compilation
    weights = np.array(a, dtype=np.float64)
    ends = np.linspace(0, len(weights), PARTS + 1).astype(int)
    sums = np.zeros((PARTS, H.shape[1]))

    def part(b: int) -> None:
        rows(H[ends[b] : ends[b + 1]], weights[ends[b] : ends[b + 1]], scale, sums[b])

    threads.for_each(part, range(PARTS))
    with np.errstate(over="ignore", invalid="ignore"):  # the caller looks at f
        return sums.sum(axis=0) / np.sqrt(len(weights))


def elementwise(function: Activation, array: object) -> np.ndarray:
    """function.value(array), entry by entry; same shape, float32 stays float32, all else becomes float64.

    >>> from rmt_spikes.functions import resolve
    >>> elementwise(resolve("abs"), [-1, 2])
    array([1., 2.])
    """
    given = np.asarray(array)
    x = np.array(given, dtype=np.float32 if given.dtype == np.float32 else np.float64, order="C")
    compiled(function, x.dtype).values(x.reshape(-1), x.reshape(-1))
    return x


def add_scaled(S: np.ndarray, H: np.ndarray, r: np.ndarray) -> None:
    """S_ij += H_ij r_j, without an array in between.

    >>> S = np.ones((1, 2))
    >>> add_scaled(S, np.array([[2.0, 3.0]]), np.array([1.0, 10.0]))
    >>> S
    array([[ 3., 31.]])
    """
    firsts = range(0, len(S), ROWS)
    threads.for_each(lambda i: _add_scaled(S[i : i + ROWS], H[i : i + ROWS], r), firsts)


@njit(nogil=True, cache=True, fastmath={"contract"})
def _add_scaled(S, H, r):
    for i in range(H.shape[0]):
        row, into = H[i], S[i]
        for j in range(len(r)):
            into[j] += row[j] * r[j]


@lru_cache(maxsize=64)
def compiled(function: Activation, dtype: np.dtype) -> ModuleType:
    """The loops of a function in a precision."""
    real: Any = dtype.type
    if function.body is not None:
        return kernel_source.module(function.body, real)
    names = {"given_value": function.value, "given_derivative": function.derivative}
    return kernel_source.in_memory(OF_VALUE if function.derivative is None else OF_FUNCTIONS, real, names)
