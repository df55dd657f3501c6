"""What is special to random features: the claims of the paper, the split, and refused parameters."""

from dataclasses import replace

import numpy as np
import pytest

from rmt_spikes.experiments import get
from rmt_spikes.experiments.random_features_sgd import Parameters, _centred, _population_descent, curves, simulate

SMALL = Parameters(dim=40, samples=100, ratios=(0.5,))


def test_the_bias_falls_and_only_the_least_norm_has_a_peak():
    ratios = np.array([0.3, 0.6, 0.8, 0.95, 1.05, 1.2, 1.5, 2.5])
    found = curves(Parameters(), ratios)
    for method in ("ridgeless", "SGD"):
        assert (np.diff(found[f"{method} bias²"]) < 1e-12).all()
    assert found["ridgeless error"].argmax() in (3, 4)
    assert found["ridgeless noise variance"].argmax() in (3, 4)
    for key in ("ridge error", "SGD error", "decaying SGD error", "population error"):
        assert (np.diff(found[key]) < 0).all(), key


def test_bias_and_variance_of_a_trial_are_its_error():
    draw = simulate(np.random.default_rng(0), SMALL)
    for method in ("ridgeless", "SGD"):
        total = draw[f"{method} bias²"] + draw[f"{method} variance"]
        np.testing.assert_allclose(total, draw[f"{method} error"], rtol=1e-10)


def test_the_population_gradient_is_the_mean_over_samples():
    """A step from 0 is E φ y, the next takes Σ off: against Monte Carlo, with 5 % too much as negative control."""

    def off(found, expected):
        return np.linalg.norm(found - expected) / np.linalg.norm(expected)

    rng = np.random.default_rng(1)
    problem = replace(SMALL, activation="relu", target="z + He(3, z)/3")
    W = rng.standard_normal((50, 40))
    W /= np.linalg.norm(W, axis=1)[:, None]
    one = _population_descent(problem, W, np.array([1.0]))
    two = _population_descent(problem, W, np.array([1.0, 1.0])) * 2 - 2 * one  # b − Σb
    x = rng.standard_normal((400_000, 40))
    phi = _centred("relu", x @ W.T) / np.sqrt(50)
    y = _centred(problem.target, x[:, :16])
    assert off(one, phi.T @ y / len(x)) < 0.03
    curved = phi.T @ (phi @ one) / len(x)
    assert off(one - two, curved) < 0.01
    assert off(one - two, 1.05 * curved) > 0.04


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"ratios": (1.05,)}, "ratios = 1.05 is not a finite number from 0.01 to 100 and at least 0.1 away from 1"),
        ({"ratios": (0.05,)}, r"ratios = 0.05 of samples = 500 is less than 32 features"),
        ({"activation": "z"}, "activation = 'z' is linear"),
        ({"activation": "0*z + 1"}, "activation = .* or constant"),
        ({"step": 2.0}, "step = 2.0 is not a finite number above 0 and at most 1.5"),
        ({"decay": 1.0}, "decay = 1.0"),
        ({"penalty": 0.0}, "penalty = 0.0"),
        ({"dim": 10}, "dim = 10"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        replace(get("random_features_sgd").parameters(), **changed)
