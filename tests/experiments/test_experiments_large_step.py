"""The step of size √N: what is special to it."""

from dataclasses import replace

import numpy as np
import pytest

from rmt_spikes.experiments import get, run
from rmt_spikes.experiments import large_step as module

SMALL = module.Parameters(width=250, dim=250, ratios=(0.5, 1.4, 3.0), ridge=0.1, step=3.0)


def test_isotropic_rows_are_refuted_by_the_trials_that_agree_with_the_rows_of_the_step():
    result = run(np.random.default_rng(1), get("large_step"), SMALL, 40)
    mean, error = result.observed(module.TEST)
    _, isotropic, _ = module._theory(SMALL, published=True)
    assert result.verdict == "agree", result.text
    assert (np.abs(mean - isotropic) > 4 * error).all()


def test_a_falling_activation_turns_the_overlap_round():
    rising, falling = (module.predict(replace(SMALL, activation=text)) for text in ("tanh", "-tanh(z)"))
    assert falling[module.OVERLAP] == pytest.approx(-rising[module.OVERLAP])
    np.testing.assert_allclose(falling[module.TEST], rising[module.TEST])


def test_that_rows_differ_in_length_is_said_where_it_matters():
    few = replace(SMALL, width=60, dim=60)
    for text, said in (("tanh", False), ("softplus", True)):
        result = run(np.random.default_rng(0), get("large_step"), replace(few, activation=text), 2)
        assert ("not odd" in result.text) == said


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"activation": "abs"}, "no spike; take one with a linear part"),
        ({"target": "0"}, "nothing to learn"),
        ({"ridge": 0.0}, "ridge = 0.0 is not a finite number from 10\\^-4 to 10\\^4"),
        ({"step": 21.0}, "step = 21.0 is not a finite number above 0 and at most 20"),
        ({"ratios": (1.0, 0.01)}, "ratios = 0.01 is not a finite number from 0.05 to 100"),
    ],
)
def test_what_the_theory_cannot_do_is_refused(fields, words):
    with pytest.raises(ValueError, match=words):
        module.Parameters(**fields)
