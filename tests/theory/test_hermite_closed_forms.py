"""Exact Hermite coefficients against a witness that shares no code, at 50 digits."""

import time

import mpmath
import pytest
import sympy
from hermite_witness import coefficients
from mpmath import cos, erf, exp, fabs, mpf, sign, sin, sqrt

from theory.functions import function
from theory.hermite import hermite_coefficients
from theory.hermite_exact import exact_moments
from theory.pieces import one_sign_at_a_time, sign_changes

DEGREE, DIGITS = 8, 50


def relu(u):
    return max(u, mpf(0))


def roots(*polynomial):
    with mpmath.workdps(80):
        return [mpmath.re(x) for x in mpmath.polyroots(polynomial, maxsteps=200, extraprec=200) if not mpmath.im(x)]


CATALOGUE = {
    "3*z**5 - z/2 + 1": (lambda z: 3 * z**5 - z / 2 + 1, ()),
    "relu": (relu, (0,)),
    "relu(2*z - 1)**3": (lambda z: relu(2 * z - 1) ** 3, (0.5,)),
    "relu(z) - 0.1*relu(-z)": (lambda z: relu(z) - relu(-z) / 10, (0,)),
    "sign(z - 1/4)": (lambda z: sign(z - mpf(1) / 4), (0.25,)),
    "abs(z)*z**2": (lambda z: fabs(z) ** 3, (0,)),
    "heaviside(1 - 2*z)": (lambda z: mpf(z < 0.5), (0.5,)),
    "exp(z/3 - 1)": (lambda z: exp(z / 3 - 1), ()),
    "z*sin(2*z + 1)": (lambda z: z * sin(2 * z + 1), ()),
    "cos(z)**3": (lambda z: cos(z) ** 3, ()),
    "sin(z)*cos(2*z)": (lambda z: sin(z) * cos(2 * z), ()),
    "erf(2*z - 1)": (lambda z: erf(2 * z - 1), ()),
    "gelu": (lambda z: z * (1 + erf(z / sqrt(2))) / 2, ()),
    "gelu(z)**2": (lambda z: (z * (1 + erf(z / sqrt(2))) / 2) ** 2, ()),
    "(z**3 + 1)*exp(-z**2 + z)": (lambda z: (z**3 + 1) * exp(-z * z + z), ()),
    "exp(z**2/8)": (lambda z: exp(z * z / 8), ()),
    "exp(z/2)*sin(2*z + 1)": (lambda z: exp(z / 2) * sin(2 * z + 1), ()),
    "exp(-z**2)*cos(z - 1)": (lambda z: exp(-z * z) * cos(z - 1), ()),
    "sign(z - 1)*exp(z/3)": (lambda z: sign(z - 1) * exp(z / 3), (1,)),
    "relu(2*z - 1)*exp(-z**2)": (lambda z: relu(2 * z - 1) * exp(-z * z), (0.5,)),
    "abs(z)*cos(z) + sign(z)*sin(3*z)": (lambda z: fabs(z) * cos(z) + sign(z) * sin(3 * z), (0,)),
    "erf(z - 1)*exp(z/2)": (lambda z: erf(z - 1) * exp(z / 2), ()),
    "z*erf(z)*exp(-z**2/3)": (lambda z: z * erf(z) * exp(-z * z / 3), ()),
    "erf(z)*erf(2*z)": (lambda z: erf(z) * erf(2 * z), ()),
    "sign(z)*erf(2*z)": (lambda z: sign(z) * erf(2 * z), (0,)),
    "erf(z)*sin(z)": (lambda z: erf(z) * sin(z), ()),
    "relu(z + 1)*sign(z - 1)": (lambda z: relu(z + 1) * sign(z - 1), (-1, 1)),
    "relu(z - 1)*relu(2 - z)": (lambda z: relu(z - 1) * relu(2 - z), (1, 2)),
    "sign(z**2 - 1)": (lambda z: sign(z * z - 1), (-1, 1)),
    "abs(z**2 - 2)": (lambda z: fabs(z * z - 2), roots(1, 0, -2)),
    "relu(abs(z) - 1)": (lambda z: relu(fabs(z) - 1), (-1, 0, 1)),
    "exp(-abs(z))": (lambda z: exp(-fabs(z)), (0,)),
    "sign(z**3 - 3*z + 1)": (lambda z: sign(z**3 - 3 * z + 1), roots(1, 0, -3, 1)),
    "abs(z**5 - 3*z + 1)": (lambda z: fabs(z**5 - 3 * z + 1), roots(1, 0, 0, 0, -3, 1)),
}


@pytest.mark.parametrize("text", CATALOGUE)
def test_the_closed_form_is_the_integral_to_fifty_digits(text):
    f, kinks = CATALOGUE[text]
    exact = [c.exact for c in hermite_coefficients(text, DEGREE)]
    assert None not in exact
    for value, expected in zip(exact, coefficients(f, kinks, DEGREE, DIGITS), strict=True):
        with mpmath.workdps(DIGITS + 10):
            assert abs(mpmath.mpf(str(value.evalf(DIGITS + 5, maxn=300))) - expected) < mpf(10) ** -DIGITS * 10


@pytest.mark.parametrize("wrong", [lambda z: relu(z - mpf(10) ** -9), lambda z: relu(z) * (1 + mpf(10) ** -40)])
def test_the_witness_would_notice_a_small_error(wrong):
    kinks = (mpf(10) ** -9,) if wrong(mpf(1)) < 1 else (0,)
    exact = [c.exact for c in hermite_coefficients("relu", DEGREE)]
    found = coefficients(wrong, kinks, DEGREE, DIGITS)
    with mpmath.workdps(DIGITS + 10):
        gaps = [abs(mpmath.mpf(str(e.evalf(60))) - c) for e, c in zip(exact, found, strict=True)]
    assert max(gaps) > mpf(10) ** -(DIGITS - 5)


@pytest.mark.parametrize("text", CATALOGUE)
def test_a_table_to_degree_twenty_takes_less_than_a_second(text):
    hermite_coefficients(text, 2)
    start = time.process_time()
    hermite_coefficients(text, 20)
    limit = 1.0 if "z**5 - 3" not in text else 4.0  # three roots without a formula
    assert time.process_time() - start < limit


@pytest.mark.parametrize(
    "text", ["tanh", "sign(sin(z))", "sqrt(1 + z**2)", "sign(z - 1)*erf(z)", "sign(z - 1)*sin(z)"]
)
def test_what_has_no_closed_form_is_not_given_one(text):
    assert any(c.exact is None for c in hermite_coefficients(text, 4))
    assert all(c.error_bound > 0 for c in hermite_coefficients(text, 4) if c.exact is None)


def test_zero_is_exact_where_the_pieces_cancel():
    assert [c.exact for c in hermite_coefficients("relu(z) - relu(-z) - z", 5)] == [0] * 6
    assert hermite_coefficients("sign(z)**2 + sign(z - 1)**4", 3)[0].exact == 2


def test_roots_of_even_multiplicity_are_no_jumps():
    z = sympy.Symbol("z", real=True)
    assert sign_changes((z - 1) ** 2 * (z + 2)) == (-2,)
    assert one_sign_at_a_time(function("sign(z**2 + 1)").expr) == [(None, 1)]


def test_a_jump_at_the_end_of_a_nearly_empty_piece_is_kept():
    near = exact_moments(function("sign(z - 1)*sign(z - 1.0000000001)").expr, 2)
    assert near[0] != 1
    assert abs(float(near[0].evalf(20)) - 1) < 1e-9
