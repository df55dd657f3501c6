"""From spikes to outliers: which rows leave a bulk, where, and with which overlaps.

One map a bulk.  On W0's own (Marchenko–Pastur) each spike of strength θ is on its own; on the bulk of the updated
weights, solved from its Dyson equation, all rows are treated together (`theory.dyson.rows`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from theory.bulk import MarchenkoPastur
from theory.dyson.law import NamedOutlier
from theory.dyson.rows import BulkOfRows, RowOutlier
from theory.quadrature import Array
from theory.spikes import Rows, Spikes

NEGLIGIBLE = 1e-4


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
    β1/‖β1‖; of the left one with the predicted left vector, and with a, a², a³ (each normalised).
    ``marginal``: within a relative N^(−2/3) of the bulk's upper end, where a matrix of that size does not
    separate it.
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
    """The bulk of the updated weights.

    Outliers are those of rows on the ``bulk`` (`theory.dyson.rows`), each times what the correlation of rows and bulk
    changes in the mean over draws: ``whole``, the outliers of the whole matrix
    (`theory.dyson.networks.network_outliers`), over ``mean``, those of the population's ``rows`` on the bulk.
    """

    bulk: BulkOfRows
    rows: Rows
    mean: tuple[RowOutlier, ...]
    whole: tuple[NamedOutlier, ...]
    name: str = "dyson"

    @property
    def law(self) -> Law:
        return self.bulk.spectrum

    def outliers(self, spikes: Spikes, width: float) -> tuple[tuple[Outlier, ...], Array]:
        on_bulk = self.mean if spikes.rows is self.rows else self.bulk.outliers(spikes.rows)
        rows = on_bulk[: len(spikes.strengths)]
        found = [self._corrected(k, one, spikes, width) for k, one in enumerate(rows)]
        return tuple(found), np.array([one.left for one in rows]).reshape(len(rows), len(spikes.rows.a))

    def _corrected(self, k: int, one: RowOutlier, spikes: Spikes, width: float) -> Outlier:
        value, target, first, left = 1.0, 1.0, 1.0, 1.0
        if k < min(len(self.whole), len(self.mean)):
            exact, rows = self.whole[k], self.mean[k]
            value = exact.value / rows.value
            target = _ratio(exact.right["beta"], rows.target_overlap_squared)
            first = _ratio(exact.right["beta1"], rows.first_overlap_squared)
            left = _ratio(exact.left_overlap_squared, rows.left_overlap_squared)
        overlap = min(1.0, left * one.left_overlap_squared)
        return Outlier(
            strength=float(spikes.strengths[k]),
            singular_value=value * one.value,
            target_overlap_squared=min(1.0, target * one.target_overlap_squared),
            left_overlap_squared=overlap,
            first_overlap_squared=min(1.0, first * one.first_overlap_squared),
            readout_overlaps_squared=_with_powers(spikes, one.left, overlap, width),
            marginal=_marginal(value * one.value, self.law.upper, width),
        )


def _ratio(exact: float, rows: float) -> float:
    """Of two squared overlaps; 1 where they are too small for their ratio to mean anything."""
    return float(np.clip(exact / rows, 0.5, 2.0)) if rows > NEGLIGIBLE else 1.0


def _with_powers(spikes: Spikes, left: Array, overlap: float, width: float) -> tuple[float, float, float]:
    """Squared overlaps with a, a², a³ of a left vector whose part that depends on a is √overlap times ``left``."""
    a, weights = spikes.rows.a, width * spikes.rows.weights
    cosines = [float(weights @ (left * a**k)) ** 2 / float(weights @ a ** (2 * k)) for k in (1, 2, 3)]
    one, two, three = (overlap * cosine / float(weights @ left**2) for cosine in cosines)
    return one, two, three


def _marginal(value: float, edge: float, width: float) -> bool:
    return abs(value / edge - 1) < width ** (-2 / 3)
