"""Information exponents and their certificates, against mpmath at 40 digits."""

import pytest
from exponent_reference import TARGETS, coefficient
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.information import certified_information_exponent

KNOWN = {
    "relu": 1, "gelu": 1, "tanh": 1, "sign": 1, "abs": 2, "cos": 2, "z**2*exp(-z**2)": 4, "He(3, z)": 3,
    "softplus(z) - z/2": 2,
}  # fmt: skip


@pytest.mark.parametrize("k", range(1, 21))
def test_he_k_has_information_exponent_k_exactly(k):
    found = certified_information_exponent(f"He({k}, z)")
    assert found.value == k
    assert found.certified
    assert found.coefficient.exact == "1"


@pytest.mark.parametrize("text", KNOWN)
def test_the_certificate_is_confirmed_at_forty_digits(text):
    f, breaks = TARGETS[text]
    found = certified_information_exponent(text)
    assert found.value == KNOWN[text]
    assert found.certified
    assert abs(coefficient(f, found.value, breaks) - found.coefficient.value) <= found.coefficient.bound
    assert found.coefficient.nonzero
    for zero in found.zeros:
        assert abs(coefficient(f, zero.order, breaks)) < 1e-32


@pytest.mark.parametrize("text", KNOWN)
def test_a_wrong_exponent_is_refuted_by_its_certificate(text):
    """A claim k + 2 says that c_k vanishes; the measured c_k lies far outside its bound."""
    found = certified_information_exponent(text)
    assert abs(found.coefficient.value) > 1e6 * found.coefficient.bound
    assert found.value not in {zero.order for zero in found.zeros}


def test_a_zero_without_algebra_says_within_what():
    found = certified_information_exponent("tanh(z) - 0.6057055096021589*z + He(2, z)")
    assert found.value == 2
    assert not found.certified
    assert found.zeros[0].reason.startswith("numeric within ")
    assert 0 < found.zeros[0].bound < 1e-12


def test_a_small_coefficient_is_not_rounded_to_zero():
    assert certified_information_exponent("He(4, z) + 1e-12*z").value == 1
    assert certified_information_exponent("tanh(z)**2 + 1e-9*z").value == 1


def test_a_constant_has_none_and_a_low_degree_says_so():
    constant = certified_information_exponent("3")
    assert constant.value is None
    assert constant.certified
    low = certified_information_exponent("He(9, z)", degree=5)
    assert low.value is None
    assert not low.certified
    assert "from 1 to 5" in low.remark


def test_a_root_of_two_log_two_hides_order_one_of_a_three_piece_sign():
    found = certified_information_exponent("sign(z*(z**2 - 2*log(2)))")
    assert found.value == 3
    assert found.certified


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 9), st.lists(st.integers(-3, 3), min_size=1, max_size=4), st.integers(-5, 5))
def test_a_combination_of_hermite_polynomials_has_its_lowest_order(k, higher, constant):
    terms = [f"{constant}", f"2*He({k}, z)"] + [f"({c})*He({k + 1 + j}, z)" for j, c in enumerate(higher)]
    found = certified_information_exponent(" + ".join(terms))
    assert found.value == k
    assert found.certified
    assert [zero.order for zero in found.zeros] == list(range(1, k))
