"""A function of (a, sample) as a short sum of products: the singular value decomposition on the weighted nodes.

    B(a_q, s) ≈ Σ_k f_k(a_q) g_k(s),    least squares with weights w_q w_s

so that an entrywise product B ∘ M becomes Σ_k D_{f_k} M D_{g_k}.  A variance profile needs f_k, g_k ≥ 0: least
squares under that constraint, one side after the other.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from theory.quadrature import Array

SMALLEST = 1e-4  # relative to the largest singular value
SWEEPS = 25


def separated(values: Array, left_weights: Array, right_weights: Array, most: int) -> tuple[Array, Array]:
    """f (r, p) and g (r, q) with values (p, q) ≈ fᵀ g, r ≤ ``most``; r = 0 where the values vanish.

    >>> f, g = separated(np.outer([1.0, 2.0, 4.0], [1.0, -1.0]), np.full(3, 1 / 3), np.full(2, 1 / 2), 3)
    >>> len(f), bool(np.allclose(f.T @ g, np.outer([1, 2, 4], [1, -1])))
    (1, True)
    """
    root = np.sqrt(right_weights)
    scaled = np.sqrt(left_weights)[:, None] * values * root
    _, s, Vt = np.linalg.svd(scaled, full_matrices=False)
    kept = s[:most] > max(SMALLEST * s[0], 1e-14)
    s, Vt = s[:most][kept], Vt[:most][kept]
    # through the values themselves rather than U/√w: no division by the smallest weights
    balance = np.sqrt(s)[:, None]
    f = (values @ (root[:, None] * Vt.T)).T / balance
    U = f * np.sqrt(left_weights) / balance
    g = (U * np.sqrt(left_weights)) @ values / balance
    return f, g


def separated_positive(values: Array, left_weights: Array, right_weights: Array, most: int) -> tuple[Array, Array]:
    """The same with f, g ≥ 0, for values ≥ 0.

    >>> f, g = separated_positive(np.array([[1.0, 2.0], [3.0, 6.0]]), np.full(2, 0.5), np.full(2, 0.5), 2)
    >>> len(f), bool(np.allclose(f.T @ g, [[1, 2], [3, 6]]))
    (1, True)
    """
    f, g = separated(values, left_weights, right_weights, most)
    if len(f) < 2:
        return np.abs(f), np.abs(g)
    f, g = np.abs(f), np.abs(g)
    for _ in range(SWEEPS):
        f = _fitted(values, g, right_weights)
        g = _fitted(values.T, f, left_weights)
    kept = (f.max(axis=1) > 0) & (g.max(axis=1) > 0)
    return f[kept], g[kept]


def _fitted(values: Array, factors: Array, weights: Array) -> Array:
    """Non-negative least squares for each row of the values on the factors (r, q); all rows count alike."""
    root = np.sqrt(weights)
    basis = (factors * root).T
    return np.array([nnls(basis, row * root)[0] for row in values]).T
