"""Stochastic Lanczos quadrature: exact where it should be, random matrices of known law, and controls that fail."""

import numpy as np
import pytest
from scipy import integrate, linalg, sparse
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from rmt_spikes import eigenvalue_density, spectral_density


def gaussian(m, n, seed=0):
    return np.random.default_rng(seed).standard_normal((m, n))


def symmetric(n, seed=0):
    X = gaussian(n, n, seed)
    return (X + X.T) / np.sqrt(2 * n)


def law(A, probes=24, steps=48, seed=3):
    return spectral_density(np.random.default_rng(seed), A, probes, steps)


def marchenko_pastur(s, ratio):
    """Density of the singular values of an m×n matrix with variance 1/m, ratio = n/m < 1."""
    low, high = (1 - ratio**0.5) ** 2, (1 + ratio**0.5) ** 2
    return np.sqrt(np.maximum((high - s**2) * (s**2 - low), 0)) / (np.pi * ratio * s)


def semicircle(x):
    return np.sqrt(np.maximum(4 - x**2, 0)) / (2 * np.pi)


def cumulative(density, low, x):
    return np.array([integrate.quad(density, low, point, limit=200)[0] for point in x])


def test_the_mean_of_many_probes_is_the_trace():
    A = gaussian(30, 20)
    found = law(A, probes=4000, steps=6)
    for p in (2, 4, 10):
        exact = (linalg.svdvals(A) ** p).mean()
        moment = found.moment(p)
        assert abs(moment.mean - exact) < 4 * moment.sem
        assert abs(moment.mean - 1.03 * exact) > 4 * moment.sem or p == 10


def test_a_rule_is_exact_up_to_its_degree_and_no_further():
    A, start = symmetric(40), np.random.default_rng(3).standard_normal((2, 40))
    start /= np.linalg.norm(start, axis=1, keepdims=True)
    found = eigenvalue_density(np.random.default_rng(3), A, probes=2, steps=5)
    for p in range(13):
        exact = [v @ np.linalg.matrix_power(A, p) @ v for v in start]
        error = np.abs((found.weights * found.nodes**p).sum(axis=1) - exact).max()
        assert error < 1e-12 if p < 10 else error > 1e-6


@pytest.mark.parametrize("A", [gaussian(9, 6), gaussian(6, 9), np.diag([1.0, 2, 2, 2]), np.zeros((5, 4))])
def test_with_all_steps_the_nodes_are_the_values(A):
    found, s = law(A, probes=3, steps=50), linalg.svdvals(A)
    assert found.nodes.shape == (3, min(A.shape))
    for nodes, weights in zip(found.nodes, found.weights, strict=True):
        assert weights.sum() == pytest.approx(1)
        assert (
            max(np.abs(s - node).min() for node, weight in zip(nodes, weights, strict=True) if weight > 1e-9) < 1e-7
        )


def z_scores(found, expected):
    return (found.mean - expected) / np.hypot(found.sem, 5e-4)  # beside: resolution and one matrix's fluctuation


@pytest.mark.parametrize(("ratio", "agrees"), [(0.5, True), (0.45, False), (0.55, False)])
def test_singular_values_follow_marchenko_pastur_and_a_wrong_ratio_does_not(ratio, agrees):
    found = law(gaussian(1600, 800, 5) / 40)
    x = np.linspace(0.45, 1.55, 9)
    low = 1 - ratio**0.5
    worst = np.abs(z_scores(found.cumulative(x), cumulative(lambda s: marchenko_pastur(s, ratio), low, x))).max()
    assert (worst < 4) == agrees


@pytest.mark.parametrize(("scale", "agrees"), [(1.0, True), (1.05, False)])
def test_eigenvalues_follow_the_semicircle_and_another_radius_does_not(scale, agrees):
    found = eigenvalue_density(np.random.default_rng(1), symmetric(1000, 2), probes=24, steps=48)
    x = np.linspace(-1.7, 1.7, 9)
    worst = np.abs(z_scores(found.cumulative(x), cumulative(semicircle, -2, x / scale))).max()
    assert (worst < 4) == agrees


def test_the_density_is_the_law_convolved_with_the_gaussian():
    found = eigenvalue_density(np.random.default_rng(1), symmetric(1000, 2), probes=24, steps=48)
    x, width = np.linspace(-2.2, 2.2, 9), 0.1
    gauss = lambda u: np.exp(-((u / width) ** 2) / 2) / (np.sqrt(2 * np.pi) * width)  # noqa: E731
    exact = [integrate.quad(lambda t, p=p: semicircle(t) * gauss(p - t), -2, 2, points=[p])[0] if abs(p) < 2
             else integrate.quad(lambda t, p=p: semicircle(t) * gauss(p - t), -2, 2)[0] for p in x]  # fmt: skip
    estimate = found.density(x, width)
    assert (np.abs(estimate.mean - exact) < 4 * np.hypot(estimate.sem, 2e-3)).all()
    assert found.density(x[:8].reshape(2, 4), width).mean.shape == (2, 4)


def test_the_error_bar_is_the_scatter_over_draws_of_probes():
    A = gaussian(300, 200) / 17
    draws = [law(A, probes=8, steps=10, seed=seed).moment(2) for seed in range(100, 160)]
    scatter = np.std([draw.mean for draw in draws], ddof=1)
    assert np.sqrt(np.mean([draw.sem**2 for draw in draws])) == pytest.approx(scatter, rel=0.3)


def test_arrays_sparse_matrices_operators_and_the_transpose_agree():
    A = gaussian(120, 90)
    expected = law(A).nodes
    for other in (sparse.csr_array(A), sparse.coo_matrix(A), aslinearoperator(A), A.T, np.asfortranarray(A)):
        np.testing.assert_allclose(law(other).nodes, expected, atol=1e-9)
    np.testing.assert_allclose(law(1e200 * A).nodes, 1e200 * expected, rtol=1e-6)
    np.testing.assert_allclose(law(A.astype(np.float32)).moment(2).mean, law(A).moment(2).mean, rtol=1e-6)


def test_the_same_generator_gives_the_same_law():
    np.testing.assert_array_equal(law(gaussian(50, 40)).nodes, law(gaussian(50, 40)).nodes)


@pytest.mark.parametrize("options", [{"probes": 1}, {"probes": True}, {"steps": 0}, {"steps": 2.0}])
def test_a_count_that_is_none_is_refused(options):
    with pytest.raises(ValueError, match=r"(probes|steps) = .* is not a whole number from"):
        law(np.eye(3), **options)


@pytest.mark.parametrize("width", [0.0, -1.0, np.inf, "1"])
def test_a_width_that_is_not_positive_is_refused(width):
    with pytest.raises(ValueError, match=r"width = .* is not a positive number"):
        law(np.eye(3)).density(0.0, width)


@pytest.mark.parametrize("rng", [None, 3])
def test_the_generator_must_be_given(rng):
    with pytest.raises(TypeError, match="is not a numpy Generator: give"):
        spectral_density(rng, np.eye(3))


def test_what_is_not_symmetric_is_refused():
    rng, A = np.random.default_rng(0), gaussian(30, 30)
    with pytest.raises(ValueError, match="A is not symmetric: A and its transpose differ by up to"):
        eigenvalue_density(rng, A)
    with pytest.raises(ValueError, match="the products of A are not those of one matrix and its transpose"):
        eigenvalue_density(rng, aslinearoperator(A))
    with pytest.raises(ValueError, match=r"A has shape \(30, 20\): give a square matrix, or take spectral_density"):
        eigenvalue_density(rng, A[:, :20])
    wrong = LinearOperator((30, 30), matvec=lambda v: A @ v, rmatvec=lambda v: 2 * A.T @ v)
    with pytest.raises(ValueError, match="the products of A are not those of one matrix and its transpose"):
        spectral_density(rng, wrong)
