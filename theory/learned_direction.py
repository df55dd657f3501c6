r"""How near the first gradient of ReLU neurons comes to the direction of a spike in the inputs.

    x = √(1+θ) g μ + x⊥,   y = σ*(g) + noise,
    rows of the gradient   a_j (1/n) Σ_i y_i 1(⟨w_j, x_i⟩ > 0) x_i

(derived for this project).  Given g, neuron j is active with probability S_t(g) = Φ(ρ g/√(1−ρ²)), where
⟨w_j, μ⟩ = t/√d, t ~ N(0, 1), and ρ = s t/√(s²t² + d − 1), s² = 1 + θ.  So the rows are functions of t,

    a_j (s m_t μ + ξ_t),   m_t = ⟨y g S_t⟩_n,
    ξ_t Gaussian across μ,   E⟨ξ_t, ξ_t'⟩ = (d−1)/n K_tt',   K_tt' = ⟨y² S_t S_t'⟩_n,

and the left singular vectors are a_j φ(t_j), φ the eigenfunctions of the kernel L = s² m m' + (d−1)/n K under the law
of t.  The right vector of the first, of eigenvalue λ, has the squared overlap

    q = s² ⟨m, φ⟩²/(λ + e),        e = 3 E[φ² v]/N,    v_t = (d−1)/n E y² S_t (1 − S_t)

with μ; e is what the neurons' own noise adds, 3 = E a⁴.  The sample means m and K fluctuate: m along the first two
eigenfunctions of its covariance, K with it.  What is left out is the fluctuation of L across μ, of relative order
1/√d: it matters where λ is nearly double, which for a target of information exponent 1 it is not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from theory.quadrature import normal_rule

MODES = 2
Array = NDArray[np.float64]


@lru_cache(maxsize=64)
def learned_overlap(
    f: Callable[[Array], Array], theta: float, dim: int, samples: int, width: int, noise: float
) -> float:
    """Mean over draws of the squared overlap of the gradient's first right singular vector with μ.

    ``f`` is σ*, ``noise`` the variance of the labels' noise, ``width`` the number of neurons; readouts are N(0, 1)
    and weights N(0, 1/d).

    >>> [round(learned_overlap(np.asarray, theta, 100, 400, 400, 0.1), 3) for theta in (0.0, 100.0)]
    [0.784, 0.997]
    """
    s = np.sqrt(1 + theta)
    g, weights = normal_rule(160)
    t, own = normal_rule(40)
    root = np.sqrt(own)
    rho = s * t / np.sqrt(s**2 * t**2 + dim - 1)
    S = ndtr(rho[:, None] * g / np.sqrt(1 - rho[:, None] ** 2))
    values = f(g)
    squares, cubes = values**2 + noise, values**3 + 3 * noise * values  # E y², E y³ given g
    m = S @ (weights * values * g)
    K = (S * (weights * squares)) @ S.T
    v = (dim - 1) / samples * (S @ (weights * squares) - np.diag(K))
    covariance = ((S * (weights * squares * g**2)) @ S.T - np.outer(m, m)) / samples
    sizes, modes = np.linalg.eigh(root[:, None] * covariance * root)
    moved = []  # what a standard deviation of each mode adds to m and to K
    for size, mode in zip(sizes[: -MODES - 1 : -1], modes[:, : -MODES - 1 : -1].T, strict=True):
        along = root * mode
        with_K = ((S * (weights * cubes * g * (along @ S))) @ S.T - K * (along @ m)) / samples
        moved.append((np.sqrt(size) * mode / root, with_K / np.sqrt(size)))
    z, chance = normal_rule(20)
    found = 0.0
    for one, p1 in zip(z, chance, strict=True):
        for two, p2 in zip(z, chance, strict=True):
            seen = s * (m + one * moved[0][0] + two * moved[1][0])
            L = np.outer(seen, seen) + (dim - 1) / samples * (K + one * moved[0][1] + two * moved[1][1])
            values, vectors = np.linalg.eigh(root[:, None] * L * root)
            phi = vectors[:, -1]
            found += p1 * p2 * (phi @ (root * seen)) ** 2 / (values[-1] + 3 * (phi**2 @ v) / width)
    return float(found)
