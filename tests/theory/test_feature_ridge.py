"""Ridge regression on features that are Gaussian given a projection, against simulation and closed forms."""

from dataclasses import replace

import numpy as np
import pytest

from theory.feature_ridge import Features, ridge_error


def generic(d, m_scale=1.0):
    """Two kinds of neurons, three values of κ, two kinds of coordinates; nothing symmetric."""
    kappa = np.array([-1.5, 0.2, 1.1])
    slope = np.array([[0.7, 1.0, 0.4], [1.2, 0.5, 0.9]])
    return Features(
        mean=m_scale * np.array([[0.5, -0.2, 0.8], [-0.3, 0.6, 0.4]]),
        slope=slope,
        noise2=np.array([[0.3, 0.1, 0.5], [0.2, 0.6, 0.2]]),
        f0=np.array([1.0, -0.5, 0.7]),
        f1=np.array([0.8, 0.3, 1.2]),
        tau2=np.array([0.1, 0.3, 0.2]),
        kinds=np.array([0.3, 0.7]),
        kappa=kappa,
        radius=np.array([1.0, 0.9, 1.2]),
        weights=np.array([0.2, 0.5, 0.3]),
        counts=np.array([0.4, 0.6]) * (d - 2),
        spread=np.array([[0.5, 1.5], [2.0, 0.8]]),
        plane=np.array([[[1.0, 0.3], [0.3, 0.8]], [[1.2, -0.4], [-0.4, 0.9]]]),
    )


def drawn(rng, f, N, d, n, ridge, test=2000):
    """Test and training error of one draw of exactly this model."""
    kind = rng.choice(2, size=N, p=f.kinds)
    first = round(f.counts[0])
    variance = np.concatenate([np.repeat(f.spread[:, :1], first, 1), np.repeat(f.spread[:, 1:], d - 2 - first, 1)], 1)
    W = rng.standard_normal((N, d - 2)) * np.sqrt(variance[kind] / d)
    P = np.einsum("iab,ib->ia", np.linalg.cholesky(f.plane / d)[kind], rng.standard_normal((N, 2)))

    def sample(count):
        q = rng.choice(3, size=count, p=f.weights)
        x = rng.standard_normal((count, d - 1))  # the first is along b
        r = f.radius[q][:, None]
        inner = (r * x[:, 1:]) @ W.T + np.outer(f.kappa[q], P[:, 0]) + np.outer(f.radius[q] * x[:, 0], P[:, 1])
        at = np.ix_(kind, q)
        noise = np.sqrt(f.noise2[at].T) * rng.standard_normal((count, N))
        y = f.f0[q] + f.f1[q] * x[:, 0] + np.sqrt(f.tau2[q]) * rng.standard_normal(count)
        return (f.mean[at].T + f.slope[at].T * inner + noise) / np.sqrt(N), y

    F, y = sample(n)
    v = np.linalg.solve(F.T @ F + n * ridge / N * np.eye(N), F.T @ y)
    T, t = sample(test)
    return np.mean((T @ v - t) ** 2), np.mean((F @ v - y) ** 2)


def test_the_errors_are_those_of_a_simulation_of_the_same_gaussian_model():
    N, d, n, ridge = 240, 152, 320, 0.05
    found = ridge_error(generic(d), N, n, ridge)
    rng = np.random.default_rng(3)
    seen = np.array([drawn(rng, generic(d), N, d, n, ridge) for _ in range(40)])
    mean, sem = seen.mean(0), seen.std(0, ddof=1) / np.sqrt(40)
    assert np.all(np.abs(mean - [found.test, found.train]) < 3 * sem)
    without = ridge_error(generic(d, 0.0), N, n, ridge)  # negative control: the spikes left out
    assert abs(mean[0] - without.test) > 6 * sem[0]


def test_the_training_error_follows_from_the_objective_by_its_derivative_in_the_ridge():
    """objective = training error + λ ∂objective/∂λ, since v̂ minimises it; at large sizes, the plane being 1/d."""
    ridge, step = 0.05, 1e-4
    f = generic(152_000)
    low, found, high = (ridge_error(f, 240_000, 320_000, ridge * (1 + s)) for s in (-step, 0, step))
    slope = (high.objective - low.objective) / (2 * step)
    assert found.train == pytest.approx(found.objective - slope, rel=1e-6)


def test_many_neurons_give_ridge_regression_in_closed_form():
    """N → ∞, λ/N = l: kernel = c² ⟨x, x'⟩/d + s² δ, so ridge on x with (l n + s²) d / c² and its known error."""
    d, n, c, s2, l, signal, noise = 1e7, 2.2e7, 0.8, 0.15, 0.02, 1.3, 0.4
    one = np.ones((1, 1))
    f = Features(
        mean=0 * one, slope=c * one, noise2=s2 * one, f0=0 * one[0], f1=signal * one[0], tau2=noise * one[0],
        kinds=one[0], kappa=one[0], radius=one[0], weights=one[0], counts=np.array([d - 2]), spread=one,
        plane=np.eye(2)[None],
    )  # fmt: skip
    found = ridge_error(f, 1e15, n, l * 1e15)
    gamma, left = d / n, (l * n + s2) * d / c**2 / n
    kappa = left
    for _ in range(500):
        kappa = left + kappa * gamma / (1 + kappa)
    expected = ((kappa / (1 + kappa)) ** 2 * signal**2 + noise) / (1 - gamma / (1 + kappa) ** 2)
    assert found.test == pytest.approx(expected, rel=1e-5)


def test_quantities_that_do_not_depend_on_kappa_do_not_see_how_it_is_divided():
    f = generic(100)
    twice = replace(
        f, **{name: np.concatenate([getattr(f, name)] * 2, axis=-1)
              for name in ("mean", "slope", "noise2", "f0", "f1", "tau2", "kappa", "radius")},
        weights=np.concatenate([0.3 * f.weights, 0.7 * f.weights]),
    )  # fmt: skip
    assert ridge_error(twice, 240, 320, 0.1).test == pytest.approx(ridge_error(f, 240, 320, 0.1).test, rel=1e-9)


def test_a_ridge_without_a_fixed_point_in_reach_is_refused(monkeypatch):
    monkeypatch.setattr("theory.feature_ridge.MOST_STEPS", 3)
    with pytest.raises(ArithmeticError, match=r"no fixed point after 3 steps at ridge = 0\.05: take a larger one"):
        ridge_error(generic(100), 240, 320, 0.05)
