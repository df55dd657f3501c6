"""The bulk of a network's weights, solved, ready for the rows that leave it."""

from __future__ import annotations

from theory.dyson.law import SingularValues
from theory.dyson.networks.first_step import first_step
from theory.dyson.networks.laws import BULK, readout_law
from theory.dyson.networks.network import Network
from theory.dyson.networks.second_fresh import second_step_fresh
from theory.dyson.rows import BulkOfRows
from theory.model import Model

# the smallest islands of the law, of single rows or samples, are not worth more
EFFORT = {"points": 60, "doublings": 0, "tolerance": 1e-7, "scan_points": 24, "scan_height": 1e-2}


def network(model: Model) -> Network:
    """W1 or W2 as expressions."""
    if model.steps == 1:
        return first_step(model)
    if model.reuse:
        from theory.dyson.networks.second_reused import second_step_reused

        return second_step_reused(model)
    return second_step_fresh(model)


def network_bulk(model: Model) -> BulkOfRows:
    """The law of the bulk of W1 or W2, with the readouts of its atoms."""
    law = SingularValues(network(model).bulk, **EFFORT)
    return BulkOfRows(law, readout_law(model, BULK)[0])
