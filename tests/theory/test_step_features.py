"""Features after one step, given the learned direction: their ingredients, and the limits of Moniri et al. (2024)."""

import numpy as np
import pytest

from theory.feature_ridge import ridge_error
from theory.kernel_bounds import beyond_linear, single_neuron
from theory.model import Model
from theory.quadrature import normal_rule
from theory.step_features import READOUT_NODES, _Labels, _two_atoms, step_features


def model(activation="relu", target="z + He(2, z)/2", width=300, dim=150, samples=200, noise=0.3, eta=1.0, **more):
    return Model.of(activation=activation, target=target, width=width, dim=dim, samples=samples, noise=noise,
                    steps=1, alpha1=0, scale1=eta, **more)  # fmt: skip


def test_the_weighted_covariance_has_the_plane_and_the_moments_that_are_said():
    one = model(dim=500, samples=800)
    rng, seen = np.random.default_rng(1), []
    for _ in range(30):
        X = rng.standard_normal((800, 500))
        z = X[:, 0]
        y = one.target(z) + 0.3 * rng.standard_normal(800)
        beta = X.T @ y / 800
        along = beta / np.linalg.norm(beta)
        across = -along[0] * along
        across[0] += 1
        plane = np.stack([along, across / np.linalg.norm(across)])
        M = (X.T * y) @ X / 800
        S = (X.T * y**2) @ X / 800
        traces = [np.trace(M) / 500, np.sum((M - np.trace(M) / 500 * np.eye(500)) ** 2) / 500]
        seen.append(np.concatenate([(plane @ M @ plane.T).ravel(), (plane @ S @ plane.T).ravel(), traces]))
    mean, sem = np.mean(seen, 0), np.std(seen, 0, ddof=1) / np.sqrt(30)
    labels = _Labels.of(one)
    _, average, m2 = one.target_moments
    expected = np.concatenate([labels.plane(1).ravel(), labels.plane(2).ravel(), [average, one.phi * m2]])
    assert np.all(np.abs(mean - expected) < 3.5 * sem + 0.02 * np.abs(expected))
    assert abs(mean[0] - average) > 10 * sem[0]  # negative control: M is not E y on the plane


def test_two_atoms_keep_three_moments():
    x, w = _two_atoms(0.4, 1.7, -0.9)
    assert [w.sum(), w @ x, w @ (x - 0.4) ** 2, w @ (x - 0.4) ** 3] == pytest.approx([1, 0.4, 1.7, -0.9])


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_finer_rules_change_nothing(activation):
    one = model(activation, eta=300**0.5)
    first, second = (ridge_error(f, 300, 500, 0.05) for f in (step_features(one), step_features(one, 70, 20)))
    assert second.test == pytest.approx(first.test, rel=1e-6)


def test_features_given_kappa_add_up_to_those_of_any_x():
    """E σ² of a neuron over κ is that of its pre-activation, N(0, c + t²)."""
    one = model("tanh", "z", eta=10.0)
    f = step_features(one)
    length2 = (f.kappa**2 + (one.d - 1) * f.radius**2) / one.d
    c = f.spread @ f.counts / f.counts.sum()
    second = (f.mean**2 + c[:, None] * length2 * f.slope**2 + f.noise2) @ f.weights
    c1, _, m2 = one.target_moments
    a = normal_rule(READOUT_NODES, kinks=(0.0,))[0]
    t2 = (10.0 * a * one.activation_moments[0]) ** 2 / one.N * (c1**2 + one.phi * m2)
    h, w = normal_rule(60)
    expected = np.array([w @ np.tanh(np.sqrt(total) * h) ** 2 for total in c + t2])
    np.testing.assert_allclose(second, expected, rtol=3 / one.d)


def test_the_drop_of_the_loss_with_one_and_two_spikes_tends_to_projections_on_powers_of_kappa():
    """α between the jumps 0, 1/4 and 1/3 at N = 10^16.  One spike takes c*_1⁴/b² · λ uᵀRu/n from the loss, as Moniri
    and others (2024) have it.  The second lies along κ² + δ and not κ², since the rows' lengths grow as well:
    4 c*_1⁴ c*_2²/b⁴ · λ tr R/n / E(κ² + δ)², δ = φ m2 Var σ'/(μ1 b)²; δ = 0 would give 4/3.  The resolvent terms are
    read off the loss of a linear label and of pure noise."""
    N, ridge, target, noise = 1e16, 0.1, "z + He(2, z)/2", 0.4
    sizes = {"activation": "tanh(z) + He(2, z)/4", "width": N, "dim": N / 2, "samples": N}

    def loss(target, noise, eta):
        features = step_features(model(target=target, noise=noise, eta=eta, **sizes))
        return ridge_error(features, N, 1.5 * N, ridge).objective

    linear = loss("z", 0.0, 1e-30)
    pure = loss("z", 1.0, 1e-30) - linear
    one = model(target=target, noise=noise, **sizes)
    mu1, _, variance = one.activation_moments
    b2 = 1 + one.phi * one.m2
    delta = one.phi * one.m2 * variance / (mu1**2 * b2)
    before = loss(target, noise, 1e-30)
    first = before - loss(target, noise, N**0.2)
    second = before - loss(target, noise, N**0.3)
    unit = 4 * 0.25 / b2**2 * pure
    assert first == pytest.approx(linear / b2, rel=1e-3)
    assert second - first == pytest.approx(unit / (3 + 2 * delta + delta**2), rel=5e-3)
    assert second - first != pytest.approx(unit / 3, rel=0.2)


def test_one_neuron_learns_erf_with_erf_and_kernels_do_not():
    one = model("erf", "erf")
    assert single_neuron(one) == pytest.approx((np.sqrt(3), 0), abs=1e-6)
    assert beyond_linear(one) == pytest.approx(2 / np.pi * np.arcsin(2 / 3) - 4 / (3 * np.pi), rel=1e-9)
