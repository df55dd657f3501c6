"""Hermite coefficients against mpmath quadrature that shares no code with the package: every function is written out
again here for mpmath, with its own kinks, and integrated with thirty digits."""

import functools
import itertools
import math

import mpmath
import numpy as np
import pytest
import scipy.special
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from theory import HermiteExpansion, function, hermite_coefficients, information_exponent
from theory.hermite_exact import exact_moments

mp = mpmath.mp


def relu(u):
    return u if u > 0 else mpmath.mpf(0)


def gelu(u):
    return u * mpmath.erfc(-u / mpmath.sqrt(2)) / 2


def sigmoid(u):
    return 1 / (1 + mpmath.exp(-u))


def softplus(u):
    return mpmath.log(1 + mpmath.exp(u))


# text: (the same for mpmath, its kinks)
EXACT = {
    "1/2 + 0*z": (lambda z: mpmath.mpf(1) / 2, ()),
    "z**5 - 2*z**2 + 0.3": (lambda z: z**5 - 2 * z**2 + mpmath.mpf(3) / 10, ()),
    "He(2, z) + He(3, z)": (lambda z: z**2 - 1 + z**3 - 3 * z, ()),
    "He(7, z)": (lambda z: z**7 - 21 * z**5 + 105 * z**3 - 105 * z, ()),
    "relu": (relu, (0,)),
    "relu(z - 1.5)": (lambda z: relu(z - 1.5), (1.5,)),
    "relu(0.7 - 2*z)": (lambda z: relu(mpmath.mpf(7) / 10 - 2 * z), (0.35,)),
    "abs": (mpmath.fabs, (0,)),
    "sqrt(z**2)": (mpmath.fabs, (0,)),
    "sign": (mpmath.sign, (0,)),
    "heaviside(2*z + 1)": (lambda z: mpmath.mpf(2 * z + 1 > 0), (-0.5,)),
    "relu(z)**2": (lambda z: relu(z) ** 2, (0,)),
    "abs(z)**3*sign(z)": (lambda z: z**3, ()),
    "sign(z)*z**2": (lambda z: mpmath.sign(z) * z**2, (0,)),
    "(z**2 + 1)*relu(z + 0.25)": (lambda z: (z**2 + 1) * relu(z + 0.25), (-0.25,)),
    "erf(0.8*z - 0.3)": (lambda z: mpmath.erf((8 * z - 3) / mpmath.mpf(10)), ()),
    "z*erf(z)": (lambda z: z * mpmath.erf(z), ()),
    "gelu": (gelu, ()),
    "z**2*gelu(z + 1/2)": (lambda z: z**2 * gelu(z + 0.5), ()),
    "exp(z)": (mpmath.exp, ()),
    "exp(0.5 - 0.7*z)": (lambda z: mpmath.exp(0.5 - 7 * z / 10), ()),
    "exp(z**2/5)": (lambda z: mpmath.exp(z**2 / 5), ()),
    "exp(z**2/5 + z)": (lambda z: mpmath.exp(z**2 / 5 + z), ()),
    "z**2*exp(-z**2)": (lambda z: z**2 * mpmath.exp(-(z**2)), ()),
    "(z**3 - z)*exp(-z**2/2 + z/3)": (lambda z: (z**3 - z) * mpmath.exp(-(z**2) / 2 + z / 3), ()),
    "sin(2*z + 0.3)": (lambda z: mpmath.sin(2 * z + mpmath.mpf(3) / 10), ()),
    "z*cos(z - 1)": (lambda z: z * mpmath.cos(z - 1), ()),
    "sqrt(e)*(sin(z) + cos(z)) - 1": (lambda z: mpmath.sqrt(mpmath.e) * (mpmath.sin(z) + mpmath.cos(z)) - 1, ()),
    "sinh(z/2) + cosh(z)": (lambda z: mpmath.sinh(z / 2) + mpmath.cosh(z), ()),
    "2**z": (lambda z: mpmath.mpf(2) ** z, ()),
    "sign(z**2 - 1)": (lambda z: mpmath.sign(z**2 - 1), (-1, 1)),
    "abs(z**2 - 2)": (lambda z: mpmath.fabs(z**2 - 2), (-math.sqrt(2), math.sqrt(2))),
}
BY_QUADRATURE = {
    "tanh(z + 0.8)": (lambda z: mpmath.tanh(z + mpmath.mpf(8) / 10), ()),
    "tanh(5*z)": (lambda z: mpmath.tanh(5 * z), ()),
    "softplus": (softplus, ()),
    "silu": (lambda z: z * sigmoid(z), ()),
    "sigmoid(2*z - 1)": (lambda z: sigmoid(2 * z - 1), ()),
    "sqrt(1 + z**2)": (lambda z: mpmath.sqrt(1 + z**2), ()),
    "tanh(relu(z - 1))": (lambda z: mpmath.tanh(relu(z - 1)), (1,)),
    "log(1 + z**2)": (lambda z: mpmath.log(1 + z**2), ()),
    "atan(z)*exp(z/2)": (lambda z: mpmath.atan(z) * mpmath.exp(z / 2), ()),
    "exp(0.24*z**2)*tanh(z)": (lambda z: mpmath.exp(mpmath.mpf(24) / 100 * z**2) * mpmath.tanh(z), ()),
}
DEGREE = 12


@functools.cache
def legendre(level):
    with mp.workdps(30):
        return mpmath.calculus.quadrature.GaussLegendre(mp).calc_nodes(level, 110)


def witness(f, kinks, reach=14, degree=DEGREE, level=4):
    """c_k by Gauss–Legendre on panels of length 1/2 between the kinks, every digit of it mpmath's."""
    with mp.workdps(30):
        edges = sorted({mpmath.mpf(j) / 2 for j in range(-2 * reach, 2 * reach + 1)} | {mpmath.mpf(k) for k in kinks})
        total = [mpmath.mpf(0)] * (degree + 1)
        for low, high in itertools.pairwise(edges):
            for x, w in legendre(level):
                z = (low + high) / 2 + (high - low) / 2 * x
                weight = w * (high - low) / 2 * f(z) * mpmath.npdf(z)
                previous, he = mpmath.mpf(0), mpmath.mpf(1)
                for k in range(degree + 1):
                    total[k] += weight * he
                    previous, he = he, z * he - k * previous
        return [t / mpmath.factorial(k) for k, t in enumerate(total)]


@pytest.mark.parametrize("text", EXACT)
def test_exact_forms_are_what_mpmath_integrates(text):
    reach = 24 if "z**2/5" in text else 14
    found, expected = hermite_coefficients(text, DEGREE), witness(*EXACT[text], reach, level=3)
    for c, true in zip(found, expected, strict=True):
        assert c.exact is not None
        with mp.workdps(30):
            assert abs(mpmath.mpf(str(c.exact.evalf(28))) - true) < 1e-20 * (1 + abs(expected[0])) * 2**c.k
            assert abs(c.value - true) <= c.error_bound + 1e-24


@pytest.mark.parametrize("text", BY_QUADRATURE)
def test_quadrature_errs_less_than_its_bound_and_the_bound_is_small(text):
    found = hermite_coefficients(text, DEGREE)
    expected = witness(*BY_QUADRATURE[text], reach=36 if "0.24" in text else 14)
    assert any(c.exact is None for c in found)
    for c, true in zip(found, expected, strict=True):
        assert abs(c.value - true) <= c.error_bound + 1e-24
        assert c.error_bound < 1e-12 / math.sqrt(math.factorial(c.k))


@pytest.mark.parametrize("text", ["relu", "tanh(z + 0.8)", "exp(z**2/5)"])
def test_a_changed_coefficient_is_outside_its_bound(text):
    f, kinks = {**EXACT, **BY_QUADRATURE}[text]
    for c, true in zip(hermite_coefficients(text, 6), witness(f, kinks, 24), strict=False):
        wrong = c.value * (1 + 1e-10) if c.value else 1e-12
        assert abs(wrong - true) > c.error_bound


# theory.md, section 7: orthonormal coefficients k = 0..6
REFERENCE = {
    "relu": [0.398942280401433, 0.5, 0.282094791773878, 0, -0.08143375198382, 0, 0.0446031029038193],
    "tanh": [0, 0.605705509602159, 0, -0.148437190787273, 0, 0.0625475237527036, 0],
    "sign": [0, 0.797884560802865, 0, -0.32573500793528, 0, 0.218509686118416, 0],
    "softplus": [0.80605918334744, 0.5, 0.146103084880045, 0, -0.0127366289536617, 0, 0.00239929994290801],
}


@pytest.mark.parametrize("text", REFERENCE)
def test_orthonormal_coefficients_equal_the_reference_numbers(text):
    np.testing.assert_allclose(hermite_coefficients(text, 6).orthonormal, REFERENCE[text], rtol=0, atol=1e-13)


def test_the_normalisation_is_that_of_the_probabilists_polynomials():
    c = hermite_coefficients("z**6 - 4*z**3 + z - 2", 6).values
    np.testing.assert_allclose(c, np.polynomial.hermite_e.poly2herme([-2, 1, 0, -4, 0, 0, 1]), rtol=1e-15)
    physicists = np.polynomial.hermite.poly2herm([-2, 1, 0, -4, 0, 0, 1])
    assert np.abs(c - physicists).max() > 1  # the other convention is told apart


def test_the_series_rebuilds_the_function():
    z = np.linspace(-1.5, 1.5, 7)
    c = hermite_coefficients("sin(z + 0.3)", 40)
    series = sum(ck.value * scipy.special.eval_hermitenorm(ck.k, z) for ck in c)
    np.testing.assert_allclose(series, np.sin(z + 0.3), atol=1e-12)


def test_the_analytic_benchmark_has_the_coefficients_of_theory_md():
    c = hermite_coefficients("sqrt(e)*(sin(z) + cos(z)) - 1", 4)
    assert [x.exact for x in c] == [0, 1, sympy.Rational(-1, 2), sympy.Rational(-1, 6), sympy.Rational(1, 24)]


PARITY = {"tanh": 0, "atan": 0, "sin(3*z)*exp(-z**2)": 0, "tanh(z)**3": 0, "sqrt(1 + z**2)": 1, "log(cosh(z))": 1}
PARITY |= {"sign(z**2 - 1)": 1, "abs(tanh(z))": 1, "sqrt(z**2)": 1, "sign(z)*sqrt(1 + z**2)": 0}


@pytest.mark.parametrize(("text", "first"), PARITY.items())
def test_parity_makes_every_other_coefficient_exactly_zero(text, first):
    c = hermite_coefficients(text, 13)
    assert all(x.exact == 0 and x.value == 0.0 and x.error_bound == 0.0 for x in list(c)[first::2])
    assert not c[1 - first].vanishes


@pytest.mark.parametrize("text", ["softplus", "silu", "sigmoid"])
def test_an_odd_or_even_part_known_exactly_leaves_exact_coefficients(text):
    """σ = z/2 + even (softplus, silu) or 1/2 + odd (sigmoid): theirs are exact on one side."""
    c = hermite_coefficients(text, 9)
    exact = [x.exact for x in c]
    half = sympy.Rational(1, 2)
    if text == "sigmoid":
        assert exact[::2] == [half, 0, 0, 0, 0]
        assert exact[1::2] == [None] * 5
    else:
        assert exact[1::2] == [half, 0, 0, 0, 0]
        assert exact[::2] == [None] * 5


@pytest.mark.parametrize("text", ["tanh(z + 0.8)", "exp(z/2)", "sin(z)", "gelu", "z**3 - z"])
def test_parseval_the_squares_sum_to_the_second_moment(text):
    with mp.workdps(20):
        f, kinks = {"sin(z)": (mpmath.sin, ()), "exp(z/2)": (lambda z: mpmath.exp(z / 2), ())}.get(text) or {
            **EXACT,
            **BY_QUADRATURE,
            "z**3 - z": (lambda z: z**3 - z, ()),
        }[text]
        second = float(witness(lambda z: f(z) ** 2, kinks, degree=0)[0])
    c = hermite_coefficients(text, 24 if text == "gelu" else 60).orthonormal
    # the tail of tanh falls like exp(-c √k), that of gelu like a power
    tolerance = {"gelu": 1e-5, "tanh(z + 0.8)": 1e-4}.get(text, 1e-12)
    assert np.sum(c**2) <= second * (1 + 1e-12)
    assert np.sum(c**2) == pytest.approx(second, rel=tolerance)


EXPONENTS = {"z**2*exp(-z**2)": 4, "relu": 1, "gelu": 1, "tanh": 1, "abs": 2, "cos": 2, "z**2*tanh(z)": 1, "3": None}
EXPONENTS |= {f"He({k}, z)": k for k in range(1, 13)}
EXPONENTS |= {"He(2, z) + He(3, z)/100": 2, "0*z": None, "sin(z) - exp(-1/2)*z": 3, "sin(z)**2 + cos(z)**2": None}
EXPONENTS |= {"sign(z) - sqrt(2/pi)*z": 3, "cosh(z) - sinh(z) - exp(-z) + He(5, z)": 5, "abs(z) - z*sign(z)": None}


@pytest.mark.parametrize(("text", "exponent"), EXPONENTS.items())
def test_the_information_exponent_is_the_first_surviving_index(text, exponent):
    assert information_exponent(text) == exponent
    assert hermite_coefficients(text, 20).information_exponent == exponent


def test_a_small_coefficient_is_not_taken_for_zero():
    assert information_exponent("tanh(z)/10**9 + z**2") == 1
    assert information_exponent("z/10**20 + tanh(z)**2") == 1


def test_an_information_exponent_above_the_degree_is_not_found():
    assert information_exponent("He(8, z)", degree=7) is None


@pytest.mark.parametrize("degree", [-1, 61, 2.0, True, "4", None])
def test_a_degree_out_of_range_is_refused(degree):
    with pytest.raises(ValueError, match=r"degree = .* is not accepted: give a whole number from 0 to 60"):
        hermite_coefficients("tanh", degree)


def test_an_expansion_is_a_sequence_of_its_coefficients():
    c = hermite_coefficients("relu", np.int64(5))
    assert isinstance(c, HermiteExpansion)
    assert len(c) == 6
    assert [x.k for x in c] == list(range(6))
    np.testing.assert_array_equal(c.values, [x.value for x in c])
    np.testing.assert_allclose(c.orthonormal, c.values * np.sqrt([math.factorial(k) for k in range(6)]))
    assert hermite_coefficients(function("relu"), 5) == c
    assert len(hermite_coefficients("tanh(z + 1)", 0)) == 1


def test_cancellation_in_the_function_shows_in_the_bound():
    """10^12 (1 − 1/cosh(z/10^6)) = z²/2 + O(10^-12) is noise of size 10^-4 in doubles: the bound must say so."""
    for c in hermite_coefficients("10**12*(1 - 1/cosh(z/10**6))", 6):
        true = {0: 0.5, 2: 0.5}.get(c.k, 0.0)
        assert abs(c.value - true) <= c.error_bound + 1e-10


SMALL = st.integers(-6, 6).map(lambda p: sympy.Rational(p, 4))
CATALOGUE = ["relu", "sign(z + 1)", "exp(z/2)", "z*gelu", "sin(z)", "exp(-z**2)", "erf(z)"]
PARSED = {text: function(text.replace("gelu", "gelu(z)")).expr for text in CATALOGUE}


@given(st.sampled_from(CATALOGUE), st.sampled_from(CATALOGUE), SMALL, SMALL)
@settings(max_examples=15, deadline=None)
def test_moments_are_linear(f, g, p, q):
    f, g = PARSED[f], PARSED[g]
    together = exact_moments(p * f + q * g, 6)
    apart = [p * a + q * b for a, b in zip(exact_moments(f, 6), exact_moments(g, 6), strict=True)]
    np.testing.assert_allclose(
        [float(x.evalf(25)) for x in together], [float(x.evalf(25)) for x in apart], atol=1e-15, rtol=1e-14
    )


@given(st.lists(SMALL, min_size=1, max_size=7), SMALL)
@settings(max_examples=25, deadline=None)
def test_a_shift_is_a_taylor_series_in_the_hermite_basis(powers, t):
    """f(z + t) = Σ_j t^j/j! f^{(j)}(z), and He_k' = k He_{k−1}: μ_k of the shifted is Σ_j t^j/j! μ_{k+j}."""
    z = sympy.Symbol("z", real=True)
    f = sum((c * z**j for j, c in enumerate(powers)), sympy.Integer(0))
    degree = len(powers)
    mu = exact_moments(f, degree)
    shifted = exact_moments(sympy.expand(f.subs(z, z + t)), degree)
    for k in range(degree + 1):
        assert shifted[k] == sum(t**j / sympy.factorial(j) * mu[k + j] for j in range(degree + 1 - k))


@given(st.sampled_from(["relu(z + 1/2)", "exp(z/3)", "tanh(z + 0.8)", "gelu", "softplus"]))
@settings(max_examples=5, deadline=None)
def test_reflection_changes_the_sign_of_odd_coefficients(text):
    mirrored = text.replace("gelu", "gelu(z)").replace("softplus", "softplus(z)").replace("z", "(-z)")
    signs = (-1.0) ** np.arange(9)
    np.testing.assert_allclose(
        hermite_coefficients(mirrored, 8).values, signs * hermite_coefficients(text, 8).values, atol=1e-14
    )


@pytest.mark.parametrize("text", ["sin(40*z)", "heaviside(z - 45)"])
def test_an_exact_coefficient_below_the_smallest_double_is_not_zero(text):
    c = hermite_coefficients(text, 2)[1]
    assert c.value == 0
    assert c.exact != 0
    assert c.error_bound > 0
    assert not c.vanishes
    assert hermite_coefficients(text, 2).information_exponent == 1
