"""The low-rank part of W2 − W0 at finite N: spike strengths, vectors and overlaps with β*.

Row i of W2 − W0 is a smooth function of the scalar a_i plus noise,

    row(a) = a [η1 μ1 β1 + η2 v(a)],     v(a) = (1/n) Σ_j q(a; y_j, g_j) x_j,
    q(a; y, g) = (y − f1(y, g)) Φ(η1 a; y, g),    f1(y, g) = √N E_a[a Ψ(η1 a; y, g)]

so the Gram kernel K(a, a') = ⟨row(a), row(a')⟩ on the law of a carries everything: with nodes and weights
(a_q, w_q), T = N √(w_q w_r) K(a_q, a_r) has eigenvalues θ_k² and left vectors u_k.  Nothing is expanded in powers
of a, which diverges in practice.  (Derived for this project; see docs/theory.md.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from theory.model import Model
from theory.quadrature import Array, Rule, gauss_rule, normal_rule
from theory.response import Response


@dataclass(frozen=True)
class Resolution:
    """Numbers of quadrature nodes for the readout a, for z, for t and for the noise."""

    a: int
    z: int
    t: int
    noise: int


FINE, COARSE = Resolution(32, 56, 10, 6), Resolution(20, 40, 8, 5)


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows on nodes of the readout, ``a`` and ``weights`` (q,): Gram matrix ``K`` (q, q), ⟨row(a_q), β*⟩
    ``along`` (q,), and ⟨row(a_q), β1⟩/‖β1‖ ``along_first`` (q,)."""

    a: Array
    weights: Array
    K: Array
    along: Array
    along_first: Array


@dataclass(frozen=True)
class Spikes:
    """Strengths θ_k in descending order, overlaps ω_k = ⟨right vector k, β*⟩ and left vectors on the nodes.

    Singular vectors are given up to a sign, so the sign of each overlap (with that of its left vector) is arbitrary
    and only ω_k² is observed.  ``rows`` is what they come from; ``overlaps_first`` ⟨right vector k, β1⟩/‖β1‖;
    ``left`` the left vectors' entries at the rows' nodes, shape (K, q), normalised to unit length over N
    neurons.
    """

    rows: Rows
    strengths: Array
    overlaps: Array
    overlaps_first: Array
    left: Array

    def subset(self, kept: NDArray[np.bool_]) -> Spikes:
        """The spikes for which ``kept`` (K,) is true."""
        return replace(
            self,
            strengths=self.strengths[kept],
            overlaps=self.overlaps[kept],
            overlaps_first=self.overlaps_first[kept],
            left=self.left[kept],
        )


def vectors_at(nodes: Array, vectors: Array, a: Array) -> Array:
    """Vectors (K, q) on nodes of the readout, as columns of unit length at neurons with readouts ``a``."""
    columns = [interpolated(nodes, u, np.asarray(a, dtype=float)) for u in vectors]
    values = np.array(columns).reshape(len(columns), len(a)).T
    norms = np.linalg.norm(values, axis=0)
    return values / np.where(norms > 0, norms, 1.0)


def interpolated(nodes: Array, values: Array, a: Array) -> Array:
    """A left vector, by its entries at nodes of the readout, at others."""
    # u(a)/a is the smooth part: each row carries the factor a
    ratio = CubicSpline(nodes, values / nodes, extrapolate=True)
    return a * ratio(a)


def readout_rule(model: Model, nodes: int) -> Rule:
    """Nodes and weights for the law of a: N(0, 1/N), or ±1/√N with equal weights.

    Split at 0, around which Φ and Ψ vary fastest: by |A| where σ has kinks, by A y for heavy labels y.
    """
    root = np.sqrt(model.N)
    if model.readout == "rademacher":
        return np.array([-1.0, 1.0]) / root, np.array([0.5, 0.5])
    x, weights = normal_rule(nodes // 2, (0.0,))
    return x / root, weights


def empirical_readout_rule(a: Array, nodes: int = FINE.a) -> Rule:
    """The Gauss rule of the realised readouts, positive and negative ones apart."""
    a = np.asarray(a, dtype=float)
    halves = [half for half in (a[a < 0], a[a > 0]) if half.size]
    if not halves:
        raise ValueError("the readout a is zero: give one with entries of size 1/√N")
    rules = [gauss_rule(half, np.full(half.size, 1 / a.size), nodes // 2) for half in halves]
    return np.concatenate([rule[0] for rule in rules]), np.concatenate([rule[1] for rule in rules])


def second_step_weights(model: Model, response: Response, rule: Rule, y: Array, g: Array) -> Array:
    """q(a; y, g) at every node and sample, shape (q, *samples)."""
    a, w = rule
    phi, psi = response(model.eta1 * a, y, g)
    if not model.squared:
        return y * phi
    f1 = np.sqrt(model.N) * np.tensordot(w * a, psi, axes=1)
    return (y - f1) * phi


def spikes_from_rows(model: Model, rows: Rows, most: int = 12) -> Spikes:
    """Diagonalise T."""
    root, K = np.sqrt(model.N * rows.weights), rows.K
    if not np.isfinite(K).all():
        raise ValueError(
            f"the updated weights overflow for σ = {model.sigma.text!r} and σ* = {model.target.text!r}: they grow "
            "too fast for these step sizes; use slower functions, or smaller exponents and scales"
        )
    squares, U = np.linalg.eigh(root[:, None] * K * root)
    kept = [k for k in np.argsort(squares)[::-1][:most] if squares[k] > 1e-12 * max(squares.max(), 1e-12)]
    theta, U = np.sqrt(squares[kept]), U[:, kept]
    omega, omega_first = (root * rows.along) @ U / theta, (root * rows.along_first) @ U / theta
    # u_k(a_q) through K rather than U/√(N w): no division by the smallest weights
    left = (K @ (root[:, None] * U)) / theta**2
    return Spikes(rows, theta, omega, omega_first, left.T)
