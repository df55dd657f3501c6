"""Ridge regression on features that are Gaussian given a few projections: training and test error by fixed point.

The features of sample j at neuron i, N^{-1/2} φ_i(x_j), and its label are, given the projection κ_j of x_j on one
direction and the kind r(i) of the neuron,

    φ_i(x) = m_r(κ) + ℓ_r(κ) ⟨w_i, x⊥⟩ + s_r(κ) z_i,      w_i, z_i independent Gaussian, E‖w_i‖² = 1, dimension d
    y(x)   = f0(κ) + f1(κ) ⟨b, x⊥⟩ + noise of variance τ²(κ),      ‖b‖ = 1

and v̂ minimises (1/n) Σ_j (y_j − N^{-1/2} φ(x_j)ᵀv)² + (λ/N)‖v‖².  Kinds r have weights w_r, values κ_q weights p_q.

**Samples.**  Leaving one sample out at a time, those at κ_q act with the weight ω_q = p_q ρ_q, ρ_q = 1/(1 + h_q/n),
where h_q = E φᵀGφ/N at κ_q and G is the resolvent of the *mean* problem

    J(ω) = min_v  Σ_q ω_q E[(f0 + f1⟨b, x⊥⟩ − N^{-1/2} φᵀv)² | κ_q] + (λ/N)‖v‖².

**Weights.**  Leaving one coordinate of x⊥ out at a time, with Ω = diag ω,

    1/g_r = λ + Σ_q ω_q s_rq² + ((d−1)/d) ℓ_rᵀ Γ ℓ_r            resolvent entries of the neurons are g_r/N · N
    Ξ  = (N/d) Σ_r w_r g_r ℓ_r ℓ_rᵀ,                 Γ  = (Ω⁻¹ + Ξ)⁻¹        a coordinate of x⊥
    Ξ0 = N Σ_r w_r g_r m_r m_rᵀ + κκᵀ∘Ξ,            Γ0 = (Ω⁻¹ + Ξ0)⁻¹       the direction of κ itself
    h_q = N Σ_r w_r g_r s_rq² + (d−1) (Ξ − ΞΓΞ)_qq + (Ξ0 − Ξ0Γ0Ξ0)_qq
    J   = f0ᵀ Γ0 f0 + f1ᵀ Γ f1

The spikes m_r(κ) are kept whole, at all orders, however large.  Both fluctuations follow by differentiation: the
squared bias at κ_q is ∂J/∂ω_q (the envelope theorem), and noise of variance E_q at κ_q costs −∂h_q'/∂ω_q at κ_q'.
So the test error E_q at κ_q, with the noise of its label, solves the linear equations

    E_q = ∂J/∂ω_q + τ²_q − (1/n) Σ_q' (∂h_q/∂ω_q') p_q' ρ_q'² E_q',          training error = Σ_q p_q ρ_q² E_q.

Without κ (one node, m = 0) this is the known law of random features (Mei and Montanari 2022); with one kind of neuron
and d → ∞ the replica equations of Cui et al. 2024.  Derived for this project.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from theory.quadrature import Array

TOLERANCE = 1e-11
MOST_STEPS = 20000


@dataclass(frozen=True, eq=False)
class Features:
    """m, ℓ, s² by kind and κ (R×Q); f0, f1, τ² by κ; the weights w_r and p_q; κ_q."""

    mean: Array
    linear: Array
    noise2: Array
    f0: Array
    f1: Array
    tau2: Array
    kinds: Array
    weights: Array
    kappa: Array


@dataclass(frozen=True)
class RidgeError:
    """``test``: mean squared error on a fresh label, noise and all; ``train``: on the training labels; ``bias``: the
    part of the test error that an average over training samples would keep."""

    test: float
    train: float
    bias: float


def ridge_error(features: Features, N: float, d: float, n: float, ridge: float) -> RidgeError:
    g, rho = _solve(features, N, d, n, ridge)
    state = _State.of(features, N, d, g, rho)
    dJ, dh = state.derivatives()
    p = features.weights
    noise = p * rho**2 / n
    errors = np.linalg.solve(np.eye(p.size) + dh * noise, dJ + features.tau2)
    return RidgeError(float(p @ errors), float(p @ (rho**2 * errors)), float(p @ dJ))


def _solve(f: Features, N: float, d: float, n: float, ridge: float) -> tuple[Array, Array]:
    g = np.full(f.kinds.size, 1 / ridge)
    rho = np.ones(f.weights.size)
    for step in range(MOST_STEPS):
        state = _State.of(f, N, d, g, rho)
        new_g = 1 / (ridge + state.omega @ f.noise2.T + (d - 1) / d * _quadratic(f.linear, state.Gamma))
        new_rho = 1 / (1 + state.leverage() / n)
        off = max(np.abs(new_g / g - 1).max(), np.abs(new_rho / rho - 1).max())
        g, rho = np.sqrt(g * new_g), np.sqrt(rho * new_rho)
        if off < TOLERANCE:
            return g, rho
    raise ArithmeticError(f"no fixed point after {MOST_STEPS} steps: take a larger ridge")


def _quadratic(rows: Array, K: Array) -> Array:
    return np.einsum("rq,rq->r", rows @ K, rows)


@dataclass(frozen=True, eq=False)
class _State:
    f: Features
    N: float
    d: float
    g: Array
    omega: Array
    Xi: Array
    Xi0: Array
    P: Array  # (1 + ΞΩ)⁻¹, so that Γ = ΩP
    P0: Array

    @classmethod
    def of(cls, f: Features, N: float, d: float, g: Array, rho: Array) -> _State:
        omega = f.weights * rho
        mass = (f.kinds * g)[:, None]
        Xi = N / d * f.linear.T @ (mass * f.linear)
        Xi0 = N * f.mean.T @ (mass * f.mean) + np.outer(f.kappa, f.kappa) * Xi
        one = np.eye(omega.size)
        return cls(f, N, d, g, omega, Xi, Xi0, np.linalg.inv(one + Xi * omega), np.linalg.inv(one + Xi0 * omega))

    @property
    def Gamma(self) -> Array:
        return self.omega[:, None] * self.P

    def leverage(self) -> Array:
        """h; Ξ − ΞΓΞ = PΞ."""
        f = self.f
        noise = self.N * (f.kinds * self.g) @ f.noise2
        return noise + (self.d - 1) * _diagonal(self.P, self.Xi) + _diagonal(self.P0, self.Xi0)

    def derivatives(self) -> tuple[Array, Array]:
        """∂J/∂ω (Q) and ∂h_q/∂ω_q' (Q×Q), through g as well."""
        f, N, d = self.f, self.N, self.d
        dg = self._resolvent_derivative()  # R×Q
        one = f.kappa
        P, P0 = self.P, self.P0
        a0, a1 = P0.T @ (self.omega * f.f0), P.T @ (self.omega * f.f1)  # Γf, since Γ = ΩP = PᵀΩ
        mass = f.kinds[:, None] * dg
        # dΞ-forms: for a vector c, cᵀ dΞ c = (N/d) Σ_r w_r dg_r (ℓ_r·c)²
        form = N / d * (f.linear @ a1) ** 2
        form0 = N * (f.mean @ a0) ** 2 + N / d * (f.linear @ (one * a0)) ** 2
        dJ = (P @ f.f1) ** 2 + (P0 @ f.f0) ** 2 - (form + form0) @ mass
        PL, P0m, P0L = f.linear @ P.T, f.mean @ P0.T, (f.linear * one) @ P0.T
        dh = N * f.noise2.T @ mass
        dh += (d - 1) * (N / d * (PL**2).T @ mass - (P @ self.Xi) ** 2)
        dh += (N * P0m**2 + N / d * P0L**2).T @ mass - (P0 @ self.Xi0) ** 2
        return dJ, dh

    def _resolvent_derivative(self) -> Array:
        """∂g_r/∂ω_q: dΓ = Pᵀ dΩ P − Γ dΞ Γ in the equation of 1/g."""
        f, share = self.f, (self.d - 1) / self.d
        direct = f.noise2 + share * (f.linear @ self.P.T) ** 2
        through = share * self.N / self.d * (f.linear @ self.Gamma @ f.linear.T) ** 2 * f.kinds
        g2 = self.g[:, None] ** 2
        return np.linalg.solve(np.eye(self.g.size) - g2 * through, -g2 * direct)


def _diagonal(A: Array, B: Array) -> Array:
    return np.einsum("ij,ji->i", A, B)
