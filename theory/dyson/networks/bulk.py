"""W1 and W2 solved: the bulk, ready for the rows that leave it, and the outliers of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from theory.dyson.density import Band
from theory.dyson.law import NamedOutlier, SingularValues
from theory.dyson.networks.first_step import first_step
from theory.dyson.networks.laws import BULK, OUTLIERS, Nodes, readout_law
from theory.dyson.networks.network import Network
from theory.dyson.networks.second_step import second_step
from theory.dyson.path import PathError
from theory.dyson.rows import BulkOfRows
from theory.dyson.spectrum import SpectrumError
from theory.dyson.support import Support
from theory.model import Model
from theory.single_thread import on_one_thread

# the smallest islands of the law, of single rows or samples, are not worth more
EFFORT: dict[str, Any] = {
    "points": 60, "doublings": 0, "tolerance": 1e-7, "scan_points": 24, "scan_height": 1e-2,
    "patience": 0.02, "budget": 20_000, "accepted": 3e-3,
}  # fmt: skip
MORE: dict[str, Any] = {"points": 240, "scan_points": 60, "scan_height": 1e-3}
UNSOLVED = (PathError, SpectrumError, np.linalg.LinAlgError)


def network(model: Model, nodes: Nodes = BULK, outliers: int = 0) -> Network:
    """W1 or W2 as expressions; ``outliers`` values above the bulk, whose directions the bulk has lost."""
    return (first_step if model.steps == 1 else second_step)(model, nodes, outliers)


def network_outliers(model: Model, nodes: Nodes = OUTLIERS) -> tuple[NamedOutlier, ...]:
    """The outliers above the whole support, means over draws: overlaps with a, a2, a3 and with beta, beta1."""
    whole = network(model, nodes)
    return SingularValues(whole.expression, **EFFORT).outliers_above(left=whole.left, right=whole.right)


def network_bulk(model: Model, outliers: int = 0) -> BulkOfRows:
    """The law of the bulk of W1 or W2 below so many outliers, with the readouts of its atoms."""
    law = BulkLaw(network(model, BULK, outliers).bulk, **EFFORT)
    pencil, readout = law.pencil, readout_law(model, BULK)[0]
    atoms = len(pencil.space_of(pencil.output).weights)
    # the bulk of a linear σ is W0, and knows nothing of the readout
    return BulkOfRows(law, readout if atoms == len(readout) else np.zeros(atoms))


@dataclass(frozen=True, eq=False, init=False)
class BulkLaw(SingularValues):
    """A law whose inside is solved when it is asked for, with more effort if it does not come to mass 1 at first.

    Its upper end and all above it need much less.  ValueError, for the user, if the inside cannot be solved.
    """

    @cached_property
    def support(self) -> Support:
        return self._solved_law.support

    @cached_property
    def bands(self) -> tuple[Band, ...]:
        return self._solved_law.bands

    @cached_property
    @on_one_thread
    def _solved_law(self) -> SingularValues:
        try:
            try:
                return self._attempt({})
            except (PathError, SpectrumError):
                return self._attempt(MORE)
        except UNSOLVED as error:
            raise unsolved(error) from None

    def _attempt(self, more: dict[str, Any]) -> SingularValues:
        law = SingularValues(self.expression, **{**EFFORT, **more})
        vars(law)["top"] = self.top  # the gap above does not depend on the effort
        _ = law.bands
        return law


def unsolved(error: Exception) -> ValueError:
    """What the user is told."""
    return ValueError(
        f"the bulk of the updated weights could not be solved ({error}): give smaller exponents or scales, or "
        "the bulk of W0 (bulk 'mp')"
    )
