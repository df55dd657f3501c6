"""The exact phase diagram: [0, 1/2)² in (α1, α2), cut by number of outliers and by learned or not.

Term k (see `theory.terms`) diverges iff k < ρ = α2/(1/2 − α1), so the only lines are

    α2 = k (1/2 − α1),   k the index of a term that is alive,

and between two of them k(1/2 − α1) ≤ α2 < k'(1/2 − α1) the count is the number of living terms up to k.  On a line
the newest outlier is Θ(1): counted here, critical, and for the finite-size theory to decide.  For a generic σ this is
1 + ⌊ρ⌋ (Moniri & Hassani 2026); killed, absorbed and merged terms take their lines away.

β* is learned iff the living terms below ρ include one that carries it: with c*_1 ≠ 0 the leading one; with c*_1 = 0
none on fresh batches, and on a reused one the first k ≥ J with o_k ≠ 0, J = min{j ≥ 1 : E[z y^{j+1}] ≠ 0}.
(Derived for this project; see docs/phases.md.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from theory.count import HALF, Exponent, as_exponent, outlier_count
from theory.elementary import Z
from theory.labels import reuse_index
from theory.model import Model
from theory.terms import MOST_TERMS, Term, terms

ANY_SIZE = {"width": 2, "dim": 1, "samples": 2, "alpha1": 0}  # the partition does not depend on these


@dataclass(frozen=True)
class Region:
    """lower·(1/2 − α1) ≤ α2 < upper·(1/2 − α1), or no upper line (None): ``outliers`` in the limit, and whether β* is
    ``learned``.  ``outliers_at_least``: more terms than were looked at may follow."""

    lower: int
    upper: int | None
    outliers: int
    learned: bool
    outliers_at_least: bool = False

    @property
    def inequalities(self) -> str:
        """The region as text, in rationals.

        >>> Region(1, 3, 2, True).inequalities
        '1/2 − α1 ≤ α2 < 3(1/2 − α1)'
        """
        below = "0" if self.lower == 0 else line(self.lower)
        return f"{below} ≤ α2" + (f" < {line(self.upper)}" if self.upper is not None else "")


@dataclass(frozen=True)
class Phases:
    """``terms`` with their fates, ``regions`` from the lower left corner on, J (None: none found), ``learned_from``
    the term that brings β* (None: never) and ``complete``: no term beyond those looked at can add an outlier."""

    terms: tuple[Term, ...]
    regions: tuple[Region, ...]
    batch_reuse_index: int | None
    learned_from: int | None
    complete: bool

    @property
    def critical_lines(self) -> tuple[int, ...]:
        """The k ≥ 1 whose line α2 = k(1/2 − α1) bounds a region."""
        return tuple(region.lower for region in self.regions[1:])

    def at(self, alpha1: Exponent, alpha2: Exponent) -> Region:
        """The region of a point, in exact arithmetic: 0.45 is 9/20."""
        rho = outlier_count(alpha1, alpha2).ratio
        assert rho is not None
        return [region for region in self.regions if region.lower <= rho][-1]


def line(k: int) -> str:
    """The right-hand side of a critical line as text."""
    return f"{k}(1/2 − α1)" if k > 1 else "1/2 − α1"


def line_height(k: int, alpha1: Exponent) -> Fraction:
    """α2 = k(1/2 − α1) at α1, exactly; outside [0, 1/2) the line has left the square."""
    return k * (HALF - as_exponent("alpha1", alpha1))


def phases(problem: Any = None, most: int = MOST_TERMS, **fields: Any) -> Phases:
    """The exact partition for σ, σ*, batch mode and readout of a problem; its exponents and sizes do not matter.

    ``problem`` and keywords as for `theory.predict`, but width, dim, samples and alpha1 may be left out; ``most``
    terms are looked at.  ValueError for a kinked σ with a
    reused batch, where the expansion does not exist.

    >>> p = phases(activation="tanh", target="He(3, z)", batch="reuse")
    >>> [(region.inequalities, region.outliers, region.learned) for region in p.regions][:2]
    [('0 ≤ α2 < 2(1/2 − α1)', 1, False), ('2(1/2 − α1) ≤ α2 < 4(1/2 − α1)', 2, True)]
    """
    if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= MOST_TERMS:
        raise ValueError(f"most = {most!r} is not accepted: give a number of terms from 1 to {MOST_TERMS}")
    if problem is None or isinstance(problem, Mapping):
        problem, fields = None, {**ANY_SIZE, **(problem or {}), **fields}
    model = problem if isinstance(problem, Model) else Model.of(problem, **fields)
    if model.steps != 2:
        raise ValueError(
            "steps = 1 has no phase diagram in (α1, α2): there is one outlier for α1 > 0; give steps = 2"
        )
    found = terms(model, most)
    complete = _complete(model, found)
    learned_from = next((term.k for term in found if term.fate == "alive" and term.carries_target), None)
    index = reuse_index(model.target, model.noise, most) if model.reuse else None
    return Phases(found, _regions(found, learned_from, complete), index, learned_from, complete)


def _regions(found: tuple[Term, ...], learned_from: int | None, complete: bool) -> tuple[Region, ...]:
    alive = [term.k for term in found if term.fate == "alive"]
    starts = sorted({0, *alive})
    regions = []
    for lower, upper in zip(starts, [*starts[1:], None], strict=True):
        count = sum(k <= lower for k in alive)
        learned = learned_from is not None and learned_from <= lower
        regions.append(Region(lower, upper, count, learned, upper is None and not complete))
    return tuple(regions)


def _complete(model: Model, found: tuple[Term, ...]) -> bool:
    """A polynomial has Φ_k = 0 from its degree on; two left vectors are all that a Rademacher readout has; an even σ
    answers nothing."""
    if model.sigma.parity == "even":
        return True
    if model.readout == "rademacher":
        odd = model.sigma.parity == "odd"  # whose odd terms all vanish
        return len({term.k % 2 for term in found if term.fate == "alive"}) == (1 if odd else 2)
    expr = model.sigma.expr
    return bool(expr.is_polynomial(Z)) and sympy.degree(expr, Z) <= len(found)
