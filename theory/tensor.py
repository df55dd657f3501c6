"""All Hermite coefficients up to a degree by tensor Gauss–Hermite rules of two sizes.

The bound, one for all, is ten times the largest difference of the two.  For analytic targets it is generous; with
kinks a Gauss rule converges like 1/m only, and it is an estimate.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import roots_hermitenorm

from theory.multivariate import MultiFunction
from theory.quadrature import Array

NODES = {1: (160, 120), 2: (120, 90), 3: (44, 36), 4: (22, 18)}


def tensor_coefficients(f: MultiFunction, degree: int) -> tuple[Array, float]:
    """√S! c_S for all S_i ≤ degree, indexed by S, and a bound.

    >>> from theory.multivariate import multivariate
    >>> values, bound = tensor_coefficients(multivariate("exp(z1*z2/4)"), 2)
    >>> round(float(values[1, 1]), 10), bound < 1e-10
    (0.2754121491, True)
    """
    coarse, fine = (_tensor(f, degree, m) for m in NODES[len(f.variables)][::-1])
    return fine, float(10 * np.max(np.abs(fine - coarse)) + 1e-13 * np.max(np.abs(fine)))


def _tensor(f: MultiFunction, degree: int, m: int) -> Array:
    """E[f Π He_{S_i}]/√S! for all S_i ≤ degree, by an m-node rule in each variable."""
    nodes, weights = roots_hermitenorm(m)
    table = np.ones((degree + 1, m))
    if degree:
        table[1] = nodes
    for k in range(1, degree):
        table[k + 1] = (nodes * table[k] - math.sqrt(k) * table[k - 1]) / math.sqrt(k + 1)
    table *= weights / weights.sum()
    r = len(f.variables)
    values = f(*np.meshgrid(*[nodes] * r, indexing="ij", sparse=True))
    for _ in range(r):  # each pass contracts the first axis and appends its k at the end
        values = np.tensordot(values, table, axes=(0, 1))
    return values
