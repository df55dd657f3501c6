"""Inner-product kernels κ(⟨x, x'⟩) on the unit sphere of R^d, and the spectrum of their matrices.

In spherical harmonics (Funk and Hecke) κ(ρ) = Σ_k c_k P_k(ρ), P_k the Gegenbauer polynomial of the sphere with
P_k(1) = 1.  Degree k has D_k = C(d+k−1, k) − C(d+k−3, k−2) harmonics, each with the eigenvalue c_k/D_k, and since
E P_k(ρ)² = 1/D_k for two independent uniform points,

    c_k = D_k E[κ(ρ) P_k(ρ)],        Σ_k c_k = κ(1).

Of n points the matrix H_ij = κ(⟨x_i, x_j⟩) is Σ_k c_k F_k F_kᵀ, F_k of n rows and D_k columns.  Rows of all degrees
together have uncorrelated entries, and as n, d → ∞ the eigenvalues follow the law of Silverstein and Bai (1995) of
Gaussian rows with that covariance, with m(z) = tr (H − z)⁻¹/n,

    z = −1/m + Σ_{k≥1} c_k / (1 + (n c_k/D_k) m),

a degree with D_k ≫ n being c_k times the identity.  The constant (k = 0) is one direction, with an eigenvalue of
order n where 1 + n c_0 m(λ) = 0.  An edge is where dz/dm = 0; there the extreme eigenvalue has the
Tracy–Widom law (β = 1) with scale (n² · 2/|z''|)^(−1/3).  For κ(ρ) = ρ this is the Marchenko–Pastur law; for d → ∞ at
n/d fixed only degree 1 keeps a width, which is the linearisation of El Karoui (2010).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import comb

import numpy as np
from scipy.optimize import brentq

from theory.radial_rules import coordinate_rule

DEGREES = 8  # of harmonics that are kept apart; the others are the identity to a relative n/D_9
NODES = 200
POINTS = 200  # of half a contour
TRACY_WIDOM_MEAN = -1.2065335745820  # of β = 1


def harmonics(d: int, k: int) -> int:
    """D_k, the number of spherical harmonics of degree k in R^d.

    >>> [harmonics(3, k) for k in range(4)]
    [1, 3, 5, 7]
    """
    return comb(d + k - 1, k) - (comb(d + k - 3, k - 2) if k > 1 else 0)


def coefficients(kernel: Callable[[np.ndarray], np.ndarray], d: int, degrees: int = DEGREES) -> np.ndarray:
    """c_0, …, c_degrees of a kernel, by Gauss quadrature with respect to the law of ρ.

    ``kernel`` takes an array of ρ in (−1, 1).  ValueError for d < 3.

    >>> coefficients(lambda rho: rho**2, 5, 3).round(12) + 0.0
    array([0.2, 0. , 0.8, 0. ])
    """
    if d < 3:
        raise ValueError(f"d = {d} is below 3: spheres of R^3 and more have these harmonics")
    rho, weights, b = coordinate_rule(NODES, d)
    weighted = weights * kernel(rho)
    before, now = np.zeros(NODES), np.ones(NODES)
    found = []
    for degree in range(degrees + 1):
        # q_k = √D_k P_k
        found.append(np.sqrt(float(harmonics(d, degree))) * float(weighted @ now))
        after = (rho * now - (b[degree - 1] if degree else 0.0) * before) / b[degree]
        before, now = now, after
    return np.array(found)


@dataclass(frozen=True, eq=False)
class KernelSpectrum:
    """Eigenvalues of κ(⟨x_i, x_j⟩) for n independent uniform points on the sphere of R^d.

    coefficients    c_0, c_1, … of the kernel (all ≥ 0, c_1 > 0)
    total           κ(1)
    d, n            dimension of the space, and number of points
    noise           variance v of a free semicircle on top: n times that of the entries where H is known up to
                    independent errors, as from a finite number of random features; z(m) then has the term −v m
    """

    coefficients: np.ndarray
    total: float
    d: int
    n: int
    noise: float = 0.0

    @cached_property
    def _parts(self) -> tuple[np.ndarray, np.ndarray, float]:
        """c_k and n c_k/D_k of the degrees k ≥ 1 that are there, and the weight of the identity."""
        c = self.coefficients[1:]
        ratio = self.n * c / np.array([float(harmonics(self.d, k)) for k in range(1, len(c) + 1)])
        kept = c > 1e-14 * self.total
        return c[kept], ratio[kept], max(0.0, self.total - float(self.coefficients.sum()))

    def inverse(self, m: np.ndarray | float, order: int = 0) -> np.ndarray:
        """z(m), or its first or second derivative; real or complex."""
        c, ratio, identity = self._parts
        m = np.asarray(m)
        below = 1 + ratio * m[..., None]
        if order == 0:
            return -1 / m + identity + np.sum(c / below, axis=-1) - (self.noise * m if self.noise else 0.0)
        if order == 1:
            return 1 / m**2 - np.sum(c * ratio / below**2, axis=-1) - self.noise
        return -2 / m**3 + 2 * np.sum(c * ratio**2 / below**3, axis=-1)

    @cached_property
    def _edges(self) -> tuple[float, float]:
        """m at the lower and at the upper edge."""
        _, ratio, _ = self._parts
        high = 1e3 * max(1.0, 1 / ratio.max())
        # m² z'(m) falls from 1 to below 0 where there are more columns than points; else the bulk begins at the
        # identity's atom, m = ∞
        atom = float(self.inverse(high, 1)) > 0
        low = np.inf if atom else brentq(lambda m: float(m**2 * self.inverse(m, 1)), 1e-9, high)
        pole = -1 / ratio.max()
        up = brentq(lambda m: float(m**2 * self.inverse(m, 1)), pole * (1 - 1e-9), pole * 1e-9)
        return low, up

    @property
    def edges(self) -> tuple[float, float]:
        """Of the bulk."""
        return tuple(float(self.inverse(m)) for m in self._edges)  # type: ignore[return-value]

    @cached_property
    def smallest(self) -> float:
        """Mean of the smallest eigenvalue: the lower edge and Tracy and Widom's mean inwards."""
        m = self._edges[0]
        if np.isinf(m):
            return self.edges[0]
        scale = (self.n**2 * 2 / abs(float(self.inverse(m, 2)))) ** (-1 / 3)
        return self.edges[0] - scale * TRACY_WIDOM_MEAN

    @cached_property
    def largest(self) -> float:
        """The eigenvalue of the constant, above the bulk: m(λ) = −1/(n c_0)."""
        return float(self.inverse(-1 / (self.n * self.coefficients[0])))

    def mean(self, function: Callable[[np.ndarray], np.ndarray]) -> float:
        """Mean of an entire function over the bulk: −∮ f(z) m(z) dz/(2πi) around it.

        ``function`` takes complex arrays and should not grow fast within a tenth of the bulk's width around it."""
        z, weights = self._contour
        # the lower half is the conjugate
        return -float(np.sum(function(z) * weights).imag)

    @cached_property
    def _contour(self) -> tuple[np.ndarray, np.ndarray]:
        """Points z of the upper half of an ellipse around the bulk, and m(z) dz."""
        low, high = self.edges
        angle = np.pi * (np.arange(POINTS) + 0.5) / POINTS
        centre, across, up = (low + high) / 2, 0.55 * (high - low), 0.1 * (high - low)
        z = centre + across * np.cos(angle) + 1j * up * np.sin(angle)
        dz = -across * np.sin(angle) + 1j * up * np.cos(angle)
        return z, self.resolvent(z) * dz / POINTS

    def resolvent(self, z: np.ndarray) -> np.ndarray:
        """m(z) for Im z > 0: the only solution there, from the roots of a polynomial."""
        return np.array([self._solve(complex(one)) for one in np.ravel(z)]).reshape(np.shape(z))

    def _solve(self, z: complex) -> complex:
        c, ratio, identity = self._parts
        wide = ratio > 1e-6
        c, ratio, identity = c[wide], ratio[wide], identity + float(c[~wide].sum())
        every = np.poly1d([1.0])
        for one in ratio:
            every *= np.poly1d([one, 1.0])
        # ((z − identity) m + v m² + 1) Π − m Σ c_k Π_{j≠k}
        m = np.poly1d([1.0, 0.0])
        equation = m * every * (z - identity) + every + m * m * every * self.noise
        for k in range(len(c)):
            others = np.poly1d([1.0])
            for one in np.delete(ratio, k):
                others *= np.poly1d([one, 1.0])
            equation -= others * m * float(c[k])
        roots = equation.roots
        return complex(roots[np.argmax(roots.imag)])
