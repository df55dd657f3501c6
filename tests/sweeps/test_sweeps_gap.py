"""The batch-reuse gap: its value, its error, and modes that are swapped."""

import numpy as np
import pytest
from sweep_data import dataset, unfinished

from rmt_spikes.sweeps.gap import gap

MODEL = {"alpha2": ["3/10", "9/20"], "target": ["z", "He(3, z)"], "batch": ["independent", "reuse"]}
CAPTURED = {
    ("z", "independent"): 0.7,
    ("z", "reuse"): 0.6,
    ("He(3, z)", "independent"): 0.01,
    ("He(3, z)", "reuse"): 0.2,
}


def modes(problem, swapped=False):
    batch = {"independent": "reuse", "reuse": "independent"}[problem.batch] if swapped else problem.batch
    total = CAPTURED[problem.target, batch]
    return {"singular_value": [8.0, 3.0], "target_overlap": [0.75 * total, 0.25 * total], "bulk_edge": 2.0}


def test_the_gap_is_the_difference_of_the_captured_target():
    found = gap(dataset(MODEL, theory=modes, trials=16))
    wheres = [{"target": target, "alpha2": alpha2} for target in ("z", "He(3, z)") for alpha2 in ("3/10", "9/20")]
    assert list(found.where) == wheres
    assert found.predicted == pytest.approx([-0.1, -0.1, 0.19, 0.19])
    assert np.all(np.abs(found.z) < 3)


def test_its_error_is_that_of_the_scatter_over_sweeps():
    gaps, errors = zip(*((found.gap, found.sem) for found in (
        gap(dataset(MODEL, theory=modes, trials=16, seed=seed)) for seed in range(60))), strict=True)  # fmt: skip
    measured = np.std(gaps, axis=0, ddof=1)
    claimed = np.sqrt(np.mean(np.square(errors), axis=0))
    assert np.all(np.abs(np.log(measured / claimed)) < 3 / np.sqrt(2 * 59))


def test_swapped_modes_are_flagged():
    found = gap(dataset(MODEL, theory=modes, observed=lambda problem: modes(problem, swapped=True), trials=16))
    assert np.all(np.abs(found.z) > 3)


def test_the_order_of_the_modes_in_the_specification_does_not_matter():
    found = gap(dataset({**MODEL, "batch": ["reuse", "independent"]}, theory=modes))
    assert found.predicted == pytest.approx([-0.1, -0.1, 0.19, 0.19])


def test_an_unfinished_mode_leaves_no_number():
    found = gap(unfinished(dataset(MODEL, theory=modes), batch="reuse", target="z"))
    assert np.isnan(found.gap[:2]).all()
    assert np.isnan(found.z[:2]).all()
    assert np.isfinite(found.z[2:]).all()


def test_without_other_axes_there_is_one_gap():
    found = gap(dataset({"batch": ["independent", "reuse"], "target": "z"}, theory=modes))
    assert found.where == ({},)
    assert found.gap.shape == (1,)


@pytest.mark.parametrize(
    ("model", "trials", "message"),
    [
        (
            {"batch": "reuse"},
            4,
            "needs the axis batch: this sweep has target, alpha2; sweep it too",
        ),
        ({"batch": ["reuse"]}, 4, "needs both batch modes: this sweep has batch = reuse alone; add 'independent'"),
        ({}, 1, "trials = 1; give at least 2"),
    ],
)
def test_what_has_no_gap_is_refused(model, trials, message):
    with pytest.raises(ValueError, match=message):
        gap(dataset({**MODEL, **model}, theory=modes, trials=trials))
