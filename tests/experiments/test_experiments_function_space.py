"""What is special to the experiment function_space."""

from dataclasses import replace

import numpy as np
import pytest

from rmt_spikes.experiments import function_space as one
from rmt_spikes.experiments import get
from theory.dyson.networks.kernel_features import KernelFeatures
from theory.step_neurons import COARSE, LargeStep

QUICK = get("function_space").quick


def test_he1_is_amplified_and_the_top_mode_takes_in_he2():
    predicted = one.predict(QUICK)
    assert predicted["amplification"] > 20
    before, after = predicted["overlap² of top before"], predicted["overlap² of top"]
    assert after[1] > 20 * before[1]
    assert predicted["eigenvalue after"][0] > predicted["top eigenvalue before"]


def test_amplification_is_selective_and_the_tail_keeps_its_place():
    predicted = one.predict(QUICK)
    before, after = predicted["bulk quantile before"], predicted["bulk quantile after"]
    assert np.all(np.abs(np.log(after / before)) < np.log(2))


def test_parameters_without_meaning_are_refused():
    with pytest.raises(ValueError, match="one step learns nothing"):
        one.Parameters(target="z**2 - 1")
    with pytest.raises(ValueError, match="'tanh' is unknown"):
        one.Parameters(activation="tanh")
    with pytest.raises(ValueError, match="plateau of linear functions"):
        one.Parameters(dim=100, fresh=150)
    with pytest.raises(ValueError, match="target = 3 is not text"):
        one.Parameters(target=3)


def test_a_step_too_small_to_be_seen_is_refused_by_the_prediction():
    with pytest.raises(ValueError, match="give a larger step"):
        one.predict(replace(QUICK, step=0.1))


def test_roles_are_told_by_he1():
    overlaps = np.array([[0.1, 0.8, 0.0], [0.9, 0.1, 0.0], [0.0, 0.1, 0.7], [0.0, 0.0, 0.0]])
    assert one.roles(np.array([3.0, 2.0, 1.0]), overlaps) == [1, 0, 2]


def test_the_features_as_an_expression_have_the_second_moment_of_the_kernel():
    """E‖F‖² = trace, whatever is cut: outliers, products and noise together."""
    law = LargeStep(QUICK.model, QUICK.step, QUICK.fresh, nodes=COARSE)
    features = KernelFeatures(law.kernel, QUICK.fresh, QUICK.width, 0, law.directions)
    bulk = features.law
    fractions = (np.arange(2000) + 0.5) / 2000
    mass = min(QUICK.fresh, QUICK.width) * np.mean(np.asarray(bulk.isf(fractions)) ** 2)
    low_rank = law.kernel.modes(0)[0].sum()
    assert mass + low_rank == pytest.approx(law.kernel.trace, rel=2e-3)
    assert mass > 0.02 * law.kernel.trace


def test_fewer_samples_than_the_theory_is_for_are_refused():
    with pytest.raises(ValueError, match="samples = 150 is not a whole number from 2 dim = 200 to"):
        one.Parameters(samples=150)
