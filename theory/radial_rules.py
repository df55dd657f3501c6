"""Gauss rules for the radius and for one coordinate of a sphere in any dimension, from their recurrences.

Golub and Welsch (1969): nodes are the eigenvalues of the Jacobi matrix of the orthonormal polynomials, weights the
squared first components of its eigenvectors.  SciPy's rules of the same names overflow in some hundred dimensions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal

Array = NDArray[np.float64]


def coordinate_rule(nodes: int, D: int) -> tuple[Array, Array, Array]:
    """Of one coordinate t of a uniform point on S^{D−1}, D ≥ 3: nodes, weights of sum 1, and the b_k of

        t q_k = b_{k+1} q_{k+1} + b_k q_{k−1},   q_k orthonormal.

    >>> t, weights, _ = coordinate_rule(5, 1000)
    >>> float(weights @ t**2).__round__(12)  # 1/D
    0.001
    """
    k = np.arange(1, nodes)
    b = np.sqrt(k * (k + D - 3.0) / ((2 * k + D - 2.0) * (2 * k + D - 4.0)))
    t, vectors = eigh_tridiagonal(np.zeros(nodes), b)
    return t, vectors[0] ** 2, b


def radius_rule(nodes: int, D: int) -> tuple[Array, Array]:
    """Of the length of a standard normal vector in R^D: nodes and weights of sum 1.

    >>> radius, weights = radius_rule(4, 1000)
    >>> float(weights @ radius**2).__round__(9), float(weights @ radius**4).__round__(6)  # D, D² + 2 D
    (1000.0, 1002000.0)
    """
    k = np.arange(nodes)
    alpha = D / 2 - 1
    half, vectors = eigh_tridiagonal(2 * k + 1 + alpha, np.sqrt(k[1:] * (k[1:] + alpha)))
    return np.sqrt(2 * half), vectors[0] ** 2
