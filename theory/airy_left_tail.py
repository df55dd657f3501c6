"""The left tails of the soft-edge laws, where determinants lose their relative accuracy.

F2 = exp(−∫_s^∞ (x − s) q²), F1² = F2 exp(−∫_s^∞ q), with q the Hastings–McLeod solution of q'' = sq + 2q³, q ~ Ai
(Tracy & Widom 1994, 1996).  With t = −s → ∞ insert q = √(t/2) Σ c_k t^{−3k}:

    2 c_k = a(a − 1) c_{k−1} − Σ' c_i c_j c_l   (i + j + l = k, none equal to k),   a = 7/2 − 3k,   c_0 = 1

and integrate (log F2)'' = −q² term by term.  The constants of integration are those of Deift, Its & Krasovsky
(2008) and Baik, Buckingham & DiFranco (2008):

    log F2 = −t³/12 − (log t)/8 + (log 2)/24 + ζ'(−1) + …
    ∫_s^∞ q = √2 t^{3/2}/3 + (log 2)/2 + …

The series diverge; nine terms leave about exp(−2√2 t^{3/2}/3) of the value.
"""

from __future__ import annotations

from functools import cache
from math import log, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

TERMS = 9
ZETA_PRIME = -0.16542114370045092921391966024278  # ζ'(−1) = 1/12 − log A, A the Glaisher–Kinkelin constant


@cache
def hastings_mcleod_series(terms: int = TERMS) -> tuple[float, ...]:
    """c_0, c_1, … of q = √(t/2) Σ c_k t^{−3k}.

    >>> hastings_mcleod_series(3)
    (1.0, -0.125, -0.5703125)
    """
    c = np.zeros(terms)
    c[0] = 1.0
    for k in range(1, terms):
        a = 3.5 - 3 * k
        rest = np.convolve(np.convolve(c[:k], c[:k]), c[:k])  # c_k itself is not in yet
        c[k] = (a * (a - 1) * c[k - 1] - (rest[k] if k < rest.size else 0.0)) / 2
    return tuple(c.tolist())


def _integral_of_q(t: Array) -> tuple[Array, Array]:
    """∫_s^∞ q at s = −t, and q(s)."""
    c = np.array(hastings_mcleod_series())
    powers = t[..., None] ** (0.5 - 3 * np.arange(c.size))
    antiderivative = t * (powers @ (c / (1.5 - 3 * np.arange(c.size))))
    return antiderivative / sqrt(2) + log(2) / 2, powers @ c / sqrt(2)


def _log_f2(t: Array) -> tuple[Array, Array]:
    """log F2 at s = −t, and its derivative in s."""
    c = np.array(hastings_mcleod_series())
    b = np.convolve(c, c)[: c.size] / 2  # q² = Σ b_k t^{1 − 3k}
    k = np.array([0, *range(2, c.size)])
    p = 1.0 - 3 * k
    value = -(t[..., None] ** (p + 2)) @ (b[k] / ((p + 1) * (p + 2)))
    slope = t[..., None] ** (p + 1) @ (b[k] / (p + 1))
    # b_1 t^{−2} integrates twice to −b_1 log t
    return value + b[1] * np.log(t) + log(2) / 24 + ZETA_PRIME, slope - b[1] / t


def left_tail(beta: int, s: ArrayLike) -> tuple[Array, Array]:
    """log F and (log F)' at s ≪ 0, class β on the Airy scale.

    >>> [round(float(x), 6) for x in left_tail(2, -10.0)]
    [-83.757649, 25.012514]
    """
    t = -np.asarray(s, dtype=float)
    log_f2, slope_f2 = _log_f2(t)
    integral, q = _integral_of_q(t)
    if beta == 2:
        return log_f2, slope_f2
    log_f1, slope_f1 = (log_f2 - integral) / 2, (slope_f2 + q) / 2
    if beta == 1:
        return log_f1, slope_f1
    # F4 = (F1 + F2/F1)/2, in which F1 is smaller by exp(−∫q)
    small = np.exp(-integral)
    slope = slope_f1 * small + (slope_f2 - slope_f1)
    return log_f2 - log_f1 + np.log1p(small) - log(2), slope / (1 + small)
