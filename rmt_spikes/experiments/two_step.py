"""Two steps of gradient descent on a two-layer network: outliers of W2, their overlaps, and its bulk.

The model is `rmt_spikes.problem`'s, the theory docs/theory.md, sections 1–5 (`theory.predict`), and the comparison is
that of ``rmt-spikes compare``: each predicted outlier is looked for by its left singular vector, and its singular
value, its right vector's squared overlap with β* and its left vector's squared overlap with the predicted one are set
beside the theory, as are the bulk's quantiles and its largest value.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from rmt_spikes import comparison
from rmt_spikes.experiments import Experiment, Result
from rmt_spikes.problem import TwoLayer
from rmt_spikes.verdict import FRACTIONS, RELATIVE, WIDEST_OVERLAP, verdict
from theory import Prediction
from theory import predict as predicted

VALUE, OVERLAP, LEFT = "singular value", "cos² with β*", "left overlap²"
LARGEST, QUANTILE = "largest bulk value", "bulk quantile"


@lru_cache(maxsize=4)
def _theory(problem: TwoLayer) -> Prediction:
    return predicted(problem, bulk="dyson")


def predict(problem: TwoLayer) -> dict[str, float | np.ndarray]:
    prediction = _theory(problem)
    outliers = prediction.outliers
    return {
        VALUE: np.array([one.singular_value for one in outliers]),
        OVERLAP: np.array([one.target_overlap_squared for one in outliers]),
        LEFT: np.array([one.left_overlap_squared for one in outliers]),
        LARGEST: prediction.largest_bulk_value,
        QUANTILE: np.array([prediction.bulk_quantile(fraction) for fraction in FRACTIONS]),
    }


def simulate(rng: np.random.Generator, problem: TwoLayer) -> dict:
    prediction = _theory(problem)
    sample, seen = comparison.simulate(rng, problem, prediction)
    return {
        VALUE: seen.outliers,
        OVERLAP: seen.target_overlaps,
        LEFT: seen.left_overlaps,
        LARGEST: seen.bulk[0],
        QUANTILE: np.quantile(seen.bulk, 1 - np.array(FRACTIONS), method="hazen"),
        "trial": comparison.Trial(seen, comparison.given_draw(sample, problem, prediction)),
    }


def as_comparison(result: Result) -> comparison.Comparison:
    """The same trials as ``rmt-spikes compare`` sees them."""
    trials = tuple(draw["trial"] for draw in result.draws)
    return comparison.Comparison(result.parameters, _theory(result.parameters), trials)


def figure(result: Result, figure) -> None:
    from rmt_spikes.figures import draw_comparison

    draw_comparison(as_comparison(result), figure)


EXPERIMENT = Experiment(
    name="two_step",
    title="Outliers and bulk of the weights after two gradient steps",
    citation="B. Moniri and H. Hassani, Feature Learning in Linear-Width Two-Layer Networks: Two vs. One Step of "
    "Gradient Descent, 2026",
    assumes="N, d and n grow in proportion, with the finite-size terms of the spikes kept; left out are corrections "
    "of relative order 1/n, the fluctuations of a draw.",
    parameters=TwoLayer,
    keys=(VALUE, OVERLAP, LEFT, LARGEST, QUANTILE),
    predict=predict,
    simulate=simulate,
    figure=figure,
    control=lambda problem: replace(problem, dim=round(1.1 * problem.dim), scale2=1.2 * problem.scale2),
    trials=8,
    quick=TwoLayer(width=800, dim=400, samples=800),
    points=lambda problem: {QUANTILE: ("mass above", FRACTIONS)},
    limit=dict.fromkeys((VALUE, OVERLAP, LEFT, LARGEST, QUANTILE), RELATIVE),
    scale=dict.fromkeys((OVERLAP, LEFT), 10 * WIDEST_OVERLAP),
    memory=TwoLayer.memory_estimate,
    remark=lambda result: f"As rmt-spikes compare judges: {verdict(as_comparison(result))}",
)
