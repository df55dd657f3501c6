"""Random features in closed equations against the engine, a published formula, dense matrices and simulation."""

import numpy as np
import pytest
from sympy import sqrt

from theory.averaged_sgd import averaged_sgd, step_sizes
from theory.dyson.dimensions import Dimension
from theory.dyson.law import Eigenvalues
from theory.dyson.matrices import Gaussian
from theory.feature_population import FeaturePopulation, feature_population, free_poisson_rule, linear_split
from theory.ridge_risk import effective_penalty, ridge_risk

C1, REST, F1, F_REST, NOISE = 0.6, 0.25, 1.3, 0.4, 0.5
SIZES = ((0.7, 3.0), (2.0, 3.0), (5.0, 3.0), (2.2, 0.8), (0.3, 0.8))  # m/d, n/d


def mei_montanari(width, samples, c1=C1):
    """Theorem 3 of Mei & Montanari 2022: the error of least norm, d = 1, with u = c_1²/c_*²."""
    u, least = c1**2 / REST**2, min(width, samples)
    p = least * u - u - 1
    x = -(np.sqrt(p * p + 4 * u * least) + p) / (2 * u)
    a, b = width, samples
    odd = (a * b - b - a + 1) * x**3 * u**3 - 2 * x**3 * u**2 - 3 * x**3 * u
    e0 = -(x**5) * u**3 + 3 * x**4 * u**2 + odd + (a + b - 3 * a * b + 1) * x**2 * u**2 + 2 * x**2 * u + x**2
    e0 += 3 * a * b * x * u - a * b
    e1 = b * x**3 * u**2 - b * x**2 * u + a * b * x * u - a * b
    e2 = x**5 * u**3 - 3 * x**4 * u**2 + (a - 1) * x**3 * u**3 + 2 * x**3 * u**2 + 3 * x**3 * u
    e2 += (-a - 1) * x**2 * u**2 - 2 * x**2 * u - x**2
    return F1**2 * e1 / e0 + (NOISE**2 + F_REST**2) * e2 / e0 + F_REST**2


@pytest.mark.parametrize(("width", "samples"), SIZES)
def test_the_error_of_least_norm_is_the_published_formula(width, samples):
    features = feature_population(1, width, C1, REST, F1, F_REST, nodes=200)
    found = ridge_risk(features, samples, 0.0, NOISE).error
    assert found == pytest.approx(mei_montanari(width, samples), rel=1e-10)
    assert found != pytest.approx(mei_montanari(width, samples, 1.02 * C1), rel=1e-4)


def test_the_effective_penalty_is_the_resolvent_of_the_engine():
    """1/κ = tr (ΦΦᵀ + λ)⁻¹ of Φ = (c_1 X Wᵀ + c_* Θ)/√m, W's entries of variance 1/d."""
    sizes = {"d": 120, "m": 300, "n": 200}
    d, m, n = (Dimension(name, size) for name, size in sizes.items())
    X, W, noise = Gaussian("X", n, d, 1), Gaussian("W", m, d, 1 / 120), Gaussian("T", n, m, 1)
    phi = (C1 * X * W.T + REST * noise) / sqrt(300.0)
    penalty = 0.07
    trace = 200 * Eigenvalues(phi * phi.T).stieltjes(-penalty).real
    features = feature_population(120, 300, C1, REST, F1)
    assert 1 / effective_penalty(features, 200, penalty) == pytest.approx(trace, rel=1e-6)
    assert 1 / effective_penalty(features, 206, penalty) != pytest.approx(trace, rel=1e-3)


def test_bias_falls_through_the_peak_of_the_noise_variance():
    ratios = np.array([0.1, 0.3, 0.6, 0.9, 0.99, 1.01, 1.1, 1.5, 3.0, 9.0])
    risks = [ridge_risk(feature_population(80, 300 * ratio, C1, REST, F1), 300, 0.0, NOISE) for ratio in ratios]
    bias, noise = (np.array([getattr(risk, name) for risk in risks]) for name in ("squared_bias", "noise_variance"))
    assert (np.diff(bias) <= 1e-12).all()
    assert (np.diff(noise[:5]) > 0).all()
    assert (np.diff(noise[5:]) < 0).all()
    assert noise[4:6].min() > 50 * NOISE**2


@pytest.mark.parametrize("width", [40, 90, 250])
def test_the_rule_has_the_moments_of_the_covariance(width):
    """tr (WWᵀ)^k for k = 1, 2, 3 and βᵀWᵀ(WWᵀ)^kWβ, free Poisson's: Σ over the nodes against closed forms."""
    dim, ratio = 90, width / 90
    features = feature_population(dim, width, C1, 0.5, F1)
    s = (width * features.eigenvalues - 0.25) / C1**2
    traces = [features.counts @ s**k for k in range(4)]
    expected = [width, width, width * (1 + ratio), width * (1 + 3 * ratio + ratio**2)]
    np.testing.assert_allclose(traces, expected, rtol=1e-10)
    shares = features.signals * width * features.eigenvalues / (F1 * C1) ** 2
    np.testing.assert_allclose([shares @ s**k for k in range(3)], np.array(expected[1:]) / dim, rtol=1e-10)


def test_more_nodes_change_nothing():
    for width in (60, 119, 121, 400):
        few, many = (
            ridge_risk(feature_population(120, width, C1, REST, F1, F_REST, nodes), 200, 0.02) for nodes in (60, 300)
        )
        assert few.error == pytest.approx(many.error, rel=1e-6)
        assert few.squared_bias == pytest.approx(many.squared_bias, rel=1e-6)


def dense_error(covariance, target, steps, least):
    """E θ̄'s excess error by the full second moments of (v_t, Σ_s v_s), matrices of their own."""
    p = len(target)
    v = np.outer(target, target)
    total, cross = np.zeros((p, p)), np.zeros((p, p))  # E ss ᵀ, E v sᵀ of s = v_1 + … + v_t
    for gamma in steps:
        contract = np.eye(p) - gamma * covariance
        cross = contract @ cross
        fourth = 2 * covariance @ v @ covariance + np.trace(covariance @ v) * covariance
        v = v - gamma * (covariance @ v + v @ covariance) + gamma**2 * (fourth + least * covariance)
        total = total + cross + cross.T + v
        cross = cross + v
    return np.trace(covariance @ total) / len(steps) ** 2


@pytest.mark.parametrize("decay", [0.0, 0.6])
def test_averaged_sgd_is_the_recursion_of_dense_second_moments(decay):
    rng = np.random.default_rng(3)
    root = rng.standard_normal((6, 9)) / 4
    covariance, target = root @ root.T, rng.standard_normal(6)
    values, vectors = np.linalg.eigh(covariance)
    signals = values * (vectors.T @ target) ** 2
    features = FeaturePopulation(values, np.ones(6), signals, float(signals.sum()), 0.3)
    steps = step_sizes(40, 0.15, decay)
    found = averaged_sgd(features, steps, 0.7).error - features.unlearnable
    assert found == pytest.approx(dense_error(covariance, target, steps, 0.3 + 0.49), rel=1e-10)
    assert found != pytest.approx(dense_error(covariance, target, steps, 0.3), rel=1e-2)


def test_averaged_sgd_on_gaussian_features_is_simulated():
    rng = np.random.default_rng(4)
    values, runs = np.array([1.0, 0.5, 0.1, 0.02]), 4000
    target, steps, noise = np.array([1.0, -1.0, 2.0, 1.0]), step_sizes(30, 0.3, 0.2), 0.4
    theta, total, sole = (np.zeros((runs, 4)) for _ in range(3))
    for gamma in steps:
        x = rng.standard_normal((runs, 4)) * np.sqrt(values)
        error = x @ target + noise * rng.standard_normal(runs) - (x * theta).sum(axis=1)
        theta = theta + gamma * error[:, None] * x
        total += theta
        sole = theta
    features = FeaturePopulation(values, np.ones(4), values * target**2, float(values @ target**2), 0.0)
    predicted = averaged_sgd(features, steps, noise)
    seen = ((total / 30 - target) ** 2) @ values
    sem = seen.std() / np.sqrt(runs)
    assert abs(seen.mean() - predicted.error) < 3.5 * sem
    last = ((sole - target) ** 2) @ values  # the negative control: not the average but the last iterate
    assert abs(last.mean() - predicted.error) > 10 * sem
    mean = (((total / 30).mean(axis=0) - target) ** 2) @ values
    assert mean == pytest.approx(predicted.population_error, rel=0.05)


def test_short_steps_average_like_gradient_flow_on_the_population():
    features = feature_population(80, 200, C1, REST, F1, F_REST)
    found = averaged_sgd(features, np.full(4000, 0.01), NOISE)
    x = 40 * features.eigenvalues
    kept = (1 - np.exp(-x)) / x
    flow = features.signals @ kept**2 + features.unlearnable
    assert found.population_error == pytest.approx(flow, rel=1e-3)
    assert found.error == pytest.approx(flow, rel=0.02)
    assert found.noise_variance < 0.01 * NOISE**2


def test_without_penalty_below_the_peak_the_noise_makes_m_over_n_minus_m():
    features = feature_population(70, 120, C1, REST, F1, F_REST)
    found = ridge_risk(features, 300, 0.0, NOISE)
    assert found.kappa == 0
    assert found.noise_variance == pytest.approx(NOISE**2 * 120 / 180, rel=1e-10)


def test_a_heavy_penalty_learns_nothing():
    features = feature_population(70, 120, C1, REST, F1, F_REST)
    found = ridge_risk(features, 300, 1e9, NOISE)
    assert found.error == pytest.approx(F1**2 + F_REST**2, rel=1e-5)
    assert found.variance == pytest.approx(0, abs=1e-5)


def test_linear_features_have_the_rank_of_the_inputs():
    features = feature_population(70, 120, 1.0, 0.0, F1, 0.0, nodes=70)
    assert ridge_risk(features, 300, 0.0, 1.0).noise_variance == pytest.approx(70 / 230, rel=1e-6)


def test_the_split_of_an_activation_is_that_of_its_hermite_expansion():
    from theory.hermite import hermite_coefficients

    c = hermite_coefficients("softplus", 40).orthonormal
    assert linear_split("softplus") == pytest.approx((c[0], c[1], np.sqrt((c[2:] ** 2).sum())), rel=1e-6)


def test_the_rule_is_the_spectrum_of_a_matrix():
    z = np.random.default_rng(0).standard_normal((900, 600)) / np.sqrt(600)
    values, weights = free_poisson_rule(1.5)
    seen = np.mean(1 / (np.linalg.eigvalsh(z.T @ z) + 0.3))
    assert weights @ (1 / (values + 0.3)) == pytest.approx(seen, rel=5e-3)


FEATURES = feature_population(70, 120, C1, REST, F1)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: feature_population(0, 5, C1, REST, F1), "dim = 0 is not accepted: give a size above 0"),
        (lambda: feature_population(5, np.nan, C1, REST, F1), "width = nan is not accepted"),
        (lambda: feature_population(5, 5, 0.0, 0.0, F1), "c1 = 0.0 and rest = 0.0 are not accepted"),
        (lambda: ridge_risk(FEATURES, 0, 0.1), "samples = 0 is not accepted"),
        (lambda: ridge_risk(FEATURES, 50, -0.1), "penalty = -0.1 is not accepted: give λ ≥ 0"),
        (lambda: ridge_risk(FEATURES, 120, 0.0), "samples = 120 is the interpolation threshold"),
        (lambda: averaged_sgd(FEATURES, []), r"steps of shape \(0,\) are not accepted"),
        (lambda: averaged_sgd(FEATURES, [0.1, -1.0]), r"steps of shape \(2,\) are not accepted"),
    ],
)
def test_bad_input_is_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act()
