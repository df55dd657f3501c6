"""One step of size √N: its numbers, the rows of W1, and ridge regression on the features, each against a draw."""

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad

from theory.functions import activation, function
from theory.large_step import Conditional, Step, isotropic, of_step, ridge_error
from theory.large_step.rows import plane, updated

CASES = [("tanh", "tanh(2*z)", 0.2, 1 / 0.7, 2.5), ("softplus", "tanh(2*z) + cos(z)/2", 0.3, 0.8, -1.5)]
every_case = pytest.mark.parametrize("case", CASES, ids=("odd", "general"))


def step_of(case):
    sigma, target, noise, phi, eta = case
    return Step.of(activation(sigma), function(target), noise, phi, eta)


def samples(rng, case, d):
    """β*, X and the residual r of a draw, and W0 on the sphere."""
    sigma, target, noise, phi, _ = case
    beta = rng.standard_normal(d)
    beta /= np.linalg.norm(beta)
    X = rng.standard_normal((round(d / phi), d))
    y = function(target)(X @ beta) + noise * rng.standard_normal(len(X))
    W0 = rng.standard_normal((d, d))
    W0 /= np.linalg.norm(W0, axis=1)[:, None]
    return beta, X, y - activation(sigma)(W0 @ X.T).mean(0), W0


def after_step(rng, case, d):
    """strength, γ, c and vᵀΣv of a real step."""
    beta, X, r, W0 = samples(rng, case, d)
    W1 = W0 + case[4] / len(X) * (r * activation(case[0]).derivative(W0 @ X.T)) @ X
    mean = W1.mean(0)
    rows, square = W1 - mean, mean @ mean
    c = np.sum(rows**2) / d
    return np.sqrt(square - c / d), abs(mean @ beta) / np.sqrt(square - c / d), c, np.sum((rows @ mean) ** 2) / square


@every_case
def test_a_real_step_has_the_numbers_of_the_step(case):
    step = step_of(case)
    seen = np.array([after_step(np.random.default_rng(seed), case, 700) for seed in range(10)])
    mean, error = seen.mean(0), seen.std(0, ddof=1) / np.sqrt(len(seen))
    predicted = np.array([step.strength, abs(step.gamma), step.c, step.along_spike])
    assert (np.abs(mean - predicted) < 3.5 * error + 0.004 * predicted).all(), (mean, predicted, error)
    # control: isotropic rows have c along v too
    assert abs(mean[3] - step.c) > 8 * error[3]


def drawn(rng, case, d, zeta, s):
    """(ζ + sΣ)⁻¹ of a draw: its trace and its block on v and b⊥."""
    step = step_of(case)
    beta, X, r, _ = samples(rng, case, d)
    M = np.eye(d) + step.eta * step.mu2 * (X.T * r) @ X / len(X)
    Sigma = M @ M + step.eta**2 * step.nu * step.phi * (X.T * r**2) @ X / len(X)
    v = X.T @ r / np.linalg.norm(X.T @ r)
    across = beta - v * (v @ beta)
    P = np.array([v, across / np.linalg.norm(across)]).T
    R = np.linalg.inv(zeta * np.eye(d) + s * Sigma)
    return np.append(P.T @ R @ P, np.trace(R) / d)


@every_case
def test_the_resolvent_of_the_rows_is_that_of_a_draw_in_trace_and_plane(case):
    step, zeta, s = step_of(case), 0.7, 0.6
    seen = np.array([drawn(np.random.default_rng(seed), case, 600, zeta, s) for seed in range(12)])
    mean, sem = seen.mean(0), seen.std(0, ddof=1) / np.sqrt(len(seen))
    G = fixed_point(step, zeta, s)
    predicted = np.append(plane(step, zeta, s, G), G[0, 0])
    assert (np.abs(mean - predicted) < 3.5 * sem + 0.003 * G[0, 0]).all(), (mean, predicted, sem)
    # control: v and b⊥ are not directions like others
    alike = G[0, 0] * np.array([1, 0, 0, 1])
    assert (np.abs(mean[:4] - alike) > 8 * sem[:4]).sum() >= 3


def fixed_point(step, zeta, s):
    G = np.eye(2)
    for _ in range(400):
        G = (G + updated(step, zeta, s, G)) / 2
    return G


@every_case
def test_the_variance_along_v_is_the_slope_of_the_resolvent(case):
    step = step_of(case)
    s = 1e-6
    block = plane(step, 1.0, s, fixed_point(step, 1.0, s))
    assert (1 - block[0, 0]) / s == pytest.approx(step.along_spike, rel=1e-3)
    assert (1 - fixed_point(step, 1.0, s)[0, 0]) / s == pytest.approx(step.c, rel=1e-3)


@pytest.mark.parametrize("rho", [0.3, 1.0, 2.5])
def test_the_isotropic_bulk_is_marchenko_pastur_and_slopes_are_derivatives(rho):
    c, zeta = 1.7, 0.4
    low, high = (c * (1 + sign * np.sqrt(rho)) ** 2 for sign in (-1, 1))

    def below(t):  # Marchenko–Pastur's density, at x between its edges, over ζ + x
        x = (low + high) / 2 - (high - low) / 2 * np.cos(t)
        return ((high - low) / 2 * np.sin(t)) ** 2 / (2 * np.pi * c * x * (zeta + x))

    g = quad(below, 0, np.pi)[0] + max(1 - rho, 0) / zeta
    at = isotropic(c, rho)(zeta)
    assert at.plane[0, 0] == pytest.approx(g, rel=1e-8)
    assert at.trace == pytest.approx(g / rho + (1 - 1 / rho) / zeta, rel=1e-8)
    high, low = (isotropic(c, rho)(zeta + e) for e in (1e-5, -1e-5))
    assert at.trace_slope == pytest.approx((high.trace - low.trace) / 2e-5, rel=1e-6)
    np.testing.assert_allclose(at.plane_slope, (high.plane - low.plane) / 2e-5, rtol=1e-6)


@pytest.mark.parametrize("rho", [0.2, 1.3])
def test_the_bulk_of_a_small_step_is_isotropic_and_slopes_are_derivatives(rho):
    tiny = Step.of(activation("relu"), function("tanh"), 0.1, 2.0, 1e-7)
    np.testing.assert_allclose(of_step(tiny, rho)(0.3).plane, isotropic(1.0, rho)(0.3).plane, atol=1e-6)
    step = step_of(CASES[1])
    at, high, low = (of_step(step, rho)(0.3 + e) for e in (0.0, 1e-5, -1e-5))
    assert at.trace_slope == pytest.approx((high.trace - low.trace) / 2e-5, rel=1e-6)
    np.testing.assert_allclose(at.plane_slope, (high.plane - low.plane) / 2e-5, rtol=1e-5, atol=1e-8)


def test_rows_that_do_not_converge_say_so(monkeypatch):
    monkeypatch.setattr("theory.large_step.bulk.NEWTON", 0)
    with pytest.raises(
        ArithmeticError, match=r"the rows' equation did not converge at ζ = 0\.3: take other parameters"
    ):
        of_step(step_of(CASES[0]), 1.0)(0.3)


@pytest.mark.parametrize("text", ["softplus", "relu"])
def test_the_conditional_features_are_integrals(text):
    sigma, r, c = activation(text), 1.3, 0.8
    found = Conditional.of(sigma, r, c)
    value = {"softplus": lambda u: mpmath.log(1 + mpmath.exp(u)), "relu": lambda u: max(u, mpmath.mpf(0))}[text]
    for k in (8, 27, 41):
        mean = r * float(found.kappa[k])
        cuts = sorted([-12, 0, 12, min(max(-mean / c**0.5, -11.9), 11.9)])

        def expect(power, weight, mean=mean, cuts=cuts):
            return float(mpmath.quad(lambda x: x**weight * value(mean + c**0.5 * x) ** power * mpmath.npdf(x), cuts))

        mu0, mu1, square = expect(1, 0), expect(1, 1) / c**0.5, expect(2, 0)
        seen = [found.mu0[k], found.mu1[k], found.noise[k]]
        np.testing.assert_allclose(seen, [mu0, mu1, square - mu0**2 - c * mu1**2], rtol=1e-7, atol=1e-10)


def gaussian_model(rng, case, c, r, gamma, n, d, lam):
    """Test and training error of a draw of the equivalent Gaussian features with an isotropic bulk."""
    sigma, target, noise, _, _ = case
    features = Conditional.of(activation(sigma), r, c)
    X = rng.standard_normal((n + 4 * d, d))
    kappa = X[:, 0]
    y = function(target)(gamma * kappa + np.sqrt(1 - gamma**2) * X[:, 1]) + noise * rng.standard_normal(len(X))
    mu0, mu1, square = (np.interp(kappa, features.kappa, f)[:, None]
                        for f in (features.mu0, features.mu1, features.noise))  # fmt: skip
    bulk = X @ rng.standard_normal((d, d)) * np.sqrt(c / d)
    F = (mu0 + mu1 * bulk + np.sqrt(square) * rng.standard_normal(bulk.shape)) / np.sqrt(d)
    theta = np.linalg.solve(F[:n].T @ F[:n] + lam * np.eye(d), F[:n].T @ y[:n])
    error = (y - F @ theta) ** 2
    return error[n:].mean(), error[:n].mean()


@every_case
@pytest.mark.parametrize("nu", [0.5, 1.4])
def test_the_errors_are_those_of_the_equivalent_gaussian_model(case, nu):
    d, lam, step = 400, 0.1, step_of(case)
    features = Conditional.of(activation(case[0]), step.spike, step.c)
    bulk = isotropic(step.c, 1.0)
    error = ridge_error(features, bulk, function(case[1]), step.gamma, nu, lam, case[2])
    seen = np.array([
        gaussian_model(np.random.default_rng(s), case, step.c, step.spike, step.gamma, round(nu * d), d, lam)
        for s in range(12)
    ])  # fmt: skip
    mean, sem = seen.mean(0), seen.std(0, ddof=1) / np.sqrt(len(seen))
    assert (np.abs(mean - [error.test, error.training]) < 3.5 * sem).all(), (mean, error, sem)
    wrong = ridge_error(features, bulk, function(case[1]), 0.5 * step.gamma, nu, 0.3 * lam, case[2])
    assert abs(mean[0] - wrong.test) > 5 * sem[0]


def test_an_infinite_ridge_leaves_the_spike_alone():
    step, target = step_of(CASES[1]), function(CASES[1][1])
    features = Conditional.of(activation("softplus"), step.spike, step.c)
    error = ridge_error(features, of_step(step, 1.3), target, step.gamma, 0.9, 1e9, 0.3)
    w, p = features.weights, np.polynomial.hermite_e.hermegauss(60)
    z = step.gamma * features.kappa[:, None] + np.sqrt(1 - step.gamma**2) * p[0]
    y, q = target(z), p[1] / p[1].sum()
    label = y @ q
    tau = w @ (features.mu0 * label) / (w @ features.mu0**2)
    assert error.tau == pytest.approx(tau, rel=1e-6)
    left = w @ (y**2 @ q) - (w @ (features.mu0 * label)) ** 2 / (w @ features.mu0**2) + 0.09
    assert error.test == pytest.approx(left, rel=1e-5)


def test_the_published_test_errors_are_nearer_with_the_rows_of_the_step():
    """Cui et al. 2024: tanh, tanh, p = d = 2000, n0 = d/2, η = 1, λ = .01, simulated, at n/d = .2, 1.13 and 3."""
    published = np.array([0.294, 0.280, 0.142])
    tanh, target = activation("tanh"), function("tanh")
    step = Step.of(tanh, target, 0.0, 2.0, 1.0)
    features = Conditional.of(tanh, step.spike, step.c)

    def errors(bulk):
        return np.array([ridge_error(features, bulk, target, step.gamma, nu, 0.01).test for nu in (0.2, 1.13, 3.0)])

    ours, theirs = errors(of_step(step, 1.0)), errors(isotropic(step.c, 1.0))
    assert (np.abs(ours / published - 1) < 0.025).all(), ours
    assert np.abs(theirs / published - 1).max() > 0.04
    assert np.abs(ours / published - 1).mean() < np.abs(theirs / published - 1).mean()


def test_what_has_no_spike_or_nothing_to_learn_is_refused():
    with pytest.raises(ValueError, match="'He\\(2, z\\)' has E σ'\\(z\\) = 0: its step has no spike"):
        Step.of(activation("He(2, z)"), function("z"), 0.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="the target '0' is what f is before the step: there is nothing to learn"):
        Step.of(activation("tanh"), function("0"), 0.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="overflows at pre-activations of variance 1e\\+04: take a smaller step"):
        Conditional.of(activation("exp(z**2/16)"), 100.0, 1.0)
