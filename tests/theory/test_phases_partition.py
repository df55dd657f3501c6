"""The exact partition: rational inequalities, counts, learned or not."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.count import outlier_count
from theory.phases import line_height, phases

BASE = {"width": 2000, "dim": 1000, "samples": 2500, "alpha1": 0}
BENCHMARK = "sqrt(e)*(sin(z) + cos(z)) - 1"


def partition(activation, target="z", batch="independent", **others):
    return phases({**BASE, "activation": activation, "target": target, "batch": batch, **others})


GENERIC = partition("tanh(z + 0.8)", "z")
BELOW_HALF = st.fractions(min_value=0, max_value=Fraction(499, 1000), max_denominator=1000)


@given(BELOW_HALF.filter(lambda a: a < Fraction(7, 16)), BELOW_HALF)
def test_a_generic_activation_has_the_published_count(alpha1, alpha2):
    assert GENERIC.at(alpha1, alpha2).outliers == outlier_count(alpha1, alpha2).total


def test_the_count_is_exact_on_a_critical_line():
    assert GENERIC.at(0.35, 0.45).outliers == 4  # in floats 0.45/(0.5 − 0.35) falls short of 3
    assert GENERIC.at(0.35, "0.4499999999").outliers == 3


def test_sizes_and_exponents_may_be_left_out():
    fields = {"activation": "softplus", "target": "He(3, z)", "batch": "reuse"}
    assert phases(**fields) == phases(fields)
    assert phases(fields).regions == phases({**fields, **BASE}).regions


def test_regions_are_rational_inequalities_and_cover_the_square():
    regions = partition("tanh", "He(3, z)", "reuse").regions
    assert [r.inequalities for r in regions] == [
        "0 ≤ α2 < 2(1/2 − α1)",
        "2(1/2 − α1) ≤ α2 < 4(1/2 − α1)",
        "4(1/2 − α1) ≤ α2 < 6(1/2 − α1)",
        "6(1/2 − α1) ≤ α2",
    ]
    assert all(a.upper == b.lower for a, b in itertools.pairwise(regions))
    assert regions[-1].outliers_at_least
    assert line_height(2, "0.4") == Fraction(1, 5)


def test_he3_is_learned_from_the_second_line_by_reuse_only():
    reuse = partition("tanh", "He(3, z)", "reuse")
    assert (reuse.batch_reuse_index, reuse.learned_from) == (2, 2)
    assert not reuse.at(0.3, 0.3).learned
    assert reuse.at(0.3, 0.4).learned
    fresh = partition("tanh", "He(3, z)", "independent")
    assert (fresh.batch_reuse_index, fresh.learned_from) == (None, None)


def test_a_vanishing_weight_delays_learning_beyond_J():
    """J = 1 for He2 + He3, but E[σ'σ''] = 0 for odd σ: β* waits for k = 2."""
    odd, generic = (partition(sigma, "He(2, z) + He(3, z)", "reuse") for sigma in ("tanh", "tanh(z + 0.8)"))
    assert (odd.batch_reuse_index, odd.learned_from) == (1, 2)
    assert (generic.batch_reuse_index, generic.learned_from) == (1, 1)


def test_an_even_target_is_never_learned():
    assert partition(BENCHMARK, "He(2, z)", "reuse").learned_from is None
    assert partition(BENCHMARK, "abs", "reuse").learned_from is None


def test_a_linear_target_is_learned_at_once():
    assert all(region.learned for region in partition("relu", "z").regions)


def test_a_polynomial_and_a_rademacher_readout_have_finitely_many_outliers():
    quadratic = partition("z + He(2, z)/2", "z")
    assert quadratic.complete
    assert quadratic.regions[-1].outliers == 2
    signs = partition("softplus", "z", "reuse", readout="rademacher")
    assert (signs.complete, signs.critical_lines) == (True, (1,))
    assert partition("tanh", "z", readout="rademacher").regions[-1].outliers == 1
    assert not GENERIC.complete


@pytest.mark.parametrize("most", [0, 9, True, 2.5])
def test_a_bad_number_of_terms_is_refused(most):
    with pytest.raises(ValueError, match=r"most = .* give a number of terms from 1 to 8"):
        phases({**BASE, "activation": "tanh", "target": "z"}, most=most)


def test_one_step_has_no_diagram():
    with pytest.raises(ValueError, match="give steps = 2"):
        partition("tanh", "z", steps=1)
