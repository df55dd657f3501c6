"""One cell of a sweep of an experiment: its prediction and its trials, curves as rows of points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rmt_spikes import threads
from rmt_spikes.experiments import get
from rmt_spikes.experiments._names import variable
from rmt_spikes.experiments._quantities import check, column
from rmt_spikes.sweeps.cell import seeded

if TYPE_CHECKING:
    from rmt_spikes.sweeps.experiment_specification import ExperimentRun, Setting


def compute(cell: Setting, run: ExperimentRun) -> dict[str, np.ndarray]:
    """Every variable of the cell, cut to its own curves; trial k has the k-th generator of the cell's fields.

    Raises ValueError for a curve of more points than the run keeps, and what the experiment raises.
    """
    experiment = get(cell.name)
    with threads.limited(run.threads):
        predicted = check(experiment.predict(cell.parameters))
        experiment.check_keys(predicted)
        longest = max(predicted, key=lambda key: predicted[key].size)
        if predicted[longest].size > run.points:
            raise ValueError(
                f"{longest!r} has {predicted[longest].size} points and {run.points} are kept: give points = "
                f"{predicted[longest].size} or more in [run]"
            )
        draws = [experiment.simulate(rng, cell.parameters) for rng in seeded(cell.fields(), run.seed, run.trials)]
    found = {}
    for key in experiment.keys:
        there = predicted.get(key, np.empty(0))
        found[f"theory_{variable(key)}"] = np.atleast_1d(there)
        if run.trials:
            seen = column(draws, key, there.shape) if key in predicted else np.empty((run.trials, 0))
            found[variable(key)] = seen.reshape(run.trials, -1)
    return found
