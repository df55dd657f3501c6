"""Phase diagrams of a sweep: what agrees is not flagged, what does not is, and boundaries are undecided."""

import numpy as np
import pytest
from sweep_data import dataset, unfinished

from rmt_spikes.sweeps.phase import phase

GRID = [f"{i}/20" for i in range(10)]
MODEL = {"alpha1": GRID, "alpha2": GRID, "width": 1000, "dim": 500, "samples": 1000, "activation": "tanh"}


def stepped(problem, edge=2.0):
    """One outlier at 2 (1 + α1 + α2)⁴, but none at the origin; a second from α1 + α2 = 0.6 on."""
    sum_ = float(problem.alpha1 + problem.alpha2)
    values = [edge * (1 + sum_) ** 4] if sum_ > 0.04 else []
    values += [edge * (1 + 2 * (sum_ - 0.55))] if sum_ >= 0.6 else []
    return {
        "singular_value": values,
        "target_overlap": [0.5 * sum_ / (k + 1) for k in range(len(values))],
        "bulk_edge": edge,
    }


def one_more(problem):
    return {**stepped(problem), "count": len(stepped(problem)["singular_value"]) + 1}


def smaller_overlaps(problem):
    says = stepped(problem)
    return {**says, "target_overlap": [0.7 * c for c in says["target_overlap"]]}


def test_a_right_theory_is_not_flagged():
    data = dataset(MODEL, theory=stepped, trials=8, relative=0.05)
    data["theory_target_overlap_sd"] = 0.05 * data["theory_target_overlap"]
    (panel,) = phase(data)
    assert panel.compared.all()
    assert not panel.count_differs.any()
    assert panel.captured_differs.sum() <= 3  # of 100, at 3 standard errors
    assert panel.theory_count[0, 1] == 1
    assert panel.theory_count[9, 9] == 2


def test_the_rows_are_alpha2_and_the_columns_alpha1():
    def only_alpha1(problem):
        values = [4.0] if problem.alpha1 > 0 else []
        return {"singular_value": values, "target_overlap": [0.3] * len(values), "bulk_edge": 1.0}

    (panel,) = phase(dataset({**MODEL, "alpha2": GRID[:3]}, theory=only_alpha1))
    assert panel.theory_count.shape == panel.count.mean.shape == (3, 10)
    assert (panel.theory_count[:, 0] == 0).all()
    assert (panel.theory_count[:, 1:] == 1).all()
    assert panel.labels[0][1] == "1/20"
    assert len(panel.labels[1]) == 3


def test_a_wrong_count_is_flagged_everywhere():
    (panel,) = phase(dataset(MODEL, theory=stepped, observed=one_more))
    assert panel.count_differs.all()
    worst = panel.differing[0]
    assert (worst.quantity, worst.mean - worst.predicted, worst.z, worst.undecided) == ("count", 1, np.inf, False)


def test_a_wrong_overlap_is_flagged_where_it_is_large():
    (panel,) = phase(dataset(MODEL, theory=stepped, observed=smaller_overlaps, trials=30))
    large = panel.theory_captured > 0.25
    assert panel.captured_differs[large].all()
    assert not panel.count_differs.any()


def test_an_overlap_of_a_random_direction_is_not_flagged():
    def blind(problem):
        return {"singular_value": [4.0], "target_overlap": [0.0], "bulk_edge": 1.0}

    def by_chance(problem):
        return {**blind(problem), "target_overlap": [1 / problem.dim * 0.9]}

    data = dataset(MODEL, theory=blind, observed=by_chance)
    (panel,) = phase(data)
    assert not panel.captured_differs.any()
    data["target_overlap"] = data["target_overlap"] * 2
    assert phase(data)[0].captured_differs.mean() > 0.9


def test_the_predicted_deviation_keeps_few_trials_from_flagging_by_chance():
    def flagged(sd):
        data = dataset(MODEL, theory=stepped, trials=4, relative=0.1)
        data["theory_target_overlap_sd"] = data["theory_target_overlap"] * sd
        return phase(data)[0].captured_differs.sum()

    assert flagged(0.1) <= 2
    assert flagged(0.0) > 3  # the standard errors of four trials alone


def test_cells_at_a_boundary_are_undecided_and_others_are_not():
    (panel,) = phase(dataset(MODEL, theory=stepped))
    sums = np.add.outer(panel.alpha2, panel.alpha1)
    # the second outlier at 0.6 stands 1.1 times above the edge, where the data have no standard deviation
    assert panel.undecided[np.isclose(sums, 0.6)].all()
    assert panel.undecided[np.isclose(sums, 0.55)].all()  # their neighbours below
    assert not panel.undecided[np.isclose(sums, 0.3)].any()
    assert not panel.undecided[sums > 0.75].any()


def test_a_difference_at_a_boundary_is_listed_after_the_others():
    (panel,) = phase(dataset(MODEL, theory=stepped, observed=one_more))
    order = [cell.undecided for cell in panel.differing]
    assert order == sorted(order)
    assert True in order
    assert False in order


def test_the_grid_does_not_wrap_around():
    def at_one_end(problem):
        values = [2.1] if problem.alpha1 == 0 else []
        return {"singular_value": values, "target_overlap": [0.1] * len(values), "bulk_edge": 2.0}

    (panel,) = phase(dataset(MODEL, theory=at_one_end))
    assert panel.undecided[:, :2].all()
    assert not panel.undecided[:, 2:].any()


def test_the_value_that_outliers_are_counted_above_decides_where_it_is_stored():
    data = dataset(MODEL, theory=stepped)
    data["count_threshold"] = 10 * data["bulk_edge"]
    (panel,) = phase(data)
    assert panel.undecided[panel.theory_count > 0].all()


def test_an_unfinished_cell_is_not_compared():
    data = unfinished(dataset(MODEL, theory=stepped, observed=one_more), alpha1=0.1, alpha2=0.2)
    (panel,) = phase(data)
    assert not panel.compared[4, 2]
    assert not panel.count_differs[4, 2]
    assert np.isnan(panel.captured.mean[4, 2])
    assert np.isnan(panel.theory_captured[4, 2])
    assert panel.compared.sum() == 99


def test_one_trial_flags_nothing():
    (panel,) = phase(dataset(MODEL, theory=stepped, observed=one_more, trials=1))
    assert not panel.compared.any()
    assert not panel.differing


def test_each_combination_of_the_other_axes_is_a_panel_with_its_exact_partition_or_a_reason():
    model = {**MODEL, "alpha1": GRID[:2], "alpha2": GRID[:2], "activation": ["tanh", "relu"], "batch": ["reuse"]}
    smooth, kinked = phase(dataset(model, theory=stepped))
    assert smooth.where == {"activation": "tanh", "batch": "reuse"}
    assert smooth.exact.critical_lines[0] == 2
    assert smooth.reason is None
    assert kinked.exact is None
    assert "kink" in kinked.reason


@pytest.mark.parametrize(
    ("axis", "message"),
    [
        ({"alpha2": "1/4"}, "needs the axes alpha1 and alpha2: this sweep has alpha1; sweep alpha2 too"),
        ({"alpha1": "1/4", "alpha2": "1/4"}, "this sweep has none; sweep alpha1 and alpha2 too"),
    ],
)
def test_a_sweep_without_the_axes_is_refused(axis, message):
    with pytest.raises(ValueError, match=message):
        phase(dataset({**MODEL, "alpha1": GRID[:2], **axis}, theory=stepped))
