"""The functions of (a, sample) that enter W2: against their defining expectations by Monte Carlo."""

import numpy as np
import pytest

from theory.dyson.networks.factors import separated, separated_positive
from theory.dyson.networks.fresh import fresh_slope
from theory.dyson.networks.laws import BULK, Nodes, Sample, quantile_rule, readout_law, sample_law
from theory.dyson.networks.reused import first_slope, reused_slope
from theory.model import Model

SIZES = {"width": 1000, "dim": 500, "samples": 1000, "alpha1": "0.4", "alpha2": "0.45"}
TARGETS = ["z + (z**2 - 1)/2", "z + z**2/2"]  # E y = 0 and E y = 1/2
Z, T, NOISE = np.array([-1.3, 0.2, 1.7]), np.array([0.5, -1.0, 1.2]), np.array([0.3, -0.2, 0.0])
READOUT = (np.array([-0.06, 0.01, 0.05]), np.array([0.25, 0.5, 0.25]))
DRAWS = 400_000


def model(activation, target=TARGETS[0], **changes):
    return Model.of({**SIZES, "activation": activation, "target": target, **changes})


def few_points(given):
    return Sample(Z, T, given.target(Z) + NOISE, np.array([0.3, 0.4, 0.3]), given.phi)


def moved(given, sample, A, y, g, rng, self_term=True):
    """x, θ, q and the pre-activation of a reused sample, drawn as the docstring says."""
    mu1, mu2, root_nu, deviation = first_slope(given)
    x, q = rng.standard_normal((2, DRAWS))
    slope = given.sigma.derivative(x)
    kappa = sample.spread * deviation
    own = slope if self_term else mu1
    h = (1 + A * mu2 * sample.mean) * x + given.phi * A * y * own + A * mu1 * g + A * kappa * q
    return x, (slope - mu1 - mu2 * x) / root_nu, q, h


def deviations(given, found, sample, rng, **options):
    """|z| of C0, C1, Cθ, Cq and of the rest of the variance, at every readout and sample."""
    out = []
    for i, A in enumerate(given.eta1 * READOUT[0]):
        for j, (y, g) in enumerate(zip(sample.y, sample.g, strict=True)):
            x, theta, q, h = moved(given, sample, A, y, g, rng, **options)
            slope = given.sigma.derivative(h)
            C = [part[i, j] for part in (found.mean, found.linear, found.rest, found.noise)]
            draws = [slope, x * slope, theta * slope, q * slope]
            draws.append((slope - C[0] - C[1] * x - C[2] * theta - C[3] * q) ** 2)
            for value, seen in zip([*C, found.variance[i, j]], draws, strict=True):
                out.append(abs(seen.mean() - value) / (seen.std() / np.sqrt(DRAWS) + 1e-9))
    return np.array(out)


@pytest.mark.parametrize("activation", ["relu", "tanh(z + 0.8)"])
@pytest.mark.parametrize("target", TARGETS)
def test_the_projections_of_a_reused_slope_are_their_expectations(activation, target):
    given = model(activation, target, batch="reuse")
    sample = few_points(given)
    found = reused_slope(given, READOUT, sample)
    assert deviations(given, found, sample, np.random.default_rng(1)).max() < 4.8
    naive = deviations(given, found, sample, np.random.default_rng(1), self_term=False)
    assert naive.max() > 20  # the self-interaction must not be averaged


@pytest.mark.parametrize("activation", ["relu", "softplus"])
@pytest.mark.parametrize("target", TARGETS)
def test_the_moments_of_a_fresh_slope_are_their_expectations(activation, target):
    given = model(activation, target)
    sample = few_points(given)
    found = fresh_slope(given, READOUT, sample, sample)
    mu1, mu2, _, deviation = first_slope(given)
    rng, z, control = np.random.default_rng(2), [], []
    for i, A in enumerate(given.eta1 * READOUT[0]):
        w, noise = rng.standard_normal((2, DRAWS))
        x = (1 + A * mu2 * sample.mean) * w + A * sample.spread * deviation * noise
        assert found.length[i] == pytest.approx(np.sqrt(np.mean(x**2)), rel=0.005)
        x /= found.length[i]
        for j, g in enumerate(sample.g):
            slope = given.sigma.derivative(found.length[i] * x + A * mu1 * g)
            parts = [found.mean[i, j], found.linear[i, j], found.variance[i, j]]
            draws = [slope, x * slope, (slope - parts[0] - parts[1] * x) ** 2]
            z += [abs(s.mean() - p) / (s.std() / np.sqrt(DRAWS) + 1e-9) for s, p in zip(draws, parts, strict=True)]
            control.append(abs(slope.mean() - mu1) / (slope.std() / np.sqrt(DRAWS)))
    assert max(z) < 4.5
    assert max(control) > 20  # the first step does change the mean slope


def test_the_residual_takes_the_output_after_the_first_step_away():
    given, label_only = (
        model("tanh(z + 0.8)", batch="reuse"),
        model("tanh(z + 0.8)", batch="reuse", loss="correlation"),
    )
    sample = few_points(given)
    rng, f1 = np.random.default_rng(3), np.zeros((3, DRAWS))
    for a, weight in zip(*READOUT, strict=True):
        for j in range(3):
            h = moved(given, sample, given.eta1 * a, sample.y[j], sample.g[j], rng)[-1]
            f1[j] += np.sqrt(given.N) * weight * a * given.sigma(h)
    found = sample.y - reused_slope(given, READOUT, sample).residual
    error = f1.std(axis=1) / np.sqrt(DRAWS)
    assert (np.abs(found - f1.mean(axis=1)) < 4.5 * error).all()
    assert (np.abs(found) > 20 * error).any()
    np.testing.assert_array_equal(reused_slope(label_only, READOUT, sample).residual, sample.y)


def test_a_neuron_without_readout_keeps_its_first_slope():
    given = model("softplus", batch="reuse")
    sample = few_points(given)
    still = (np.array([-1e-12, 1e-12]), np.array([0.5, 0.5]))
    found = reused_slope(given, still, sample)
    mu1, mu2, root_nu, _ = first_slope(given)
    for part, value in ((found.mean, mu1), (found.linear, mu2), (found.rest, root_nu), (found.noise, 0)):
        np.testing.assert_allclose(part, value, atol=1e-7)
    np.testing.assert_allclose(found.variance, 0, atol=1e-7)


def test_a_linear_activation_has_no_noise():
    assert first_slope(model("z")) == (1.0, 0.0, 0.0, 0.0)
    assert first_slope(model("z**2/2"))[2] == 0.0


@pytest.mark.parametrize("count", [200, 2000])
def test_the_nodes_keep_the_moments_and_the_range_of_a_finite_sample(count):
    nodes, weights = quantile_rule(count, 18)
    assert weights @ np.ones(18) == pytest.approx(1)
    assert weights @ nodes**2 == pytest.approx(1)
    finer, finer_weights = quantile_rule(100 * count, 18)
    assert weights @ nodes**4 < finer_weights @ finer**4 < 3  # the tails are those of the sample
    assert np.abs(nodes).max() < 3.6


def test_the_laws_agree_with_the_population_as_replicas_grow():
    given = model("tanh", "z + (z**2 - 1)/2", noise=0.5)
    few, many = (sample_law(given, Nodes(replicas=r)) for r in (1, 300))
    for sample, tolerance in ((few, 0.05), (many, 1e-3)):
        assert (sample.c1, sample.mean, sample.m2) == pytest.approx(given.target_moments, abs=tolerance)
        assert sample.weights @ sample.g**2 == pytest.approx(sample.c1**2 + given.phi * sample.m2)
    assert few.m2 < many.m2  # a truncated law has low moments
    a, weights = readout_law(given, BULK)
    assert weights @ a**2 == pytest.approx(1 / given.N)
    assert readout_law(model("tanh", readout="rademacher"), BULK)[0] == pytest.approx([-(1000**-0.5), 1000**-0.5])


def test_sums_of_products_come_closer_with_every_term_and_keep_their_sign():
    u, v = np.linspace(-1, 1, 9), np.linspace(-2, 2, 14)
    values, w, wv = np.exp(-(np.subtract.outer(u, v) ** 2)), np.full(9, 1 / 9), np.full(14, 1 / 14)
    for factorise in (separated, separated_positive):
        errors = [np.abs(np.einsum("kq,ks->qs", *factorise(values, w, wv, k)) - values).max() for k in (1, 2, 3)]
        assert errors[0] > 1.5 * errors[1] > 2 * errors[2]
    assert min(part.min() for part in separated_positive(values, w, wv, 3)) >= 0
    assert min(part.min() for part in separated(values, w, wv, 3)) < 0
    assert len(separated(np.zeros((9, 14)), w, wv, 3)[0]) == 0
