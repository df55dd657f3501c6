"""Generative exponents: theorems for polynomials, witnesses re-evaluated by mpmath, hidden orders."""

import mpmath
import numpy as np
import pytest
import sympy
from exponent_reference import TARGETS, He, mean
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.functions import function
from theory.generative import generative_exponent
from theory.information import certified_information_exponent
from theory.level_sets import superlevel_moment
from theory.quadrature import fine_normal_rule
from theory.witnesses import best_witness

KNOWN = {
    "relu": 1, "gelu": 1, "tanh": 1, "sign": 1, "abs": 2, "cos": 2, "z**2*exp(-z**2)": 4, "He(3, z)": 1,
    "softplus(z) - z/2": 2,
}  # fmt: skip


@pytest.mark.parametrize("k", range(1, 21))
def test_he_k_has_generative_exponent_one_if_odd_and_two_if_even(k):
    found = generative_exponent(f"He({k}, z)")
    assert found.value == (1 if k % 2 else 2)
    assert found.certified
    assert found.witness.mean.nonzero


@pytest.mark.parametrize("text", KNOWN)
def test_known_exponents_are_certified(text):
    found = generative_exponent(text)
    assert found.value == KNOWN[text]
    assert found.certified


@pytest.mark.parametrize("text", [text for text in KNOWN if text not in ("He(3, z)", "sign")])
def test_the_witness_is_confirmed_at_forty_digits(text):
    found = generative_exponent(text)
    f, breaks = TARGETS[text]
    T = sympy.lambdify(sympy.Symbol("y", real=True), sympy.sympify(found.witness.transformation), "mpmath")
    again = mean(lambda z: T(f(z)) * He(found.value, z), breaks)
    assert abs(again - found.witness.mean.value) <= found.witness.mean.bound
    assert abs(again) > 1e6 * found.witness.mean.bound


def test_the_threshold_witness_of_he_3_is_confirmed_by_solving_the_cubic():
    """T = 1(y > −7/5): z³ − 3z + 7/5 = 0 by Vieta, z = 2 cos((arccos(−7/10) + 2πk)/3)."""
    found = generative_exponent("He(3, z)")
    assert found.witness.transformation == "1(y > -7/5)"
    with mpmath.workdps(60):
        angle = mpmath.acos(mpmath.mpf(-7) / 10)
        a, b, c = sorted(2 * mpmath.cos((angle + 2 * mpmath.pi * k) / 3) for k in range(3))
        again = mpmath.npdf(a) - mpmath.npdf(b) + mpmath.npdf(c)
    assert abs(again - found.witness.mean.value) <= 1e-16


@pytest.mark.parametrize("T", [lambda y: y, lambda y: y**3, lambda y: mpmath.cos(9 * y), lambda y: mpmath.exp(-y)])
def test_no_transformation_shows_order_two_of_the_squared_gaussian_profile(T):
    """E[T(z² exp(−z²)) He_2(z)] = 0 for every T: the generative exponent is 4, not 2."""
    f, _ = TARGETS["z**2*exp(-z**2)"]
    assert abs(mean(lambda z: T(f(z)) * He(2, z))) < 1e-32


def test_a_wrong_exponent_is_refuted():
    """Between the He_2 profile and a near miss: z⁴ exp(−z²) shows order 2, z² exp(−z²) does not."""
    assert best_witness(function("z**2*exp(-z**2)"), 2)[0] is None
    assert best_witness(function("z**4*exp(-z**2)"), 2)[0].mean.nonzero
    assert generative_exponent("z**4*exp(-z**2)").value == 2


def test_functions_of_a_profile_hide_its_order_too():
    for text in ("tanh(3*z**2*exp(-z**2))", "cos(z*exp(-z**2/2))", "z**2*exp(-z**2) + z**4*exp(-2*z**2)"):
        found = generative_exponent(text)
        assert found.value == 4
        assert found.certified


def test_a_three_piece_sign_has_exponent_three():
    """φ(0) = 2 φ(c) at c² = 2 log 2 removes order 1; two values and oddness remove order 2."""
    found = generative_exponent("sign(z*(z**2 - 2*log(2)))")
    assert (found.value, found.certified) == (3, True)
    assert [zero.reason for zero in found.zeros] == ["exact algebra", "exact algebra"]
    assert generative_exponent("sign(z*(z**2 - 1.386))").value == 1  # the constant moved a little


def test_two_valued_targets_have_equal_exponents():
    for text in ("sign", "sign(z**2 - 1)", "heaviside(z - 1/2)", "sign(z*(z**2 - 2*log(2)))"):
        assert generative_exponent(text).value == certified_information_exponent(text).value


def test_without_algebra_or_parity_the_lower_bound_is_not_claimed():
    """A cut c with φ(0) = 2 φ(c) given in decimals, inside a smooth two-valued surrogate: order 1 is only small."""
    found = generative_exponent("sign(tanh(z)*(z**2 - 1.3862943611198906188))")
    assert found.value == 3
    assert not found.certified
    assert "not certified below" in found.remark
    assert found.zeros[0].reason.startswith("numeric within")


def test_a_constant_has_none():
    assert generative_exponent("2").value is None
    assert generative_exponent("He(2, z) - z**2").value is None


def test_it_never_exceeds_the_information_exponent():
    """sin(20 z) has c_1 = 20 e^{−200}: no quadrature sees it, the closed form does."""
    for text in ("sin(20*z)", "cos(20*z)", "tanh(z)**2", "He(7, z)"):
        assert generative_exponent(text).value <= certified_information_exponent(text).value


def test_parity_is_seen_through_signs():
    found = generative_exponent("abs(z - 1) + abs(z + 1)")
    assert (found.value, found.certified, found.zeros[0].reason) == (2, True, "parity")


def test_superlevel_moments_agree_with_counting():
    f = sympy.Poly(sympy.Symbol("z", real=True) ** 4 - 2 * sympy.Symbol("z", real=True), sympy.Symbol("z", real=True))
    z = np.linspace(-9, 9, 900001)
    weight = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    above = z**4 - 2 * z > 1
    for k, he in ((1, z), (2, z**2 - 1), (3, z**3 - 3 * z)):
        assert abs(superlevel_moment(f, sympy.Integer(1), k).value - weight @ (he * above)) < 1e-4


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-4, 4), min_size=2, max_size=6), st.integers(1, 4))
def test_a_random_polynomial_has_exponent_one_unless_it_is_even(coefficients, lead):
    powers = [*coefficients, lead]
    found = generative_exponent(" + ".join(f"({c})*z**{n}" for n, c in enumerate(powers)))
    assert found.value == (1 if any(powers[1::2]) else 2)
    assert found.certified
    assert found.witness is None or found.witness.mean.nonzero


CATALOGUE = ("relu(z)", "tanh(z)", "abs(z - 1/2)", "cos(2*z)", "He(3, z)", "exp(-z**2)", "sign(z + 1)", "erf(z)")


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(CATALOGUE), st.sampled_from(CATALOGUE), st.sampled_from("+*"), st.integers(-3, 3))
def test_random_compositions_keep_the_order_of_the_exponents(first, second, operation, scale):
    """Identity is a transformation, so generative ≤ information; every exact zero is a zero at 15 digits too."""
    text = f"{first} {operation} ({scale})*{second}"
    information, generative = certified_information_exponent(text), generative_exponent(text)
    if information.value is None:
        assert information.certified
        assert generative.value is None
        return
    assert generative.value <= information.value
    z, w = fine_normal_rule(function(text).kinks)
    for zero in generative.zeros:
        for T in (np.tanh, np.cos):
            he = np.polynomial.hermite_e.hermeval(z, [0] * zero.order + [1])
            assert abs(w @ (T(function(text)(z)) * he)) < 1e-10 + zero.bound
