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

from dataclasses import dataclass

import numpy as np

from theory.functions import RealFunction
from theory.graded_table import Table, table
from theory.model import Model
from theory.quadrature import FEW, Array, Rule, blocks, smoothed
from theory.response_rules import FINEST_H, graded_grid, kinked_rule, smooth_rule, trapezoidal_rule


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
        mean = A * self.mu1 * g
        return smoothed(self.sigma.derivative, kinks, mean, sd), smoothed(self.sigma, kinks, mean, sd)

    def _reused(self, A: float, y: Array, g: Array) -> tuple[Array, Array]:
        shift, stretch = A * self.phi, 1 + A * self.mu2 * self.mean_label
        centre = A * self.mu1 * g
        h = trapezoidal_rule(FINEST_H)[0]
        bound = np.abs(stretch * h).max() + np.abs(centre).max()
        bound += np.abs(shift * self.sigma.derivative(h)).max() * np.abs(y).max()
        responses = self._table(abs(A) * self.kappa, float(bound))

        def average(rule: Rule, y: Array, centre: Array) -> Array:
            h, w = rule
            inner = shift * self.sigma.derivative(h)
            both = np.zeros((y.size, 2))
            for part in blocks(len(h), y.size):
                u = stretch * h[part, None] + inner[part, None] * y.ravel() + centre.ravel()
                both += np.stack([w[part] @ value for value in responses(u)], axis=-1)
            return both.reshape(*y.shape, 2)

        if self.sigma.kinks:
            rule = kinked_rule(self.sigma.kinks)
        else:
            # a few samples, with the extreme labels among them, say how fine the rule must be
            few = np.argsort(y, axis=None)[np.linspace(0, y.size - 1, FEW // 3).astype(int)]
            rule = smooth_rule(lambda rule: average(rule, y.ravel()[few], centre.ravel()[few]))
        both = average(rule, y, centre)
        return both[..., 0], both[..., 1]

    def _table(self, sd: float, bound: float) -> Table:
        """m ↦ (E σ'(m + sd ξ), E σ(m + sd ξ)) on a grid that is fine near 0 and near every kink."""
        kinks = self.sigma.kinks
        grid, scale = graded_grid(kinks, sd, bound)
        values = smoothed(self.sigma.derivative, kinks, grid, sd), smoothed(self.sigma, kinks, grid, sd)
        if not np.isfinite(values).all():
            raise ValueError(
                f"E σ(u) overflows after the first step for σ = {self.sigma.text!r}: it grows too fast for these "
                "step sizes; use an activation of linear growth, or smaller exponents and scales"
            )
        return table(grid, values, scale)
