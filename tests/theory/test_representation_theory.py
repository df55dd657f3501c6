"""First gradients, zonal kernels and learning curves beside Monte Carlo, closed forms and each other."""

import numpy as np
import pytest

from theory.dyson.networks.hidden_directions import hidden_outliers
from theory.first_gradient import pretrained_law, quadratic_rows, single_index_rows
from theory.learning_curve import learning_curve
from theory.zonal_kernel import harmonics, relu_kernel, zonal_kernel


def quadratic(z):
    return (z**2 - 1) / np.sqrt(2)


def gradient_rows(rng, g, dim, n, width, noise, remove):
    X = rng.standard_normal((n, dim))
    y = g(X) + np.sqrt(noise) * rng.standard_normal(n)
    y = y - X @ (X.T @ y / n) if remove else y
    return (X @ rng.standard_normal((width, dim)).T > 0).astype(float).T @ (y[:, None] * X) / n


def test_quadrature_and_closed_form_give_the_same_rows():
    closed, general = quadratic_rows(13, 1, 700, 0.6), single_index_rows(quadratic, 13, 700, 0.6)
    assert closed.inside == pytest.approx(general.inside, rel=1e-9)
    assert closed.outside == pytest.approx(general.outside, rel=1e-9)
    assert closed.inside != pytest.approx(single_index_rows(quadratic, 14, 700, 0.6).inside, rel=1e-3)


@pytest.mark.parametrize(("rank", "removal"), [(1, "once"), (3, "none"), (3, "once")])
def test_mean_squares_of_rows_are_those_of_draws(rank, removal):
    dim, n, noise = 24, 1500, 0.7

    def target(X):
        return (X[:, :rank] ** 2 - 1).sum(axis=1) / np.sqrt(2 * rank)

    draws = []
    for rng in np.random.default_rng(3).spawn(60):
        G = gradient_rows(rng, target, dim, n, 100, noise, removal == "once")
        draws.append([(G[:, :rank] ** 2).sum() / 100, (G[:, rank:] ** 2).sum() / 100])
    mean, error = np.mean(draws, axis=0), np.std(draws, axis=0) / np.sqrt(60)
    law, wrong = (
        quadratic_rows(dim, rank, n, noise, how) for how in (removal, {"once": "none"}.get(removal, "once"))
    )
    assert (np.abs(mean - [law.inside, law.outside]) < 3 * error + 0.01 * mean).all()
    assert abs(mean[1] - wrong.outside) > 6 * error[1]


def test_the_tilt_of_pretrained_neurons_is_that_of_draws():
    def g(z):
        return (z**2 - 1) / 2 + (z**4 - 6 * z**2 + 3) / (4 * np.sqrt(3))

    dim, n = 12, 12_000
    law, seen = pretrained_law(g, dim, n, 1.0), []
    for rng in np.random.default_rng(5).spawn(40):
        G = gradient_rows(rng, lambda X: g(X[:, 0]), dim, n, 300, 1.0, True) * np.sqrt(2 * np.pi * dim)
        values, vectors = np.linalg.eigh(G.T @ G / 300)
        seen.append([values[-1], 1 - vectors[0, -1] ** 2])
    mean, error = np.mean(seen, axis=0), np.std(seen, axis=0) / np.sqrt(40)
    assert (np.abs(mean - [law.strong**2, np.sin(law.tilt) ** 2]) < 3 * error).all()
    assert abs(mean[1] - np.sin(pretrained_law(g, dim, 3 * n, 1.0).tilt) ** 2) > 3 * error[1]


def test_the_zonal_parts_add_up_to_the_kernel():
    kernel = zonal_kernel(6, 0.8, 0.4, most=14)
    rng = np.random.default_rng(0)
    i, j = rng.integers(len(kernel.z), size=2)
    cosine = 0.3
    inner = 0.64 * kernel.z[i] * kernel.z[j] + 0.16 * cosine * kernel.radius[i] * kernel.radius[j] + 1
    length = np.sqrt(0.64 * kernel.z**2 + 0.16 * kernel.radius**2 + 1)
    whole = relu_kernel(np.array([[inner]]), length[[i]], length[[j]])[0, 0]
    from theory.zonal_kernel import legendre

    parts = kernel.counts * kernel.kernels[:, i, j] * legendre(14, 5, np.array([cosine]))[:, 0]
    assert parts.sum() == pytest.approx(whole, rel=1e-4)
    assert parts[:2].sum() != pytest.approx(whole, rel=1e-4)
    assert harmonics(5, 1) == 5


def test_the_relu_kernel_is_a_mean_over_neurons():
    rng = np.random.default_rng(1)
    x, other = np.array([1.0, -0.5, 1.0]), np.array([0.3, 1.2, 1.0])
    w = rng.standard_normal((400_000, 3))
    products = np.maximum(w @ x, 0) * np.maximum(w @ other, 0)
    exact = relu_kernel(np.array([[x @ other]]), np.array([np.linalg.norm(x)]), np.array([np.linalg.norm(other)]))
    assert abs(products.mean() - exact[0, 0]) < 4 * products.std() / np.sqrt(len(w))


def test_a_target_keeps_its_mean_square_at_any_tilt():
    kernel = zonal_kernel(9, 1.0, 0.1)
    for tilt in (0.0, 0.4):
        parts, beyond = kernel.target(lambda z: (z**3 - 3 * z) / np.sqrt(6), tilt)
        assert kernel.weights @ ((parts**2).sum(axis=0) + beyond) == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize(("n", "ridge"), [(60, 0.5), (300, 0.5), (300, 3.0)])
def test_learning_curves_are_those_of_kernel_ridge_regression(n, ridge):
    dim, strong, weak, noise, tilt = 7, 0.9, 0.3, 0.4, 0.3
    kernel = zonal_kernel(dim, strong, weak)

    def g(z):
        return (z**3 - 3 * z) / np.sqrt(6)

    predicted = learning_curve(kernel, kernel.target(g, tilt), n, ridge, noise).error
    wrong = learning_curve(kernel, kernel.target(g, tilt), n // 4, ridge, noise).error
    scales, errors = np.array([strong] + [weak] * (dim - 1)), []
    u = np.array([np.cos(tilt), np.sin(tilt)])
    for rng in np.random.default_rng(7).spawn(60):
        X, test = rng.standard_normal((n, dim)), rng.standard_normal((1500, dim))
        train, fresh = (np.column_stack([inputs * scales, np.ones(len(inputs))]) for inputs in (X, test))
        length, other = (np.linalg.norm(inputs, axis=1) for inputs in (train, fresh))
        K = relu_kernel(train @ train.T, length, length) + ridge * np.eye(n)
        y = g(X[:, :2] @ u) + np.sqrt(noise) * rng.standard_normal(n)
        f = relu_kernel(fresh @ train.T, other, length) @ np.linalg.solve(K, y)
        errors.append(np.mean((f - g(test[:, :2] @ u)) ** 2))
    mean, error = np.mean(errors), np.std(errors) / np.sqrt(60)
    assert abs(mean - predicted) < max(3 * error, 0.03 * predicted)
    assert abs(mean - wrong) > 3 * error


def test_noise_levels_that_do_not_settle_are_refused(monkeypatch):
    monkeypatch.setattr("theory.learning_curve.ROUNDS", 1)
    kernel = zonal_kernel(8, 0.5, 0.5, most=2, nodes=(6, 3, 20))
    with pytest.raises(ArithmeticError, match="give a larger ridge"):
        learning_curve(kernel, kernel.target(np.tanh), 50, 0.1, 0.1)


def test_the_subspace_emerges_with_samples_per_dimension_and_neurons_with_their_square():
    """At the same n/d² the larger d captures more, while the share of the neurons is the same."""
    small, large = (hidden_outliers(2 * d, d, round(0.5 * d * d), 1)[0].captured for d in (60, 240))
    assert large > small + 0.03
    shares = [quadratic_rows(d, 1, round(0.5 * d * d), 0.0).share for d in (200, 800)]
    assert shares[1] == pytest.approx(shares[0], rel=0.03)
    assert hidden_outliers(120, 60, 100, 2, 1.0) == () or hidden_outliers(120, 60, 100, 2, 1.0)[0].captured < 0.05


def test_without_removal_the_mean_over_neurons_is_first_until_n_is_of_order_d_squared():
    early, late = (hidden_outliers(200, 100, n, 1, 0.0, "none") for n in (4000, 30_000))
    assert early[0].captured < 0.01
    assert early[0].value == pytest.approx(0.5 * np.sqrt(200 * 100 / 4000), rel=0.05)
    assert late[0].captured > 0.9
