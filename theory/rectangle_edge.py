"""The largest singular value of W0, N×d with γ = N/d, in closed form: Gaussian rows, and rows of length 1.

Edge 1 + √γ, scale N^{−2/3} γ^{1/2} (1 + √γ)^{1/3}/2 (Johnstone 2001, for singular values), and a centring of order
1/d, which at a few hundred rows is a good part of a standard deviation:

*Gaussian entries* of variance 1/d: N → N − ½, d → d − ½ in √N + √d (Ma 2012; `theory.edge_law.edge_shift`).

*Rows uniform on the sphere.*  Bao, Pan & Zhou (2012): the same Tracy–Widom law.  The quadratic form yᵀMy of a row has
variance (2/d²)(tr M² − (tr M)²/d), less by (2/d) B² than for a Gaussian row.  So in A (z − B) = 1 + A² Var the
source s = −2A²B²/d is added, while B = (1 − γ + γ z A)/z stays exact: δA = sA/(1 − γA²).  At the edge γA² = 1,
A²B² = 1/γ and A ≈ A₊ − c_A √(z − x₊), c_A² = 2γ^{−3/2}/x₊, whence

    ε = s/(γ c_A²) = −(1 + √γ)/(√γ d),   four times the Gaussian shift; in all N → N − 5/2, d → d − 5/2

to first order (derived for this project; the remainder still shows at 50 rows).
"""

from __future__ import annotations

from math import sqrt

from theory.bulk_rules import positive
from theory.edge_law import LargestValue


def _law(N: int, d: int, removed: float) -> LargestValue:
    gamma = positive("N", N, "the number of rows") / positive("d", d, "the number of columns")
    if min(N, d) <= removed:
        raise ValueError(
            f"N = {N}, d = {d} are not accepted: the edge is an asymptotic one; give sizes of 10 or more"
        )
    edge = (sqrt(N - removed) + sqrt(d - removed)) / sqrt(d)
    return LargestValue(edge, N ** (-2 / 3) * sqrt(gamma) * (1 + sqrt(gamma)) ** (1 / 3) / 2)


def largest_with_gaussian_rows(N: int, d: int) -> LargestValue:
    """Entries N(0, 1/d).

    >>> round(largest_with_gaussian_rows(400, 400).mean(), 5)
    1.98475
    """
    return _law(N, d, 0.5)


def largest_with_rows_of_length_one(N: int, d: int) -> LargestValue:
    """Rows uniform on the unit sphere."""
    return _law(N, d, 2.5)
