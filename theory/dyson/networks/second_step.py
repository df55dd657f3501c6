"""W2 of a model, whichever way its second batch is drawn."""

from __future__ import annotations

from theory.dyson.networks.laws import BULK, Nodes
from theory.dyson.networks.network import Network
from theory.dyson.networks.second_fresh import second_step_fresh
from theory.dyson.networks.second_reused import second_step_reused
from theory.model import Model


def second_step(model: Model, nodes: Nodes = BULK, outliers: int = 0) -> Network:
    """W2 as an expression; ValueError for a model of one step.

    ``nodes``: `BULK` for a bulk law, `OUTLIERS` for outliers and overlaps.  ``outliers`` is the number of values
    above the bulk, whose directions the bulk has lost.
    """
    if model.steps != 2:
        raise ValueError("the model has one step and so no second one: give steps = 2, or ask for first_step(model)")
    return (second_step_reused if model.reuse else second_step_fresh)(model, nodes, outliers)
