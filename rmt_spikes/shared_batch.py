"""Two steps on one batch with fewer products (derived here from theory.md, section 1).

With S_t = (η_t/n) a ∘ σ'(W_{t−1} Xᵀ) ∘ r_tᵀ (N×n) a step adds S_t X.  On one batch the second pre-activations are

    W1 Xᵀ = W0 Xᵀ + S_1 X Xᵀ,            and            W2 = W0 + (S_1 + S_2) X:

W1 is never formed, X Xᵀ is n×n and both gradients enter through one product.  With few samples this is cheaper than
four products N×n×d (`rmt_spikes.working_memory.shared_pays`), at the price of holding two N×n matrices."""

import numpy as np

from rmt_spikes.functions import Activation
from rmt_spikes.gemm import add_product, times_transposed
from rmt_spikes.gradient import residual
from rmt_spikes.kernels import add_scaled


def signal_of_two_steps(
    W: np.ndarray,
    a: np.ndarray,
    X: np.ndarray,
    y: np.ndarray,
    sigma: Activation,
    etas: tuple[float, float],
    loss: str,
) -> np.ndarray:
    """S_1 + S_2 (N×n) of two steps with sizes `etas`, so that W2 = W + (S_1 + S_2) X. The operands are checked ones.

    Raises ValueError if an output f overflows.

    >>> from rmt_spikes.functions import resolve
    >>> W, a, X, y = np.eye(2), np.ones(2), np.array([[1.0, 0.0]]), np.ones(1)
    >>> signal_of_two_steps(W, a, X, y, resolve("z"), (1.0, 0.0), "correlation")
    array([[1.],
           [1.]])
    """
    n = len(X)
    H = np.empty((len(W), n), dtype=W.dtype)
    times_transposed(W, X, H)
    S = H.copy()
    S *= residual(S, a, y, sigma, loss, etas[0] / n)
    add_product(H, S, X @ X.T)
    add_scaled(S, H, residual(H, a, y, sigma, loss, etas[1] / n))
    return S
