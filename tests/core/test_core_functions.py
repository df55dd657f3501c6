"""The built-in functions: values, derivatives, stability, and what is refused."""

import numba
import numpy as np
import pytest
from core_reference import REFERENCE

from rmt_spikes.functions import Activation, apply, check, resolve
from rmt_spikes.names import ACTIVATIONS, TARGETS

POINTS = np.linspace(-6, 6, 41) + 0.013


def values(function, z):
    return np.array([function(x) for x in z])


def test_the_reference_covers_every_built_in_activation():
    assert set(REFERENCE) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_value_and_derivative_equal_the_scipy_ones(name):
    sigma, (value, derivative) = resolve(name), REFERENCE[name]
    np.testing.assert_allclose(values(sigma.value, POINTS), value(POINTS), rtol=2e-12, atol=1e-300)
    np.testing.assert_allclose(values(sigma.derivative, POINTS), derivative(POINTS), rtol=1e-11, atol=1e-16)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivative_is_the_central_difference_of_the_value(name):
    sigma, h = resolve(name), 1e-5
    slope = (values(sigma.value, POINTS + h) - values(sigma.value, POINTS - h)) / (2 * h)
    np.testing.assert_allclose(values(sigma.derivative, POINTS), slope, atol=1e-8)


LIMITS = {  # value at -1000 and 1000, derivative at -1000 and 1000
    "relu": (0, 1000, 0, 1),
    "tanh": (-1, 1, 0, 0),
    "erf": (-1, 1, 0, 0),
    "softplus": (0, 1000, 0, 1),
    "sigmoid": (0, 1, 0, 0),
    "gelu": (0, 1000, 0, 1),
    "silu": (0, 1000, 0, 1),
    "abs": (1000, 1000, -1, 1),
    "z": (-1000, 1000, 1, 1),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_large_arguments_give_the_limits_without_overflow(name):
    sigma = resolve(name)
    found = [f(z) for f in (sigma.value, sigma.derivative) for z in (-1000.0, 1000.0)]
    assert found == list(LIMITS[name])


@pytest.mark.parametrize("name", ["softplus", "sigmoid", "silu", "gelu"])
def test_left_tails_keep_their_relative_accuracy(name):
    from mpmath import erfc, exp, log1p, mp, sqrt

    z = -30.0
    with mp.workdps(40):
        exact = {
            "softplus": log1p(exp(z)),
            "sigmoid": 1 / (1 + exp(-z)),
            "silu": z / (1 + exp(-z)),
            "gelu": z * erfc(-z / sqrt(mp.mpf(2))) / 2,
        }
    assert resolve(name).value(z) == pytest.approx(float(exact[name]), rel=1e-12)


def test_derivatives_at_the_kinks_are_zero():
    assert resolve("relu").derivative(0.0) == 0
    assert resolve("abs").derivative(0.0) == 0


@pytest.mark.parametrize("name", TARGETS)
def test_a_nan_is_passed_on(name):
    assert np.isnan(resolve(name, "target").value(np.nan))


def test_sign_is_a_target_only():
    np.testing.assert_array_equal(apply("sign", [-2.0, 0.0, 3.0]), [-1, 0, 1])
    assert resolve("sign", "target").derivative is None
    with pytest.raises(ValueError, match="derivative that vanishes almost everywhere"):
        resolve("sign")


def test_an_activation_passes_through_resolve():
    sigma = Activation(numba.njit(lambda z: z), numba.njit(lambda z: 1.0))
    assert resolve(sigma) is sigma


def test_plain_python_functions_are_refused():
    with pytest.raises(TypeError, match=r"Activation value = .* is not compiled: decorate it with numba.njit"):
        Activation(np.tanh, None)
    with pytest.raises(TypeError, match=r"Activation derivative = .* decorate it with numba.njit"):
        Activation(numba.njit(lambda z: z), lambda z: 1.0)
    with pytest.raises(TypeError, match="Activation value = None"):
        Activation(None, None)


def test_an_unknown_role_is_refused():
    with pytest.raises(ValueError, match="role = 'loss' is unknown: give one of activation, target"):
        check("tanh", "loss")


def test_an_object_is_refused_where_text_is_wanted():
    with pytest.raises(TypeError, match=r"target = None is not text: give a name .* or a formula in z"):
        check(None, "target")
