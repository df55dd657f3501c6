"""The features σ(W1 x) given κ = ⟨v, x⟩, where W1 = r 1 vᵀ + B (Cui et al. 2024, with Σ for c).

Given κ the pre-activation of a neuron is r κ + h with h = (Bx)_i ~ N(0, c) over the neurons, and

    σ(r κ + h) = μ0(κ) + μ1(κ) h + μ2(κ) ξ,     μ0 = E σ,  μ1 = E σ' = E[σ h]/c,  μ2² = E σ² − μ0² − c μ1²

where Bx stays what it is, linear in x, and ξ acts as noise of its own, N(0, 1) for each neuron and sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from theory.functions import RealFunction
from theory.quadrature import Array, normal_rule, smoothed

NODES = 96


@dataclass(frozen=True, eq=False)
class Conditional:
    """Nodes of κ with weights, and μ0, μ1 and μ2² at them."""

    kappa: Array
    weights: Array
    mu0: Array
    mu1: Array
    noise: Array

    @classmethod
    def of(cls, sigma: RealFunction, r: float, c: float) -> Conditional:
        """Of σ; kinks of μ0 in κ are smoothed by h, so that one rule does.

        >>> from theory.functions import activation
        >>> linear = Conditional.of(activation("z"), 2.0, 1.5)
        >>> [np.allclose(*pair) for pair in ((linear.mu0, 2 * linear.kappa), (linear.mu1, 1), (linear.noise, 0))]
        [True, True, True]
        """
        kappa, weights = normal_rule(NODES)
        mean, sd = r * kappa, float(np.sqrt(c))
        with np.errstate(over="ignore", invalid="ignore"):
            mu0 = smoothed(sigma, sigma.kinks, mean, sd)
            mu1 = smoothed(sigma.derivative, sigma.kinks, mean, sd)
            square = smoothed(lambda u: sigma(u) ** 2, sigma.kinks, mean, sd)
        if not np.isfinite([mu0, mu1, square]).all():
            raise ValueError(
                f"the activation {sigma.text!r} overflows at pre-activations of variance {r**2 + c:.3g}: "
                "take a smaller step or one that grows more slowly"
            )
        return cls(kappa, weights, mu0, mu1, np.maximum(square - mu0**2 - c * mu1**2, 0.0))
