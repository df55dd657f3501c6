"""Which functions are admitted, with which kinks and parity, and why others are not."""

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.functions import activation, function, parity, real_zeros
from theory.hermite import hermite_coefficients

ROOT2 = np.sqrt(2)
KINKS = {
    "tanh": (),
    "relu": (0.0,),
    "relu(3*z - 1)": (1 / 3,),
    "relu(z) + abs(z - 2)": (0.0, 2.0),
    "sign(z**2 - 2)": (-ROOT2, ROOT2),
    "abs(abs(z) - 1)": (-1.0, 0.0, 1.0),
    "abs(z**3 - z)": (-1.0, 0.0, 1.0),
    "abs(exp(z) - 2)": (np.log(2),),
    "heaviside(tanh(z) - 1/2)": (np.arctanh(0.5),),
    "abs(z)**(3/2)": (0.0,),
    "sqrt(z**2)": (0.0,),
    "((z - 1)**2)**0.5 + z": (1.0,),
    "(z**2 + 1)**0.5": (),
    "relu(z - 1000)": (1000.0,),
    "abs((z - 1/3)**2)": (1 / 3,),
    "sign(z - 1)*sign(z - 1)": (1.0,),
}


@pytest.mark.parametrize("text", KINKS)
def test_every_kink_is_found(text):
    found = function(text).kinks
    np.testing.assert_allclose(
        found, KINKS[text], atol=1e-5 if "**2)" in text and text.startswith("abs((") else 1e-12
    )


@given(st.lists(st.integers(-300, 300).map(lambda p: p / 70), min_size=1, max_size=4, unique=True))
@settings(max_examples=20, deadline=None)
def test_the_kinks_of_the_absolute_value_of_a_polynomial_are_its_roots(roots):
    # roots 1/70 apart or more; simple, so that each is a change of sign
    text = "*".join(f"(70*z - {round(70 * root)})" for root in roots)
    np.testing.assert_allclose(function(f"abs({text})").kinks, np.sort(roots), atol=1e-10)


PARITY = {
    "tanh": "odd", "sin(z)*cos(z)": "odd", "z*abs(z)": "odd", "sign(z)*exp(-z**2)": "odd", "atan(z**3)": "odd",
    "sinh(z)/cosh(z)**2": "odd", "softplus(z) - softplus(-z)": "odd", "sigmoid(z) - 1/2": "odd", "He(5, z)": "odd",
    "cos": "even", "abs": "even", "exp(-z**2)": "even", "sqrt(1 + z**2)": "even", "log(cosh(z))": "even",
    "softplus(z) - z/2": "even", "silu(z) - z/2": "even", "gelu(z) - z/2": "even", "7": "even", "sqrt(z**2)": "even",
    "relu": "none", "exp": "none", "tanh(z + 0.8)": "none", "softplus": "none", "z + z**2": "none", "gelu": "none",
}  # fmt: skip


@pytest.mark.parametrize("text", PARITY)
def test_parity_is_recognised_and_true(text):
    f, z = function(text), np.linspace(0.05, 3, 20)
    assert f.parity == PARITY[text]
    if f.parity != "none":
        np.testing.assert_allclose(f(-z), f(z) * (1 if f.parity == "even" else -1), rtol=1e-12, atol=1e-15)
    else:
        assert np.abs(np.abs(f(-z)) - np.abs(f(z))).max() > 0.01


DIFFERENTIABLE = ["tanh(z + 0.8)", "relu", "abs(z**2 - 2)", "softplus", "silu", "gelu", "z*sign(z)**2", "sqrt(z**2)"]
DIFFERENTIABLE += ["exp(z**2/5)", "log(1 + abs(z))", "2**z", "He(4, z)/24", "abs(z)**1.5", "sigmoid(5*z)", "atan"]


@pytest.mark.parametrize("text", DIFFERENTIABLE)
def test_the_derivative_is_a_central_difference(text):
    sigma, h = activation(text), 1e-6
    z = np.linspace(-3, 3, 37) + 0.0123
    np.testing.assert_allclose(sigma.derivative(z), (sigma(z + h) - sigma(z - h)) / (2 * h), rtol=2e-8, atol=2e-8)
    assert sigma.derivative.kinks == sigma.kinks


def test_values_keep_the_shape_and_are_float64():
    for text in ("tanh", "1/2 + 0*z", "relu"):
        f = function(text)
        for shape in ((), (3,), (2, 3)):
            value = f(np.ones(shape, dtype=np.float32))
            assert value.shape == shape
            assert value.dtype == np.float64


def test_tails_are_evaluated_without_overflow_or_warning():
    for name in ("softplus", "silu", "sigmoid", "tanh", "gelu"):
        f = activation(name)
        assert np.isfinite(f([-1e3, 1e3])).all()
        assert np.isfinite(f.derivative([-1e3, 1e3])).all()


def test_constants_beyond_64_bits_are_evaluated():
    np.testing.assert_allclose(function("tanh(10**20)*z")([0.5]), 0.5)
    np.testing.assert_allclose(function("log(1e25)*z")([1.0]), 25 * np.log(10), rtol=1e-15)


REFUSED = {
    "1/z": "not a finite real number at z = 0; it must be one",
    "1/(z - 1/3)": "not finite at z = 0.333333",
    "1/(z - pi)": "not finite at z = 3.14159",
    "1/(1000*z**2 - 2000*z/3 + 1000/9)": "not finite at z = 0.333333",
    "1/(z - 30)": "not finite at z = 30",
    "tan": "not finite at z = ",
    "1/sin(z)": "not a finite real number at z = 0",
    "log": "not a finite real number at many z from -20 to 0",
    "log(abs(z))": "at z = 0",
    "log(z**2 - 1)": "at many z from -1 to 1",
    "sqrt": "at many z from -20 to -0.0025",
    "z**(1/3)": "at many z from -20 to -0.0025",
    "exp(-1/z**2)": "not finite at z = 0",
    "(-3*z**2)**(1/3)": "not a finite real number at many z from -20 to -0.0025 and from 0.0025 to 20",
    "sqrt(1 - z**2)": "at many z from -20 to -1.0025 and from 1.0025 to 20; it must",
    "sqrt(sin(z))": "at many z from -20 to -18.85 and .* and at 3 more places up to 18.8475",
    "sqrt((z - 0.123456)**2 - 1e-10)": r"not a finite real number between z = 0.12344\d+ and 0.12346\d+; it must",
    "1/(z**2 - 2*z + 1 + 1e-14)": "not finite at z = 1, or so large that rounding decides",
    "log(abs(tanh(z) - 0.1))": "not finite at z = 0.100335",
    "1/abs(z - 1/3)": "not finite at z = 0.333333",
    "1/(z - 1)**2": "not a finite real number at z = 1;",
    "1/(z - 1/3)**2": "not finite at z = 0.333333",
    "log((z - pi)**2)": "not finite at z = 3.14159",
    "1/(z**4 - 4*pi*z**3 + 6*pi**2*z**2 - 4*pi**3*z + pi**4)": "not finite at z = 3.14",
    "1/(cosh(z - 1/3) - 1)": "not finite at z = 0.333333",
    "1/log(z**2 - 2*z/3 + 10/9)": "not finite at z = 0.333333",
    "exp(z**2/4)": "not square-integrable under the Gaussian: it grows like exp",
    "exp(z**2)": "not square-integrable",
    "exp(z**2*sin(pi*z)**2)": "not square-integrable",
    "cosh(z**2)": "not square-integrable|not a finite real number",
    "exp(exp(z))": "not a finite real number|not square-integrable",
    "heaviside(relu(z - 1))": r"kinks in \[-40, 40\]; at most 40 are handled",
    "sign(sin(100*z))": r"2547 kinks in \[-40, 40\]; at most 40 are handled",
}


@pytest.mark.parametrize("text", REFUSED)
def test_poles_unreal_values_and_heavy_growth_are_refused(text):
    with pytest.raises(ValueError, match=REFUSED[text]) as caught:
        function(text)
    assert "\n" not in str(caught.value)


FAST = {
    "1/cosh(2*z)": lambda z: 1 / mpmath.cosh(2 * z),
    "1/cosh(3*z)": lambda z: 1 / mpmath.cosh(3 * z),
    "log(cosh(2*z))": lambda z: mpmath.log(mpmath.cosh(2 * z)),
    "1/(1 + z**12)": lambda z: 1 / (1 + z**12),
    "log(1 + z**12)": lambda z: mpmath.log1p(z**12),
    "1/(1 + exp(z**2))": lambda z: 1 / (1 + mpmath.exp(z**2)),
    "log(1 + exp(z**2))": lambda z: mpmath.log1p(mpmath.exp(z**2)),
    "log(1 + exp(z**2/2))": lambda z: mpmath.log1p(mpmath.exp(z**2 / 2)),
    "log(3/2 + exp(z**2))": lambda z: mpmath.log(1.5 + mpmath.exp(z**2)),
    "1/(1 + exp(-5*z) + exp(5*z))": lambda z: 1 / (1 + 2 * mpmath.cosh(5 * z)),
}


@pytest.mark.parametrize("text", FAST)
def test_a_fast_positive_denominator_or_logarithm_has_no_zero_at_its_minimum(text):
    found = hermite_coefficients(text, 4)
    with mpmath.workdps(20):
        for k in (0, 2, 4):
            true = mpmath.quad(
                lambda z, k=k: FAST[text](z) * normal_hermite(k, z), [mpmath.mpf(j) / 2 for j in range(-26, 27)]
            )
            assert abs(found[k].value - float(true)) <= found[k].error_bound + 1e-15
            assert found[k].error_bound < 1e-9


def normal_hermite(k, z):
    """He_k(z) φ(z)/k!"""
    he = {0: 1, 2: z**2 - 1, 4: z**4 - 6 * z**2 + 3}[k]
    return he * mpmath.npdf(z) / mpmath.factorial(k)


@pytest.mark.parametrize("text", ["exp(0.2499*z**2)", "exp(30*z)"])
def test_growth_too_near_to_the_limit_is_refused_without_a_false_statement(text):
    with pytest.raises(
        ValueError, match=r"integrated numerically .* accepted is up to about exp\(0.2499 z²\)"
    ) as caught:
        function(text)
    assert "not square-integrable" not in str(caught.value)


@pytest.mark.parametrize("place", ["1/3", "pi", "-31.7"])
def test_a_double_zero_is_found_to_full_precision(place):
    x = float(sympy.sympify(place))
    for text in (f"sqrt((z - ({place}))**2)", f"abs(cosh(z - ({place})) - 1)"):
        np.testing.assert_allclose(function(text).kinks, [x], rtol=1e-12)


@pytest.mark.parametrize("text", ["exp(z**2/5)", "exp(0.249*z**2)", "z**20", "exp(5*z)", "sinh(z)**3"])
def test_square_integrable_growth_is_admitted(text):
    assert function(text).kinks == ()


@pytest.mark.parametrize("text", ["cos(exp(z**2/40))", "sign(sinh(z**2/2) - 1)", "exp(-cosh(z))"])
def test_fast_functions_that_stay_bounded_are_admitted_in_bounded_time(text):
    assert np.abs(function(text)(np.linspace(-5, 5, 11))).max() <= 1


NO_ACTIVATION = {
    "sign": "jumps at z = 0: its derivative vanishes almost everywhere",
    "heaviside(z - 2)": "jumps at z = 2",
    "z + sign(z**2 - 2)": "jumps at z = -1.41421",
    "3": "constant: no gradient step moves the weights",
    "z - z": "constant",
    "sqrt(abs(z))": "not a finite real number at z = 0.*this concerns the derivative",
    "sqrt(sqrt(z**2))": "this concerns the derivative",
}


@pytest.mark.parametrize("text", NO_ACTIVATION)
def test_an_activation_needs_a_derivative_a_gradient_step_can_see(text):
    function(text)  # a target may be all of these
    with pytest.raises(ValueError, match=NO_ACTIVATION[text]):
        activation(text)


def test_functions_are_cached_and_equal_by_definition():
    assert function("tanh(z + 1)") is function("tanh(z + 1)")
    assert hash(function("relu")) == hash(function("relu"))
    with pytest.raises(TypeError, match="must be text"):
        function(None)


def test_zeros_on_and_off_the_grid_are_found():
    expr = function("(z - 1/2)*(z - 1/3)*(z + pi)").expr
    np.testing.assert_allclose(sorted(real_zeros(expr)), [-np.pi, 1 / 3, 0.5], atol=1e-14)
    assert real_zeros(function("z**2 + 1/10").expr) == []


def test_parity_of_an_expression_needs_no_admission():
    assert parity(function("z").expr ** 3) == "odd"
