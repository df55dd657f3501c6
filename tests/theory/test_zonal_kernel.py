"""Sectors of a kernel with one direction, against closed forms, each other and Monte Carlo."""

import numpy as np
import pytest

from theory.functions import activation
from theory.model import Model
from theory.step_neurons import LargeStep
from theory.zonal import ZonalKernel, ZonalLaw, direction_rule, multiplicities, radius_rule, zonal

D = 23  # across b; 24 dimensions


def model(sigma="relu", target="z + z**2/5", **sizes):
    sizes = {"width": 900, "dim": D + 1, "samples": 700, "noise": 0.3, **sizes}
    return Model.of(activation=sigma, target=target, alpha1=0, alpha2=0, steps=1, **sizes)


def step(size, sigma="relu", gaussian=False, **sizes):
    made = model(sigma, scale1=(size or 1.0) * sizes.get("width", 900) ** 0.5, **sizes)
    return LargeStep(made, size, 800, gaussian)


def test_zonal_harmonics_are_orthogonal_with_one_over_their_number_as_square():
    t, weights = direction_rule(D)
    gram = (zonal(D, t) * weights) @ zonal(D, t).T
    np.testing.assert_allclose(gram, np.diag(1 / np.array(multiplicities(D))), atol=1e-12)


def test_the_radius_has_the_moments_of_a_chi_law():
    r, weights = radius_rule(D, 3)
    assert weights @ r**2 == pytest.approx(D)
    assert weights @ r**6 == pytest.approx(D * (D + 2) * (D + 4))


@pytest.mark.parametrize("sigma", ["relu", "softplus"])
def test_before_the_step_no_direction_is_special(sigma):
    kernel = step(0.0, sigma).kernel
    degrees = [kernel.modes(degree)[0] for degree in range(3)]
    # the linear functions are d equal modes, seen as one of degree 0 and D of degree 1; so are the quadratic ones
    assert degrees[0][1] == pytest.approx(degrees[1][0], rel=1e-6)
    assert degrees[1][1] == pytest.approx(degrees[2][0], rel=1e-2)
    assert abs(degrees[0][0] / degrees[1][0] - 1) > 1  # and what is not equal is seen not to be


def test_a_linear_function_of_relu_has_the_eigenvalue_of_its_odd_part():
    """σ = u/2 + |u|/2: the odd part of the kernel is ⟨x, E w wᵀ x'⟩/4."""
    for size in (0.0, 1.7):
        law = step(size, target="z")
        values, f, _ = law.kernel.modes(0)
        linear = np.argmax([abs(law.kernel.inputs.weights @ (one * law.kernel.inputs.along)) for one in f])
        assert values[linear] == pytest.approx(law.spike_variance / 4, rel=1e-9)
        assert law.kernel.modes(1)[0][0] == pytest.approx(law.bulk_variance / (4 * (D + 1)), rel=1e-9)


def test_the_sectors_add_up_to_the_trace_of_a_quadratic_activation():
    """σ = u + u²/2 has no degree above 2."""
    kernel = ZonalKernel(lambda u: u + u**2 / 2, D, step(1.2).inputs, step(1.2).neurons)
    parts = sum(n * kernel.modes(degree)[0].sum() for degree, n in enumerate(multiplicities(D)))
    assert parts == pytest.approx(kernel.trace, rel=1e-10)


def test_eigenfunctions_satisfy_the_integral_equation_by_monte_carlo():
    law = step(1.4, "softplus")
    values, f, e = law.kernel.modes(0)
    rng = np.random.default_rng(0)
    pick = rng.choice(law.neurons.weights.size, 4000, p=law.neurons.weights)
    p, q = law.neurons.along[pick], law.neurons.across[pick]
    for atom in (20, 31):
        g, r = law.inputs.along[atom], law.inputs.across[atom]
        direction = rng.standard_normal((4000, D))
        t = direction[:, 0] / np.linalg.norm(direction, axis=1)
        seen = activation("softplus")(g * p + r * q * t) * e[0][pick]
        error = seen.std() / np.sqrt(seen.size)
        assert abs(seen.mean() - np.sqrt(values[0]) * f[0][atom]) < 4 * error
        assert abs(seen.mean() - 1.2 * np.sqrt(values[0]) * f[0][atom]) > 4 * error


def test_without_the_gradients_noise_the_mixture_is_the_spiked_gaussian():
    exact = [step(1.5, samples=10**9, noise=0.0, target="z", width=10**6, gaussian=g).kernel for g in (False, True)]
    noisy = [step(1.5, samples=60, gaussian=g).kernel for g in (False, True)]

    def leading(kernel):
        return kernel.modes(0)[0][:3]

    np.testing.assert_allclose(*map(leading, exact), rtol=2e-3)
    assert np.abs(leading(noisy[0]) / leading(noisy[1]) - 1).max() > 0.05


def test_the_law_of_the_neurons_is_that_of_a_step():
    law = step(1.3)
    rng = np.random.default_rng(1)
    seen = np.array([_variances(rng, law) for _ in range(40)])
    mean, error = seen.mean(axis=0), seen.std(axis=0, ddof=1) / np.sqrt(40)
    predicted = np.array([law.spike_variance, law.bulk_variance])
    assert np.all(np.abs(mean - predicted) < 3.5 * error)
    assert np.all(
        np.abs(mean - [0.85 * predicted[0], 1 + (predicted[1] - 1) / 2]) > 3.5 * error
    )  # a neuron's noise is seen


def _variances(rng, law):
    model, d, N, n = law.model, D + 1, 900, 700
    sigma, W = model.sigma, rng.standard_normal((900, D + 1)) / np.sqrt(D + 1)
    a, X = rng.standard_normal(N) / np.sqrt(N), rng.standard_normal((n, d))
    y = model.target(X[:, 0]) + 0.3 * rng.standard_normal(n)
    H = W @ X.T
    residual = y - a @ sigma(H) / np.sqrt(N)
    W1 = W + law.step * np.sqrt(N) * (a[:, None] * sigma.derivative(H) * residual) @ X / n
    along = W1 @ (X.T @ y) / np.linalg.norm(X.T @ y)
    return np.mean(along**2), d / D * np.mean(np.sum(W1**2, axis=1) - along**2)


def test_the_spectrum_counts_every_harmonic():
    law = ZonalLaw.of(np.array([-1.0, 1.0]), np.array([1.0, 2.0]), np.ones(2))
    kernel = ZonalKernel(lambda u: u, 4, law, law)
    found = kernel.spectrum(6)
    assert found[:5] == pytest.approx([1.0, *[2.5**2 / 16] * 4])
