"""Scaling: known exponents come back with honest errors, a wrong slope is flagged, what cannot be fitted is said."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from sweep_data import dataset, power_laws, unfinished

from rmt_spikes.problem import TwoLayer
from rmt_spikes.sweeps.limits import overlap_limit, singular_value_limit
from rmt_spikes.sweeps.lines import weighted_line
from rmt_spikes.sweeps.reading import parts
from rmt_spikes.sweeps.scaling import _law, scaling
from theory.growth import strengths_along

FOLLOW = {"dim": {"per_width": "1/2"}, "samples": {"per_width": "1"}}
WIDTHS = {"width": [400, 800, 1600, 3200], **FOLLOW}


def draws(trials, count, **options):
    """The first outlier's singular value of ``count`` sweeps that differ in their seed alone."""
    for seed in range(count):
        part = next(parts(dataset(WIDTHS, trials=trials, seed=seed, **options), "width"))
        yield _law(part, 0, "singular_value")


def test_the_line_is_that_of_numpy():
    rng = np.random.default_rng(0)
    x, errors = np.array([0.0, 1.0, 2.5, 4.0]), np.array([0.1, 0.3, 0.2, 0.05])
    y = 1.5 + 0.7 * x + errors * rng.standard_normal(4)
    found = weighted_line(x, y, errors)
    (slope, intercept), covariance = np.polyfit(x, y, 1, w=1 / errors, cov="unscaled")
    assert (found.slope, found.intercept, found.error) == pytest.approx((slope, intercept, covariance[0, 0] ** 0.5))
    assert found.chi2 == pytest.approx(np.sum(((y - intercept - slope * x) / errors) ** 2))


def test_a_line_through_one_place_is_refused():
    with pytest.raises(ValueError, match="at least two different x"):
        weighted_line([1.0, 1.0], [1.0, 2.0], [0.1, 0.1])


def test_known_exponents_come_back():
    found = scaling(dataset(WIDTHS, trials=12))
    slopes = {(law.quantity, law.outlier): law for law in found.laws}
    expected = {("singular_value", 0): 0.4, ("singular_value", 1): 0.2, ("target_overlap", 0): 0.0,
                ("target_overlap", 1): -0.1}  # fmt: skip
    assert set(slopes) == set(expected)
    for key, exponent in expected.items():
        law = slopes[key]
        assert law.theory_line.slope == pytest.approx(exponent, abs=1e-9)
        assert abs(law.line.slope - exponent) < 3 * law.line.error
        assert abs(law.z) < 3


def test_the_errors_cover_as_often_as_they_say():
    z = np.array([law.z for law in draws(trials=30, count=300)])
    allowed = 3 * np.sqrt(0.6827 * 0.3173 / 300)  # of the share in 300 sweeps
    assert abs(np.mean(np.abs(z) < 1) - 0.6827) < allowed


def test_with_four_trials_they_cover_like_students_law_and_not_like_the_normal_one():
    laws = list(draws(trials=4, count=300))
    p = np.array([law.p_value for law in laws])
    due = scipy.stats.binom(300, 0.05)
    assert due.cdf(np.sum(p < 0.05)) < 0.9987
    normal = 2 * scipy.stats.norm.sf([abs(law.z) for law in laws])
    assert due.cdf(np.sum(normal < 0.05)) > 0.9999


def test_errors_that_are_too_small_would_not_cover():
    z = np.array([2 * law.z for law in draws(trials=30, count=300)])
    assert abs(np.mean(np.abs(z) < 1) - 0.6827) > 0.2


def test_a_slope_off_by_ten_percent_is_flagged():
    def steeper(problem):
        return power_laws(problem, prefactors=(3.0, 2.0), exponents=(0.44, 0.2))

    first = scaling(dataset(WIDTHS, observed=steeper, trials=30, relative=0.04)).laws[0]
    assert first.z > 3
    assert first.p_value < 0.003


def test_points_on_no_line_have_a_large_chi2_but_the_theory_bent_alike_agrees():
    def bent(problem):
        return {**power_laws(problem), "singular_value": [3 + 1e-6 * problem.width**2, 2.0]}

    first = scaling(dataset(WIDTHS, theory=bent, trials=30, relative=0.01)).laws[0]
    assert first.line.reduced_chi2 > 100
    assert abs(first.z) < 3


def test_two_widths_have_a_line_without_a_chi2():
    law = scaling(dataset({"width": [400, 800], **FOLLOW})).laws[0]
    assert law.line.points == 2
    assert law.line.chi2 is None
    assert law.line.reduced_chi2 is None
    assert law.z is not None


def test_widths_without_the_outlier_are_left_out_and_counted():
    def late(problem):
        says = power_laws(problem)
        return says if problem.width > 400 else {**says, "singular_value": [40.0], "target_overlap": [0.5]}

    data = dataset(WIDTHS, theory=late)
    data["bulk_edge"].loc[{"width": 800}] = 8.0  # above the second outlier
    second = next(law for law in scaling(data).laws if (law.outlier, law.quantity) == (1, "singular_value"))
    assert second.widths.tolist() == [1600, 3200]
    assert second.left_out == {"not predicted": 1, "below the bulk's edge": 1}


def test_an_unfinished_width_is_left_out():
    law = scaling(unfinished(dataset(WIDTHS), width=800)).laws[0]
    assert law.left_out == {"not finished": 1}
    assert law.widths.tolist() == [400, 1600, 3200]


def test_an_overlap_that_is_predicted_to_be_zero_has_no_exponent():
    def blind(problem):
        return {**power_laws(problem), "target_overlap": [0.0, 0.1]}

    overlap = scaling(dataset(WIDTHS, theory=blind)).laws[1]
    assert overlap.line is None
    assert overlap.z is None
    assert overlap.p_value is None
    assert overlap.left_out == {"predicted to be 0": 4}


def test_the_other_axes_are_kept_apart_and_the_counts_stand_beside():
    found = scaling(dataset({**WIDTHS, "batch": ["independent", "reuse"], "alpha1": ["7/20"]}))
    assert [part.where for part in found.counts] == [
        {"alpha1": "7/20", "batch": "independent"},
        {"alpha1": "7/20", "batch": "reuse"},
    ]
    assert found.counts[0].means.tolist() == [2, 2, 2, 2]
    assert len(found.laws) == 8


def test_the_limit_of_the_singular_value_is_that_of_the_living_term():
    relu = TwoLayer(activation="relu", alpha1="2/5", alpha2="9/20")
    assert [singular_value_limit(relu, j).exponent for j in range(3)] == [
        Fraction(9, 20), Fraction(9, 20) - Fraction(1, 10), Fraction(9, 20) - Fraction(3, 10)]  # fmt: skip
    assert singular_value_limit(relu, 3).exponent is None
    assert "no outlier in the limit" in singular_value_limit(relu, 3).remark
    assert singular_value_limit(TwoLayer(alpha1="9/20", alpha2="1/5"), 0).exponent == Fraction(9, 20)
    assert "critical" in singular_value_limit(TwoLayer(alpha1="1/4", alpha2="1/4"), 1).remark
    assert singular_value_limit(TwoLayer(steps=1, alpha1="3/10"), 0).exponent == Fraction(3, 10)
    assert singular_value_limit(TwoLayer(steps=1), 1).exponent is None
    assert "kink" in singular_value_limit(TwoLayer(activation="relu", batch="reuse"), 0).remark


def test_the_limits_are_what_the_finite_size_theory_tends_to():
    problem = TwoLayer(activation="softplus", alpha1="2/5", alpha2="9/20")
    slopes = strengths_along(problem, "2/5", "9/20", widths=[1e12, 1e14]).slopes()[0]
    for j in range(2):
        exponent = float(singular_value_limit(problem, j).exponent)
        assert slopes[j] == pytest.approx(exponent, abs=0.02)
        assert abs(slopes[j] - (exponent - 0.05)) > 0.02  # half a term away is told apart


def test_the_limit_of_the_overlap_is_a_constant_from_the_first_term_that_carries_the_target():
    assert overlap_limit(TwoLayer(), 0).exponent == 0
    assert overlap_limit(TwoLayer(), 1).exponent == 0
    assert "no β* of its own" in overlap_limit(TwoLayer(target="z"), 1).remark
    he3 = TwoLayer(activation="tanh", target="He(3, z)", batch="reuse")
    assert overlap_limit(he3, 0).exponent is None
    assert "tends to 0" in overlap_limit(he3, 0).remark
    assert overlap_limit(he3, 1).exponent == 0
    assert overlap_limit(TwoLayer(target="He(3, z)"), 1).exponent is None
    assert overlap_limit(TwoLayer(steps=1), 0).exponent == 0
    assert "tends to 0" in overlap_limit(TwoLayer(steps=1, target="He(3, z)"), 0).remark
    assert "no outlier" in overlap_limit(TwoLayer(alpha1=0, alpha2="1/10"), 1).remark


def test_sizes_that_do_not_follow_the_width_have_no_limit():
    law = scaling(dataset({"width": [400, 800], "dim": 200, "samples": 400})).laws[0]
    assert law.limit.exponent is None
    assert "do not grow with N" in law.limit.remark


@pytest.mark.parametrize(
    ("model", "trials", "message"),
    [
        ({"width": [400], **FOLLOW}, 4, "at least two widths: this sweep has N = 400 alone; give a list"),
        ({"alpha1": ["1/5", "3/10"]}, 4, "needs the axis width: this sweep has alpha1"),
        (WIDTHS, 1, "needs standard errors: this sweep has trials = 1; give at least 2"),
    ],
)
def test_what_cannot_be_fitted_is_refused(model, trials, message):
    with pytest.raises(ValueError, match=message):
        scaling(dataset(model, trials=trials))
