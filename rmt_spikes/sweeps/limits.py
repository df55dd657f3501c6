"""Exponents as N → ∞ of what a sweep sees, from the exact partition (`theory.phases`).

With δ = 1/2 − α1 the updated weights are W0 + Σ_k a^{∘(k+1)} R_kᵀ, and the living term k has the strength

    θ_0 ~ N^{max(α1, α2)}   (step one's spike and the leading part of step two are merged in it),
    θ_k ~ N^{α2 − kδ},  k ≥ 1,

and since s(θ) = θ (1 + O(θ^{-2})), its singular value grows with that exponent where it is positive.  The j-th
outlier is the j-th *living* term: ReLU on fresh batches has no k = 2, so its third outlier is k = 3.  One step:
N^{α1}.

Overlaps have no exponent of their own: ω_k ≃ ⟨v_k^⊥, β*⟩/‖v_k^⊥‖ does not depend on N but through τ = N^{α1 − α2},
which tends to 0, 1 or ∞ (`theory.symbolic`), and the right factor of the bulk tends to 1.  So the squared overlap
tends to a constant — exponent 0 — from the first living term that carries β* on, for every term that carries some of
its own; what the others keep of β* the partition does not say (for an odd target none).  Before that term it tends to
0, at a rate that the exact partition does not give; on fresh batches with c*_1 = 0 it is 0 at every N.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from rmt_spikes.problem import TwoLayer
from theory.phases import Phases, phases

HALF, ORIGIN = Fraction(1, 2), Fraction(0)


@dataclass(frozen=True)
class Limit:
    """The ``exponent`` of N, exact, and what there is to say; None where there is no power law to speak of."""

    exponent: Fraction | None
    remark: str = ""


def partition(problem: TwoLayer) -> tuple[Phases | None, str | None]:
    """The exact partition, which does not depend on the exponents, or why there is none."""
    return _partition(replace(problem, alpha1=ORIGIN, alpha2=ORIGIN))


@lru_cache(maxsize=256)
def _partition(problem: TwoLayer) -> tuple[Phases | None, str | None]:
    try:
        return phases(problem), None
    except ValueError as error:  # one step; a kinked σ under reuse
        return None, str(error)


def living_term(problem: TwoLayer, outlier: int) -> tuple[int | None, str]:
    """Index k of the term behind an outlier counted from 0, or None with a reason."""
    exact, reason = partition(problem)
    if exact is None:
        return None, reason or ""
    alive = [term.k for term in exact.terms if term.fate == "alive"]
    if outlier >= len(alive):
        seen = "no more terms make outliers" if exact.complete else f"not among the {len(exact.terms)} terms known"
        return None, seen
    return alive[outlier], f"term k = {alive[outlier]}"


def singular_value_limit(problem: TwoLayer, outlier: int) -> Limit:
    """Of outlier 0, 1, … at these exponents.

    >>> problem = TwoLayer(activation="relu", alpha1="2/5", alpha2="9/20")
    >>> [str(singular_value_limit(problem, j).exponent) for j in range(3)]
    ['9/20', '7/20', '3/20']
    """
    if problem.steps == 1:
        return Limit(problem.alpha1) if outlier == 0 else Limit(None, "one step makes one outlier")
    k, remark = living_term(problem, outlier)
    if k is None:
        return Limit(None, remark)
    exponent = max(problem.alpha1, problem.alpha2) if k == 0 else problem.alpha2 - k * (HALF - problem.alpha1)
    if exponent < 0:
        return Limit(None, f"{remark} has N^({exponent}): no outlier in the limit")
    return Limit(exponent, f"{remark}, critical: Θ(1)" if exponent == 0 else remark)


def overlap_limit(problem: TwoLayer, outlier: int) -> Limit:
    """Of the squared overlap of an outlier's right vector with β*.

    >>> overlap_limit(TwoLayer(), 0).exponent, overlap_limit(TwoLayer(target="He(3, z)"), 0).remark
    (Fraction(0, 1), 'term k = 0 does not carry β*: tends to 0')
    """
    if problem.steps == 1:
        exact = _partition(replace(problem, alpha1=ORIGIN, alpha2=ORIGIN, steps=2, batch="independent"))[0]
        k: int | None = 0 if outlier == 0 else None
        remark = "term k = 0" if k == 0 else "one step makes one outlier"
    else:
        exact = partition(problem)[0]
        k, remark = living_term(problem, outlier)
    if exact is None or k is None:
        return Limit(None, remark)
    if k and problem.alpha2 - k * (HALF - problem.alpha1) < 0:
        return Limit(None, f"{remark}: no outlier in the limit")
    if exact.learned_from is None or k < exact.learned_from:
        return Limit(None, f"{remark} does not carry β*: tends to 0")
    if not exact.terms[k].carries_target:
        return Limit(None, f"{remark} carries no β* of its own")
    return Limit(Fraction(0), f"{remark}, tends to a constant")
