r"""A ReLU kernel under N(0, 1_d), split by the rotations that leave its direction û in place.

With weights w = s g û + τ h⊥ (g, h⊥ standard normal) and bias b ~ N(0, 1) the features σ(⟨w, x⟩ + b) have the kernel

    k(x, x') = ‖x̃‖‖x̃'‖ (sin θ + (π − θ) cos θ)/(2π),   x̃ = (s z, τ x⊥, 1),   z = ⟨û, x⟩,   θ the angle of x̃ and x̃'

(Cho & Saul 2009).  It depends on the atoms ω = (z, ρ = ‖x⊥‖) and on the cosine t between x⊥ and x⊥' on S^{D−1},
D = d − 1.  By Funk and Hecke

    k = Σ_l N_l P_l(t) k_l(ω, ω'),   k_l = E_t[k P_l(t)],   t with density ∝ (1 − t²)^{(D−3)/2},

P_l the Legendre polynomial of dimension D with P_l(1) = 1, N_l the number of harmonics of degree l.  What lies beyond
degree ``most`` is summed into a ``rest`` on the diagonal.  A target g(⟨u, x⟩) at an angle ψ from û has in degree l
the function f_l(ω) = √N_l E_t[g(cos ψ z + sin ψ ρ t) P_l(t)] of one harmonic, the zonal one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import eval_gegenbauer

from theory.quadrature import Array, Rule
from theory.radial_rules import coordinate_rule, radius_rule
from theory.sphere_kernels import harmonics

SMALLEST_WEIGHT = 1e-10


@dataclass(frozen=True, eq=False)
class ZonalKernel:
    """``kernels[l]`` = k_l on the atoms (z, ρ) with ``weights``; ``counts[l]`` = N_l; ``rest`` of the diagonal."""

    z: Array
    radius: Array
    weights: Array
    kernels: Array
    counts: Array
    rest: Array
    angles: Rule

    def target(self, g: Callable[[Array], Array], tilt: float = 0.0) -> tuple[Array, Array]:
        """f_l (most + 1, K) and the mean square (K,) of what lies beyond, for g(⟨u, x⟩) with u at ``tilt`` from û."""
        t, weights = self.angles
        values = g(np.cos(tilt) * self.z[:, None] + np.sin(tilt) * self.radius[:, None] * t)
        zonal = np.sqrt(self.counts)[:, None] * legendre(len(self.kernels) - 1, _dimension(self.counts), t)
        parts = zonal * weights @ values.T
        return parts, np.maximum(values**2 @ weights - (parts**2).sum(axis=0), 0.0)


def zonal_kernel(
    dim: int, strong: float, weak: float, most: int = 5, nodes: tuple[int, int, int] = (28, 7, 60)
) -> ZonalKernel:
    """The kernel of weights with standard deviations ``strong`` along û and ``weak`` across it, in ``dim`` ≥ 4.

    >>> kernel = zonal_kernel(10, 0.3, 0.3)
    >>> trace = kernel.weights @ (np.diagonal(kernel.kernels, axis1=1, axis2=2).T @ kernel.counts + kernel.rest)
    >>> bool(abs(trace - (10 * 0.09 + 1) / 2) < 1e-4)  # E k(x, x)
    True
    """
    D = dim - 1
    z, z_weights = np.polynomial.hermite_e.hermegauss(nodes[0])
    lengths, length_weights = radius_rule(nodes[1], D)
    t, t_weights, _ = coordinate_rule(nodes[2], D)
    weights = np.outer(z_weights / z_weights.sum(), length_weights).ravel()
    keep = weights > SMALLEST_WEIGHT
    weights = weights[keep] / weights[keep].sum()
    z, radius = (grid.ravel()[keep] for grid in np.meshgrid(z, lengths, indexing="ij"))
    polynomials = legendre(most, D, t)
    length = np.sqrt(strong**2 * z**2 + weak**2 * radius**2 + 1)
    kernels = np.zeros((most + 1, len(z), len(z)))
    for one, weight, values in zip(t, t_weights, polynomials.T, strict=True):
        inner = strong**2 * np.outer(z, z) + weak**2 * one * np.outer(radius, radius) + 1
        kernels += (weight * values)[:, None, None] * relu_kernel(inner, length, length)
    counts = np.array([float(harmonics(D, degree)) for degree in range(most + 1)])
    rest = length**2 / 2 - np.einsum("l,lkk->k", counts, kernels)
    return ZonalKernel(z, radius, weights, kernels, counts, np.maximum(rest, 0.0), (t, t_weights))


def relu_kernel(inner: Array, left: Array, right: Array) -> Array:
    """E[σ(⟨w, x̃⟩) σ(⟨w, x̃'⟩)] for σ = ReLU, w ~ N(0, 1), from inner products and lengths.

    >>> relu_kernel(np.array([[4.0]]), np.array([2.0]), np.array([2.0]))  # ‖x̃‖²/2
    array([[2.]])
    """
    lengths = np.outer(left, right)
    cosine = np.clip(inner / lengths, -1, 1)
    angle = np.arccos(cosine)
    return lengths * (np.sin(angle) + (np.pi - angle) * cosine) / (2 * np.pi)


def legendre(most: int, D: int, t: Array) -> Array:
    """P_0 … P_most of dimension D ≥ 3 at t, with P_l(1) = 1: (most + 1, len(t))."""
    index = (D - 2) / 2
    return np.array([eval_gegenbauer(k, index, t) / eval_gegenbauer(k, index, 1.0) for k in range(most + 1)])


def _dimension(counts: Array) -> int:
    return int(counts[1])
