"""The batch-reuse index, its condition and its weight, against mpmath and against the response it expands."""

import mpmath
import numpy as np
import pytest
from exponent_reference import TARGETS, mean
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.batch_reuse import INFINITE, batch_reuse_index, reuse_condition
from theory.functions import activation, function
from theory.generative import generative_exponent
from theory.powers import moment_with_z
from theory.reuse_weight import reuse_weight

KNOWN = {"He(2, z) + He(3, z)": 1, "He(3, z)": 2, "z": 2, "relu": 1, "tanh": 2, "sign": 2, "exp(z)": 1}
INFINITES = ["He(2, z)", "He(4, z)", "cos", "abs", "z**2*exp(-z**2)", "2", "sign(z*(z**2 - 2*log(2)))"]


@pytest.mark.parametrize("text", KNOWN)
def test_known_indices_are_certified(text):
    found = batch_reuse_index(text)
    assert found.value == KNOWN[text]
    assert found.certified
    assert found.moment.nonzero


@pytest.mark.parametrize("text", INFINITES)
@pytest.mark.parametrize("noise", [0, 0.3])
def test_targets_without_a_linear_trace_have_none(text, noise):
    found = batch_reuse_index(text, noise)
    assert (found.value, found.remark, found.certified) == (None, INFINITE, True)


@pytest.mark.parametrize("text", ["relu", "tanh", "gelu", "softplus(z) - z/2", "sign", "He(3, z)"])
@pytest.mark.parametrize("p", [2, 3, 5])
def test_moments_are_confirmed_at_forty_digits(text, p):
    f, breaks = TARGETS[text]
    found = moment_with_z(function(text), p)
    assert abs(mean(lambda z: z * f(z) ** p, breaks) - found.value) <= found.bound + 1e-32


@pytest.mark.parametrize("text", ["He(3, z)", "tanh", "He(2, z) + He(3, z)"])
def test_noise_enters_as_an_expectation_over_the_label(text):
    """E[z (f + ε)^m] by a five-node Gauss rule in ε, exact for m ≤ 9."""
    found = batch_reuse_index(text, "0.7")
    e, w = np.polynomial.hermite_e.hermegauss(5)
    f, m = TARGETS.get(text, (lambda z: z**3 + z**2 - 3 * z - 1, ()))[0], found.value + 1
    direct = sum(wi / w.sum() * mean(lambda z, ei=ei: z * (f(z) + mpmath.mpf(0.7 * ei)) ** m)
                 for ei, wi in zip(e, w, strict=True))  # fmt: skip
    assert abs(direct - found.moment.value) < 1e-12 * abs(found.moment.value)


def test_noise_can_move_the_index():
    """f = z³ − 6z + He_2: E[z f] = −3, E[z f²] = 0, E[z f³] = 81, so E[z y³] = 81 − 9 σ² vanishes at σ = 3."""
    text = "z**3 - 6*z + He(2, z)"
    clean, noisy = batch_reuse_index(text), batch_reuse_index(text, 3)
    assert (clean.value, clean.moment.exact) == (2, "81")
    assert noisy.value > 2
    assert noisy.certified
    assert [zero.reason for zero in noisy.zeros] == ["exact algebra"] * (noisy.value - 1)
    assert batch_reuse_index(text, "2.9999").value == 2
    assert moment_with_z(function(text), 1).exact == -3


def test_moments_that_do_not_exist_are_said_to():
    found = batch_reuse_index("exp(z**2/5)*z")
    assert found.value is None
    assert not found.certified
    assert "E|y|^3 is infinite" in found.remark


def test_the_condition_is_exact_where_floats_fail():
    """0.45/(0.5 − 0.35) is 2.9999999999999996 in floats."""
    J = batch_reuse_index("He(3, z)")
    assert reuse_condition(J, 0.4, 0.2).holds
    assert not reuse_condition(J, 0.4, "0.1999").holds
    assert reuse_condition(J, 0.35, 0.45).floor == 3
    assert reuse_condition(J, 0.35, 0.45).text == "α2 ≥ 2 (1/2 − α1)"
    assert reuse_condition(batch_reuse_index("cos"), 0.45, 0.45).holds is False
    assert reuse_condition(batch_reuse_index("exp(z**2/5)*z"), 0.45, 0.45).holds is None


@pytest.mark.parametrize("noise", [-1, "nan", "inf", "x", True, "1/0", None])
def test_bad_noise_is_refused(noise):
    with pytest.raises(ValueError, match="finite standard deviation"):
        batch_reuse_index("z", noise)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=2, max_size=4), st.integers(1, 3))
def test_a_polynomial_has_a_finite_index_iff_it_is_not_even(coefficients, lead):
    text = " + ".join(f"({c})*z**{n}" for n, c in enumerate([*coefficients, lead]))
    found = batch_reuse_index(text)
    assert (found.value is None) == (generative_exponent(text).value == 2)
    assert found.certified


@pytest.mark.parametrize("sigma", ["tanh(z + 4/5)", "softplus", "gelu", "sqrt(e)*(sin(z) + cos(z)) - 1", "z + z**2"])
@pytest.mark.parametrize("J", [1, 2, 3])
def test_the_weight_is_the_taylor_coefficient_of_the_response(sigma, J):
    """s ↦ E σ'(h + s σ'(h)) by the trapezoidal rule; its J-th derivative at 0 from Chebyshev interpolation."""
    slope = activation(sigma).derivative
    h = np.linspace(-12, 12, 1601)
    w = np.exp(-(h**2) / 2) / np.exp(-(h**2) / 2).sum()
    radius = 0.25
    nodes = radius * np.cos(np.pi * (np.arange(24) + 0.5) / 24)
    values = [w @ slope(h + s * slope(h)) for s in nodes]
    series = np.polynomial.Chebyshev.fit(nodes, values, 16, domain=[-radius, radius])
    expected = series.deriv(J)(0) / [1, 1, 2, 6][J]
    found = reuse_weight(sigma, J)
    assert abs(found.weight.value - expected) < 1e-7
    assert found.vanishes == (abs(expected) < 1e-7)


def test_parity_kills_weights_and_a_kink_leaves_them_undefined():
    assert reuse_weight("tanh", 1).reason == "parity"
    assert reuse_weight("tanh", 2).vanishes is False
    assert reuse_weight("z**2", 2).reason == "parity"
    assert reuse_weight("z + z**2", 2).reason == "exact algebra"
    undefined = reuse_weight("relu", 1)
    assert (undefined.weight, undefined.vanishes) == (None, None)
    assert "kink at z = 0" in undefined.reason


def test_the_benchmark_activation_has_the_weight_of_the_notes():
    """E[σ'σ''] = −1/e."""
    assert reuse_weight("sqrt(e)*(sin(z) + cos(z)) - 1", 1).weight.exact == "-exp(-1)"
