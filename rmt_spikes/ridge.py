"""Ridge regression on features or on a kernel.

    v̂ = argmin ‖F v − y‖² + λ ‖v‖² = (FᵀF + λ)⁻¹ Fᵀ y = Fᵀ (FFᵀ + λ)⁻¹ y

By the smaller of the two systems, n × n or m × m; for λ → 0 this is the least-squares solution of smallest norm, if F
has full rank.  The penalty λ is that of the sums, not of means: a loss (1/n) Σ (…)² + λ' ‖v‖² has λ = n λ'.
"""

from __future__ import annotations

import numpy as np


def ridge(features: np.ndarray, targets: np.ndarray, penalty: float) -> np.ndarray:
    """The readout v̂, of shape (m,) or (m, k).

    Args:
        features: F, of shape (n, m), a row for each sample.
        targets: y, of shape (n,), or (n, k) for k regressions on the same features.
        penalty: λ ≥ 0.

    Raises:
        numpy.linalg.LinAlgError: if λ = 0 and F is not of full rank.

    >>> import numpy as np
    >>> ridge(np.array([[1.0], [1.0]]), np.array([2.0, 4.0]), 1.0)
    array([2.])
    """
    n, m = features.shape
    if n < m:
        return features.T @ kernel_ridge(features @ features.T, targets, penalty)
    return kernel_ridge(features.T @ features, features.T @ targets, penalty)


def kernel_ridge(kernel: np.ndarray, targets: np.ndarray, penalty: float) -> np.ndarray:
    """The coefficients (K + λ)⁻¹ y of the samples, so that k(x)ᵀ times them is the fit at x.

    Args:
        kernel: K, symmetric, of shape (n, n); it is left as it was.
        targets: y, of shape (n,) or (n, k).
        penalty: λ ≥ 0.

    >>> import numpy as np
    >>> kernel_ridge(np.eye(2), np.array([2.0, 4.0]), 1.0)
    array([1., 2.])
    """
    system = kernel.copy()
    system[np.diag_indices_from(system)] += penalty
    return np.linalg.solve(system, targets)
