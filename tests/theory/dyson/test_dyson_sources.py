"""Laws, sources, functions of them, vectors: the normalisation, the moments, and what is refused."""

import warnings

import numpy as np
import pytest
import sympy
from scipy import stats

from theory.dyson.dimensions import Dimension, number
from theory.dyson.matrices import Diagonal, Gaussian, LowRank, outer
from theory.dyson.quantile_laws import FiniteSizeEdge, gauss_nodes, law, quantile_values
from theory.dyson.sources import Source, field, joint_weights
from theory.dyson.vectors import direction, function_vector

n, d = Dimension("n", 2000), Dimension("d", 1000)
s = Source("s", n, [1.0, 3.0], [0.25, 0.75])
t = Source("t", n, [[0.0, 1.0], [2.0, 5.0], [4.0, -1.0]])


def test_equal_sizes_stay_distinct_dimensions():
    assert Dimension("m", 2000) != n
    assert Dimension("n", 2000) == n
    assert Dimension("n", 2001) != n
    assert str(1 / n) == "1/n"
    assert sympy.latex(n) == "n"


def test_quadrature_has_the_moments_of_the_sample_to_twice_its_nodes():
    x = np.random.default_rng(0).gamma(2.0, size=500)
    nodes, weights = gauss_nodes(x, np.full(500, 1 / 500), 9)
    for k in range(18):
        assert weights @ nodes**k == pytest.approx(np.mean(x**k), rel=1e-9)
    assert abs(weights @ nodes**18 / np.mean(x**18) - 1) > 1e-9  # and no further
    assert x.min() <= nodes.min() <= nodes.max() <= x.max()


def test_few_values_are_kept_as_they_are():
    nodes, weights = gauss_nodes(np.array([2.0, 1.0, 2.0, 2.0]), np.full(4, 0.25), 9)
    np.testing.assert_array_equal((nodes, weights), ([1.0, 2.0], [0.25, 0.75]))


def test_a_distribution_keeps_its_mean_and_variance():
    with pytest.warns(FiniteSizeEdge, match="law of a is unbounded: the edge is a finite-size one, of 2000 values"):
        source = law("a", n, stats.norm(1.0, 2.0))
    x, w = source.atoms[:, 0], source.weights
    assert len(x) == 28
    assert w @ x == pytest.approx(1.0, abs=1e-12)
    assert w @ (x - 1) ** 2 == pytest.approx(4.0, abs=1e-10)
    assert x.max() < 1 + 2 * stats.norm.ppf(1 - 0.25 / 2000) + 0.1


def test_a_bounded_distribution_does_not_warn_and_stays_in_its_support():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        source = law("D", n, stats.uniform(0, 2))
    assert 0 <= source.atoms.min() <= source.atoms.max() <= 2
    assert source.weights @ source.atoms[:, 0] ** 2 == pytest.approx(4 / 3, rel=1e-5)


def test_positive_laws_stay_positive_and_discrete_ones_keep_their_values():
    assert quantile_values(stats.expon(), 10).min() > 0
    assert set(quantile_values(stats.bernoulli(0.3), 1000)) == {0.0, 1.0}


def test_a_long_sample_becomes_nodes_and_a_short_one_atoms():
    x = np.random.default_rng(1).uniform(size=300)
    assert len(Diagonal("D", n, x).field.values) == 28
    assert len(Diagonal("D", n, x[:50]).field.values) == 50


def test_functions_of_joint_sources_live_on_the_product():
    f = field(n, (s, t), lambda a, y, g: a + y * g)
    np.testing.assert_allclose(f.values, [[1, 11, -3], [3, 13, -1]])
    np.testing.assert_allclose(f.on((t, s)), f.values.T)
    np.testing.assert_allclose(joint_weights((s, t)), np.kron([0.25, 0.75], np.full(3, 1 / 3)))
    g = field(n, t, lambda y, g: y) * field(n, s)
    assert [source.name for source in g.sources] == ["t", "s"]


def test_vectors_have_the_squared_length_of_their_functions():
    f = field(n, s)
    v = function_vector(n, s) + 2 * direction("xi", n) - direction("zeta", n) * f
    rows = v.on((s,), ("zeta", "xi"))
    norm = n.size * np.sum(s.weights * rows**2)
    moment = 0.25 + 0.75 * 9
    assert norm == pytest.approx(moment + 4 + moment)
    np.testing.assert_allclose(rows[1] * np.sqrt(n.size), [-1, -3])


def test_numbers_may_be_arithmetic_of_dimensions():
    assert number(1 / sympy.sqrt(n * d) + 2) == pytest.approx(2 + 1 / np.sqrt(2e6))
    assert Gaussian("X", n, d, 1 / d).variance == 0.001


REFUSED = {
    "negative variance": (lambda: Gaussian("X", n, d, -1), "variance of X must not be negative; -1 came"),
    "infinite variance": (lambda: Gaussian("X", n, d, np.inf), "variance of X must be finite; inf came"),
    "nan variance": (lambda: Gaussian("X", n, d, np.nan), "variance of X must be finite; nan came"),
    "negative profile": (
        lambda: Gaussian("X", n, d, 1, [(field(n, s, lambda x: x - 2), 1)]),
        "profile of X must not be negative; it falls to -1",
    ),
    "empty profile": (lambda: Gaussian("X", n, d, 1, []), "the profile of X is empty"),
    "profile elsewhere": (
        lambda: Gaussian("X", d, n, 1, [(s, 1)]),
        "on the dimension n came where one on d is needed",
    ),
    "weights": (lambda: Diagonal("D", n, [1, 2], weights=[0.5, 0.6]), "weights of D must sum to 1, not 1.1; divide"),
    "negative weights": (lambda: Source("D", n, [1, 2], [1.5, -0.5]), "must not be negative; -0.5 came"),
    "number of weights": (lambda: Source("D", n, [1, 2], [1.0]), "2 atoms and weights of shape"),
    "infinite atoms": (lambda: Source("D", n, [1, np.inf]), "the atoms of D: not all values are finite"),
    "no atoms": (lambda: Source("D", n, []), "must have shape"),
    "weights of a law": (lambda: Diagonal("D", n, stats.uniform(), weights=[1]), "has its own weights"),
    "weights of a source": (lambda: Diagonal("D", n, s, weights=[1]), "sources have their own weights"),
    "no function": (lambda: Diagonal("D", n, t), "2 quantities need a function of them"),
    "infinite function": (lambda: Diagonal("D", n, s, lambda x: x / 0.0 + np.inf), "not all values are finite"),
    "bad distribution": (lambda: Diagonal("D", n, stats.gamma(-1.0)), "not finite; check its parameters"),
    "diagonal elsewhere": (lambda: Diagonal("D", d, s), "on the dimension n came where one on d is needed"),
    "size": (lambda: Dimension("m", 0), "size of the dimension m must be positive; 0 came"),
    "dimension name": (lambda: Dimension("m-1", 3), "named by a word such as 'n'"),
    "matrix name": (lambda: Gaussian("X Y", n, d, 1), "named by a word such as 'X'"),
    "direction name": (lambda: direction("b*", n), "named by a word such as 'beta'"),
    "vector sum": (lambda: direction("b", n) + direction("c", d), "b on n and c on d cannot be added"),
    "low rank": (
        lambda: LowRank("K", [(direction("b", n), direction("c", d)), (direction("e", d), direction("c", d))]),
        "left vectors of K live on different dimensions: b on n and e on d",
    ),
    "no pairs": (lambda: LowRank("K", []), "K has no pairs of vectors"),
    "fields": (lambda: field(n, 1.0) + field(d, 1.0), "dimensions n and d cannot be combined"),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", REFUSED)
def test_bad_declarations_are_refused(name):
    make, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        make()


WRONG_TYPES = {
    "dimension": (lambda: Gaussian("X", 3, d, 1), "X needs a Dimension such as"),
    "atoms": (lambda: Source("D", n, ["a"]), "must be real numbers"),
    "outer": (lambda: outer(1, direction("b", n)), "outer takes two vectors"),
    "number": (lambda: number("1/d"), "a number or an arithmetic expression of dimensions is needed"),
}


@pytest.mark.parametrize("name", WRONG_TYPES)
def test_wrong_types_are_refused(name):
    make, message = WRONG_TYPES[name]
    with pytest.raises(TypeError, match=message):
        make()
