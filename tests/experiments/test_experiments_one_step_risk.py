"""What is special to one_step_risk."""

from dataclasses import replace

import numpy as np
import pytest

from rmt_spikes.experiments.one_step_risk import AFTER, BEFORE, DROP, KERNEL, Parameters, predict
from theory.kernel_bounds import beyond_linear
from theory.model import Model


def test_before_the_step_no_error_is_below_the_bound_and_after_a_large_one_it_is():
    p = Parameters(samples=6144, alphas=(0.5,), ratios=(2.0, 6.0))
    found, bound = predict(p), beyond_linear(Model.of(p.problem()))
    assert found[BEFORE].min() > bound
    assert found[KERNEL].min() > bound
    assert found[AFTER][-1] < 0.9 * bound


def test_the_drop_grows_with_the_step_from_nothing():
    found = predict(Parameters(alphas=(0.0, 0.25, 0.5), ratios=(2.0,)))[DROP]
    assert np.all(np.diff(found) > 0)
    tiny = predict(Parameters(alphas=(0.0,), scale=1e-6, ratios=(2.0,)))
    assert tiny[DROP] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("activation", "target"), [("erf", "erf"), ("tanh", "relu"), ("tanh", "softplus")])
def test_the_published_settings_are_accepted(activation, target):
    p = Parameters(activation=activation, target=target, alphas=(0.0, 0.5), ratios=(2.0,))
    assert p.dim == 512
    assert np.isfinite(predict(p)[AFTER]).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"alphas": (0.2, 0.6)}, r"alphas = 0\.6 is not a finite number from 0 to 1/2"),
        ({"ratios": (0.0,)}, r"ratios = 0\.0 is not a finite number from 0\.05 to 20"),
        ({"ridge": 0.0}, r"ridge = 0\.0 is not a finite number from 1e-4 to 100"),
        ({"scale": -1.0}, r"scale = -1\.0 is not a finite number above 0"),
        ({"width": 8}, r"width"),
        ({"noise": -0.1}, r"noise"),
        ({"activation": "sign"}, r"activation = 'sign'"),
    ],
)
def test_what_is_out_of_range_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        replace(Parameters(), **changes)
