"""The resolvent of the bulk B of W1, an N×d matrix with rows of covariance Σ/d: what ridge regression sees of it.

A bulk is a function of ζ > 0 that returns a `Resolvent`: with ρ = N/d,

    trace  = (1/N) tr (ζ + BBᵀ)⁻¹,    plane = the 2×2 block of (ζ + BᵀB)⁻¹ on v and b⊥,    and their derivatives in ζ

    (ζ + BᵀB)⁻¹ ≈ (ζ + sΣ)⁻¹,   s = ρ s/(s + 1 − ζ g),   g = (1/d) tr (ζ + sΣ)⁻¹,   trace = g/ρ + (1 − 1/ρ)/ζ

(Marchenko–Pastur for covariances: s = ρ/(1 + tr Σ(ζ + sΣ)⁻¹/d).)  `isotropic` has Σ = c I, which is
the published approximation; `of_step` the covariance of the step, with G and s solved together by Newton's method.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from theory.large_step.rows import plane, updated
from theory.large_step.step import Step
from theory.quadrature import Array

TINY = 1e-30  # of complex steps: derivatives without differences
ITERATIONS, NEWTON = 12, 60


@dataclass(frozen=True, eq=False)
class Resolvent:
    """(1/N) tr (ζ + BBᵀ)⁻¹ and the plane's block of (ζ + BᵀB)⁻¹, each with its derivative in ζ."""

    trace: float
    trace_slope: float
    plane: Array
    plane_slope: Array


Bulk = Callable[[float], Resolvent]


def isotropic(c: float, rho: float) -> Bulk:
    """Rows of covariance cI/d: Marchenko–Pastur, alike in every direction.

    >>> bool(abs(isotropic(1.0, 1.0)(1e9).trace * 1e9 - 1) < 1e-8)
    True
    """

    def solve(zeta: complex) -> complex:
        half = (zeta - (rho - 1) * c) / 2
        s = (np.sqrt(half**2 + c * rho * zeta) - half) / c
        return 1 / (zeta + s * c)

    def bulk(zeta: float) -> Resolvent:
        g = solve(zeta + 1j * TINY)
        return _resolvent(rho, zeta, g.real, g.imag / TINY, g.real * np.eye(2), g.imag / TINY * np.eye(2))

    return bulk


def of_step(step: Step, rho: float) -> Bulk:
    """The rows of the step's W1; it starts from where it was last."""
    state = np.array([1.0, 0.0, 0.0, 1.0, rho])

    def bulk(zeta: float) -> Resolvent:
        nonlocal state
        state = _solve(step, rho, zeta, state)
        direction = _slope(step, rho, zeta, state)
        x = state + 1j * TINY * direction
        block = plane(step, zeta + 1j * TINY, x[4], x[:4].reshape(2, 2))
        return _resolvent(rho, zeta, state[0], direction[0], block.real, block.imag / TINY)

    return bulk


def _resolvent(rho: float, zeta: float, g: float, slope: float, block: Array, block_slope: Array) -> Resolvent:
    rest = 1 - 1 / rho
    return Resolvent(g / rho + rest / zeta, slope / rho - rest / zeta**2, block, block_slope)


def _next(step: Step, rho: float, zeta: complex, x: Array) -> Array:
    """One iteration of G (flat) and s."""
    G = updated(step, zeta, x[4], x[:4].reshape(2, 2))
    return np.append(G.ravel(), rho * x[4] / (x[4] + 1 - zeta * G[0, 0]))


def _jacobian(step: Step, rho: float, zeta: float, x: Array) -> Array:
    columns = [_next(step, rho, zeta, x + 1j * TINY * e).imag / TINY for e in np.eye(5)]
    return np.eye(5) - np.array(columns).T


def _solve(step: Step, rho: float, zeta: float, x: Array) -> Array:
    for _ in range(ITERATIONS):
        x = (x + _next(step, rho, zeta, x)) / 2
    for _ in range(NEWTON):
        change = np.linalg.solve(_jacobian(step, rho, zeta, x), _next(step, rho, zeta, x) - x)
        damping = 1.0
        while x[4] + damping * change[4] <= 0 or x[0] + damping * change[0] <= 0:  # √s, and a trace above 0
            damping /= 2
        x = x + damping * change
        if np.abs(change).max() < 1e-12 * np.abs(x).max():
            return x
    raise ArithmeticError(f"the rows' equation did not converge at ζ = {zeta:.3g}: take other parameters")


def _slope(step: Step, rho: float, zeta: float, x: Array) -> Array:
    """d(G, s)/dζ."""
    change: Array = _next(step, rho, zeta + 1j * TINY, x).imag / TINY
    return np.asarray(np.linalg.solve(_jacobian(step, rho, zeta, x), change), dtype=float)
