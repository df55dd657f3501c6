"""How a neuron answers to a sample after the first step: Φ(A; y, g) = E σ'(u) and Ψ(A; y, g) = E σ(u).

The neuron with readout a has A = η1 a; the sample has label y and projection g = ⟨β1, x⟩ (leave-one-out).  Its
pre-activation after the first step is

    u = (1 + A μ2 E y) h + A (φ y σ'(h) 1[reuse] + μ1 g + κ ξ),   h, ξ ~ N(0, 1),   κ² = φ m2 Var σ'(h).

φ y σ'(h) is the self-interaction of a reused sample: kept inside the expectation, because it is correlated with
σ''(h).  With independent batches u is Gaussian and one integral is left.  With reuse the integral over ξ is
tabulated once per neuron as a function of the rest, and the integral over h runs over that table.
(Derived for this project; see docs/theory.md.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from theory.functions import RealFunction
from theory.model import Model
from theory.quadrature import Array, normal_rule, panel_rule, smoothed

TABLE_SIZE = 601
H_NODES = 40


@dataclass(frozen=True)
class Response:
    """E σ(u) and E σ'(u); ``mean_label`` is E y, ``phi`` is φ with reuse and 0 without."""

    sigma: RealFunction
    mu1: float
    mu2: float
    kappa: float
    mean_label: float
    phi: float

    @classmethod
    def of(cls, model: Model, mean_label: float | None = None, m2: float | None = None) -> Response:
        """With the population's E y and E y², or those of a draw."""
        mu1, mu2, variance = model.activation_moments
        _, mean, second = model.target_moments
        second = second if m2 is None else m2
        kappa = float(np.sqrt(model.phi * second * variance))
        mean = mean if mean_label is None else mean_label
        return cls(model.sigma, mu1, mu2, kappa, mean, model.phi if model.reuse else 0.0)

    def __call__(self, A: Array, y: Array, g: Array) -> tuple[Array, Array]:
        """Φ and Ψ for every A (shape (q,)) and every sample (y and g of one shape): arrays (q, *shape)."""
        y, g = np.broadcast_arrays(np.asarray(y, dtype=float), np.asarray(g, dtype=float))
        one = self._reused if self.phi else self._fresh
        pairs = [one(float(value), y, g) for value in A]
        return np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])

    def _fresh(self, A: float, y: Array, g: Array) -> tuple[Array, Array]:
        sd = float(np.hypot(1 + A * self.mu2 * self.mean_label, A * self.kappa))
        kinks = self.sigma.kinks
        return tuple(smoothed(f, kinks, A * self.mu1 * g, sd) for f in (self.sigma.derivative, self.sigma))

    def _reused(self, A: float, y: Array, g: Array) -> tuple[Array, Array]:
        h, w = self._h_rule
        shift = A * self.phi * self.sigma.derivative(h)
        stretched = (1 + A * self.mu2 * self.mean_label) * h
        centre = A * self.mu1 * g
        bound = np.abs(stretched).max() + np.abs(shift).max() * np.abs(y).max() + np.abs(centre).max()
        table = self._table(abs(A) * self.kappa, float(bound))
        both = np.zeros((*y.shape, 2))
        for node, weight, self_term in zip(stretched, w, shift, strict=True):
            both += weight * table(node + self_term * y + centre)
        return both[..., 0], both[..., 1]

    @property
    def _h_rule(self) -> tuple[Array, Array]:
        """h ~ N(0, 1); near a kink of σ' the table is as steep as 1/(Aκ), so panels shrink towards it."""
        kinks = self.sigma.kinks
        if not kinks:
            return normal_rule(H_NODES)
        ladder = np.array([0.03, 0.12, 0.4, 1.2, 3.0, 8.0])
        edges = np.unique(np.concatenate([kink + np.concatenate([-ladder, [0.0], ladder]) for kink in kinks]))
        nodes, lengths = panel_rule(np.unique(np.clip(np.concatenate([[-8.0], edges, [8.0]]), -8, 8)), order=7)
        weights = lengths * np.exp(-(nodes**2) / 2)
        return nodes, weights / weights.sum()

    def _table(self, sd: float, bound: float) -> CubicSpline:
        """m ↦ (E σ'(m + sd ξ), E σ(m + sd ξ)) on a grid that is fine near 0 and near every kink."""
        grid = _graded_grid(self.sigma.kinks, sd, bound)
        values = [smoothed(f, self.sigma.kinks, grid, sd) for f in (self.sigma.derivative, self.sigma)]
        if not np.isfinite(values).all():
            raise ValueError(
                f"E σ(u) overflows after the first step for σ = {self.sigma.text!r}: it grows too fast for these "
                "step sizes; use an activation of linear growth, or smaller exponents and scales"
            )
        return CubicSpline(grid, np.stack(values, axis=-1))


def _graded_grid(kinks: Sequence[float], sd: float, bound: float) -> Array:
    scale = min(1.0, max(sd, 1e-3)) if kinks else 1.0
    reach = bound + max((abs(kink) for kink in kinks), default=0.0) + 1e-6
    tau = np.linspace(-1, 1, TABLE_SIZE) * np.arcsinh(reach / scale)
    return np.unique(np.concatenate([centre + scale * np.sinh(tau) for centre in kinks or (0.0,)]))
