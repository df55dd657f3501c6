"""What ridge regression reaches at best: on W0's features or their kernel, and with one neuron that found β*.

In the proportional regime kernels and random features learn the linear part of the target alone, so that their test
error is at least ‖P_{>1} f*‖² = E σ*² − c*_0² − c*_1² (Ba, Erdogdu, Suzuki, Wang, Wu, Yang 2022).  After a step
size η ~ √N it can go below: down to the order of

    τ* = inf_κ E_{x1} [σ*(x1) − E_{x2} σ(κ x1 + x2)]²,         x1, x2 independent standard normal

when samples abound.  For σ = σ* = erf: κ* = √3, τ* = 0.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from theory.model import Model
from theory.quadrature import fine_normal_rule, smoothed

LARGEST_SLOPE = 20.0


def beyond_linear(model: Model) -> float:
    """‖P_{>1} f*‖².

    >>> model = Model.of(activation="tanh", target="z + He(2, z)/2", width=9, dim=9, samples=9, alpha1=0)
    >>> round(beyond_linear(model), 12)
    0.5
    """
    c1, mean, m2 = model.target_moments
    return max(m2 - model.noise**2 - mean**2 - c1**2, 0.0)


def single_neuron(model: Model) -> tuple[float, float]:
    """κ* (looked for up to ±20) and τ*.

    >>> found = single_neuron(Model.of(activation="erf", target="erf", width=9, dim=9, samples=9, alpha1=0))
    >>> round(found[0] ** 2, 6), round(found[1], 9)
    (3.0, 0.0)
    """
    sigma, target = model.sigma, model.target
    x, w = fine_normal_rule(target.kinks)
    goal = target(x)

    def error(slope: float) -> float:
        return float(w @ (goal - smoothed(sigma, sigma.kinks, slope * x, 1.0)) ** 2)

    grid = np.linspace(-LARGEST_SLOPE, LARGEST_SLOPE, 81)
    best = int(np.argmin([error(slope) for slope in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
    found = minimize_scalar(error, bounds=(low, high), method="bounded", options={"xatol": 1e-9})
    return float(found.x), float(found.fun)
