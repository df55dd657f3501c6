"""(ζ + sΣ)⁻¹ for the covariance Σ = M² + t S2 of the rows of W1: its deterministic equivalent.

Σ is quadratic in the samples; twice as large, the matrix is linear in them, a sum of one term per sample:

    (ζ + sΣ)⁻¹ = top left of [[ζ + s t S2, √s M], [−√s M, 1]]⁻¹ = top left of [A0 ⊗ I + (1/n) Σ_μ A_μ ⊗ x_μ x_μᵀ]⁻¹
    A0 = [[ζ, √s], [−√s, 1]],   A(r) = [[s t r², √s a r], [−√s a r, 0]],   a = η μ2,  t = η² ν φ

Across β* the inverse is G ⊗ I, and leaving one sample out gives the 2×2 equation (expectations over (z, r))

    G = (A0 + E K)⁻¹,     K = A (1 + φ G A)⁻¹.

In the plane of β* and β1, whose samples are those of Σ, it is not: with β1 = c1 β* + β', and 2×2 blocks,

    R[β*, β*] = (A0 + E[z² K])⁻¹ =: G*,   R[β*, β'] = −G* E[r z φ K G],   R[β', β*] = −E[r z φ G K] G*,
    R[β', β'] = E[r² φ (1 + φ G A)⁻¹ G] + E[r z φ G K] G* E[r z φ K G].

Derived for this project.
"""

from __future__ import annotations

import numpy as np

from theory.large_step.step import Step
from theory.quadrature import Array

ONE = np.eye(2)


def pencil(step: Step, zeta: complex, s: complex) -> tuple[Array, Array]:
    """A0 and A at each node."""
    root = np.sqrt(s)
    kind = np.result_type(zeta, root)
    A = np.zeros((step.r.size, 2, 2), dtype=kind)
    A[:, 0, 0] = s * step.eta**2 * step.nu * step.phi * step.r**2
    A[:, 0, 1] = root * step.eta * step.mu2 * step.r
    A[:, 1, 0] = -A[:, 0, 1]
    return np.array([[zeta, root], [-root, 1]], dtype=kind), A


def _mean(step: Step, factor: Array, matrices: Array) -> Array:
    return np.asarray(np.tensordot(step.weights * factor, matrices, 1))


def updated(step: Step, zeta: complex, s: complex, G: Array) -> Array:
    """(A0 + E K)⁻¹, whose fixed point G is."""
    A0, A = pencil(step, zeta, s)
    K = A @ np.linalg.inv(ONE + step.phi * G @ A)
    return np.asarray(np.linalg.inv(A0 + _mean(step, np.ones_like(step.r), K)), dtype=K.dtype)


def plane(step: Step, zeta: complex, s: complex, G: Array) -> Array:
    """(ζ + sΣ)⁻¹ on v and on the unit vector b⊥ of the plane of v and β* that is orthogonal to v: 2×2."""
    A0, A = pencil(step, zeta, s)
    inverse = np.linalg.inv(ONE + step.phi * G @ A)
    K, rz = A @ inverse, step.r * step.z
    star = np.linalg.inv(A0 + _mean(step, step.z**2, K))
    left, right = step.phi * _mean(step, rz, G @ K), step.phi * _mean(step, rz, K @ G)
    own = step.phi * _mean(step, step.r**2, inverse @ G)
    blocks = np.array(
        [[star[0, 0], -(star @ right)[0, 0]], [-(left @ star)[0, 0], (own + left @ star @ right)[0, 0]]]
    )
    away = np.sqrt(1 - step.gamma**2)
    # rows: v and b⊥ = (β* − γ v)/√(1−γ²) in terms of β* and β'
    basis = np.array([[step.gamma, 1 / step.b], [away, -step.gamma / (step.b * away)]])
    return basis @ blocks @ basis.T
