"""Symmetry is decided by algebra: what is accepted equals its transpose at every draw, what is refused does not."""

import numpy as np
import pytest
from sympy import Identity

from theory.dyson.dimensions import Dimension
from theory.dyson.matrices import Diagonal, Gaussian, LowRank, outer
from theory.dyson.sampling import sample
from theory.dyson.symmetry import is_symmetric, symmetric_pencil
from theory.dyson.vectors import direction, function_vector

n, d = Dimension("n", 6), Dimension("d", 5)
X, Y = Gaussian("X", n, d, 1 / d), Gaussian("Y", n, d, 1 / d)
G, H = Gaussian("G", n, n, 1 / n), Gaussian("H", n, n, 1 / n)
D, E = Diagonal("D", n, [1.0, 3.0]), Diagonal("E", n, [2.0, 5.0])
u, v = direction("u", n), function_vector(n, 1.0, name="one")
w = direction("w", n)
I = Identity(n)
A = G + G.T

SYMMETRIC = {
    "sum of squares": X * X.T + Y * Y.T,
    "sandwich": A * (H + H.T) * A,
    "inverse": (X * X.T) ** -1,
    "inverse in a product": X.T * (X * X.T + 0.1 * I) ** -1 * X,
    "inverse of a scaled sum": (0.3 * A + 0.1 * (H + H.T)) ** -2,
    "two inverses": (X * X.T + I) ** -1 * (Y * Y.T + I) ** -1 + (Y * Y.T + I) ** -1 * (X * X.T + I) ** -1,
    "square of a sum": (X + Y) * (X + Y).T,
    "cross terms": X * Y.T + Y * X.T,
    "commuting diagonals": D * E + X * X.T,
    "diagonals around": D * E * A * E * D,
    "inverse of a diagonal": (D + 2 * I) ** -1 * E,
    "commutator squared": (G * H - H * G).T * (G * H - H * G),
    "cancelling": G + G.T + H - H,
    "projection": (I - outer(u, u)) * A * (I - outer(u, u)),
    "outer both ways": outer(u, v) + outer(v, u),
    "low rank in pairs": LowRank("K", [(u, v), (v, u)]) + A,
    "outer of multiples": outer(2 * u, v + w) + 2 * outer(v, u) + 2 * outer(w, u),
    "power": (A**2 * D * A**2) ** 3,
}
NOT_SYMMETRIC = {
    "product": X * Y.T,
    "one matrix": G,
    "other shape": X,
    "two symmetric factors": A * (H + H.T),
    "diagonal on one side": D * X * X.T,
    "inverse": (G + 2 * I) ** -1,
    "two inverses": (X * X.T + I) ** -1 * (Y * Y.T + I) ** -1,
    "small part": X * X.T + 1e-9 * G,
    "outer": outer(u, v),
    "outer of unequal multiples": outer(2 * u, v + w) + 2 * outer(v, u) + outer(w, u),
    "unequal coefficients": 0.3 * X * Y.T + 0.30001 * Y * X.T,
}


@pytest.mark.parametrize("name", SYMMETRIC)
def test_symmetric_expressions_are_accepted_and_equal_their_transpose(name):
    assert is_symmetric(SYMMETRIC[name])
    matrix = sample(np.random.default_rng(0), SYMMETRIC[name])
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-9 * np.abs(matrix).max())


@pytest.mark.parametrize("name", NOT_SYMMETRIC)
def test_others_are_refused_and_differ_from_their_transpose(name):
    assert not is_symmetric(NOT_SYMMETRIC[name])
    matrix = sample(np.random.default_rng(0), NOT_SYMMETRIC[name])
    assert matrix.shape != matrix.T.shape or np.abs(matrix - matrix.T).max() > 1e-11


def test_the_refusal_shows_the_expression_and_its_transpose():
    with pytest.raises(ValueError, match=r"X\*Y\.T is not: its transpose is Y\*X\.T; symmetrise it"):
        symmetric_pencil(X * Y.T)


def test_the_symmetric_pencil_has_two_z_at_one_node():
    found = symmetric_pencil(X * X.T)
    assert (found.spectral[0], found.output, found.input, found.factor) == (2, 0, 0, 2)


def test_an_expression_of_too_many_terms_is_not_decided():
    with pytest.raises(ValueError, match="more than 20000 terms: its symmetry is not decided"):
        is_symmetric((G + H) ** 16)


def test_the_inverse_of_zero_is_refused():
    with pytest.raises(ValueError, match="the inverse of a matrix that is zero"):
        is_symmetric((LowRank("K", [(u, v)]) - outer(u, v)) ** -1)
