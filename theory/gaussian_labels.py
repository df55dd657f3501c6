"""Exact moments E[y^i g^j z^r] of a sample for polynomial σ*, as SymPy expressions in φ and σ_ε.

y = σ*(z) + σ_ε e and g = c*_1 z + √(φ m2) t with z, t, e independent N(0, 1) and m2 = E y², so that two binomial
sums reduce every moment to E z^{2n} = (2n − 1)!!.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import sympy

from theory.elementary import Z

PHI = sympy.Symbol("phi", positive=True)
NOISE = sympy.Symbol("sigma_epsilon", nonnegative=True)


def normal_moment(n: int) -> int:
    """E ξ^n, ξ ~ N(0, 1).

    >>> [normal_moment(n) for n in range(7)]
    [1, 0, 1, 0, 3, 0, 15]
    """
    return math.prod(range(1, n, 2)) if n % 2 == 0 else 0


@dataclass(frozen=True)
class GaussianLabels:
    """The law of (z, y, g) for σ* = ``polynomial`` in z.

    >>> law = GaussianLabels(sympy.Poly(Z + Z**2 - 1, Z))
    >>> law.c1, law.m2, law(1, 1, 0)
    (1, sigma_epsilon**2 + 3, 1)
    """

    polynomial: sympy.Poly
    _known: dict[tuple[int, int, int], sympy.Expr] = field(default_factory=dict, repr=False, compare=False)

    @property
    def c1(self) -> sympy.Expr:
        """c*_1 = E z y."""
        return self._label(1, 1)

    @property
    def mean(self) -> sympy.Expr:
        """E y."""
        return self._label(1, 0)

    @property
    def m2(self) -> sympy.Expr:
        """E y²."""
        return self._label(2, 0)

    @property
    def b2(self) -> sympy.Expr:
        """E g² = c*_1² + φ m2."""
        return self.c1**2 + PHI * self.m2

    def __call__(self, i: int, j: int, r: int) -> sympy.Expr:
        """E[y^i g^j z^r]."""
        if (i, j, r) not in self._known:
            total = sympy.Integer(0)
            for l in range(0, j + 1, 2):
                weight = math.comb(j, l) * normal_moment(l) * self.c1 ** (j - l) * (PHI * self.m2) ** (l // 2)
                if weight != 0:
                    total += weight * self._label(i, r + j - l)
            self._known[i, j, r] = sympy.expand(total)
        return self._known[i, j, r]

    def _label(self, i: int, r: int) -> sympy.Expr:
        """E[y^i z^r]."""
        total = sympy.Integer(0)
        for l in range(0, i + 1, 2):
            power = self.polynomial ** (i - l) * sympy.Poly(Z**r, Z)
            moment = sum(c * normal_moment(n) for (n,), c in power.terms())
            total += math.comb(i, l) * normal_moment(l) * NOISE**l * moment
        return sympy.expand(total)
