"""What is asked of the spectral solvers: counts, tolerances, and the sizes that follow from them.

The block: a pass over an array with 8 columns costs hardly more than with one (`rmt_spikes.products`), and the fewer
columns the better each is used; an operator's pass is taken to be dear, so there more columns go into one.  The basis
holds some twenty times k columns: more made no difference to the number of passes in 8000×4000 matrices whose wanted
values lie in the edge, where gaps are N^(−2/3).  It holds at most a third of the space."""

import numpy as np

from rmt_spikes.krylov import Unreached
from rmt_spikes.operators import Linear
from rmt_spikes.working_memory import DENSE_SIZE

START = 20110603  # a seed of no one else: the start must not repeat the numbers that A was drawn from
FLOOR: dict[type, float] = {np.float32: 2e-6, np.float64: 1e-14}
IN_SINGLE = 1e-5  # from this tolerance on a float32 array is multiplied in float32
DEFAULT_TOL, DEFAULT_SINGLE = 1e-10, 1e-5
INCONSISTENT: dict[type, float] = {np.float32: 1e-3, np.float64: 1e-8}


def check_count(k: object, most: int, what: str) -> None:
    if not isinstance(k, int | np.integer) or isinstance(k, bool) or not 1 <= k <= most:
        raise ValueError(f"k = {k!r} is not a whole number from 1 to {what} = {most}")


def check_rng(rng: object) -> np.random.Generator:
    if rng is None:
        return np.random.default_rng(START)
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng = {rng!r} is not a numpy Generator: give numpy.random.default_rng(seed) or None")
    return rng


def arithmetic(A: Linear, tol: object) -> tuple[float, type]:
    """The tolerance and the dtype of the products that serves it."""
    if tol is None:
        tol = DEFAULT_SINGLE if A.own is np.float32 else DEFAULT_TOL
    if not isinstance(tol, int | float | np.floating) or not FLOOR[np.float64] <= tol < 1:
        raise ValueError(f"tol = {tol!r} is outside [1e-14, 1): give one such as 1e-10")
    if A.own is np.float32 and tol < FLOOR[np.float32]:
        raise ValueError(
            f"tol = {tol} is below {FLOOR[np.float32]}, which products in float32 reach: raise tol, or give an "
            "operator of dtype float64"
        )
    return float(tol), A.own or (np.float32 if A.single and tol >= IN_SINGLE else np.float64)


def inconsistent(dtype: type) -> float:
    """Relative difference of ⟨u, A v⟩ and ⟨Aᵀ u, v⟩ that rounding does not explain."""
    return INCONSISTENT[dtype]


def is_dense(shorter: int, k: int) -> bool:
    """Whether a dense decomposition is quicker than a Krylov space."""
    return shorter <= DENSE_SIZE or k > shorter // 16


def capacity(A: Linear, k: int) -> tuple[int, int]:
    """(columns of a block, columns of the basis)."""
    block = int(min(24, max(8, 2 * k))) if A.array is None else 8
    most = min(A.shape) // 3
    columns = min(most, max(20 * k, 160) + 2 * block)
    return block, max(columns, k + 6 * block)


def unreached(tol: float, k: int, error: Unreached) -> ValueError:
    return ValueError(
        f"the residuals of {k} vectors stay at {error.args[0]:.2g} of the largest value, above tol = {tol}: "
        "raise tol, or ask for fewer"
    )
