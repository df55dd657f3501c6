"""Features after one step: their coefficients, limits with closed forms, and their spikes beside drawn networks."""

from dataclasses import replace

import mpmath
import numpy as np
import pytest
from scipy.special import erf

from theory.dyson.networks import features
from theory.dyson.networks.features import feature_bulk, feature_moments, feature_spikes
from theory.hermite import hermite_coefficients
from theory.model import Model

SIZES = {"width": 300, "dim": 200, "samples": 350, "alpha1": 0, "steps": 1}


def model(activation, target="tanh(z+0.3)", eta=30.0, **other):
    return Model.of(activation=activation, target=target, scale1=eta, **{**SIZES, **other})


def test_coefficients_of_erf_are_the_closed_forms():
    one = model("erf", "z+(z**2-1)/3", noise=0.2)
    a, g = np.array([-0.11, 0.03]), np.array([-1.4, 0.2, 2.1])
    found = feature_moments(one, a, g)
    c1, _, m2 = one.target_moments
    b = np.sqrt(c1**2 + one.phi * m2)
    slope = 2 / np.sqrt(3 * np.pi)  # E σ'; E hσ' = 0 and Var σ' = 4/(π√5) − slope²
    kappa = np.sqrt(one.phi * m2 * (4 / (np.pi * np.sqrt(5)) - slope**2))
    s = np.hypot(1, one.eta1 * a * kappa)[:, None]
    m = one.eta1 * slope * b * np.multiply.outer(a, g)
    np.testing.assert_allclose(found.length, s[:, 0], rtol=1e-10)
    np.testing.assert_allclose(found.mean, erf(m / np.sqrt(1 + 2 * s**2)), rtol=1e-9)
    first = 2 * s / np.sqrt(np.pi * (1 + 2 * s**2)) * np.exp(-(m**2) / (1 + 2 * s**2))
    np.testing.assert_allclose(found.linear, first, rtol=1e-9)
    np.testing.assert_allclose(found.quadratic, -np.sqrt(2) * m * s * first / (1 + 2 * s**2), rtol=1e-8, atol=1e-12)


def test_coefficients_of_softplus_are_those_of_mpmath():
    one = model("softplus")
    found = feature_moments(one, np.array([0.07]), np.array([1.3]))
    c1, mean, m2 = one.target_moments
    mu1, mu2, variance = one.activation_moments
    m = one.eta1 * 0.07 * mu1 * np.sqrt(c1**2 + one.phi * m2) * 1.3
    s = np.hypot(1 + one.eta1 * 0.07 * mu2 * mean, one.eta1 * 0.07 * np.sqrt(one.phi * m2 * variance))

    def expectation(f):
        density = lambda x: mpmath.exp(-(x**2) / 2) / mpmath.sqrt(2 * mpmath.pi)  # noqa: E731
        return float(mpmath.quad(lambda x: f(x, mpmath.log1p(mpmath.exp(m + s * x))) * density(x), range(-12, 13, 4)))

    M0, M1 = expectation(lambda x, y: y), expectation(lambda x, y: x * y)
    M2 = expectation(lambda x, y: (x**2 - 1) * y) / np.sqrt(2)
    V = expectation(lambda x, y: y**2) - M0**2 - M1**2
    seen = [found.mean[0, 0], found.linear[0, 0], found.quadratic[0, 0], found.variance[0, 0]]
    np.testing.assert_allclose(seen, [M0, M1, M2, V], rtol=1e-8)


def test_for_small_steps_the_mean_is_the_sum_of_the_published_spikes():
    """c_k (η1 μ1 a)^k He_k(⟨β1, x̃⟩), to leading order at every k."""
    one = model("relu", eta=1.0)
    g, weights = np.polynomial.hermite_e.hermegauss(40)
    weights /= weights.sum()
    b = np.hypot(one.target_moments[0], np.sqrt(one.phi * one.m2))
    A = 0.02
    mean = feature_moments(one, np.array([A]), g).mean[0]
    c = hermite_coefficients("relu", 4)
    for k in (0, 1, 2, 4):
        projected = (
            weights @ (mean * np.polynomial.hermite_e.hermeval(g, np.eye(5)[k])) / np.prod(np.arange(1, k + 1))
        )
        assert projected == pytest.approx(c[k].value * (A * one.activation_moments[0] * b) ** k, rel=0.03)


def test_the_length_of_the_points_alone_makes_the_spike_of_a_quadratic_activation():
    """σ = He2/√2 at η = 0: noise of variance 1/N, m×N, and r 1ᵀ/√(dN) of strength √(m/d)."""
    N, d, m = 300, 200, 900
    (spike,) = feature_spikes(model("(z**2-1)*0.70710678118654752", eta=1e-6, width=N, dim=d), m)
    theta2, gamma = m / d, m / N
    assert spike.value == pytest.approx(np.sqrt((1 + theta2) * (gamma + theta2) / theta2), rel=1e-4)
    assert spike.left_overlap_squared < 1e-6  # the length is no function of X̃β1


def drawn(one, fresh, draws, sigma, slope, target, orders):
    """Singular values of F, and squared overlaps of their left vectors with powers of X̃β1; NumPy alone."""
    N, d, n = int(one.N), int(one.d), int(one.n)
    values, overlaps = [], []
    for seed in range(draws):
        rng = np.random.default_rng([3, seed])
        W = rng.standard_normal((N, d))
        W /= np.linalg.norm(W, axis=1, keepdims=True)
        a, X = rng.standard_normal(N) / np.sqrt(N), rng.standard_normal((n, d))
        H = X @ W.T
        y = target(X[:, 0])
        r = y - sigma(H) @ a / np.sqrt(N)
        W1 = W + one.eta1 / n * (slope(H) * np.outer(r, a)).T @ X
        T = rng.standard_normal((fresh, d))
        U, s, _ = np.linalg.svd(sigma(T @ W1.T) / np.sqrt(N), full_matrices=False)
        Q = np.linalg.qr(np.vander(T @ (X.T @ y) / n, 4, increasing=True))[0]
        values.append(s)
        overlaps.append([(U[:, k] @ Q[:, order]) ** 2 for k, order in enumerate(orders)])
    return np.array(values), np.array(overlaps)


def z_scores(seen, predicted):
    return (seen.mean(axis=0) - predicted) / (seen.std(axis=0, ddof=1) / np.sqrt(len(seen)))


CASES = {
    "softplus": (lambda u: np.logaddexp(0, u), lambda u: 1 / (1 + np.exp(-u)), [0, 1, 2]),
    "erf": (erf, lambda u: 2 / np.sqrt(np.pi) * np.exp(-(u**2)), [1]),
}


@pytest.mark.parametrize("name", CASES)
def test_spikes_and_bulk_are_those_of_drawn_networks(name):
    sigma, slope, orders = CASES[name]
    one = model(name, eta=60.0, width=400, dim=250, samples=500)
    predicted = feature_spikes(one, 700)
    assert [spike.order for spike in predicted] == orders
    values, overlaps = drawn(one, 700, 12, sigma, slope, lambda z: np.tanh(z + 0.3), orders)
    K = len(orders)
    assert np.abs(z_scores(values[:, :K], [spike.value for spike in predicted])).max() < 4
    best = [spike.orders[spike.order] ** 2 for spike in predicted]
    np.testing.assert_allclose(overlaps.mean(axis=0), best, atol=0.03)
    law = feature_bulk(one, 700, K)
    fractions = np.array([0.02, 0.25, 0.5])
    seen = np.quantile(values[:, K:], 1 - fractions, axis=1, method="hazen").mean(axis=1)
    np.testing.assert_allclose(seen, law.isf(fractions), rtol=0.015)
    # another step is refuted by the same draws
    wrong = feature_spikes(replace(one, eta1=1.25 * one.eta1), 700)
    assert np.abs(z_scores(values[:, :K], [spike.value for spike in wrong[:K]])).max() > 6


def test_a_spectrum_that_cannot_be_solved_is_refused_with_advice(monkeypatch):
    def fails(*args, **kwargs):
        raise np.linalg.LinAlgError("singular")

    monkeypatch.setattr(features.SingularValues, "outliers_above", fails)
    with pytest.raises(ValueError, match=r"features could not be solved .*give smaller exponents"):
        feature_spikes(model("erf"), 300)
