"""One full-batch gradient step on the first layer (theory.md, section 1; two steps: Moniri & Hassani 2026).

    f = N^{-1/2} aᵀ σ(W Xᵀ)                                                       (n,)
    G = (1/n) [ a rᵀ ∘ σ'(W Xᵀ) ] X,   r = y − f  (squared)  or  y  (correlation)   N×d
    W_new = W + η G

The gradient of (1/2n)‖y − f‖² is −G/√N: the step size η absorbs the √N of the output. The samples come in blocks
X_J (`rmt_spikes.working_memory`), and the N×n matrix of pre-activations is never held whole:

    H_J = W X_Jᵀ;   f_J and H_J ← (η/n) a ∘ σ'(H_J) in one fused pass;   W_new += H_J (r_J ∘ X_J)"""

import math
from collections.abc import Sequence
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

from rmt_spikes.functions import Activation, resolve
from rmt_spikes.gemm import add_product, times_transposed
from rmt_spikes.kernels import fused_pass
from rmt_spikes.problem import CHOICES
from rmt_spikes.working_memory import sample_block

NAMES = ("W", "a", "X", "y")
PRECISIONS = (np.dtype(np.float32), np.dtype(np.float64))


def gradient_step(
    W: ArrayLike,
    a: ArrayLike,
    X: ArrayLike,
    y: ArrayLike,
    activation: str | Activation,
    eta: float,
    loss: str = "squared",
    memory_budget: int | None = None,
) -> np.ndarray:
    """W + eta·G as a new C-contiguous N×d array; the inputs stay as they are.

    W (N×d), a (N,), X (n×d), y (n,): all float32 or all float64 (whole numbers are read as float64), of any
    layout. `activation` is a definition or an `Activation`. `memory_budget`: bytes that the step may hold beside its
    inputs and its result; the result depends on it by rounding only.
    Raises TypeError for mixed or other types, ValueError for shapes that do not agree, entries that are not
    finite, an eta that is not, an unknown loss, a budget too small to work in, or an output f or a
    result that overflows.

    >>> gradient_step([[1.0, 0.0]], [2.0], [[3.0, 1.0]], [5.0], "z", 0.5)  # f = 6, G = 2 (5 - 6) [3, 1]
    array([[-2., -1.]])
    >>> gradient_step([[1.0, 0.0]], [2.0], [[3.0, 1.0]], [5.0], "z", 0.5, "correlation")
    array([[16.,  5.]])
    """
    _check_step(loss, eta)
    sigma = differentiable(activation)
    W, a, X, y = operands((W, a, X, y))
    return check_overflow(stepped(W, a, X, y, sigma, float(eta), loss, Workspace.of(W, X, memory_budget)))


class Workspace:
    """Memory for one block of samples, H (N×b) and the scaled samples (b×d), used again for every block and step:
    fresh memory costs the system as much time as the elementwise pass."""

    def __init__(self, N: int, d: int, block: int, dtype: np.dtype) -> None:
        self.block = block
        self._H, self._Y = np.empty(N * block, dtype=dtype), np.empty((block, d), dtype=dtype)

    @classmethod
    def of(cls, W: np.ndarray, X: np.ndarray, memory_budget: int | None) -> "Workspace":
        """For steps of W on batches like X. Raises ValueError if the budget is too small to work in."""
        N, d = W.shape
        return cls(N, d, sample_block(N, d, len(X), W.itemsize, memory_budget), W.dtype)

    def views(self, N: int, samples: int) -> tuple[np.ndarray, np.ndarray]:
        """C-contiguous N×samples and samples×d."""
        return self._H[: N * samples].reshape(N, samples), self._Y[:samples]


def stepped(
    W: np.ndarray,
    a: np.ndarray,
    X: np.ndarray,
    y: np.ndarray,
    sigma: Activation,
    eta: float,
    loss: str,
    workspace: Workspace,
) -> np.ndarray:
    """`gradient_step` of checked operands in given memory."""
    step = np.array(W, order="C")
    for first in range(0, len(X), workspace.block):
        X_J, y_J = X[first : first + workspace.block], y[first : first + workspace.block]
        H, Y = workspace.views(len(W), len(X_J))
        times_transposed(W, X_J, H)
        np.multiply(residual(H, a, y_J, sigma, loss, eta / len(X))[:, None], X_J, out=Y)
        add_product(step, H, Y)
    return step


def residual(
    H: np.ndarray, a: np.ndarray, y: np.ndarray, sigma: Activation, loss: str, scale: float = 1.0
) -> np.ndarray:
    """r (n,) from the pre-activations H (N×n), which become scale·a_i σ'(H_ij). Raises ValueError if f overflows."""
    f = fused_pass(H, a, sigma, scale)
    if not np.isfinite(f).all():
        raise ValueError(
            f"the network's output f overflows or is undefined in {H.dtype}: reduce W, X or a, "
            "or check the activation at large |z|"
        )
    return (y - f if loss == "squared" else y).astype(H.dtype)


def check_overflow(W: np.ndarray) -> np.ndarray:
    """W itself. Raises ValueError unless it is finite."""
    if not (np.isfinite(W.max()) and np.isfinite(W.min())):
        raise ValueError(
            f"the updated weights overflow {W.dtype}: give smaller scales or exponents, slower functions, or float64"
        )
    return W


def _check_step(loss: str, eta: float) -> None:
    if loss not in CHOICES["loss"]:
        raise ValueError(f"loss = {loss!r} is unknown: give 'squared' or 'correlation'")
    if not isinstance(eta, Real) or not math.isfinite(eta):
        raise ValueError(f"eta = {eta!r} is not a finite number: give one such as C * N**alpha")


def differentiable(activation: str | Activation) -> Activation:
    """The activation of a definition. Raises ValueError if it has no derivative."""
    sigma = resolve(activation, "activation")
    if sigma.derivative is None:
        raise ValueError("activation has derivative None: a gradient step needs an Activation with both functions")
    return sigma


def operands(arrays: Sequence[ArrayLike]) -> list[np.ndarray]:
    """W, a, X, y in one precision, each a plain block that BLAS can read, with shapes that agree."""
    W, a, X, y = converted = [_real(name, array) for name, array in zip(NAMES, arrays, strict=True)]
    if len({array.dtype for array in converted}) > 1:
        found = ", ".join(f"{name} {array.dtype}" for name, array in zip(NAMES, converted, strict=True))
        raise TypeError(f"the arrays mix precisions ({found}): cast all to float32 or all to float64")
    if W.ndim != 2 or X.ndim != 2 or 0 in W.shape or 0 in X.shape:
        raise ValueError(f"W has shape {W.shape} and X {X.shape}: give non-empty matrices N×d and n×d")
    if X.shape[1] != W.shape[1]:
        raise ValueError(f"X has shape {X.shape} and W {W.shape}: X must have as many columns (d) as W")
    for name, vector, other, matrix in (("a", a, "W", W), ("y", y, "X", X)):
        if vector.shape != (len(matrix),):
            raise ValueError(
                f"{name} has shape {vector.shape} and {other} {matrix.shape}: "
                f"{name} must be a vector with one entry for each row of {other}"
            )
    for name, array in zip(NAMES, converted, strict=True):
        if not (np.isfinite(array.max()) and np.isfinite(array.min())):
            raise ValueError(f"{name} has entries that are not finite: remove the NaN or infinite values")
    return converted


def _real(name: str, array: ArrayLike) -> np.ndarray:
    array = np.asarray(array)
    if array.dtype.kind in "iu":
        array = array.astype(np.float64)
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype not in PRECISIONS:
        raise TypeError(f"{name} has dtype {array.dtype}: give float32 or float64")
    return array if array.flags.forc else np.ascontiguousarray(array)
