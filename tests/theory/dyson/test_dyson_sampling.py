"""Drawing an expression: variances, profiles, joint laws, directions, and one matrix for one symbol."""

import numpy as np
import pytest
from sympy import Identity

from theory.dyson.dimensions import Dimension
from theory.dyson.matrices import Diagonal, Gaussian, outer
from theory.dyson.sampling import balanced_atoms, draw, evaluate, sample
from theory.dyson.sources import Source, field
from theory.dyson.vectors import direction, function_vector

n, d = Dimension("n", 400), Dimension("d", 300)
joint = Source("joint", n, [[1.0, 2.0], [2.0, 5.0], [4.0, -1.0]], [0.5, 0.3, 0.2])
X = Gaussian("X", n, d, 1 / d)
S, T = Diagonal("S", n, joint, lambda y, g: y), Diagonal("T", n, joint, lambda y, g: g)
beta, gamma = direction("beta", d), direction("gamma", d)


def standardised(matrix, variances):
    """z-score of the mean of the squared entries over their variances: N(0, 1) for Gaussians of these variances."""
    ratio = matrix**2 / variances
    return (ratio.mean() - 1) / np.sqrt(2 / ratio.size)


def test_entries_have_the_declared_variance():
    assert abs(standardised(sample(np.random.default_rng(0), X), 1 / 300)) < 4


def test_control_a_variance_two_per_cent_off_is_seen():
    assert abs(standardised(sample(np.random.default_rng(0), X), 1.02 / 300)) > 4


def test_a_profile_scales_the_entries_by_the_atoms_drawn():
    P = Gaussian("P", n, d, 1 / d, [(field(n, joint, lambda y, g: y), 1.0), (2.0, 0.5)])
    drawn = draw(np.random.default_rng(1), P + S * X)
    rows = np.diag(drawn.matrices[S])[:, None]
    assert abs(standardised(drawn.matrices[P], (rows + 1) / 300)) < 4
    assert abs(standardised(drawn.matrices[P], (rows[::-1] + 1) / 300)) > 4  # another order of rows


def test_joint_sources_are_drawn_jointly():
    drawn = draw(np.random.default_rng(2), S * T)
    pairs = set(zip(np.diag(drawn.matrices[S]), np.diag(drawn.matrices[T]), strict=True))
    assert pairs == {(1.0, 2.0), (2.0, 5.0), (4.0, -1.0)}


def test_directions_are_orthonormal_and_orthogonal_to_functions():
    e = Source("e", d, [1.0, -1.0, 3.0])
    f = function_vector(d, e)
    drawn = draw(np.random.default_rng(3), X * (outer(beta, gamma) + outer(f, beta)))
    B, C = drawn.directions[d, "beta"], drawn.directions[d, "gamma"]
    np.testing.assert_allclose([B @ B, C @ C, B @ C], [1, 1, 0], atol=1e-12)
    values = evaluate(outer(f, beta), drawn) @ B  # the function vector itself
    np.testing.assert_allclose([values @ B, values @ C], 0, atol=1e-12)
    assert set(np.round(values * np.sqrt(300), 9)) == {1.0, -1.0, 3.0}


def test_a_projection_is_one():
    P = Identity(d) - outer(beta, beta)
    found = sample(np.random.default_rng(4), P)
    np.testing.assert_allclose(found @ found, found, atol=1e-12)
    assert np.trace(found) == pytest.approx(299)


def test_a_symbol_is_one_matrix_wherever_it_stands():
    assert np.abs(sample(np.random.default_rng(5), X * X.T - (X * X.T).T)).max() == 0
    drawn = draw(np.random.default_rng(5), X)
    np.testing.assert_allclose(evaluate(X.T * X, drawn), evaluate(X, drawn).T @ evaluate(X, drawn))


def test_the_generator_alone_decides_the_draw():
    one, two = (sample(np.random.default_rng(6), S * X) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, sample(np.random.default_rng(7), S * X))


def test_balanced_atoms_come_in_their_proportions():
    values = np.diag(sample(np.random.default_rng(8), S, choose=balanced_atoms))
    assert [int(np.sum(values == atom)) for atom in (1.0, 2.0, 4.0)] == [200, 120, 80]
    free = np.diag(sample(np.random.default_rng(8), S))
    assert [int(np.sum(free == atom)) for atom in (1.0, 2.0, 4.0)] != [200, 120, 80]


def test_sizes_that_are_no_whole_numbers_are_refused():
    half = Dimension("h", 0.5)
    with pytest.raises(ValueError, match=r"at whole sizes only, and h has size 0\.5; declare it"):
        sample(np.random.default_rng(0), Gaussian("Z", half, d, 1))


def test_more_directions_than_room_are_refused():
    two = Dimension("two", 2)
    u, v, f = direction("u", two), direction("v", two), function_vector(two, 1.0)
    with pytest.raises(ValueError, match="size 2 has no room for 2 directions beside 1 functions"):
        sample(np.random.default_rng(0), outer(u, v) + outer(f, f))
