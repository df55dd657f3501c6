"""Φ(A; y, g) = Σ_k A^k Φ_k(y, g): how a neuron answers after the first step, in powers of its own step size A.

With u = h + A D, D = m h + φ y σ'(h) 1[reuse] + μ1 g + κ ξ and m = μ2 E y (see `theory.response`), Taylor's formula
gives

    Φ_k = E[σ^{(k+1)}(h) D^k]/k! = Σ_{i+j+l+p=k} (φ y)^i (μ1 g)^j κ^l E ξ^l m^p M(k, i, p)/(i! j! l! p!)
    M(k, i, p) = E[σ^{(k+1)}(h) σ'(h)^i h^p]

a polynomial in (y, g) of degree ≤ k.  Its part without self-interaction is M(k, 0, 0) = (k+1)! c_{k+1}, and
M(k, 0, p) follows from c_{k+1}, …, c_{k+p+1} because h^p is a sum of He_q: so kinks do no harm with independent
batches.  A reused batch brings the moments M(k, i, p), i ≥ 1, and with them terms that c_{k+1} = 0 does not kill.
They need a smooth σ: at a kink the self-interaction φ y σ'(h) jumps where u crosses, and Φ has terms |A| A^{k−1}.

Φ_k is written with plain arithmetic, so that it serves floats and SymPy expressions alike.
(Derived for this project; the expansion of σ' in the shift is that of Moniri & Hassani 2026.)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import sympy
from sympy.simplify.fu import TR8

from theory.elementary import Z
from theory.functions import RealFunction
from theory.hermite import HermiteCoefficient, hermite_coefficients

Polynomial = dict[tuple[int, int], Any]  # {(i, j): coefficient of y^i g^j}
Moment = Callable[[int, int, int], Any]  # (k, i, p) ↦ M(k, i, p)


class NoExpansion(ValueError):
    """Φ has no power series in A: a kinked σ under reuse."""


@lru_cache(maxsize=2048)
def self_moment(sigma: RealFunction, k: int, i: int, p: int) -> HermiteCoefficient:
    """M(k, i, p) = E[σ^{(k+1)} σ'^i h^p] for smooth σ, exact where a closed form exists, else with its bound.

    >>> from theory import activation
    >>> self_moment(activation("sqrt(e)*(sin(z) + cos(z)) - 1"), 1, 1, 0).exact
    -exp(-1)
    """
    if i == 0:
        return _without_self_interaction(sigma, k, p)
    if sigma.kinks:
        raise NoExpansion(kinked_message(sigma))
    expr = sympy.diff(sigma.expr, Z, k + 1) * sympy.diff(sigma.expr, Z) ** i * Z**p
    if expr.has(sympy.sin, sympy.cos):
        expr = _linear_in_waves(expr)
    text = f"σ^({k + 1}) σ'^{i} h^{p} of {sigma.text}"
    return hermite_coefficients(RealFunction(text, expr, ()), 0)[0]


def kinked_message(sigma: RealFunction) -> str:
    where = ", ".join(f"{kink:g}" for kink in sigma.kinks)
    return (
        f"σ = {sigma.text!r} has a kink at z = {where}: with a reused batch its response has terms |A|, which no "
        "power series holds, and the exact partition is not defined; use a smooth σ such as softplus, independent "
        "batches, or the finite-size diagram"
    )


def _linear_in_waves(expr: sympy.Expr) -> sympy.Expr:
    """Products of sines and cosines as sums, which have closed moments."""
    previous = None
    while expr != previous:
        previous, expr = expr, sympy.expand(TR8(sympy.expand(expr)))
    return expr


def _without_self_interaction(sigma: RealFunction, k: int, p: int) -> HermiteCoefficient:
    """E[σ^{(k+1)} h^p] = Σ_q [h^p : He_q] (k+1+q)! c_{k+1+q}, by parts."""
    c = hermite_coefficients(sigma, k + 1 + p)
    weights = [(k + 1 + q, w * math.factorial(k + 1 + q)) for q, w in _monomial(p)]
    value = float(sum(w * c[n].value for n, w in weights if not c[n].vanishes))
    bound = float(sum(w * c[n].error_bound for n, w in weights))
    known = [w * exact for n, w in weights if (exact := c[n].exact) is not None]
    return HermiteCoefficient(0, sympy.expand(sum(known)) if len(known) == len(weights) else None, value, bound)


def _monomial(p: int) -> list[tuple[int, int]]:
    """h^p = Σ_q w_q He_q(h) as pairs (q, w_q): w_{p−2r} = p!/(2^r r! (p−2r)!)."""
    f = math.factorial
    return [(p - 2 * r, f(p) // (2**r * f(r) * f(p - 2 * r))) for r in range(p // 2 + 1)]


def response_term(k: int, moment: Moment, phi: Any, mu1: Any, kappa2: Any, m: Any) -> Polynomial:
    """Φ_k as {(i, j): coefficient of y^i g^j}, zeros left out; φ = 0 stands for independent batches.

    ``moment(k, i, p)`` returns M(k, i, p), exactly 0 where it vanishes.

    >>> response_term(1, lambda k, i, p: {(1, 0, 0): -1, (1, 1, 0): -2}[k, i, p], 0.5, 1, 0.25, 0)
    {(0, 1): -1.0, (1, 0): -1.0}
    """
    f = math.factorial
    total: Polynomial = {}
    for i in range(k + 1 if phi != 0 else 1):
        for p in range(k - i + 1 if m != 0 else 1):
            for half in range((k - i - p) // 2 + 1):
                j = k - i - p - 2 * half
                scale = phi**i * mu1**j * kappa2**half * m**p
                value = 0 if scale == 0 else moment(k, i, p) * scale
                if value != 0:
                    # E ξ^{2r}/(2r)! = 1/(2^r r!)
                    share = value / (f(i) * f(j) * f(p) * 2**half * f(half))
                    total[i, j] = total.get((i, j), 0) + share
    return {key: total[key] for key in sorted(total) if total[key] != 0}
