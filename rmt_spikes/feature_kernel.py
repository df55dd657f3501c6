"""The kernel of infinitely many untrained neurons, at inputs of any length.

    K(x, x') = E σ(⟨w, x⟩) σ(⟨w, x'⟩),   w ~ N(0, I/d)
             = Σ_k c_k(‖x‖) c_k(‖x'‖) cos(x, x')^k,      c_k(r) = E σ(z r/√d) He_k(z)/√k!

by Mehler's formula.  On different inputs of dimension d the cosine is of order 1/√d, so that a few orders are enough;
the diagonal is E σ² itself.
"""

from __future__ import annotations

import numpy as np

from rmt_spikes.functions import apply

ORDERS = 8  # of the expansion: what is left out is of relative order d^{-4}
HALF, NODES = 8.0, 1601  # the trapezoid rule in z


def feature_kernel(activation: str, X: np.ndarray, n: int) -> np.ndarray:
    """K between all rows of X and its first n, of shape (rows, n).

    Args:
        activation: σ, a name or a formula in z.
        X: inputs, of shape (rows, d), no two of them near each other.
        n: how many of the rows are also columns, at most ``len(X)``.

    >>> import numpy as np
    >>> X = np.array([[3.0, 0.0], [0.0, 1.0]])
    >>> np.round(feature_kernel("z", X, 2), 6)  # ⟨x, x'⟩/d
    array([[4.5, 0. ],
           [0. , 0.5]])
    """
    d = X.shape[1]
    lengths = np.linalg.norm(X, axis=1)
    grid = np.linspace(-HALF, HALF, NODES)
    weights = np.exp(-(grid**2) / 2) / np.exp(-(grid**2) / 2).sum()
    values = apply(activation, np.outer(lengths / np.sqrt(d), grid))
    unit = X / lengths[:, None]
    cosines = unit @ unit[:n].T
    kernel, power = np.zeros_like(cosines), np.ones_like(cosines)
    last, polynomial = np.zeros_like(grid), np.ones_like(grid)
    for k in range(ORDERS):
        c = values @ (weights * polynomial)
        if np.abs(c).max() > 1e-10:  # half of them vanish for an odd or even σ
            kernel += np.outer(c, c[:n]) * power
        power *= cosines
        last, polynomial = polynomial, (grid * polynomial - np.sqrt(k) * last) / np.sqrt(k + 1)
    np.fill_diagonal(kernel, values[:n] ** 2 @ weights)
    return kernel
