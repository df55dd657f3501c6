"""Agreement of a whole sweep: a right theory has the z-values that are due, a wrong one fails."""

import numpy as np
import pytest
import scipy.stats
from sweep_data import dataset, power_laws, unfinished

from rmt_spikes.sweeps.agreement import agreement

MODEL = {"width": [400, 800, 1600], "noise": [0.0, 0.2, 0.4, 0.6, 0.8], "alpha1": ["1/5", "3/10", "2/5"],
         "dim": {"per_width": "1/2"}, "samples": {"per_width": "1"}}  # fmt: skip


def off(problem):
    says = power_laws(problem)
    return {**says, "singular_value": [1.1 * s for s in says["singular_value"]]}


def test_a_right_theory_has_the_z_values_that_are_due():
    found = agreement(dataset(MODEL, trials=8))
    assert found.all_z.size == 45 * 2 * 3
    due = scipy.stats.binom(found.all_z.size, found.expected_within)
    assert due.ppf(1e-3) <= found.within <= due.ppf(1 - 1e-3)
    assert scipy.stats.kstest(found.all_z, scipy.stats.t(7).cdf).pvalue > 1e-3


def test_with_four_trials_the_z_values_are_students_and_not_normal():
    found = agreement(dataset(MODEL, trials=4, seed=1))
    assert scipy.stats.kstest(found.all_z, scipy.stats.t(3).cdf).pvalue > 1e-3
    assert found.expected_within == pytest.approx(0.9423, abs=1e-4)
    normal = scipy.stats.binom(found.all_z.size, 2 * scipy.stats.norm.sf(3))
    assert normal.sf(found.all_z.size - found.within - 1) < 1e-6


def test_a_theory_off_by_ten_percent_fails():
    found = agreement(dataset(MODEL, observed=off, trials=8))
    share = np.mean(np.abs(found.z["singular value"]) <= 3)
    assert share < found.expected_within - 0.3
    assert np.mean(np.abs(found.z["cos² with β*"]) <= 3) > 0.9
    assert {one.quantity for one in found.worst} == {"singular value"}


def test_the_worst_number_is_named_with_its_cell():
    data = dataset(MODEL, trials=8)
    data["singular_value"].loc[{"width": 800, "noise": 0.4, "alpha1": 0.3, "outlier": 1}] *= 1.5
    worst = agreement(data).worst[0]
    assert worst.where == {"noise": 0.4, "width": 800, "alpha1": "3/10"}
    assert (worst.quantity, worst.number, worst.observed.trials) == ("singular value", 1, 8)
    assert worst.z == pytest.approx((worst.observed.mean - worst.predicted) / worst.observed.sem)


def test_overlaps_of_zero_and_unfinished_cells_are_not_compared():
    def blind(problem):
        return {**power_laws(problem), "target_overlap": [0.0, 0.1]}

    found = agreement(unfinished(dataset(MODEL, theory=blind), width=400, noise=0.0, alpha1=0.2))
    assert found.z["cos² with β*"].size == 44
    assert found.not_compared == {"singular value": 0, "cos² with β*": 44, "left overlap²": 0}


def test_the_theory_given_each_draw_is_compared_pairwise():
    data = dataset(MODEL, observed=off, trials=8)
    for name in ("singular_value", "target_overlap", "left_overlap"):
        shaken = data[name] * (1 + 1e-3 * np.random.default_rng(0).standard_normal(data[name].shape))
        data[f"draw_{name}"] = shaken
    found = agreement(data)
    assert np.mean(np.abs(found.z["singular value, given the draw"]) <= 3) > 0.9
    data["draw_singular_value"] = data["draw_singular_value"] * 1.01  # 1 % is lost in the scatter of the draws
    assert np.mean(np.abs(agreement(data).z["singular value, given the draw"]) <= 3) < 0.05


def test_the_bulk_is_compared_where_it_is_kept():
    data = dataset(MODEL, trials=8)
    rng = np.random.default_rng(0)
    shape = data["outlier_count"].shape
    data["largest_bulk_value"] = (data["outlier_count"].dims, 2 + 0.1 * rng.standard_normal(shape))
    data["theory_largest_bulk_value"] = data["bulk_edge"] * 0 + 2
    assert agreement(data).z["largest bulk value"].size == 45
    data["theory_largest_bulk_value"] += 0.5
    assert np.mean(agreement(data).z["largest bulk value"] < -3) > 0.9


def test_one_trial_is_refused():
    with pytest.raises(ValueError, match="agreement needs standard errors: this sweep has trials = 1"):
        agreement(dataset(MODEL, trials=1))


def test_small_errors_agree_within_two_percent_and_larger_ones_do_not():
    def theory_times(factor):
        def observed(problem):
            says = power_laws(problem)
            return {**says, "singular_value": [factor * s for s in says["singular_value"]]}

        return agreement(dataset(MODEL, observed=observed, trials=8, relative=1e-3))

    near, far = theory_times(1.015), theory_times(1.03)
    assert np.mean(np.abs(near.z["singular value"]) <= 3) < 0.1
    assert near.agreeing["singular value"] == 90
    assert far.agreeing["singular value"] < 10


def test_a_draw_without_the_outlier_has_no_part_in_the_comparison_given_the_draw():
    data = dataset(MODEL, trials=8)
    for name in ("singular_value", "target_overlap", "left_overlap"):
        data[f"draw_{name}"] = data[name] * (1 + 1e-3 * np.random.default_rng(0).standard_normal(data[name].shape))
    data["draw_target_overlap"].loc[{"trial": 3}] = 0.0
    flagged = agreement(data).z["cos² with β*, given the draw"]
    data["draw_left_overlap"].loc[{"trial": 3}] = 0.0
    kept = agreement(data).z["cos² with β*, given the draw"]
    assert abs(flagged.mean()) > 0.9  # one trial far off: its own scatter keeps each z near 1
    assert abs(kept.mean()) < 0.5


def test_an_overlap_that_is_all_fluctuation_is_compared_with_its_mean_over_draws():
    def blind(problem):
        return {**power_laws(problem), "target_overlap": [0.0, 0.1]}

    data = dataset(MODEL, theory=blind, trials=8)
    rng = np.random.default_rng(0)
    seen = 0.02 * rng.standard_normal(data["target_overlap"].isel(outlier=0).shape) ** 2
    data["target_overlap"][{"outlier": 0}] = seen
    data["theory_target_overlap_sd"][{"outlier": 0}] = 0.02 * np.sqrt(2)
    z = agreement(data).z["cos² with β*"]
    assert z.size == 90
    assert abs(np.median(z)) < 0.5
    data["theory_target_overlap_sd"][{"outlier": 0}] = 1e-4 * np.sqrt(2)  # against 0: every overlap is above it
    assert np.median(agreement(data).z["cos² with β*"]) > 0.5
