"""From spikes to outliers: which rows leave a bulk, where, and with which overlaps.

One map a bulk.  On W0's own (Marchenko–Pastur) each spike of strength θ is on its own; on the bulk of the updated
weights, solved from its Dyson equation, all rows are treated together (`theory.dyson.rows`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from theory.bulk import MarchenkoPastur
from theory.quadrature import Array
from theory.spikes import Spikes


class Law(Protocol):
    """The law of the bulk's singular values."""

    @property
    def lower(self) -> float: ...
    @property
    def upper(self) -> float: ...
    def pdf(self, x: ArrayLike) -> Array: ...
    def cdf(self, x: ArrayLike) -> Array: ...
    def isf(self, q: ArrayLike) -> Array: ...


@dataclass(frozen=True)
class Outlier:
    """One predicted outlier.

    ``strength`` θ of its spike; ``singular_value``; squared overlaps of the right singular vector with β* and with
    β1/‖β1‖; of the left one with the predicted left vector, and with a, a², a³ (each normalised).  ``marginal``: within
    a relative N^(−2/3) of the bulk's upper end, where a matrix of that size does not separate it.
    """

    strength: float
    singular_value: float
    target_overlap_squared: float
    left_overlap_squared: float
    first_overlap_squared: float = 0.0
    readout_overlaps_squared: tuple[float, float, float] = (0.0, 0.0, 0.0)
    marginal: bool = True


class Emergence(Protocol):
    """A bulk and what it does to spikes: outliers, largest first, and their left vectors on the nodes of a (K, q)."""

    @property
    def name(self) -> str: ...
    @property
    def law(self) -> Law: ...
    def outliers(self, spikes: Spikes, width: float) -> tuple[tuple[Outlier, ...], Array]: ...


@dataclass(frozen=True)
class OnMarchenkoPastur:
    """Spikes on W0's bulk (Benaych-Georges & Nadakuditi 2012)."""

    law: MarchenkoPastur
    name: str = "marchenko-pastur"

    def outliers(self, spikes: Spikes, width: float) -> tuple[tuple[Outlier, ...], Array]:
        above = spikes.subset(spikes.strengths > self.law.threshold)
        found = [self._outlier(above, k, width) for k in range(len(above.strengths))]
        return tuple(found), above.left

    def _outlier(self, spikes: Spikes, k: int, width: float) -> Outlier:
        theta = float(spikes.strengths[k])
        value, left, right = self.law.singular_value(theta), self.law.left(theta), self.law.right(theta)
        return Outlier(
            strength=theta,
            singular_value=value,
            target_overlap_squared=float(spikes.overlaps[k]) ** 2 * right,
            left_overlap_squared=left,
            first_overlap_squared=float(spikes.overlaps_first[k]) ** 2 * right,
            readout_overlaps_squared=_with_powers(spikes, spikes.left[k], left, width),
            marginal=_marginal(value, self.law.upper, width),
        )


@dataclass(frozen=True, eq=False)
class OnDyson:
    """Rows on the bulk of the updated weights; ``bulk`` is a `theory.dyson.rows.BulkOfRows`."""

    bulk: Any
    name: str = "dyson"

    @property
    def law(self) -> Law:
        law: Law = self.bulk.spectrum
        return law

    def outliers(self, spikes: Spikes, width: float) -> tuple[tuple[Outlier, ...], Array]:
        emerged = self.bulk.outliers(spikes.rows)[: len(spikes.strengths)]
        found = [
            Outlier(
                strength=float(theta),
                singular_value=one.value,
                target_overlap_squared=one.target_overlap_squared,
                left_overlap_squared=one.left_overlap_squared,
                first_overlap_squared=one.first_overlap_squared,
                readout_overlaps_squared=_with_powers(spikes, one.left, one.left_overlap_squared, width),
                marginal=_marginal(one.value, self.law.upper, width),
            )
            for theta, one in zip(spikes.strengths, emerged, strict=False)
        ]
        return tuple(found), np.array([one.left for one in emerged]).reshape(len(emerged), len(spikes.rows.a))


def _with_powers(spikes: Spikes, left: Array, overlap: float, width: float) -> tuple[float, float, float]:
    """Squared overlaps with a, a², a³ of a left vector whose part that depends on a is √overlap times ``left``."""
    a, weights = spikes.rows.a, width * spikes.rows.weights
    cosines = [float(weights @ (left * a**k)) ** 2 / float(weights @ a ** (2 * k)) for k in (1, 2, 3)]
    one, two, three = (overlap * cosine / float(weights @ left**2) for cosine in cosines)
    return one, two, three


def _marginal(value: float, edge: float, width: float) -> bool:
    return abs(value / edge - 1) < width ** (-2 / 3)
