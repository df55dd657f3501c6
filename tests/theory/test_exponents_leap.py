"""Leap: the definition by brute force over orderings, exact supports, quadrature against known means."""

import itertools
import math

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.certificates import Measured
from theory.information import certified_information_exponent
from theory.leap import greedy, leap
from theory.multivariate import multivariate
from theory.support import POLYNOMIAL, Support, hermite_support

KNOWN = {
    "sign(z1*z2*z3)": 3,
    "z1 + z1*z2 + z1*z2*z3": 1,
    "z1*z2*z3*z4": 4,
    "z1 + z1*z2*z3": 2,
    "He(2, z1) + z1*He(3, z2)": 3,
    "He(2, z1) + He(2, z1)*z2": 2,
    "sign(z1*z2) + z1*tanh(z3)": 2,
    "z1**2*exp(-z1**2)*z2": 4,
    "cos(z1 + 2*z2)": 2,
    "tanh(z1*z2)": 2,
    "tanh(z1 + z2)": 1,
    "abs(z1*z2)": 2,
    "relu(z1 + z2 + 1)": 1,
    "He(5, z2)": 5,
}


def by_brute_force(indices):
    """min over all orderings of max over steps of the degree in variables not seen before."""
    best = math.inf
    for order in itertools.permutations(indices):
        seen, worst = set(), 0
        for S in order:
            worst = max(worst, sum(s for i, s in enumerate(S) if i not in seen))
            seen |= {i for i, s in enumerate(S) if s}
        best = min(best, worst)
    return best


@pytest.mark.parametrize("text", KNOWN)
def test_known_leaps_are_certified(text):
    found = leap(text)
    assert found.value == KNOWN[text]
    assert found.certified
    assert max(step.new_degree for step in found.steps) == found.value
    assert all(step.coefficient.nonzero for step in found.steps)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.tuples(*[st.integers(0, 3)] * 3).filter(any), min_size=1, max_size=6))
def test_the_greedy_order_is_optimal(indices):
    support = Support(POLYNOMIAL, 9, {S: Measured(1.0, 0.0) for S in indices}, {}, lambda outer, inner: True)
    wanted = {i for S in indices for i, s in enumerate(S) if s}
    steps = greedy(support, wanted, ["z1", "z2", "z3"])
    assert max(step.new_degree for step in steps) == by_brute_force(indices)


@settings(max_examples=20, deadline=None)
@given(st.sets(st.tuples(*[st.integers(0, 3)] * 3).filter(any), min_size=1, max_size=4))
def test_the_support_of_a_sum_of_hermite_products_is_that_sum(indices):
    text = " + ".join("*".join(f"He({s}, z{i + 1})" for i, s in enumerate(S)) for S in sorted(indices))
    f = multivariate(text)
    support = hermite_support(f)
    assert {S[: len(f.variables)] for S in indices} == set(support.nonzero)
    assert all(c.exact == "1" for c in support.nonzero.values())
    assert leap(f).value == by_brute_force(indices)


def test_a_wrong_leap_is_refuted_by_its_steps():
    """Dropping the monomial of degree one in the certificate of a leap-1 target makes it jump."""
    full = hermite_support(multivariate("z1 + z1*z2 + z1*z2*z3"))
    nonzero = {S: c for S, c in full.nonzero.items() if sum(S) != 2}
    poorer = Support(full.method, full.degree, nonzero, full.zeros, full.hidden)
    assert max(step.new_degree for step in greedy(poorer, {0, 1, 2}, ["z1", "z2", "z3"])) == 2


def test_a_leap_below_which_nothing_is_proved_says_so():
    found = leap("z1 + He(10, z1)*tanh(z2)*(z2**2 - 1.7) + tanh(z2*z1)*z2*He(2, z2)", degree=3)
    assert not found.certified
    assert found.remark


def test_quadrature_across_kinks_certifies_nothing():
    found = leap("sign(z1 + z2**2 - 1)")
    assert found.value == 2
    assert not found.certified
    assert "across kinks" in found.remark


def test_a_variable_out_of_reach_is_named():
    found = leap("tanh(z1) + tanh(z1)*He(9, z2)", degree=4)
    assert found.value is None
    assert "z2" in found.remark


RIDGES = [
    ("sign(z1 + z2)", (1, 0), 1 / math.sqrt(math.pi)),
    ("abs(z1 + z2)", (2, 0), 1 / (2 * math.sqrt(math.pi))),
    ("abs(z1 + z2)", (1, 1), 1 / math.sqrt(math.pi)),
    ("heaviside(z1 + z2 - 1)", (0, 1), math.exp(-1 / 4) / math.sqrt(4 * math.pi)),
    ("relu(z1 + z2 + z3 + z4)", (1, 0, 0, 0), 0.5),
    ("gelu(3*z1 + 4*z2)", (0, 1), 2.0),
    ("exp(z1/2 + z2) + sign(z1 - 2*z2)*2", (1, 0), math.exp(5 / 8) / 2 + 2 * math.sqrt(2 / math.pi / 5)),
]


@pytest.mark.parametrize(("text", "index", "true"), RIDGES)
def test_functions_of_a_linear_form_have_known_coefficients(text, index, true):
    """E z_1 g(⟨u, z⟩) = u_1 E g'(⟨u, z⟩)."""
    support = hermite_support(multivariate(text))
    assert support.method == "one-variable expansions"
    c = support.nonzero[index]
    assert c.bound < 1e-12
    assert abs(c.value - true) <= c.bound


@pytest.mark.parametrize(
    ("text", "index", "true"),
    [
        ("exp(z1*z2/4)", (1, 1), 0.25 * (15 / 16) ** -1.5),
        ("z2*exp(z1*z2/4)", (1, 0), 0.25 * (15 / 16) ** -1.5),
        ("sign(z1 + z2)*z1*z2", (1, 0), 1 / (2 * math.sqrt(math.pi))),
        ("sign(z1 + z2**2 - 1)", (1, 0), None),
    ],
)
def test_coefficients_by_tensor_quadrature_keep_their_bounds(text, index, true):
    """E z1 z2 e^{t z1 z2} = t (1 − t²)^{−3/2};  with kinks the bound is wide, and wide enough."""
    support = hermite_support(multivariate(text))
    assert support.method == "tensor quadrature"
    z = np.random.default_rng(3).standard_normal((2, 10**6))
    sampled = multivariate(text)(*z) * z[0] ** index[0] * z[1] ** index[1]
    mean, error = sampled.mean(), 5 * sampled.std() / 1e3
    if index in support.zeros:
        assert abs(mean) <= error + support.zeros[index].bound
        assert not support.zeros[index].exact
    else:
        c = support.nonzero[index]
        assert abs(c.value - mean) <= error + c.bound
        assert true is None or abs(c.value - true) <= c.bound


def test_products_agree_with_one_variable_expansions():
    support = hermite_support(multivariate("relu(z1)*tanh(z2)"))
    assert abs(support.nonzero[(1, 1)].value - 0.5 * 0.605705509602159) < 1e-14
    assert support.zeros[(1, 2)].reason == "parity"
    assert support.zeros[(3, 1)].reason == "exact algebra"


@pytest.mark.parametrize(
    ("text", "index", "exact"),
    [
        ("sign(z1*z2*z3)", (1, 1, 1), "2*sqrt(2)/pi**(3/2)"),
        ("relu(z1)*sign(z2) + z1*z2", (1, 1), "sqrt(2)/(2*sqrt(pi)) + 1"),
        ("tanh(z1)*sign(z2)", (1, 1), None),
    ],
)
def test_a_coefficient_is_exact_where_its_factors_are(text, index, exact):
    c = hermite_support(multivariate(text)).nonzero[index]
    assert c.exact == exact
    assert exact is None or abs(float(sympy.sympify(exact)) - c.value) <= c.bound


def test_in_one_variable_the_leap_is_the_information_exponent():
    for text in ("He(3, z)", "z**2*exp(-z**2)", "abs", "tanh"):
        assert leap(text).value == certified_information_exponent(text).value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("z + z1", "mixes z with z1"),
        ("z1*z5", "variables beyond z1 … z4"),
        ("log(z1)", "not a finite real number at z1 ="),
        ("1/(z1 - z2)", "is not finite where z1 - z2 = 0"),
        ("exp(z1*z2)", "not square-integrable"),
        ("z1 + foo", "unknown name 'foo'"),
    ],
)
def test_bad_targets_are_refused_with_the_reason(text, message):
    with pytest.raises(ValueError, match=message):
        leap(text)
