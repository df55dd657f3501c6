"""The features σ(X W1ᵀ)/√(N m) of m fresh inputs as a random-matrix expression, from the sectors of their kernel.

With orthonormal harmonics of degree ℓ as independent entries, Y_ℓ (m×n_ℓ) on the inputs and Θ_ℓ (N×n_ℓ) on the
neurons, and σ_ℓ = Σ_k f_k e_k on the atoms of `theory.zonal`,

    σ(X W1ᵀ)/√(N m) = Σ_k f_k e_kᵀ  +  Σ_{ℓ = 1, 2} Σ_k D_{f_k} Y_ℓ Θ_ℓᵀ D_{e_k}  +  Z,

the first term of low rank (ℓ = 0, functions of (g, r) and of (p, q)), Y_ℓ of variance 1/m, Θ_ℓ of variance 1/N and
Z, all else, noise with the variance profile (E σ² − Σ_{ℓ ≤ 2} n_ℓ σ_ℓ²)/(N m).  The law of its squared
singular values is the spectrum of the empirical kernel σ(XW1ᵀ)σ(XW1ᵀ)ᵀ/(N m); its outliers are the modes of degree 0
that stand out.  Independent entries in place of harmonics is the usual universality, exact in the limit.  (Derived
for this project.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from sympy.matrices.expressions.matexpr import MatrixExpr

from theory.dyson.dimensions import Dimension
from theory.dyson.equation import PathError
from theory.dyson.law import NamedOutlier, SingularValues
from theory.dyson.matrices import Gaussian
from theory.dyson.networks.factors import separated, separated_positive
from theory.dyson.networks.network import Atoms, low_rank, product, total
from theory.dyson.spectrum import SpectrumError
from theory.quadrature import Array
from theory.single_thread import on_one_thread
from theory.zonal import ZonalKernel, multiplicities

TERMS = {0: 5, 1: 2, 2: 2}  # products that a sector is made of; what they leave is noise
PROFILE_TERMS = 2
Directions = Callable[[Atoms, Dimension, float], MatrixExpr]  # neurons that are left, harmonics, N
# the second where the first finds no law: labels of few samples make bands that almost touch, and their mass is
# normalised away
EFFORTS: tuple[dict[str, Any], ...] = (
    {"points": 24, "doublings": 0, "accepted": 2e-3},
    {"points": 80, "doublings": 1, "accepted": 1e-2},
)


def independent(units: Atoms, harmonics: Dimension, N: float) -> MatrixExpr:
    """Θ_ℓ with independent entries."""
    return Gaussian(f"Theta_{harmonics.name}", units.dimension, harmonics, 1 / N)


@dataclass(frozen=True, eq=False)
class KernelFeatures:
    """Features of a ``kernel`` on ``samples`` inputs by ``neurons`` neurons.

    ``lost`` outliers are taken from both sides of the bulk, the entries staying as they are; ``joining`` modes of
    degree 0 lie in it among those of degree 1; ``directions`` are Θ_1 where the neurons' directions have a law of
    their own."""

    kernel: ZonalKernel
    samples: int
    neurons: int
    lost: int = 0
    directions: Directions = independent
    joining: int = 0

    @cached_property
    def _sides(self) -> tuple[Atoms, Atoms]:
        kernel = self.kernel
        return (
            Atoms.of("m", self.samples - self.lost, kernel.inputs.weights),
            Atoms.of("N", self.neurons - self.lost, kernel.neurons.weights),
        )

    def _separated(self, degree: int) -> tuple[Array, Array]:
        kernel = self.kernel
        return separated(kernel.parts[degree], kernel.inputs.weights, kernel.neurons.weights, TERMS[degree])

    @property
    def _rest(self) -> Array:
        """The variance that the products leave: of higher degrees, and of the terms left out."""
        parts, counts = self.kernel.parts, multiplicities(self.kernel.across)
        rest = self.kernel.squares - np.tensordot(np.array(counts, dtype=float), parts**2, axes=1)
        for degree in (1, 2):
            f, e = self._separated(degree)
            # without 2 kept · dropped: the terms are orthogonal
            rest = rest + counts[degree] * (parts[degree] - f.T @ e) ** 2
        return np.maximum(rest, 0.0)

    @cached_property
    def bulk(self) -> MatrixExpr:
        points, units = self._sides
        m, N = points.dimension, units.dimension
        parts = []
        for degree in (1, 2):
            count = multiplicities(self.kernel.across)[degree] + (self.joining if degree == 1 else 0)
            harmonics = Dimension(f"h{degree}", count)
            Y = Gaussian(f"Y{degree}", m, harmonics, 1 / self.samples)
            Theta = (self.directions if degree == 1 else independent)(units, harmonics, self.neurons)
            for k, (f, e) in enumerate(zip(*self._separated(degree), strict=True)):
                left, right = points.diagonal(f"f{degree}{k}", f), units.diagonal(f"e{degree}{k}", e)
                parts.append(product(left, Y, Theta.T, right))
        kernel = self.kernel
        U, V = separated_positive(self._rest, kernel.inputs.weights, kernel.neurons.weights, PROFILE_TERMS)
        if len(U):
            profile = list(zip(points.profile(U), units.profile(V), strict=True))
            parts.append(Gaussian("Z", m, N, 1 / (self.samples * self.neurons), profile))
        return total(parts)

    @on_one_thread
    def outliers(self, functions: Mapping[str, Array]) -> tuple[NamedOutlier, ...]:
        """Singular values above the bulk with their left overlaps with functions (K,) of the input's atoms."""
        points, units = self._sides
        f, e = self._separated(0)
        whole = total([self.bulk, low_rank("aligned", points, units, f / np.sqrt(points.dimension.size), e)])
        vectors = {name: points.vector(name, values) for name, values in functions.items()}
        return SingularValues(whole).outliers_above(vectors)

    @cached_property
    def law(self) -> SingularValues:
        """Of the singular values in the bulk."""
        first, second = (SingularValues(self.bulk, **effort) for effort in EFFORTS)
        try:
            first.bands  # noqa: B018 - solved here, so that a failure is seen here
        except (SpectrumError, PathError):
            return second
        return first
