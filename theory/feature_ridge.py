"""Ridge regression on features that are Gaussian given one projection: test and training error by a fixed point.

Given the projection κ of x on one direction, and the kind r of the neuron i, the features and the label are

    φ_i(x) = m_r(κ) + ℓ_r(κ) ⟨w_i, x⟩ + s_r(κ) z_i          w_i Gaussian, covariance C_re/d on coordinates of kind e
    y(x)   = f0(κ) + f1(κ) ⟨b, x⟩ + noise of variance τ²(κ)  ‖b‖ = 1, ⊥ the direction of κ

(on the plane of the directions of κ and b the covariance C_r/d is a 2×2 matrix; a node q may also carry the length of
x, the coordinates ⊥ κ then being radius_q times standard normal numbers), and v̂ minimises

    (1/n) Σ_j (y_j − N^{-1/2} φ(x_j)ᵀv)² + (λ/N) ‖v‖²              N neurons, n samples, d dimensions, in proportion.

Kinds of neurons have weights w_r, values κ_q weights p_q; m, ℓ, s, f are any functions, as large as they like.

**Samples.**  Leave one out at a time: those at κ_q act with the weight ω_q = p_q ρ_q, ρ_q = 1/(1 + h_q/n), in

    J(ω) = min_v  Σ_q ω_q E[(f0 + f1⟨b, x⟩ − N^{-1/2} φᵀv)² | κ_q] + (λ/N) ‖v‖²,       h_q = E[φᵀGφ | κ_q]/N,

G being the inverse of half the Hessian of J.

**Weights.**  Leave one coordinate of x out at a time: one of kind e enters the features through √(C_re/d) ℓ_r(κ)
times a standard normal number.  With Ω = diag ω and G_ii = N g_r,

    Ξ_e = (N/d) Σ_r w_r g_r C_re ℓ_r ℓ_rᵀ        Γ_e = (Ω⁻¹ + Ξ_e)⁻¹                                        (Q×Q)
    1/g_r = λ + Σ_q ω_q s_rq² + Σ_e (k_e/d) C_re ℓ_rᵀ Γ_e ℓ_r                      k_e coordinates are of kind e
    h_q = N Σ_r w_r g_r s_rq² + Σ_e k_e (Ξ_e − Ξ_e Γ_e Ξ_e)_qq
    J   = fᵀ Γ f

The plane is one more block (2Q×2Q), with f = (f0, f1), with the coordinate κ itself, and with N Σ w_r g_r m_r m_rᵀ
added to its Ξ: there all the spikes are, at all orders.

**Errors.**  ∂J/∂ω_q is the squared bias at κ_q (the envelope theorem), and −∂h_q/∂ω_q' what noise at κ_q' costs at
κ_q.  So the squared error E_q at κ_q, with the noise of the label, solves

    E_q = ∂J/∂ω_q + τ²_q − (1/n) Σ_q' (∂h_q/∂ω_q') p_q' ρ_q'² E_q';       test Σ p_q E_q,  training Σ p_q ρ_q² E_q.

For m = 0 and ℓ, s, f1 constant this is the law of random features (Mei and Montanari 2022); the conditional Gaussian
features are those of Cui et al. 2024 (one kind of neuron).  Derived for this project.  Left out are corrections of
relative order 1/n: the fluctuations of a draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from theory.quadrature import Array

TOLERANCE = 1e-11
MOST_STEPS = 20000


@dataclass(frozen=True, eq=False)
class Features:
    """What the features and the label are, by kind of neuron r (R), value of κ (Q) and kind of coordinate e (E)."""

    mean: Array  # m, R×Q
    slope: Array  # ℓ, R×Q
    noise2: Array  # s², R×Q
    f0: Array  # Q
    f1: Array
    tau2: Array  # τ², with the noise of the labels
    kinds: Array  # w_r, summing to 1
    kappa: Array  # κ_q
    radius: Array  # the size of the other coordinates of x, which are radius × standard normal
    weights: Array  # p_q, summing to 1
    counts: Array  # k_e: how many coordinates of x⊥ have the variances C_re/d
    spread: Array  # C_re, R×E
    plane: Array  # C_r of the directions (κ, b), R×2×2


@dataclass(frozen=True)
class RidgeError:
    """Mean squared errors: ``test`` on fresh labels, noise and all, ``train`` on those of the training samples;
    ``bias``: what an average over training samples would keep of the first; ``objective``: the minimum reached."""

    test: float
    train: float
    bias: float
    objective: float


def ridge_error(features: Features, N: float, n: float, ridge: float) -> RidgeError:
    """The errors with N neurons, n samples and λ = ``ridge`` > 0.

    >>> one = np.ones((1, 1))  # linear regression, d = 50 coordinates seen through N = 10⁸ neurons, nearly no ridge
    >>> linear = Features(0 * one, one, 0 * one, one[0], one[0], one[0] / 4, one[0], one[0], one[0], one[0],
    ...                   np.array([48.0]), one, np.eye(2)[None])
    >>> found = ridge_error(linear, 1e8, 100, 1e-3)
    >>> round(found.test, 4), round(found.train, 4), round(found.bias, 4)  # σ²/(1 − d/n), σ²(1 − d/n), none
    (0.5, 0.125, 0.0)
    """
    problem = _Problem(features, N, n, ridge, _blocks(features))
    g, rho = problem.solve()
    dJ, dh = problem.derivatives(g, rho)
    p = features.weights
    noise = p * rho**2 / n
    errors = np.linalg.solve(np.eye(p.size) + dh * noise, dJ + features.tau2)
    objective = problem.minimum(g, rho) + p @ (rho * features.tau2)
    return RidgeError(*map(float, (p @ errors, p @ (rho**2 * errors), p @ dJ, objective)))


@dataclass(frozen=True, eq=False)
class _Block:
    """``count`` groups of coordinates alike, each of one (Q values) or two (2Q values, the plane of κ and b)."""

    count: float
    label: Array
    linear: tuple[Array, ...]  # Gaussian parts of the features, R×(Q or 2Q), per neuron
    mean: tuple[Array, ...]  # the same of what is not random

    @property
    def rows(self) -> tuple[Array, ...]:
        return self.linear + self.mean

    def solved(self, g: Array, omega: Array) -> tuple[Array, Array, Array]:
        """Ξ, P = (1 + ΞΩ)⁻¹ and Γ = ΩP; ``g`` with the weights N w_r."""
        omega = np.tile(omega, self.label.size // omega.size)
        Xi = np.sum([rows.T @ (g[:, None] * rows) for rows in self.rows], axis=0)
        P: Array = np.linalg.inv(np.eye(omega.size) + Xi * omega)
        return Xi, P, omega[:, None] * P


def _blocks(f: Features) -> list[_Block]:
    d = float(f.counts.sum()) + 2
    nothing = np.zeros_like(f.f0)
    blocks = [
        _Block(count, nothing, (f.slope * f.radius * np.sqrt(C / d)[:, None],), ())
        for count, C in zip(f.counts, f.spread.T, strict=True)
    ]
    root = np.linalg.cholesky(f.plane / d)
    sizes = np.stack([f.kappa, f.radius])
    linear = [(f.slope[:, None] * root[:, :, k, None] * sizes).reshape(len(root), -1) for k in range(2)]
    mean = np.concatenate([f.mean, np.zeros_like(f.mean)], axis=1)
    return [*blocks, _Block(1, np.concatenate([f.f0, f.f1]), tuple(linear), (mean,))]


@dataclass(frozen=True, eq=False)
class _Problem:
    f: Features
    N: float
    n: float
    ridge: float
    blocks: Sequence[_Block]

    def solve(self) -> tuple[Array, Array]:
        """g and ρ."""
        f, Q = self.f, self.f.weights.size
        g, rho = np.full(f.kinds.size, 1 / self.ridge), np.ones(Q)
        for _ in range(MOST_STEPS):
            omega, mass = f.weights * rho, self.N * f.kinds * g
            inverse, leverage = self.ridge + f.noise2 @ omega, mass @ f.noise2
            for block in self.blocks:
                Xi, P, Gamma = block.solved(mass, omega)
                inverse += block.count * sum(np.einsum("rq,rq->r", rows @ Gamma, rows) for rows in block.linear)
                leverage += block.count * np.einsum("ij,ji->i", P, Xi).reshape(-1, Q).sum(0)
            new_g, new_rho = 1 / inverse, 1 / (1 + leverage / self.n)
            off = max(np.abs(new_g / g - 1).max(), np.abs(new_rho / rho - 1).max())
            g, rho = np.sqrt(g * new_g), np.sqrt(rho * new_rho)
            if off < TOLERANCE:
                return g, rho
        raise ArithmeticError(f"no fixed point after {MOST_STEPS} steps at ridge = {self.ridge}: take a larger one")

    def minimum(self, g: Array, rho: Array) -> float:
        """J(ω)."""
        omega, mass = self.f.weights * rho, self.N * self.f.kinds * g
        return sum(float(block.label @ block.solved(mass, omega)[2] @ block.label) for block in self.blocks)

    def derivatives(self, g: Array, rho: Array) -> tuple[Array, Array]:
        """∂J/∂ω (Q) and ∂h_q/∂ω_q' (Q×Q), through g as well: dΓ = Pᵀ dΩ P − Γ dΞ Γ."""
        f, Q = self.f, self.f.weights.size
        omega, mass = f.weights * rho, self.N * f.kinds
        solved = [block.solved(mass * g, omega) for block in self.blocks]
        direct, through = f.noise2.copy(), np.zeros((g.size, g.size))
        for block, (_, P, Gamma) in zip(self.blocks, solved, strict=True):
            for one in block.linear:
                direct += block.count * _folded((one @ P.T) ** 2, Q)
                through += block.count * sum((one @ Gamma @ rows.T) ** 2 for rows in block.rows) * mass
        dg = np.linalg.solve(np.diag(1 / g**2) - through, -direct)
        spread = mass[:, None] * dg
        dJ, dh = np.zeros(Q), f.noise2.T @ spread
        for block, (Xi, P, Gamma) in zip(self.blocks, solved, strict=True):
            dJ += _folded((P @ block.label) ** 2, Q)
            dh -= block.count * _folded(_folded((P @ Xi) ** 2, Q).T, Q).T
            for rows in block.rows:
                dJ -= (rows @ (Gamma.T @ block.label)) ** 2 @ spread
                dh += block.count * _folded((rows @ P.T) ** 2, Q).T @ spread
        return dJ, dh


def _folded(values: Array, Q: int) -> Array:
    """Summed over the coordinates of a block, which lie one after the other on the last axis."""
    return values.reshape(*values.shape[:-1], -1, Q).sum(-2)
