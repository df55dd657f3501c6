"""Which term makes an outlier: fates by algebra, and the growth of the finite-size strengths that confirms them."""

import numpy as np
import pytest

from theory import activation
from theory.expansion import response_term, self_moment
from theory.growth import resized, strengths_along
from theory.labels import label_moment, reuse_index
from theory.model import Model
from theory.quadrature import fine_normal_rule
from theory.response import Response
from theory.terms import response_polynomials, terms

BASE = {"width": 2000, "dim": 1000, "samples": 2500, "alpha1": 0}
BENCHMARK = "sqrt(e)*(sin(z) + cos(z)) - 1"


def model(activation, target="z", batch="independent", **others):
    return Model.of({**BASE, "activation": activation, "target": target, "batch": batch, **others})


def fates(*arguments, most=6, **others):
    return "".join(term.fate[0] for term in terms(model(*arguments, **others), most))


@pytest.mark.parametrize("sigma", [BENCHMARK, "tanh(z + 0.8)", "softplus", "z + He(2, z)/3 + He(3, z)/8"])
@pytest.mark.parametrize(("k", "i"), [(0, 1), (1, 1), (2, 0), (2, 2), (3, 1)])
def test_moments_of_the_self_interaction_are_those_of_a_plain_quadrature(sigma, k, i):
    f = activation(sigma)
    h, w = fine_normal_rule()
    derivative = f.derivative
    for _ in range(k):
        derivative = derivative.derivative
    expected = w @ (derivative(h) * f.derivative(h) ** i)
    assert self_moment(f, k, i, 0).value == pytest.approx(expected, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("batch", ["independent", "reuse"])
def test_the_expansion_is_the_taylor_series_of_the_finite_size_response(batch):
    case = model(BENCHMARK, "z + z**2/4", batch)
    response = Response.of(case)
    y, g = np.array([-1.2, 0.3, 0.9]), np.array([0.4, -1.1, 1.7])
    polynomials = response_polynomials(case, 6)
    for A in (0.1, -0.1):
        series = sum(
            A**k * sum(value * y**i * g**j for (i, j), value in response.items())
            for k, response in enumerate(polynomials)
        )
        assert series == pytest.approx(response(np.array([A]), y, g)[0][0], abs=2e-4)


def test_relu_loses_its_even_terms_on_fresh_centred_labels():
    assert fates("relu", "z") == "aakaka"


def test_labels_with_a_mean_bring_the_even_terms_of_relu_back_in_the_old_directions():
    found = terms(model("relu", "z + z**2/2"), 6)
    assert [term.fate for term in found] == ["alive", "alive", "absorbed", "alive", "absorbed", "alive"]


def test_an_odd_activation_loses_odd_terms_in_both_modes():
    assert fates("tanh", "He(2, z) + z", "independent") == "akakak"
    assert fates("tanh", "He(2, z) + z", "reuse") == "akakak"
    assert fates("tanh(z + 0.8)", "He(2, z) + z", "reuse") == "aaaaaa"


def test_reuse_keeps_a_term_whose_coefficient_vanishes():
    assert fates("softplus", "z", "independent", most=4) == "aaka"
    assert fates("softplus", "z", "reuse", most=4) == "aaaa"
    assert "self-interaction" in terms(model("softplus", "z", "reuse"), 3)[2].reason


def test_an_even_activation_makes_no_outlier_and_c1_zero_no_leading_one():
    assert fates("He(2, z)", "z", "reuse") == "kkkkkk"
    assert fates("He(2, z) + He(3, z)", "z", most=4) == "kkak"
    assert "c_1 = 0" in terms(model("He(2, z) + He(3, z)", "z"), 2)[1].reason


def test_a_rademacher_readout_leaves_one_even_and_one_odd_term():
    assert fates("softplus", "z", "reuse", readout="rademacher") == "aammmm"
    assert fates("tanh", "z", "reuse", readout="rademacher") == "akmkmk"


def test_dead_and_living_terms_are_those_that_grow_at_finite_size():
    """θ_3 of softplus: killed at k = 2 on fresh batches, so N^{α2 − 3δ}; alive with reuse, so N^{α2 − 2δ}."""
    for batch, k in (("independent", 3), ("reuse", 2)):
        grown = strengths_along(model("softplus", "z", batch), "0.35", "0.45", [1e9, 1e10])
        assert grown.slopes()[0, 2] == pytest.approx(0.45 - k * 0.15, abs=0.02)
        assert abs(grown.slopes()[0, 2] - (0.45 - (5 - k) * 0.15)) > 0.1  # the other fate is refused


def test_a_kink_under_reuse_doubles_the_first_order():
    """|A| beside A: two outliers at N^{α2 − δ}, which no power series gives; so the exact partition is refused."""
    grown = strengths_along(model("relu", "z", "reuse"), "0.35", "0.45", [1e8, 1e9])
    assert grown.slopes()[0, 1:3] == pytest.approx([0.3, 0.3], abs=0.03)
    with pytest.raises(ValueError, match=r"kink at z = 0: with a reused batch .* use a smooth σ"):
        terms(model("relu", "z", "reuse"))
    with pytest.raises(ValueError, match="kink"):
        self_moment(activation("relu"), 1, 1, 0)


def test_the_first_order_of_relu_under_reuse_depends_on_the_sign_of_A():
    """docs/phases.md: A φ(0) E[c₊ − (c + φy)₋] for A > 0, A φ(0) E[(c + φy)₊ − c₋] for A < 0."""
    case = model("relu", "z", "reuse")
    response = Response.of(case)
    y, g = np.array([1.3, -0.7]), np.array([0.4, -1.0])
    xi, w = fine_normal_rule()
    c = response.mu1 * g[:, None] + response.kappa * xi
    shifted = c + case.phi * y[:, None]
    one_sided = {
        1: (np.maximum(c, 0) - np.maximum(-shifted, 0)) @ w / np.sqrt(2 * np.pi),
        -1: (np.maximum(shifted, 0) - np.maximum(-c, 0)) @ w / np.sqrt(2 * np.pi),
    }
    for side, expected in one_sided.items():
        A = 0.01 * side
        slope = (response(np.array([A]), y, g)[0][0] - 0.5) / A
        assert slope == pytest.approx(expected, abs=3e-3)
        assert np.abs(slope - one_sided[-side]).max() > 0.05


def test_the_reuse_index_is_the_first_power_that_sees_the_direction():
    index = {target: reuse_index(model("tanh", target).target, 0.0, 6) for target in ("z", "He(2, z)", "He(3, z)")}
    assert index == {"z": 2, "He(2, z)": None, "He(3, z)": 2}
    assert reuse_index(model("tanh", "He(2, z) + He(3, z)").target, 0.0, 6) == 1
    # E[z y³] with noise: E[z σ*³] + 3 σ_ε² c*_1
    assert label_moment(model("tanh", "z").target, 0.5, 3) == pytest.approx(3 + 3 * 0.25)


def test_the_response_term_of_order_two_has_its_three_parts():
    found = response_term(2, lambda k, i, p: 1 + i + 10 * p, 2.0, 3.0, 5.0, 0)
    assert found == {(0, 0): 2.5, (0, 2): 4.5, (1, 1): 12.0, (2, 0): 6.0}


def test_resizing_keeps_the_ratios():
    small = model("tanh", "z")
    large = resized(small, 1e7, "1/3", "9/20")
    assert (large.phi, large.gamma) == pytest.approx((small.phi, small.gamma))
    assert large.eta1 == pytest.approx(1e7 ** (1 / 3))


def test_a_moment_that_vanishes_by_parity_carries_no_target():
    fields = {"activation": "softplus", "width": 100, "dim": 50, "samples": 100, "alpha1": 0.3}
    odd = terms(Model.of(target="z", **fields), 4)
    assert [term.carries_target for term in odd] == [True, False, False, False]
    mixed = terms(Model.of(target="z + (z**2 - 1)/2", **fields), 4)
    assert mixed[1].carries_target
