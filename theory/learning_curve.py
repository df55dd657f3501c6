r"""Kernel ridge regression's mean test error where inputs differ in difficulty: a deterministic equivalent.

min Σ_j (f(x_j) − y_j)² + δ‖f‖²_k on n fresh samples, y = f* + noise of variance σ².  Leaving a sample out leaves its
residual and divides by s = δ + (variance of the Gaussian process given the others).  Where k depends on atoms ω of
weight w(ω) and on an angle, k = Σ_l N_l P_l k_l (`theory.zonal_kernel`), s is a function of ω,

    V_l = k_l − k_l (k_l + Λ⁻¹)⁻¹ k_l,   Λ = diag(n w/s),        s(ω) = δ + Σ_l N_l V_l(ω, ω) + rest(ω),

as in the Gaussian-process learning curves of Sollich 1999 and Malzahn & Opper 2001; ours is that the noise that a
sample sees is its own.  The mean predictor leaves b_l = f_l − V_l Λ f_l, and the residuals of the samples,
independent given ω, with mean square e + σ², come back through the predictor:

    e(ω) = Σ_l b_l² + Σ_ω' M(ω, ω') (e(ω') + σ²),     M(ω, ω') = n w(ω') Σ_l N_l V_l(ω, ω')² / s(ω')².

For one atom this is eigenlearning, (bias² + σ²)/(1 − q/n) − σ² (Simon, Dickens, Karkada & DeWeese 2023); with one
noise level for all it misses 5–10 % for targets and features with tails, such as He4 in ten dimensions.
Left out: fluctuations of how many samples fall near an atom, relative order 1/(samples per degree of freedom).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from theory.quadrature import Array
from theory.zonal_kernel import ZonalKernel

TOLERANCE, ROUNDS, DAMPING = 1e-9, 500, 0.7


@dataclass(frozen=True)
class LearningCurve:
    """``error``: E (f − f*)² on a fresh point; ``bias``: of the mean predictor."""

    error: float
    bias: float


def learning_curve(
    kernel: ZonalKernel, target: tuple[Array, Array], samples: int, ridge: float, noise: float
) -> LearningCurve:
    """The mean test error after ``samples``; ``target`` from `ZonalKernel.target`, ``noise`` a variance.

    >>> from theory.zonal_kernel import zonal_kernel
    >>> kernel = zonal_kernel(8, 0.5, 0.5)
    >>> target = kernel.target(lambda z: z)
    >>> many, few = (learning_curve(kernel, target, n, 0.1, 0.1).error for n in (1000, 30))
    >>> 0 < many < few < 1.1
    True
    """
    parts, beyond = target
    seen, V = _noise_levels(kernel, samples, ridge)
    density = samples * kernel.weights / seen
    left = parts - np.einsum("lab,b,lb->la", V, density, parts)
    squares = (left**2).sum(axis=0) + beyond
    back = np.einsum("l,lab->ab", kernel.counts, V**2) * (density / seen)
    error = np.linalg.solve(np.eye(len(seen)) - back, squares + back.sum(axis=1) * noise)
    return LearningCurve(float(kernel.weights @ error), float(kernel.weights @ squares))


def _noise_levels(kernel: ZonalKernel, samples: int, ridge: float) -> tuple[Array, Array]:
    """s on the atoms and V_l, by damped iteration from above."""
    diagonal = np.einsum("l,lkk->k", kernel.counts, kernel.kernels)
    seen = ridge + kernel.rest + diagonal
    for _ in range(ROUNDS):
        V = _posterior(kernel.kernels, samples * kernel.weights / seen)
        new = ridge + kernel.rest + np.einsum("l,lkk->k", kernel.counts, V)
        change = float(np.max(np.abs(new / seen - 1)))
        seen = seen ** (1 - DAMPING) * new**DAMPING
        if change < TOLERANCE:
            return seen, V
    raise ArithmeticError(f"the noise levels at {samples} samples still change by {change:.1g}: give a larger ridge")


def _posterior(kernels: Array, density: Array) -> Array:
    root = np.sqrt(density)
    scaled = root[:, None] * kernels * root
    return kernels - (kernels * root) @ np.linalg.solve(np.eye(len(root)) + scaled, root[:, None] * kernels)
