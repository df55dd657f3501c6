"""Φ = E σ'(u) and Ψ = E σ(u) against brute force over h and ξ, with and without a sample's self-interaction."""

import dataclasses

import numpy as np
import pytest
from theory_witness import SIGMA

from theory.model import Model
from theory.response import Response

FIELDS = {
    "target": "z + (z**2 - 1)/2",
    "width": 1000,
    "dim": 500,
    "samples": 1000,
    "alpha1": "0.35",
    "alpha2": "0.45",
}
Y, G = np.array([-0.5, 0.3, 1.5, 5.0]), np.array([0.3, -1.0, 0.8, 2.0])


def response(activation, batch="reuse", **changes):
    return Response.of(Model.of(FIELDS, activation=activation, batch=batch, **changes))


def brute_force(activation, R, A, y, g, rng, size=400_000, naive=False):
    """Mean and standard error of σ'(u) and σ(u), u drawn as theory.md section 3 writes it."""
    sigma, slope = SIGMA[activation]
    h, xi = rng.standard_normal((2, size))
    self_term = R.mu1 if naive else slope(h)
    u = (1 + A * R.mu2 * R.mean_label) * h + A * (R.phi * y * self_term + R.mu1 * g + R.kappa * xi)
    samples = np.array([slope(u), sigma(u)])
    return samples.mean(axis=1), samples.std(axis=1) / np.sqrt(size)


@pytest.mark.parametrize("activation", ["relu", "tanh(z + 0.8)", "gelu"])
@pytest.mark.parametrize("batch", ["reuse", "independent"])
@pytest.mark.parametrize("target", [FIELDS["target"], "z + z**2/2"])  # E y = 0 and E y = 1/2
def test_the_response_is_the_mean_over_h_and_xi(activation, batch, target):
    R = response(activation, batch, target=target)
    assert R.mean_label == pytest.approx(0.5 if "1)" not in target else 0, abs=1e-12)
    A = np.array([-0.9, 0.05, 0.6])
    found = np.array(R(A, Y, G))
    rng = np.random.default_rng(11)
    for i, j in np.ndindex(len(A), len(Y)):
        mean, error = brute_force(activation, R, A[i], Y[j], G[j], rng)
        assert (np.abs(found[:, i, j] - mean) < 4.5 * error + 1e-9).all()


@pytest.mark.parametrize("activation", ["relu", "tanh(z + 0.8)"])
def test_the_naive_self_interaction_is_rejected(activation):
    R = response(activation)
    found = np.array(R(np.array([0.6]), Y, G))[:, 0]
    rng, z = np.random.default_rng(12), []
    for j in range(len(Y)):
        mean, error = brute_force(activation, R, 0.6, Y[j], G[j], rng, naive=True)
        z.append(np.abs(found[:, j] - mean) / error)
    assert np.max(z) > 20


def converged(R, A, y, g, slope, sigma, kinks):
    """The double integral by composite Gauss–Legendre in h and, between the kinks of σ(c + s ξ), in ξ."""
    x, w = np.polynomial.legendre.leggauss(8)

    def panels(edges):
        half = np.diff(edges, axis=0)[:, None] / 2
        nodes = (edges[:-1] + edges[1:])[:, None] / 2 + half * x.reshape(-1, *[1] * (edges.ndim - 1))
        return nodes, half * w.reshape(-1, *[1] * (edges.ndim - 1))

    h, wh = (part.ravel() for part in panels(np.unique([*np.linspace(-8, 8, 321), *kinks])))
    wh = wh * np.exp(-(h**2) / 2)
    c = (1 + A * R.mu2 * R.mean_label) * h + A * (R.phi * y * slope(h) + R.mu1 * g)
    s = abs(A) * R.kappa
    cuts = [np.clip((k - c) / s, -8, 8) for k in kinks] + [np.full_like(c, e) for e in np.linspace(-8, 8, 65)]
    xi, wx = panels(np.sort(cuts, axis=0))
    wx = wx * np.exp(-(xi**2) / 2)
    return np.array([np.einsum("ijk,ijk,k->", wx, f(c + s * xi), wh) / (2 * np.pi) for f in (slope, sigma)])


STEEP = {
    "tanh(z + 0.8)": (),
    "tanh(5*z)": (),
    "sin(3*z)": (),
    "softplus": (),
    "relu": (0.0,),
    "relu(z - 1)": (1.0,),
    "abs(z**2 - 1)": (-1.0, 1.0),
}


@pytest.mark.parametrize("activation", STEEP)
@pytest.mark.parametrize("batch", ["reuse", "independent"])
def test_the_response_converges_also_for_steep_activations(activation, batch):
    R, kinks = response(activation, batch), STEEP[activation]
    A = np.array([-0.7, 0.1, 1.2])
    found = np.array(R(A, Y, G))
    for i, j in np.ndindex(len(A), len(Y)):
        expected = converged(R, A[i], Y[j], G[j], R.sigma.derivative, R.sigma, kinks)
        np.testing.assert_allclose(found[:, i, j], expected, atol=2e-5 * max(1, np.abs(found).max()))


@pytest.mark.parametrize("activation", ["relu", "tanh(z + 0.8)", "tanh(5*z)"])
def test_a_vanishing_self_interaction_is_none(activation):
    """The two code paths meet: φ → 0 in the term φ y σ'(h) alone."""
    R = response(activation)
    A = np.array([-0.8, 0.2, 1.0])
    tiny, none = (dataclasses.replace(R, phi=phi)(A, Y, G) for phi in (1e-13, 0.0))
    np.testing.assert_allclose(tiny, none, atol=3e-6)
    assert np.abs(np.array(R(A, Y, G)) - none).max() > 0.01


@pytest.mark.parametrize("activation", ["relu", "tanh(z + 0.8)", "gelu"])
@pytest.mark.parametrize("batch", ["reuse", "independent"])
def test_a_neuron_that_did_not_move_has_its_own_mean(activation, batch):
    R = response(activation, batch)
    sigma, slope = SIGMA[activation]
    h = np.random.default_rng(13).standard_normal(400_000)
    first, second = R(np.array([0.0, 1e-9]), Y, G)
    np.testing.assert_allclose(first, R.mu1, atol=1e-5)
    np.testing.assert_allclose(second, sigma(h).mean(), atol=0.008)
    assert slope(h).mean() == pytest.approx(R.mu1, abs=0.004)


def test_the_analytic_benchmark_has_its_closed_forms():
    """σ = √e (sin + cos) − 1: E σ'(h + t) = cos t − sin t, Var σ' = e − 1, and E u-derivative E[σ'σ''] = −1/e."""
    R = response("sqrt(e)*(sin(z) + cos(z)) - 1", "independent", target="z")
    mu1, mu2, variance = Model.of(FIELDS, activation=R.sigma.text).activation_moments
    assert (mu1, variance) == (pytest.approx(1, abs=1e-12), pytest.approx(np.e - 1, abs=1e-12))
    assert mu2 == pytest.approx(-1, abs=1e-12)
    A, t = 0.3, 0.3 * G
    damping = np.exp(-((A * R.kappa) ** 2) / 2)
    first, second = R(np.array([A]), np.zeros(4), G)
    np.testing.assert_allclose(first[0], damping * (np.cos(t) - np.sin(t)), atol=1e-10)
    np.testing.assert_allclose(second[0], damping * (np.cos(t) + np.sin(t)) - 1, atol=1e-10)


def test_the_self_interaction_coefficient_is_that_of_theory_md():
    """dΦ/dy at A → 0 is A φ E[σ'σ''] = −A φ/e, and not the naive A φ μ1 μ2 = −A φ (theory.md, section 9)."""
    R = response("sqrt(e)*(sin(z) + cos(z)) - 1", target="z", width=3000, dim=1000, samples=2000)
    A = 1e-4
    high, low = (R(np.array([A]), np.array([y]), np.zeros(1))[0][0, 0] for y in (1.0, -1.0))
    assert (high - low) / (2 * A) == pytest.approx(-0.5 / np.e, abs=1e-4)
    assert round((high - low) / (2 * A), 3) == -0.184


def test_shapes_are_broadcast():
    R = response("tanh(z + 0.8)")
    first, second = R(np.array([0.1, 0.2]), 1.0, np.zeros((3, 4)))
    assert first.shape == second.shape == (2, 3, 4)


def test_an_activation_that_grows_too_fast_is_refused():
    for activation in ("exp", "z**20"):
        with pytest.raises(
            ValueError, match=r"E σ\(u\) overflows after the first step for σ = .*: it grows too fast"
        ):
            response(activation)(np.array([40.0]), Y, G)
