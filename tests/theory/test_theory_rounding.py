"""The rounding of a target's values bounds what a transformation of its label can prove."""

import numpy as np
import pytest

from theory.functions import function
from theory.rounding import rounding
from theory.witnesses import best_witness


@pytest.mark.parametrize("text", ["tanh(z) - sinh(z)/cosh(z)", "1/(1 + exp(z)) + tanh(z/2)/2"])
def test_a_wave_as_fast_as_the_rounding_is_no_witness(text):
    assert best_witness(function(text), 2)[0] is None


def test_cancellation_is_seen_and_a_plain_function_is_exact_to_its_last_places():
    plain, cancelled = rounding(function("tanh")), rounding(function("(1 + tanh(z)/10**6) - 1"))
    assert plain.error.max() < 1e-15
    assert rounding(function("cosh(z) - sinh(z)")).error.max() > 1e-9
    assert not plain.constant
    assert not cancelled.constant
    assert plain.mean(np.ones_like(plain.z)) < 1e-15


def test_what_differs_in_the_thirtieth_digit_is_not_constant():
    assert not rounding(function("1 + tanh(z)/10**15/10**14")).constant
