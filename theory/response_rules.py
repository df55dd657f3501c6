"""Rules and grids for averages over a pre-activation h ~ N(0, 1) that a reused sample has moved.

The integrand is a table in u, smoothed over ξ at the scale A κ: smooth σ take the trapezoidal rule with a step found
by halving, kinked σ' panels that shrink towards the kinks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from theory.quadrature import Array, Rule, panel_rule

TABLE_SIZE = 601
FINEST_H = 1 / 128  # step of the integral over h
PANELS = np.array([-8, -6, -4.5, -3, -1.5, 0, 1.5, 3, 4.5, 6, 8])  # at most, for that integral


def trapezoidal_rule(step: float) -> Rule:
    last = int(8 / step)
    h: Array = np.arange(-last, last + 1, dtype=np.float64) * step
    weights: Array = np.exp(-(h**2) / 2)
    return h, weights / weights.sum()


def smooth_rule(average: Callable[[Rule], Array]) -> Rule:
    """N(0, 1) by the trapezoidal rule, halved until that changes the averages by less than 1e-6."""
    step = 0.5
    value = average(trapezoidal_rule(step))
    while step > FINEST_H:
        finer = average(trapezoidal_rule(step / 2))
        if not np.max(np.abs(finer - value)) > 1e-6 * np.max(np.abs(finer)):
            break
        value, step = finer, step / 2
    return trapezoidal_rule(step)


def kinked_rule(kinks: Sequence[float]) -> Rule:
    """N(0, 1) on panels that shrink towards each kink of σ', where the table is as steep as 1/(Aκ)."""
    ladder = np.array([0.03, 0.12, 0.4, 1.2, 3.0, 8.0])
    around = [kink + np.concatenate([-ladder, [0.0], ladder]) for kink in kinks]
    edges = np.unique(np.clip(np.concatenate([PANELS, *around]), -8, 8))
    nodes, lengths = panel_rule(edges, order=7)
    weights = lengths * np.exp(-(nodes**2) / 2)
    kept = weights > 1e-12
    return nodes[kept], weights[kept] / weights[kept].sum()


def graded_grid(kinks: Sequence[float], sd: float, bound: float) -> tuple[Array, float | None]:
    """Points c + s sinh τ about 0, or about every kink, that reach beyond the bound; s, if 0 is the one centre."""
    scale = min(1.0, max(sd, 1e-3)) if kinks else 1.0
    reach = bound + max((abs(kink) for kink in kinks), default=0.0) + 1e-6
    tau = np.linspace(-1, 1, TABLE_SIZE) * np.arcsinh(reach / scale)
    if not any(kinks):
        return scale * np.sinh(tau), scale
    return np.unique(np.concatenate([centre + scale * np.sinh(tau) for centre in kinks])), None
