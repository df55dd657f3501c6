"""How strengths and overlaps of spikes answer to a change of the rows: gradients of a small eigenproblem.

With nodes and weights (a_q, w_q), D = N diag(w), T = D^{1/2} K D^{1/2} = Σ λ_k U_k U_kᵀ and t_q = ⟨row(a_q), β*⟩,

    θ_k = √λ_k,    ω_k = U_kᵀ D^{1/2} t / θ_k

First-order perturbation theory, with δT = D^{1/2} δK D^{1/2} + ½ (D⁻¹ δD T + T D⁻¹ δD), gives

    2 θ_k δθ_k = U_kᵀ δT U_k
    θ_k δω_k   = −ω_k δθ_k + U_kᵀ δ(D^{1/2} t) + p_kᵀ δT U_k,    p_k = Σ_{l≠k} U_l (U_lᵀ D^{1/2} t)/(λ_k − λ_l)

l runs over all eigenvectors, those of eigenvalue 0 among them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from theory.quadrature import Array
from theory.spikes import Rows


@dataclass(frozen=True, eq=False)
class Gradient:
    """δF = Σ ``K``·δK + ``along``·δt + ``weights``·δw for one number F; ``K`` (q, q) is symmetric."""

    K: Array
    along: Array
    weights: Array


def spike_gradients(rows: Rows, N: float, k: int) -> tuple[Gradient, Gradient]:
    """The gradients of θ_k and of ω_k (k = 0 for the strongest spike)."""
    D = N * rows.weights
    root = np.sqrt(D)
    squares, vectors = np.linalg.eigh(root[:, None] * rows.K * root)
    squares, vectors = squares[::-1], vectors[:, ::-1]
    theta, U = float(np.sqrt(squares[k])), vectors[:, k]
    t = root * rows.along
    projections = vectors.T @ t
    omega = float(projections[k]) / theta
    others = np.arange(len(squares)) != k
    p = vectors[:, others] @ (projections[others] / (squares[k] - squares[others]))
    Tp = vectors @ (squares * (vectors.T @ p))
    of_theta = Gradient(np.outer(root * U, root * U) / (2 * theta), np.zeros_like(U), theta / 2 * U**2 / rows.weights)
    mixed = np.outer(root * p, root * U)
    of_omega = Gradient(
        (mixed + mixed.T) / (2 * theta) - omega / theta * of_theta.K,
        root * U / theta,
        U * (t + squares[k] * p + Tp) / (2 * theta * rows.weights) - omega / theta * of_theta.weights,
    )
    return of_theta, of_omega
