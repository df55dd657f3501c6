"""One cell: its prediction, its trials, as arrays for the dataset.

The generators of a cell follow from the seed of the sweep and from the cell's own fields,

    SeedSequence([seed, words of SHA-256 of the fields as text]),  child k for trial k,

so that they do not change with the order of the cells, with what else is swept, or with the number of trials.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from rmt_spikes import threads
from rmt_spikes.comparison import given_draw, simulate
from rmt_spikes.observation import Observation
from rmt_spikes.problem import TwoLayer
from rmt_spikes.sweeps.specification import Run
from rmt_spikes.sweeps.variables import CellValues
from rmt_spikes.verdict import FRACTIONS
from theory import Outlier, Prediction, predict
from theory.ceiling import bulk_ceiling
from theory.fluctuations import outlier_fluctuations


def generators(problem: TwoLayer, run: Run) -> list[np.random.Generator]:
    """One for each trial of the cell."""
    return seeded(asdict(problem), run.seed, run.trials)


def seeded(fields: Mapping[str, Any], seed: int, trials: int) -> list[np.random.Generator]:
    """A generator for each trial of the cell with these fields."""
    text = json.dumps({name: str(value) for name, value in fields.items()}, sort_keys=True)
    words = np.frombuffer(hashlib.sha256(text.encode()).digest(), dtype="<u4")
    children = np.random.SeedSequence([seed, *words.tolist()]).spawn(trials)
    return [np.random.default_rng(child) for child in children]


def compute(problem: TwoLayer, run: Run) -> CellValues:
    """Every variable that ``run`` keeps, without the axes of the sweep; outliers and values cut to this cell's own.

    Raises ValueError where the theory refuses the problem or the steps overflow.
    """
    with threads.limited(run.threads):
        prediction = predict(problem, bulk=run.bulk)
        ceiling = bulk_ceiling(prediction, problem.init)
        trials = [_trial(rng, problem, prediction, ceiling, run) for rng in generators(problem, run)]
        found = _theory(problem, prediction, ceiling, run)
    stacked = {name: np.array([trial[name] for trial in trials]) for name in (trials[0] if trials else ())}
    return found | stacked


def _theory(problem: TwoLayer, prediction: Prediction, ceiling: float, run: Run) -> CellValues:
    spread = outlier_fluctuations(problem, prediction)[: run.outliers]
    found: dict[str, Any] = {
        **_of_outliers("theory", prediction.outliers[: run.outliers]),
        "theory_singular_value_sd": [one.singular_value_sd for one in spread],
        "theory_target_overlap_sd": [one.target_overlap_sd for one in spread],
        "theory_outlier_count": len(prediction.outliers),
        "limit_outlier_count": prediction.count.total,
        "bulk_edge": prediction.bulk.upper,
        "count_threshold": ceiling,
    }
    if "bulk" in run.keep:
        found["theory_largest_bulk_value"] = prediction.largest_bulk_value
        found["theory_bulk_quantile"] = [prediction.bulk_quantile(fraction) for fraction in FRACTIONS]
    return {name: np.asarray(value, dtype=float) for name, value in found.items()}


def _trial(
    rng: np.random.Generator, problem: TwoLayer, prediction: Prediction, ceiling: float, run: Run
) -> dict[str, Any]:
    sample, seen = simulate(rng, problem, prediction)
    found = _seen(seen, ceiling, run)
    if "draws" in run.keep:
        found |= _of_outliers("draw", given_draw(sample, problem, prediction)[: run.outliers])
    return found


def _seen(seen: Observation, ceiling: float, run: Run) -> dict[str, Any]:
    K = run.outliers
    found: dict[str, Any] = {
        "singular_value": seen.outliers[:K],
        "target_overlap": seen.target_overlaps[:K],
        "left_overlap": seen.left_overlaps[:K],
        "outlier_count": float(np.sum(seen.singular_values > ceiling)),
    }
    if "bulk" in run.keep:
        found["largest_bulk_value"] = seen.bulk[0]
        # the k-th largest of p has (k − ½)/p above it
        found["bulk_quantile"] = np.quantile(seen.bulk, [1 - f for f in FRACTIONS], method="hazen")
    if "spectrum" in run.keep:
        found["spectrum"] = seen.singular_values
    return found


def _of_outliers(source: str, outliers: Sequence[Outlier]) -> dict[str, list[float]]:
    return {
        f"{source}_singular_value": [one.singular_value for one in outliers],
        f"{source}_target_overlap": [one.target_overlap_squared for one in outliers],
        f"{source}_left_overlap": [one.left_overlap_squared for one in outliers],
    }
