"""Ridge regression on the features after the step: test and training error at n fresh samples.

    θ = argmin Σ_μ (y_μ − θᵀφ_μ/√N)² + λ‖θ‖²,   φ = σ(W1 x) = μ0(κ) 1 + μ1(κ) Bx + μ2(κ) ξ

(`theory.large_step.conditional`).  Bx = κ Bv + z⊥ Bb⊥ + Bx', with b⊥ the part of β* across v and x' independent of
y = σ*(γκ + √(1−γ²) z⊥) + ε.  A predictor is then a function of (κ, z⊥) and Gaussian noise; with τ = θᵀ1/√N,
m = (vᵀBᵀθ, b⊥ᵀBᵀθ)/√N, q1 = ‖Bᵀθ‖²/N, q2 = ‖θ‖²/N,

    f = τ μ0 + μ1 (m1 κ + m2 z⊥) + N(0, μ1² (q1 − m1² − m2²) + μ2² q2)                                         (1)

on a fresh sample.  (1 1ᵀ has norm N: τ is of order 1 at no cost, an unpenalised coefficient.)

1. *Responses.*  Given κ the covariance of φ is μ1² BBᵀ + μ2², so with Q = (λ + V̂2 + V̂1 BBᵀ)⁻¹, ν = n/N,

    χ(κ) = μ1² V1 + μ2² V2,     V1 = tr(BBᵀQ)/N,  V2 = tr Q/N,     V̂1 = ν E[μ1²/(1+χ)],  V̂2 = ν E[μ2²/(1+χ)]

2. *Means.*  A sample's residual is e = (y − f)/(1 + χ), f being (1).  λθ = Σ_μ φ_μ e_μ/√N gives, in the directions 1,
   Bv, Bb⊥ and in the rest,

    0 = E[μ0 e],   θ = Q (√N B w + noise),   w = ĝ + V̂1 m,   ĝ = ν (E[μ1 κ e], E[μ1 z⊥ e]),   m = BᵀQB w

   a linear system for (τ, m).
3. *Sizes.*  The noise has covariance q̂1 BBᵀ + q̂2, q̂1 = ν E[μ1² e²], q̂2 = ν E[μ2² e²], hence

    q1 = wᵀ BᵀQBBᵀQB w + q̂1 tr(BBᵀQ)²/N + q̂2 tr(BBᵀQ²)/N,   q2 = wᵀ BᵀQ²B w + q̂1 tr(BBᵀQ²)/N + q̂2 tr Q²/N

   a linear system for (q1, q2).  Test error E(y − f)², training error E e², both with ε.

All traces and blocks are those of (ζ + BᵀB)⁻¹ and its derivative in ζ = (λ + V̂2)/V̂1 (`theory.large_step.bulk`).  With
the isotropic bulk these are the equations that Cui et al. 2024 obtain by replicas; the derivation by leaving out one
sample is ours, as is the bulk with the step's covariance.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import root

from theory.functions import RealFunction
from theory.large_step.bulk import Bulk, Resolvent
from theory.large_step.conditional import Conditional
from theory.quadrature import Array, normal_rule

NODES = 40  # of z⊥, between kinks
WARM_UP = 6  # plain iterations before Newton's method


@dataclass(frozen=True)
class RidgeError:
    """Test and training error, τ, m, q1, q2, and V1, V2."""

    test: float
    training: float
    tau: float
    m: tuple[float, float]
    q: tuple[float, float]
    V: tuple[float, float]


@dataclass(frozen=True, eq=False)
class _Fit:
    """What the responses leave: ν, V, V̂, ζ, the resolvent there, and 1/(1 + χ) at the nodes of κ."""

    nu: float
    V: Array
    hat: Array
    zeta: float
    resolvent: Resolvent
    shrink: Array


def ridge_error(
    features: Conditional, bulk: Bulk, target: RealFunction, gamma: float, nu: float, lam: float, noise: float = 0.0
) -> RidgeError:
    """The errors at ν = n/N samples a neuron, ridge λ > 0 and label noise σ_ε.

    >>> from theory.functions import activation, function
    >>> from theory.large_step.bulk import isotropic
    >>> features = Conditional.of(activation("tanh"), 0.6510892, 1.0769061)
    >>> error = ridge_error(features, isotropic(1.0769061, 1.0), function("tanh"), 0.5634852, 3.0, 0.01)
    >>> round(error.test, 4), round(error.training, 4)
    (0.1409, 0.0646)
    """
    fit = _responses(features, bulk, nu, lam)
    zeta, at, hat = fit.zeta, fit.resolvent, fit.hat
    tau, m, w, missed = _means(features, fit, target, gamma)
    # ΣΣ over traces and blocks of Q², BBᵀQ², (BBᵀQ)², from 1/(ζ+x), its slope, and x = (ζ+x) − ζ
    t, dt, D, dD, one = at.trace, at.trace_slope, at.plane, at.plane_slope, np.eye(2)
    traces = [1 - 2 * zeta * t - zeta**2 * dt, t + zeta * dt, -dt]
    sizes = np.array([w @ (one - 2 * zeta * D - zeta**2 * dD) @ w, w @ (D + zeta * dD) @ w]) / hat[0] ** 2
    mixing = np.array([traces[:2], traces[1:]]) / hat[0] ** 2
    # e² = shrink² (base + μ1² q1 + μ2² q2)
    parts = np.array([features.mu1**2, features.noise])
    base = missed + noise**2 - features.mu1**2 * (m @ m)
    weighed = nu * parts * features.weights * fit.shrink**2
    q = np.linalg.solve(one - mixing @ weighed @ parts.T, sizes + mixing @ weighed @ base)
    squared = base + q @ parts
    test = float(features.weights @ squared)
    training = float(features.weights @ (squared * fit.shrink**2))
    return RidgeError(test, training, float(tau), tuple(m.tolist()), tuple(q.tolist()), tuple(fit.V.tolist()))


def _responses(features: Conditional, bulk: Bulk, nu: float, lam: float) -> _Fit:
    parts = np.array([features.mu1**2, features.noise])

    def hats(V: Array) -> Array:
        return nu * parts @ (features.weights / (1 + V @ parts))

    def iterate(logs: Array) -> Array:
        first, second = hats(np.exp(logs))
        zeta = (lam + second) / first
        trace = bulk(zeta).trace
        return np.log(np.array([1 - zeta * trace, trace]) / first)

    logs = np.zeros(2)
    for _ in range(WARM_UP):
        logs = iterate(logs)
    found = root(lambda x: iterate(x) - x, logs, tol=1e-12)
    if np.abs(found.fun).max() > 1e-8:
        raise ArithmeticError(f"the responses did not converge at n/N = {nu:.3g}, λ = {lam:.3g}: take a larger ridge")
    V = np.exp(found.x)
    hat = hats(V)
    zeta = float((lam + hat[1]) / hat[0])
    return _Fit(nu, V, hat, zeta, bulk(zeta), 1 / (1 + V @ parts))


def _means(
    features: Conditional, fit: _Fit, target: RealFunction, gamma: float
) -> tuple[float, Array, Array, Array]:
    """τ, m, w, and E[(y − E f)² | κ] without label noise."""
    away = np.sqrt(1 - gamma**2)
    labels, channels, weights = _labels(features, target, gamma, away)
    weighed = weights * fit.shrink[:, None]
    gram = np.einsum("akz,kz,bkz->ab", channels, weighed, channels)
    moments = np.einsum("akz,kz,kz->a", channels, weighed, labels)
    A = (np.eye(2) - fit.zeta * fit.resolvent.plane) / fit.hat[0]  # BᵀQB
    matrix, right = gram.copy(), moments.copy()
    matrix[1:] = fit.nu * A @ gram[1:]
    matrix[1:, 1:] += np.eye(2) - fit.hat[0] * A
    right[1:] = fit.nu * A @ moments[1:]
    solution = np.linalg.lstsq(matrix, right, rcond=None)[0]  # an odd σ without spike has μ0 = 0: τ is then 0
    w = fit.nu * (moments - gram @ solution)[1:] + fit.hat[0] * solution[1:]
    missed = (labels - np.tensordot(solution, channels, 1)) ** 2
    return float(solution[0]), solution[1:], w, (missed * weights).sum(1) / features.weights


@lru_cache(maxsize=8)
def _labels(
    features: Conditional, target: RealFunction, gamma: float, away: float
) -> tuple[Array, Array, Array]:
    """σ*, the channels μ0, μ1 κ, μ1 z⊥, and weights, on κ × z⊥; the nodes of z⊥ avoid the kinks for each κ."""
    if target.kinks:
        rows = [normal_rule(NODES, tuple((kink - gamma * k) / away for kink in target.kinks)) for k in features.kappa]
    else:
        rows = [normal_rule(NODES)] * features.kappa.size
    most = max(z.size for z, _ in rows)
    z = np.array([np.append(z, np.zeros(most - z.size)) for z, _ in rows])
    w = np.array([np.append(w, np.zeros(most - w.size)) for _, w in rows]) * features.weights[:, None]
    one = np.ones_like(z)
    mu0, mu1 = features.mu0[:, None], features.mu1[:, None]
    channels = np.array([mu0 * one, mu1 * features.kappa[:, None] * one, mu1 * z])
    return target(gamma * features.kappa[:, None] + away * z), channels, w
