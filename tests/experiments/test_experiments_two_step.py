"""The experiment two_step is the comparison of ``rmt-spikes compare``, number by number."""

import numpy as np
import pytest

from rmt_spikes import TwoLayer
from rmt_spikes.comparison import compare
from rmt_spikes.experiments import get, run
from rmt_spikes.experiments.two_step import as_comparison
from rmt_spikes.verdict import bulk_agreements, left_agreement, overlap_agreement, singular_value_agreement, verdict

PROBLEM = TwoLayer(width=300, dim=150, samples=300)


def both(seed):
    return (
        compare(np.random.default_rng(seed), PROBLEM, trials=4),
        run(np.random.default_rng(seed), get("two_step"), PROBLEM, trials=4),
    )


def expected(comparison):
    outliers = range(len(comparison.prediction.outliers))
    judges = (singular_value_agreement, overlap_agreement, left_agreement)
    found = [judge(comparison, k) for judge in judges for k in outliers]
    return [*found, *bulk_agreements(comparison)]


def test_every_number_of_the_comparison_is_a_quantity_with_its_verdict():
    comparison, result = both(3)
    assert len(comparison.prediction.outliers) > 0
    states = {True: "yes", False: "no", None: "unclear"}
    for one, judged in zip(result.quantities, expected(comparison), strict=True):
        assert one.predicted == pytest.approx(judged.predicted)
        assert one.observed.mean == pytest.approx(judged.observed.mean)
        assert one.z == pytest.approx(judged.z)
        assert states[one.agrees] == judged.state, one.name
    assert result.text.endswith(verdict(comparison))
    assert verdict(as_comparison(result)) == verdict(comparison)


def test_without_outliers_the_bulk_is_compared():
    problem = TwoLayer(activation="abs", width=60, dim=40, samples=60)
    result = run(np.random.default_rng(0), get("two_step"), problem, trials=2)
    assert {one.name.split("[")[0] for one in result.quantities} == {"largest bulk value", "bulk quantile"}
