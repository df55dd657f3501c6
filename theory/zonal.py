"""Kernels of random neurons with one distinguished direction b, sector by sector: exact at any dimension.

Inputs x = g b + r ω and neurons w = p b + q θ, with ω, θ uniform on the unit sphere of the D = d − 1 directions
across b, independent of (g, r) and of (p, q).  The kernel k(x, x') = E_w σ(⟨w, x⟩) σ(⟨w, x'⟩) commutes with the
rotations about b, so its eigenfunctions are f(g, r) Y(ω) with spherical harmonics Y of one degree ℓ.  By the formula
of Funk and Hecke, with P_ℓ the zonal harmonic (P_ℓ(1) = 1) and t = ⟨ω, θ⟩,

    E_ω σ(g p + r q ⟨ω, θ⟩) Y(ω) = σ_ℓ(g, r; p, q) Y(θ),      σ_ℓ = E_t [σ(g p + r q t) P_ℓ(t)],

so the eigenvalues on degree ℓ are the squared singular values of σ_ℓ as an operator from the law of (p, q) to the
law of (g, r), each as often as there are harmonics of degree ℓ in D dimensions: 1, D, D(D + 1)/2 − 1, …  Together,
Σ_ℓ n_ℓ E σ_ℓ² = E σ(⟨w, x⟩)², the trace.  The same singular vectors on the other side are functions of the neuron:
the kernel may be read as one of inputs or one of neurons.  (Classical: Müller 1966; the use for a direction of its
own and a radius on both sides is ours.)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import comb

from theory.functions import RealFunction
from theory.quadrature import Array, Rule, gauss_rule

REACH = 9.0  # standard deviations beyond which the laws of t and of the radius have no mass
ANGLES, RADII = 300, 4001
HIGHEST = 2  # degree that is resolved
EXISTING = 1e-14  # of the largest eigenvalue: below it there are no eigenfunctions, only rounding


@dataclass(frozen=True, eq=False)
class ZonalLaw:
    """A law of points ``along`` · b + ``across`` · ω, ω uniform: atoms (K,) with ``weights``."""

    along: Array
    across: Array
    weights: Array

    @classmethod
    def of(cls, along: Array, across: Array, weights: Array) -> ZonalLaw:
        """From arrays that broadcast together; the weights are normalised."""
        along, across, weights = (np.ravel(one) for one in np.broadcast_arrays(along, across, weights))
        return cls(along, across, weights / weights.sum())


def direction_rule(D: int, nodes: int = ANGLES) -> Rule:
    """The law of t = ⟨ω, θ⟩ on the unit sphere of D dimensions: the trapezoidal rule in arcsin t.

    >>> t, weights = direction_rule(9)
    >>> round(float(weights @ t**2), 12) == round(1 / 9, 12)
    True
    """
    reach = min(np.pi / 2, REACH / np.sqrt(D))
    angle = ((np.arange(nodes) + 0.5) / nodes * 2 - 1) * reach
    weights = np.cos(angle) ** (D - 2)
    return np.sin(angle), weights / weights.sum()


def radius_rule(D: int, m: int) -> Rule:
    """m nodes for the length of a standard normal vector of D dimensions, a Gauss rule in its square.

    >>> r, weights = radius_rule(50, 3)
    >>> round(float(weights @ r**4), 6)
    2600.0
    """
    r = np.linspace(max(1e-9, np.sqrt(D) - REACH), np.sqrt(D) + REACH, RADII)
    log = (D - 1) * np.log(r) - r**2 / 2
    weights = np.exp(log - log.max())
    squares, weights = gauss_rule(r**2, weights / weights.sum(), m)
    return np.sqrt(squares), weights


def zonal(D: int, t: Array) -> Array:
    """P_0, P_1, P_2 of D dimensions at t, with P_ℓ(1) = 1."""
    return np.array([np.ones_like(t), t, (D * t**2 - 1) / (D - 1)])


def multiplicities(D: int) -> tuple[int, ...]:
    """How many spherical harmonics of degrees 0, 1, 2 there are in D dimensions.

    >>> multiplicities(3)
    (1, 3, 5)
    """
    return 1, D, int(comb(D + 1, 2, exact=True)) - 1


@dataclass(frozen=True, eq=False)
class ZonalKernel:
    """The kernel of ``sigma`` for inputs and neurons of given laws in D = ``across`` directions across b."""

    sigma: RealFunction
    across: int
    inputs: ZonalLaw
    neurons: ZonalLaw

    @cached_property
    def _integrals(self) -> tuple[Array, Array]:
        t, weights = direction_rule(self.across)
        harmonics = zonal(self.across, t) * weights
        parts, squares = [], []
        for g, r in zip(self.inputs.along, self.inputs.across, strict=True):
            values = self.sigma(g * self.neurons.along[:, None] + r * self.neurons.across[:, None] * t)
            parts.append(harmonics @ values.T)
            squares.append(values**2 @ weights)
        return np.stack(parts, axis=1), np.array(squares)

    @property
    def parts(self) -> Array:
        """σ_ℓ for ℓ = 0, 1, 2 on the atoms of inputs and neurons (3, K, K')."""
        return self._integrals[0]

    @property
    def squares(self) -> Array:
        """E_t σ² on the atoms (K, K'): Σ_ℓ n_ℓ σ_ℓ² over all degrees."""
        return self._integrals[1]

    @property
    def trace(self) -> float:
        """E k(x, x) = E σ²."""
        return float(self.inputs.weights @ self.squares @ self.neurons.weights)

    def modes(self, degree: int) -> tuple[Array, Array, Array]:
        """Eigenvalues (m,) on harmonics of one degree, descending, with orthonormal functions f (m, K) of the input
        and e (m, K') of the neuron: σ_ℓ = Σ √λ_m f_m e_m.  Functions that exist to rounding only are left out."""
        left, right = np.sqrt(self.inputs.weights), np.sqrt(self.neurons.weights)
        U, s, Vt = np.linalg.svd(left[:, None] * self.parts[degree] * right, full_matrices=False)
        kept = s > np.sqrt(EXISTING) * s[0]
        return s[kept] ** 2, U.T[kept] / left, Vt[kept] / right

    def spectrum(self, most: int) -> Array:
        """The largest ``most`` eigenvalues of degrees 0, 1 and 2 with their multiplicities, descending."""
        counts = [min(count, most) for count in multiplicities(self.across)]
        every = [np.repeat(self.modes(degree)[0], count) for degree, count in enumerate(counts)]
        return np.sort(np.concatenate(every))[::-1][:most]
