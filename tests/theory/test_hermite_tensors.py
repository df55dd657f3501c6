"""Hermite coefficients in several variables: quadrature in turned axes, rotations, Parseval, and refusals."""

import math

import numpy as np
import pytest
import scipy.special
import sympy

from theory.expressions import parse, parse_variables
from theory.hermite import hermite_coefficients
from theory.hermite_tensor import multi_indices, tensor_coefficients

Z12, Z123 = ("z1", "z2"), ("z1", "z2", "z3")


def panels(kinks=(), reach=10):
    """Composite Gauss–Legendre for the normal law."""
    x, w = np.polynomial.legendre.leggauss(16)
    edges = np.unique([*np.arange(-reach, reach + 1.0), *kinks])
    half = np.diff(edges)[:, None] / 2
    nodes = (edges[:-1, None] + half + half * x).ravel()
    return nodes, (half * w).ravel() * np.exp(-(nodes**2) / 2) / math.sqrt(2 * math.pi)


def integral(f, index, turn=0.0, kinks=((), ())):
    """E[f He He]/κ! over axes turned by an angle, along which the kinks are."""
    (u, wu), (v, wv) = panels(kinks[0]), panels(kinks[1])
    u, v = np.meshgrid(u, v, indexing="ij")
    x, y = u * math.cos(turn) - v * math.sin(turn), u * math.sin(turn) + v * math.cos(turn)
    he = scipy.special.eval_hermitenorm(index[0], x) * scipy.special.eval_hermitenorm(index[1], y)
    return float(wu @ (f(x, y) * he) @ wv) / math.prod(map(math.factorial, index))


CASES = {
    "relu(z1)*sign(z2 - 1/2)": (lambda x, y: np.maximum(x, 0) * np.sign(y - 0.5), 0.0, ((0,), (0.5,))),
    "abs(z1*z2)": (lambda x, y: np.abs(x * y), 0.0, ((0,), (0,))),
    "z1*relu(z1 + z2 - 1)": (lambda x, y: x * np.maximum(x + y - 1, 0), math.pi / 4, ((math.sqrt(0.5),), ())),
    "sign(3*z1 + 4*z2)*z2 + z1**3": (lambda x, y: np.sign(3 * x + 4 * y) * y + x**3, math.atan2(4, 3), ((0,), ())),
    "sin(z1 + z2)*z1": (lambda x, y: np.sin(x + y) * x, 0.0, ((), ())),
    "exp(z1 - z2/2)": (lambda x, y: np.exp(x - y / 2), 0.0, ((), ())),
    "exp(-(z1 + z2)**2)": (lambda x, y: np.exp(-((x + y) ** 2)), math.pi / 4, ((), ())),
    "tanh(z1)*z2**2": (lambda x, y: np.tanh(x) * y**2, 0.0, ((), ())),
    "tanh(z1 - 2*z2)": (lambda x, y: np.tanh(x - 2 * y), math.atan2(-2, 1), ((), ())),
    "exp(z1*z2/5)": (lambda x, y: np.exp(x * y / 5), math.pi / 4, ((), ())),
    "sin(z1*z2)": (lambda x, y: np.sin(x * y), 0.0, ((), ())),
}


@pytest.mark.parametrize("text", CASES)
def test_each_coefficient_is_the_integral_within_its_bound(text):
    f, turn, kinks = CASES[text]
    for index, c in tensor_coefficients(text, Z12, 4).coefficients.items():
        assert abs(c.value - integral(f, index, turn, kinks)) <= c.error_bound + 1e-12


def test_the_integral_would_notice_a_wrong_kink():
    f, turn, _ = CASES["z1*relu(z1 + z2 - 1)"]
    wrong = integral(lambda x, y: f(x, y - 1e-6), (1, 0), turn, ((math.sqrt(0.5),), ()))
    assert abs(tensor_coefficients("z1*relu(z1 + z2 - 1)", Z12, 1)[1, 0].value - wrong) > 1e-8


def test_a_sign_of_a_product_is_a_product_of_signs():
    found = tensor_coefficients("sign(z1*z2*z3)", Z123, 4)
    assert found[1, 1, 1].exact == sympy.sqrt(2 / sympy.pi) ** 3
    assert {index for index, c in found.coefficients.items() if not c.vanishes} == {(1, 1, 1)}
    assert all(c.exact is not None for c in found.coefficients.values())


def test_polynomials_come_back_as_they_went_in():
    found = tensor_coefficients("He(2, z1)*He(1, z2)/3 - He(3, z3) + 7", Z123, 4)
    expected = {(0, 0, 0): 7, (2, 1, 0): sympy.Rational(1, 3), (0, 0, 3): -1}
    assert {index: c.exact for index, c in found.coefficients.items() if c.exact != 0} == expected


def test_a_turned_function_keeps_the_weight_of_each_degree():
    one = hermite_coefficients("relu(z - 1/2)", 5)
    found = tensor_coefficients("relu(3/5*z1 - 4/5*z2 - 1/2)", Z12, 5)
    for k in range(6):
        weight = sum(c.orthonormal**2 for c in found.of_degree(k).values())
        assert weight == pytest.approx(one[k].orthonormal ** 2, abs=1e-14)


def test_every_index_is_listed_once():
    assert len(multi_indices(4, 6)) == len(set(multi_indices(4, 6))) == math.comb(10, 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("relu(z1*z2 + 1)", "lie across the axes"),
        ("sign(z1**2 + z2**2 - 1)", "lie across the axes"),
        ("exp(z1*z2)", "cannot be certified"),
        ("exp(3*z1*z2/5)", "cannot be certified"),
        ("1/(z1 + z2)", "not a finite real number"),
        ("log(z1)*z2", "not a finite real number at many z from"),
        ("exp(z1**2/3)*z2", "not square-integrable"),
        ("z1 + z3", "unknown name 'z3'"),
        ("z + z1", "accepted are z1, z2, the numbers"),
        ("relu", "needs an argument"),
        ("z1.real", "an attribute"),
    ],
)
def test_what_cannot_be_certified_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        tensor_coefficients(text, Z12, 3)


@pytest.mark.parametrize(
    ("variables", "degree", "message"),
    [((), 2, "give one to 4"), (("z1",) * 2, 2, "different names"), (Z12, 13, "from 0 to 12"), (Z12, -1, "from 0"),
     (("exp",), 2, "cannot name a variable"), (("__x",), 2, "cannot name a variable")],
)  # fmt: skip
def test_bad_variables_and_degrees_are_refused(variables, degree, message):
    with pytest.raises(ValueError, match=message):
        tensor_coefficients("1", variables, degree)


def test_the_door_of_one_variable_stays_closed():
    for text in ("z1", "z1*z2", "sign(z1)"):
        with pytest.raises(ValueError, match="unknown name"):
            parse(text)
    assert parse("z**2") == parse_variables("z**2", ("z",))
    with pytest.raises(TypeError, match="must be text"):
        parse_variables(3, Z12)


def test_no_name_at_the_door_is_hidden_by_a_module():
    import theory

    for home in theory._HOME:
        __import__(f"theory.{home}")
    assert all(callable(getattr(theory, name)) for name in theory.__all__)


def test_a_bounded_function_of_a_product_is_certified():
    """E z1 z2 tanh(z1 z2) by the trapezoidal rule, which converges geometrically here."""
    x = np.linspace(-9, 9, 1801)
    weight = np.exp(-(x**2) / 2) * x
    true = weight @ np.tanh(np.outer(x, x)) @ weight * 1e-4 / (2 * np.pi)
    c = tensor_coefficients("tanh(z1*z2)", Z12, 4)[1, 1]
    assert abs(c.value - true) <= c.error_bound < 1e-6
