"""The Tracy–Widom laws from Painlevé II: shares no formula, no kernel and no quadrature with the determinants.

The Hastings–McLeod solution of q'' = sq + 2q³ as a boundary value problem on [−12, 8] by Chebyshev collocation; the
ends are q = Ai on the right and, on the left, the asymptotic series with its published coefficients (Tracy & Widom
1994, equation 1.15, and the next one).
"""

import numpy as np
from numpy.polynomial import Chebyshev
from scipy.integrate import quad
from scipy.special import airy

LEFT, RIGHT, DEGREE = -12.0, 8.0, 140


def hastings_mcleod() -> Chebyshev:
    t = np.cos(np.pi * np.arange(DEGREE + 1) / DEGREE)
    s = (LEFT + RIGHT) / 2 + (RIGHT - LEFT) / 2 * t
    weights = np.where((np.arange(DEGREE + 1) % DEGREE) == 0, 2.0, 1.0) * (-1.0) ** np.arange(DEGREE + 1)
    D = np.outer(weights, 1 / weights) / (s[:, None] - s + np.eye(DEGREE + 1))
    D -= np.diag(D.sum(axis=1))
    x = LEFT**-3
    left = np.sqrt(-LEFT / 2) * (1 + x / 8 - 73 / 128 * x**2 + 10657 / 1024 * x**3 - 13912277 / 32768 * x**4)
    q = np.where(s < 0, np.sqrt(np.abs(s) / 2), 0) * (s < -1) + np.where(s >= -1, airy(s)[0], 0)
    for _ in range(60):
        residual, jacobian = D @ D @ q - s * q - 2 * q**3, D @ D - np.diag(s + 6 * q**2)
        for end, value in ((0, airy(RIGHT)[0]), (-1, left)):
            residual[end], jacobian[end] = q[end] - value, np.eye(DEGREE + 1)[end]
        step = np.linalg.solve(jacobian, residual)
        q = q - step
        if np.abs(step).max() < 1e-12:
            break
    return Chebyshev.fit(s, q, DEGREE, domain=[LEFT, RIGHT])


def logarithms(q: Chebyshev, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """log F2 = −∫_s^∞ (x − s) q² and ∫_s^∞ q; beyond 8 q is Ai to 1e-21, and its square is gone."""
    inner = (q * q).integ(lbnd=RIGHT)
    rest = quad(lambda x: airy(x)[0], RIGHT, 30, epsabs=0)[0]
    return -inner.integ(lbnd=RIGHT)(s), rest - q.integ(lbnd=RIGHT)(s)


def distribution_functions(q: Chebyshev, s: np.ndarray) -> dict[int, np.ndarray]:
    """F1, F2, F4 at the Airy scale."""
    log_f2, integral = logarithms(q, s)
    f1, ratio = np.exp((log_f2 - integral) / 2), np.exp((log_f2 + integral) / 2)
    return {1: f1, 2: np.exp(log_f2), 4: (f1 + ratio) / 2}
