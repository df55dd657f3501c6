"""The k-th coefficient as an expression in k agrees with each coefficient; Parseval's remainder."""

import math

import mpmath
import pytest
import sympy
from hermite_witness import coefficients

from theory.hermite import hermite_coefficients
from theory.hermite_symbolic import K, kth_coefficient
from theory.parseval import parseval_remainder

KNOWN = [
    "relu", "relu(z - 1/3)", "relu(z)**3", "relu(z) - 0.1*relu(-z)", "sign", "sign(2*z + 1)", "sign(z**2 - 2)", "abs",
    "heaviside", "heaviside(z - 1/2)", "relu(z - 1)*relu(2 - z)", "z**3 - z", "exp(2*z)", "exp(z/3 - 1)", "erf",
    "erf(2*z - 1)", "gelu", "sin(3*z)", "cos(z/2 + 1)", "z*sin(z)", "cos(z)**2", "exp(z)*sin(z)", "exp(-z**2)",
    "z*exp(-z**2 + z)", "exp(z**2/8)",
]  # fmt: skip


@pytest.mark.parametrize("text", KNOWN)
def test_the_general_coefficient_holds_for_each_k(text):
    general = kth_coefficient(text)
    for c in hermite_coefficients(text, 20):
        gap = (general.subs(K, c.k) - c.exact).evalf(30, maxn=60)
        assert abs(gap) <= 1e-25 * (1 + abs(c.value)), c.k


def test_the_general_coefficient_is_a_short_formula():
    assert kth_coefficient("exp(2*z)") == 2**K * sympy.exp(2) / sympy.factorial(K)
    assert kth_coefficient("relu").free_symbols == {K}


@pytest.mark.parametrize("text", ["tanh", "exp(-abs(z))", "sign(z)*exp(z)", "sign(z**3 - 3*z + 1)"])
def test_no_formula_is_made_up(text):
    with pytest.raises(ValueError, match="no closed form in k is known"):
        kth_coefficient(text)


@pytest.mark.parametrize("text", ["relu", "gelu", "exp(z/2)", "abs(z**2 - 2)", "z**3 - z", "tanh", "abs(sin(z))"])
def test_the_remainder_falls_by_each_term(text):
    terms = [c.orthonormal**2 for c in hermite_coefficients(text, 8)]
    left = [parseval_remainder(text, k) for k in range(9)]
    for k in range(8):
        assert left[k].value - left[k + 1].value == pytest.approx(terms[k + 1], abs=1e-12)
        assert left[k].value >= 0


def test_the_remainder_of_a_polynomial_is_exactly_zero():
    assert parseval_remainder("z**3 - z", 3).exact == 0
    assert parseval_remainder("z**3 - z", 2).exact == 6


@pytest.mark.parametrize("text", ["relu", "tanh", "erf(2*z - 1)"])
def test_the_remainder_is_the_rest_of_the_sum(text):
    far = hermite_coefficients(text, 60)
    rest = math.fsum(far[k].orthonormal ** 2 for k in range(11, 61))
    found, beyond = parseval_remainder(text, 10), parseval_remainder(text, 60)
    assert rest + beyond.value == pytest.approx(found.value, abs=found.error_bound + beyond.error_bound + 1e-12)
    assert rest <= found.value + found.error_bound


def test_the_second_moment_is_the_integral():
    for text, f, kinks in [("tanh", mpmath.tanh, ()), ("relu", lambda z: max(z, mpmath.mpf(0)), (0,))]:
        found = parseval_remainder(text, 2)
        assert found.second_moment == pytest.approx(float(coefficients(lambda z, f=f: f(z) ** 2, kinks, 0, 20)[0]))
    assert parseval_remainder("relu", 2).second_moment_exact == sympy.Rational(1, 2)
