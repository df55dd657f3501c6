"""Gram–Schmidt among the terms of the second step: right vectors r_k in (φ, σ_ε, τ) and left vectors x^{k+1}.

In units of N^{α2}, r_0 = τ μ1 β1 + v_0 with τ = η1/η2 and r_k = v_k; with o, B, P, C, C0 of `theory.population`

    ⟨v_k, v_l⟩ = P P' + c*_1 (P B' + B P') + b² B B' + φ C + 1[reuse] φ (B C0' + C0 B')
    ⟨v_k, β1⟩  = c*_1 P + b² B + 1[reuse] φ C0,       ⟨v_k, β*⟩ = o

where every expectation is a moment of `theory.gaussian_labels`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from theory.expansion import Polynomial
from theory.gaussian_labels import PHI, GaussianLabels, normal_moment

RATIO = sympy.Symbol("tau", positive=True)  # η1/η2 = N^{α1 − α2}
EULER = sympy.Symbol("EULER", positive=True)
Inner = Callable[[int, int], sympy.Expr]


@dataclass(frozen=True)
class RightVector:
    """Of living term ``k``: ‖r_k^⊥‖² and ⟨r_k^⊥, β*⟩, in units of its scale N^{α2 − kδ}."""

    k: int
    square: sympy.Expr
    with_target: sympy.Expr


def right_vectors(responses: Sequence[Polynomial], law: GaussianLabels, reuse: bool) -> list[RightVector]:
    """The terms whose right vector leaves the span of the earlier ones, for Φ_0, Φ_1, … as polynomials."""
    pieces = [_pieces(response, law) for response in responses]
    mu1 = responses[0].get((0, 0), sympy.Integer(0))
    with_target = [piece["o"] + (RATIO * mu1 * law.c1 if k == 0 else 0) for k, piece in enumerate(pieces)]
    return _orthogonalised(_inner(law, pieces, mu1, reuse), with_target)


def left_lengths(terms: Sequence[int]) -> list[sympy.Expr]:
    """ℓ_k² of x^{k+1} beyond the earlier x^{j+1}, x ~ N(0, 1): a ratio of two determinants of moments.

    >>> left_lengths([0, 1, 2, 3]), left_lengths([0, 2, 4])
    ([1, 3, 6, 30], [1, 6, 120])
    """
    lengths, before = [], sympy.Integer(1)
    for count in range(1, len(terms) + 1):
        moments = [[normal_moment(j + k + 2) for j in terms[:count]] for k in terms[:count]]
        now = sympy.Matrix(moments).det()
        lengths.append(now / before)
        before = now
    return lengths


def _pieces(response: Polynomial, law: GaussianLabels) -> dict[str, Any]:
    """o = E[q z], B = E[∂_g q], C0 = E[q y] of q = y Φ_k."""
    terms = response.items()
    o = sum(c * law(i + 1, j, 1) for (i, j), c in terms)
    B = sum(c * j * law(i + 1, j - 1, 0) for (i, j), c in terms if j)
    C0 = sum(c * law(i + 2, j, 0) for (i, j), c in terms)
    o, B, C0 = map(sympy.expand, map(sympy.sympify, (o, B, C0)))
    return {"o": o, "B": B, "P": sympy.expand(o - law.c1 * B), "C0": C0, "response": response}


def _inner(law: GaussianLabels, pieces: list[dict[str, Any]], mu1: sympy.Expr, reuse: bool) -> Inner:
    def with_beta1(p: dict[str, Any]) -> sympy.Expr:
        return law.c1 * p["P"] + law.b2 * p["B"] + (PHI * p["C0"] if reuse else 0)

    def inner(k: int, l: int) -> sympy.Expr:
        p, r = pieces[k], pieces[l]
        C = sum(
            c * d * law(i + s + 2, j + t, 0)
            for (i, j), c in p["response"].items()
            for (s, t), d in r["response"].items()
        )
        total = p["P"] * r["P"] + law.c1 * (p["P"] * r["B"] + p["B"] * r["P"]) + law.b2 * p["B"] * r["B"] + PHI * C
        if reuse:
            total += PHI * (p["B"] * r["C0"] + p["C0"] * r["B"])
        if k == 0:
            total += RATIO * mu1 * with_beta1(r)
        if l == 0:
            total += RATIO * mu1 * with_beta1(p)
        return sympy.expand(total + (RATIO**2 * mu1**2 * law.b2 if k == l == 0 else 0))

    return inner


def _orthogonalised(inner: Inner, with_target: Sequence[sympy.Expr]) -> list[RightVector]:
    kept: list[RightVector] = []
    rows: dict[int, dict[int, sympy.Expr]] = {}  # ⟨r_k, r_j^⊥⟩
    for k, seen in enumerate(with_target):
        row = rows[k] = {}
        for e in kept:
            past = sum(row[f.k] * rows[e.k][f.k] / f.square for f in kept if f.k < e.k)
            row[e.k] = tidy(inner(k, e.k) - past)
        square = tidy(inner(k, k) - sum(row[e.k] ** 2 / e.square for e in kept))
        if square != 0:
            shadow = sum(row[e.k] * e.with_target / e.square for e in kept)
            kept.append(RightVector(k, square, tidy(seen - shadow)))
    return kept


def tidy(expr: Any) -> sympy.Expr:
    """One fraction in lowest terms, factored; powers of e as one symbol meanwhile."""
    bare = sympy.sympify(expr).replace(sympy.exp, lambda u: EULER**u).subs(sympy.E, EULER)
    return sympy.factor(sympy.cancel(sympy.together(bare))).subs(EULER, sympy.E)
