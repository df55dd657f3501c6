"""σ' of W1 on a fresh batch, given what is low-rank: mean, linear part, remainder.

Row i of W1 without its part along β1 has length s_a, so a fresh sample's pre-activation is s_a x + m with x ~ N(0,
1),

    s_a² = (1 + η1 a μ2 E y)² + (η1 a κ)²,    m = η1 μ1 a g,    κ² = φ E y² Var σ'
    σ'(s_a x + m) = M0 + M1 x + √V θ,    M0 = E σ',   M1 = E[x σ'],   V = E σ'² − M0² − M1²

and the network's output after step one is f1(g) = √N E_a[a E σ(s_a x + m)].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from theory.dyson.networks.laws import Sample
from theory.model import Model
from theory.quadrature import Array, Rule, smoothed


@dataclass(frozen=True, eq=False)
class FreshSlope:
    """M0, M1, V on (a, sample), shape (q, K); ``length`` s_a (q,); ``residual`` r (K,)."""

    mean: Array
    linear: Array
    variance: Array
    length: Array
    residual: Array


def fresh_slope(model: Model, readout: Rule, first: Sample, second: Sample) -> FreshSlope:
    """The coefficients at the readout's nodes and the second batch's; E y and E y² are those of the first batch."""
    a, weights = readout
    mu1, mu2, variance = model.activation_moments
    A = model.eta1 * a
    length = np.hypot(1 + A * mu2 * first.mean, A * first.spread * np.sqrt(variance))
    centre = np.multiply.outer(A * mu1, second.g)
    rows = [_moments(model, m, s) for m, s in zip(centre, length, strict=True)]
    M0, M1, square, output = (np.array(column) for column in zip(*rows, strict=True))
    f1 = np.sqrt(model.N) * (weights * a) @ output if model.squared else 0.0
    return FreshSlope(M0, M1, np.maximum(square - M0**2 - M1**2, 0), length, second.y - f1)


def _moments(model: Model, m: Array, s: float) -> tuple[Array, Array, Array, Array]:
    """E σ', E x σ', E σ'², E σ at u = m + s x."""
    kinks, slope = model.sigma.kinks, model.sigma.derivative
    M0 = smoothed(slope, kinks, m, s)
    with_u = smoothed(lambda u: u * slope(u), kinks, m, s)
    square = smoothed(lambda u: slope(u) ** 2, kinks, m, s)
    return M0, (with_u - m * M0) / s, square, smoothed(model.sigma, kinks, m, s)
