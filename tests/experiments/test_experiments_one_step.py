"""The experiment one_step: published settings and limits, what is compared and what is refused."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from rmt_spikes.experiments import get, run
from rmt_spikes.experiments import one_step as module
from rmt_spikes.experiments._values import read_settings
from rmt_spikes.experiments.one_step import COUNT, LEFT, ORDERS, POWER, RIGHT, TOP, Parameters
from theory.dyson.networks.features import feature_spikes

SMALL = {
    "width": 240,
    "dim": 160,
    "samples": 320,
    "fresh": 400,
    "alphas": (Fraction(0), Fraction(1, 2)),
    "scale": 1.0,
}


@pytest.mark.parametrize("pair", [("erf", "erf"), ("tanh", "relu"), ("tanh", "softplus")])
def test_the_published_settings_are_reached_by_set(pair):
    settings = [f"activation={pair[0]}", f"target={pair[1]}", "alpha=1/2", "dim=512", "alphas=0,1/4,1/2", "scale=1"]
    parameters = read_settings(get("one_step"), settings)
    assert parameters.dim == 512
    assert parameters.etas == (1.0, pytest.approx(1024**0.25), 32.0)
    (spike,) = feature_spikes(replace(parameters, **SMALL).model, 400)
    assert spike.order == 1  # an odd activation: no mean, and no 2


def test_at_a_constant_rate_nothing_leaves_the_bulk():
    one = Parameters(activation="erf", target="erf", **SMALL)
    found = module.predict(one)
    assert found[TOP].size == 2
    assert found[LEFT].size == 1  # at η = √N, and not at η = 1
    assert found[COUNT] == 1
    assert module.points(one)[POWER] == ("order", (1,))
    assert module.simulate(np.random.default_rng(0), one)[TOP].shape == (2,)


def test_where_the_spike_leaves_the_bulk_is_the_published_threshold():
    """η μ1 ‖β1‖ = γ^{1/4} for erf and erf: μ1 = 2/√(3π), c*_1 = μ1, E y² = (2/π) arcsin(2/3), on W0's bulk."""
    mu1, m2 = 2 / np.sqrt(3 * np.pi), 2 / np.pi * np.arcsin(2 / 3)
    edge = (240 / 160) ** 0.25 / (mu1 * np.sqrt(mu1**2 + 0.5 * m2))
    for factor, leaves in ((0.95, False), (1.6, True)):
        one = Parameters(
            activation="erf", target="erf", **{**SMALL, "alpha": 0, "scale": factor * edge, "alphas": (0,)}
        )
        assert len(module._followed(one)) == leaves


def test_before_the_step_only_the_mean_of_the_activation_sticks_out():
    (spike,) = feature_spikes(Parameters(**{**SMALL, "alpha": Fraction(0), "scale": 1e-6}).model, 400)
    assert spike.orders[0] ** 2 > 0.99
    c0 = 0.80605918334744  # of softplus
    assert spike.value == pytest.approx(c0 * np.sqrt(400), rel=0.02)


def test_overlaps_with_beta_are_left_out_where_the_first_step_does_not_see_it():
    one = Parameters(**{**SMALL, "target": "He(3,z)/sqrt(6)", "alphas": (Fraction(1, 2),)})
    rules = module.points(one)
    assert len(rules[LEFT][1]) == 1
    assert rules[RIGHT][1] == ()
    seen = module.simulate(np.random.default_rng(2), one)
    assert seen[RIGHT].size == 0
    assert seen["right"].size == 1


def test_left_vectors_fit_the_power_that_theory_names_and_no_other():
    """The overlap with the power that theory names is large, and that with a neighbouring one is not."""
    one = replace(get("one_step").quick, width=300, dim=200, samples=400, fresh=500)
    spikes = module._features(one)[0]
    assert [spike.order for spike in spikes] == [0, 1, 2]
    result = run(np.random.default_rng(4), get("one_step"), one, 6)
    mean, error = result.observed(POWER)
    for k, spike in enumerate(spikes):
        right, wrong = (spike.orders[j] ** 2 for j in (spike.order, spike.order + 1))
        assert mean[k] == pytest.approx(right, abs=max(0.03, 3 * error[k]))
        assert abs(mean[k] - wrong) > 10 * error[k]
    assert len(spikes[0].orders) == ORDERS


def test_a_linear_activation_has_features_of_rank_d_and_is_compared_above_zero():
    one = Parameters(**{**SMALL, "activation": "z", "alphas": (Fraction(1, 2),)})  # 160 of 240 values
    result = run(np.random.default_rng(1), get("one_step"), one, 8)
    assert module.points(one)[module.FEATURE_QUANTILE][1] == (0.02, 0.1, 0.25, 0.5)
    assert result.verdict == "agree", result.text


def test_exponents_reach_one_half_and_no_further():
    assert Parameters(alpha="1/2", alphas=(0.5, "0")).alphas == (Fraction(1, 2), Fraction(0))
    for value in (0.51, Fraction(-1, 8), 1):
        with pytest.raises(ValueError, match=r"alpha = .*outside \[0, 1/2\]"):
            Parameters(alpha=value)
    with pytest.raises(ValueError, match=r"alphas = .*outside \[0, 1/2\]"):
        Parameters(alphas=(0.2, 0.6))


def test_an_even_activation_is_refused_and_says_why():
    with pytest.raises(ValueError, match=r"activation = 'abs' has E σ'\(h\) = 0.*not even"):
        Parameters(activation="abs")


@pytest.mark.parametrize("field", ["noise", "scale"])
def test_what_no_float_squares_is_refused(field):
    with pytest.raises(ValueError, match=rf"{field} = 1e\+200 is not a finite number"):
        module.Parameters(**{field: 1e200})
