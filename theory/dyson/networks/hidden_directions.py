r"""The spectrum of the first gradient for a multi-index target: when its right vectors find the hidden directions.

G = (1/n) σ'(W Xᵀ) D_{y'} X (N×d; readouts ±1 change signs of rows only), σ' = 1(h > 0), z = Ux and
f* = Σ_k He2(z_k)/√(2r).
As in `first_step`, σ' = ½ 11ᵀ + c1 W Xᵀ + √v Θ with c1² = 1/2π and v = 1/4 − 1/2π, X conditioned on what labels and z
know of it (`batches.reused_batch`, with U for β*): the labels' linear part, removed once, leaves y' = (1 − φ) y −
√(φ E y²) t.  c1 is enlarged or reduced so that the population part of a row has its exact mean square (order 1/d:
the −½(wᵀHw)w of `theory.first_gradient`).

Given X the rows of G are independent with mean ½ Xᵀy'/n and covariance (c1²/d) M² + (v/n²) Xᵀ D_{y'}² X, where
M = (1/n) Xᵀ D_{y'} X = H + noise of norm 2√(φ E y²).  Hence for N of the order of d

*  the subspace U leaves the bulk at n ~ d, an outlier of M and of G alike: singular value ≈ λ√(N/2πd);
*  the mean over neurons, ½√N |Xᵀy'/n|, is one more outlier: without removal ½√(N φ E y²), above the signal until
   n ~ (π E y²/2λ²) d²; with the removal once ½√(N E y²) φ, above it until n ~ d^{3/2};
*  a single neuron's part in U needs n ~ d² (`theory.first_gradient`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sympy import Identity
from sympy.matrices.expressions.matexpr import MatrixExpr

from theory.dyson.dimensions import Dimension
from theory.dyson.law import SingularValues
from theory.dyson.matrices import Diagonal, Gaussian, LowRank, outer
from theory.dyson.networks.bulk import EFFORT
from theory.dyson.networks.laws import quantile_rule
from theory.dyson.sources import Source, field
from theory.dyson.vectors import Vector, direction, function_vector
from theory.first_gradient import STEP2, quadratic_rows
from theory.quadrature import Array

REPLICAS, NODES = 5, (8, 3, 3)  # quantiles of 5n points; nodes of z, t and the noise


@dataclass(frozen=True)
class HiddenOutlier:
    """A singular value above the bulk and ‖P_U v‖² of its right vector; ``marginal``: not separated at this size."""

    value: float
    captured: float
    marginal: bool


def hidden_outliers(
    width: int, dim: int, samples: int, rank: int, noise: float = 0.0, removal: str = "once"
) -> tuple[HiddenOutlier, ...]:
    """Outliers of G, largest first.

    >>> [round(one.captured, 2) for one in hidden_outliers(200, 100, 50_000, 1)]
    [0.99]
    """
    expression, hidden = gradient(width, dim, samples, rank, noise, removal)
    found = SingularValues(expression, **EFFORT).outliers_above(right={v.name: v for v in hidden})
    return tuple(HiddenOutlier(one.value, sum(one.right.values()), one.marginal) for one in found)


def gradient(
    width: int, dim: int, samples: int, rank: int, noise: float, removal: str
) -> tuple[MatrixExpr, tuple[Vector, ...]]:
    """G as an expression, and the hidden directions."""
    N, d, n = Dimension("N", width), Dimension("d", dim), Dimension("n", samples)
    phi = dim / samples
    atoms, weights = _sample_law(samples, rank, noise)
    y, t = atoms[:, -1], atoms[:, -2]
    m2 = float(weights @ y**2)
    labels = y if removal == "none" else (1 - phi) * y - np.sqrt(phi * m2) * t
    law = Source("sample", n, np.column_stack([atoms, labels]), weights)

    def column(k: int, name: str, scale: float = 1.0) -> Vector:
        return function_vector(n, law, lambda *columns: columns[k] * scale, name=name)

    hidden = tuple(direction(f"u{k}", d) for k in range(rank))
    tilde = direction("tilde", d)
    unit = column(rank + 1, "unit", 1 / np.sqrt(m2))
    free = Identity(d) - LowRank("P", [(v, v) for v in (*hidden, tilde)])
    fresh = Gaussian("X", n, d, 1 / samples) * free + LowRank("along", [(column(rank, "t"), tilde)])
    known = [(unit, tilde * float(np.sqrt(phi))), *((column(k, f"z{k}"), v) for k, v in enumerate(hidden))]
    X = (Identity(n) - outer(unit, unit)) * fresh + LowRank("known", known)
    exact = quadratic_rows(dim, rank, samples, noise, "none").signal / (STEP2 * 2 / dim)
    mean = outer(function_vector(N, 1.0, name="neurons"), function_vector(n, 1.0, name="samples"))
    slope = float(np.sqrt(STEP2 * exact)) * Gaussian("W", N, d, 1 / dim) * X.T
    slope += float(np.sqrt(0.25 - STEP2)) * Gaussian("Theta", N, n, 1 / samples) + float(np.sqrt(width) / 2) * mean
    return slope * Diagonal("Y", n, field(n, law, lambda *columns: columns[-1])) * X, hidden


def _sample_law(samples: int, rank: int, noise: float) -> tuple[Array, Array]:
    """Atoms (z_1 … z_r, t, y) and weights."""
    count = REPLICAS * samples
    rules = [quantile_rule(count, NODES[0])] * rank + [quantile_rule(count, NODES[1])]
    rules += [quantile_rule(count, NODES[2])] if noise else [(np.zeros(1), np.ones(1))]
    *hidden, t, e = (grid.ravel() for grid in np.meshgrid(*(nodes for nodes, _ in rules), indexing="ij"))
    weights = np.ones(1)
    for _, each in rules:
        weights = np.multiply.outer(weights, each)
    weights = weights.ravel()
    y = sum(z**2 - 1 for z in hidden) / np.sqrt(2 * rank) + np.sqrt(noise) * e
    return np.column_stack([*hidden, t, y]), weights / weights.sum()
