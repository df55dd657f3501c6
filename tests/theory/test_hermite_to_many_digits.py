"""Coefficients to any number of digits: against an independent witness, two precisions, honest zeros, refusals."""

import mpmath
import pytest
from hermite_witness import coefficients
from mpmath import mpf

from theory.functions import function
from theory.hermite import hermite_coefficients
from theory.hermite_precision import hermite_digits
from theory.kinks import exact_kinks

ROOT2 = "1.41421356237309504880168872420969807856967187537694807317667973799073"
ATANH_HALF = "0.549306144334054845697622618461252852323745278911374725867347166818747146609304483436807877"
BY_QUADRATURE = {
    "tanh": (mpmath.tanh, ()),
    "softplus(z - 1/3)": (lambda z: mpmath.log(1 + mpmath.exp(z - mpf(1) / 3)), ()),
    "sign(z**2 - 2)*tanh(z + 1)": (lambda z: mpmath.sign(z * z - 2) * mpmath.tanh(z + 1), ("-" + ROOT2, ROOT2)),
    "abs(tanh(z) - 1/2)": (lambda z: abs(mpmath.tanh(z) - mpf(1) / 2), (ATANH_HALF,)),
}


@pytest.mark.parametrize("text", BY_QUADRATURE)
def test_fifty_digits_are_those_of_the_witness(text):
    f, kinks = BY_QUADRATURE[text]
    with mpmath.workdps(65):
        kinks = [mpf(x) for x in kinks]
    expected = coefficients(f, kinks, 6, 55, reach=17)
    for found, value in zip(hermite_digits(text, 6, 50), expected, strict=True):
        with mpmath.workdps(70):
            assert abs(found.value - value) <= found.error + mpf(10) ** -53
        assert found.exact == 0 or found.digits >= 50


def test_a_hundred_digits_begin_with_the_fifty():
    for long, short in zip(
        hermite_digits("tanh(z + 1/2)", 3, 100), hermite_digits("tanh(z + 1/2)", 3, 50), strict=True
    ):
        assert long.digits >= 100
        with mpmath.workdps(110):
            assert abs(long.value - short.value) <= long.error + short.error


def test_digits_of_a_closed_form_are_those_of_mpmath():
    with mpmath.workdps(220):
        expected = mpmath.nstr(1 / mpmath.sqrt(2 * mpmath.pi), 200, strip_zeros=False)
    assert hermite_digits("relu", 0, 200)[0].text(200) == expected


def test_doubles_lie_within_their_bounds_of_the_digits():
    for text in ("tanh(z + 1/2)", "abs(sin(z))", "sqrt(1 + z**2)"):
        for double, long in zip(hermite_coefficients(text, 8), hermite_digits(text, 8, 25), strict=True):
            assert abs(double.value - long.value) <= double.error_bound + long.error


def test_a_coefficient_that_cannot_be_told_from_zero_says_so():
    # 1/(1 + e^z) + tanh(z/2)/2 is 1/2, which no algebra of ours sees
    found = hermite_digits("1/(1 + exp(z)) + tanh(z/2)/2", 2, 20)
    assert found[0].digits >= 20
    assert found[1].exact is None
    assert found[1].digits == 0
    assert found[1].text(20).startswith("0 ± ")
    assert found[1].error > 0


def test_exact_zeros_are_plain_zeros():
    assert [c.text(30) for c in hermite_digits("tanh", 2, 30)][::2] == ["0", "0"]


def test_kinks_are_known_to_the_precision_asked_for():
    with mpmath.workdps(90):
        kink = exact_kinks(function("abs(exp(z) - 2)"), 80)[0]
        assert abs(kink - mpmath.log(2)) < mpf(10) ** -80
        touching = exact_kinks(function("sqrt(1 - cos(z))"), 60)
        assert min(abs(x - 2 * mpmath.pi) for x in touching) < mpf(10) ** -55


@pytest.mark.parametrize(
    ("text", "digits", "message"),
    [
        ("tanh", 400, "goes to 300 digits"),
        ("tanh", 0, "whole number from 1"),
        ("tanh", 2.5, "whole number from 1"),
        ("1/(z**2 + 0.0001)", 40, "ask for fewer digits"),
        ("log(z)", 20, "not a finite real number at many z from -20 to"),
        ("exp(z**2/2)", 20, "not square-integrable"),
    ],
)
def test_what_is_out_of_reach_is_refused(text, digits, message):
    with pytest.raises(ValueError, match=message):
        hermite_digits(text, 4, digits)


@pytest.mark.parametrize("text", ["relu", "tanh", "exp(z/2)"])
@pytest.mark.parametrize("digits", [1, 2, 5])
def test_the_error_shown_is_that_of_the_digits_shown(text, digits):
    for c, long in zip(hermite_digits(text, 4, digits), hermite_digits(text, 4, 40), strict=True):
        with mpmath.workdps(50):
            shown = mpf(c.text(digits)) if c.digits else mpf(0)
            assert abs(shown - long.value) <= c.shown_error(digits) + long.error
