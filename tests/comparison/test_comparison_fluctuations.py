"""Predicted standard deviations beside draws, and what the comparison does with them."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kstest

from benchmarks.fluctuations_reference import SIZES, compared
from rmt_spikes import TwoLayer, draw, singular_values, train
from rmt_spikes.comparison import compare
from rmt_spikes.documents import comparison_document, prediction_document
from rmt_spikes.tables import prediction_table
from rmt_spikes.verdict import overlap_agreement, singular_value_agreement, verdict
from theory import MarchenkoPastur, predict
from theory.fluctuations import outlier_fluctuations
from theory.rectangle_edge import largest_with_gaussian_rows, largest_with_rows_of_length_one

STORED = json.loads((Path(__file__).parents[2] / "docs" / "results" / "fluctuations.json").read_text())
SMALL = {"width": 200, "dim": 100, "samples": 200, "alpha1": 0.3, "alpha2": 0.3}
LAWS = {"sphere": largest_with_rows_of_length_one, "gaussian": largest_with_gaussian_rows}


@pytest.mark.parametrize("init", ["sphere", "gaussian"])
def test_the_largest_value_of_w0_follows_its_law_and_with_a_spike_does_not(init):
    N, d = 150, 100
    problem = TwoLayer(width=N, dim=d, samples=8, steps=1, init=init)
    W0 = [draw(rng, problem).W0 for rng in np.random.default_rng(12).spawn(400)]
    law = LAWS[init](N, d)
    assert kstest([singular_values(W)[0] for W in W0], law.cdf).pvalue > 0.01
    # control: a spike a quarter above its threshold
    spike = 1.25 * MarchenkoPastur(N / d).threshold * np.outer(np.eye(N)[0], np.eye(d)[0])
    assert kstest([singular_values(W + spike)[0] for W in W0], law.cdf).pvalue < 1e-6


@pytest.mark.parametrize("batch", ["independent", "reuse"])
def test_outliers_scatter_over_draws_as_predicted(batch):
    problem = TwoLayer(activation="tanh(z + 0.8)", target="z", batch=batch, **SMALL)
    predicted = outlier_fluctuations(problem, predict(problem, bulk="mp"))[0].singular_value_sd
    rngs = np.random.default_rng(8).spawn(150)
    seen = np.array([singular_values(train(draw(rng, problem), problem))[0] for rng in rngs])
    found = compared(predicted, seen)
    assert abs(found["ratio"] - 1) < 3 * found["error"]
    # control: half as wide again
    wrong = compared(1.5 * predicted, seen)
    assert wrong["ratio"] - 1 > 3.5 * wrong["error"]


def test_the_stored_standard_deviations_are_within_15_per_cent():
    """Over 200 draws at N = 500; each ratio has an error of 4 to 6 %."""
    assert STORED["draws"] == 200
    assert STORED["width"] == SIZES["width"] == 500
    outliers = [outlier for case in STORED["cases"] for outlier in case["outliers"]]
    assert len(outliers) >= 9
    for outlier in outliers:
        for name in ("singular_value", "target_overlap_squared"):
            assert outlier[name]["ratio"] == pytest.approx(1, abs=0.15)
        # linear part only: a lower bound, see theory.fluctuations
        assert 0.5 < outlier["left_overlap_squared"]["ratio"] < 1.15
    assert all(case["outliers"] for case in STORED["cases"])


def test_the_stored_predictions_are_todays():
    case = dict(STORED["cases"][0])
    stored = case.pop("outliers")
    problem = TwoLayer(**SIZES, **case)
    (found,) = outlier_fluctuations(problem, predict(problem))
    assert found.singular_value_sd == pytest.approx(stored[0]["singular_value"]["predicted"], rel=1e-3)
    assert found.target_overlap_sd == pytest.approx(stored[0]["target_overlap_squared"]["predicted"], rel=1e-3)


@pytest.fixture(scope="module")
def single():
    problem = TwoLayer(activation="tanh(z + 0.8)", target="z", **SMALL)
    return compare(np.random.default_rng(1), problem, trials=1, bulk="mp")


def test_a_single_draw_is_judged_by_the_predicted_standard_deviation(single):
    value, overlap = singular_value_agreement(single, 0), overlap_agreement(single, 0)
    (sd,) = single.fluctuations
    (outlier,) = single.prediction.outliers
    seen = single.trials[0].observation
    assert value.z == pytest.approx((seen.outliers[0] - outlier.singular_value) / sd.singular_value_sd)
    assert overlap.z == pytest.approx(
        (seen.target_overlaps[0] - outlier.target_overlap_squared) / sd.target_overlap_sd
    )
    assert (value.state, overlap.state) == ("yes", "yes")
    assert value.observed.sem is None
    assert "One trial: z is in predicted standard deviations over draws" in verdict(single)
    # control: a strength 40 % off
    spikes = dataclasses.replace(single.prediction.spikes, strengths=1.4 * single.prediction.spikes.strengths)
    spoiled = dataclasses.replace(single, prediction=dataclasses.replace(single.prediction, spikes=spikes))
    judged = dataclasses.replace(value, predicted=spoiled.prediction.outliers[0].singular_value)
    assert judged.z < -3
    assert judged.state == "no"


def test_documents_and_tables_show_the_standard_deviations(single):
    document = comparison_document(single)
    (sd,) = single.fluctuations
    outlier = document["outliers"][0]
    assert outlier["singular_value_sd"] == sd.singular_value_sd
    assert outlier["target_overlap_sd"] == sd.target_overlap_sd
    assert outlier["left_overlap_sd"] == sd.left_overlap_sd
    table = prediction_table(single.prediction, single.fluctuations)
    cells = [list(column.cells) for column in table.columns]
    assert cells[3] == [f"{sd.singular_value_sd:.4f}"]
    assert cells[5] == [f"{sd.target_overlap_sd:.4f}"]


def test_a_marginal_outlier_has_null_and_a_dash():
    problem = TwoLayer(
        activation="tanh", target="z", steps=1, scale1=0.29, width=300, dim=150, samples=300, alpha1=0.3
    )
    prediction = predict(problem, bulk="mp")
    (outlier,) = prediction_document(problem, prediction)["outliers"]
    assert outlier["marginal"]
    assert outlier["singular_value_sd"] is outlier["target_overlap_sd"] is None
    table = prediction_table(prediction, outlier_fluctuations(problem, prediction))
    assert list(table.columns[3].cells) == ["–"]
