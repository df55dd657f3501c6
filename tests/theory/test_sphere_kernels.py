"""Spectra of kernels on the sphere: against closed forms, quadrature in many digits and draws."""

import mpmath
import numpy as np
import pytest
from scipy.stats import multivariate_normal

from theory.biased_ntk import activity, both_active, kernel
from theory.sphere_kernels import KernelSpectrum, coefficients, harmonics


def points(rng, n, d):
    X = rng.standard_normal((n, d))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    gram = X @ X.T
    np.fill_diagonal(gram, 1.0)
    return gram


def test_coefficients_are_the_integrals_of_gegenbauer_polynomials():
    d, bias = 7, 0.6

    def by_quadrature(k):
        half = mpmath.mpf(d) / 2 - 1
        weight = lambda rho: (1 - rho**2) ** (half - 0.5)  # noqa: E731
        total = mpmath.quad(weight, [-1, 0, 1])
        ratio = lambda rho: mpmath.gegenbauer(k, half, rho) / mpmath.gegenbauer(k, half, 1)  # noqa: E731
        value = lambda rho: float(kernel(float(rho), bias)) * ratio(rho) * weight(rho)  # noqa: E731
        return float(harmonics(d, k) * mpmath.quad(value, [-1, 0, 0.9, 1]) / total)

    found = coefficients(lambda rho: kernel(rho, bias), d, 4)
    np.testing.assert_allclose(found, [by_quadrature(k) for k in range(5)], rtol=1e-6)


def test_polynomial_kernels_have_their_own_degrees():
    found = coefficients(lambda rho: 0.5 + 2 * rho + rho**3, 10, 5)
    # ρ³ = 3/(d+2) ρ + the rest, of degree 3
    np.testing.assert_allclose(found, [0.5, 2 + 3 / 12, 0, 9 / 12, 0, 0], atol=1e-12)
    with pytest.raises(ValueError, match="d = 2 is below 3"):
        coefficients(lambda rho: rho, 2)


@pytest.mark.parametrize("ratio", [0.3, 2.5])
def test_the_linear_kernel_has_the_edges_of_marchenko_and_pastur(ratio):
    d = 400
    n = round(ratio * d)
    spectrum = KernelSpectrum(np.array([0.0, 1.0]), 1.0 + 0.2, d, n)
    upper = 0.2 + (1 + np.sqrt(n / d)) ** 2
    lower = 0.2 + (1 - np.sqrt(n / d)) ** 2
    # with n > d the lower edge is the identity's, of the null space
    assert spectrum.edges[1] == pytest.approx(upper, rel=1e-9)
    assert spectrum.edges[0] == pytest.approx(lower if n < d else 0.2, abs=1e-9)
    assert spectrum.mean(lambda z: z) == pytest.approx(1.2, rel=1e-6)
    assert spectrum.mean(lambda z: z**2) == pytest.approx(1.2**2 + n / d, rel=1e-6)


def test_noise_is_a_free_semicircle():
    alone = KernelSpectrum(np.array([0.0, 0.8, 0.1]), 1.0, 60, 90)
    noisy = KernelSpectrum(np.array([0.0, 0.8, 0.1]), 1.0, 60, 90, noise=0.05)
    first, second = (lambda z: z), (lambda z: z**2)
    assert noisy.mean(first) == pytest.approx(alone.mean(first), rel=1e-9)
    assert noisy.mean(second) == pytest.approx(alone.mean(second) + 0.05, rel=1e-9)
    assert noisy.edges[0] < alone.edges[0] < alone.edges[1] < noisy.edges[1]


@pytest.mark.parametrize(("d", "n", "bias"), [(40, 100, 0.3), (150, 100, 1.0)])
def test_draws_have_the_predicted_eigenvalues_and_another_bias_has_others(d, n, bias):
    rng = np.random.default_rng(1)
    drawn = np.array([np.linalg.eigvalsh(kernel(points(rng, n, d), bias)) for _ in range(40)])
    error = drawn.std(axis=0, ddof=1) / np.sqrt(len(drawn))

    def spectrum(bias):
        return KernelSpectrum(coefficients(lambda rho: kernel(rho, bias), d), 2 * activity(bias), d, n)

    def decay(z):
        return np.exp(-3 * z)

    for right, at in ((True, bias), (False, bias + 0.1)):
        found = spectrum(at)
        near = [
            abs(found.largest - drawn[:, -1].mean()) < 3 * error[-1],
            abs(found.smallest / drawn[:, 0].mean() - 1) < 0.02,
            abs(found.mean(decay) / decay(drawn[:, :-1]).mean() - 1) < 0.005,
        ]
        assert all(near) if right else not any(near)


def test_both_active_is_the_probability_of_an_orthant():
    for rho, bias in ((0.3, 0.7), (-0.8, 0.2), (0.95, 1.5)):
        exact = multivariate_normal([0, 0], [[1, rho], [rho, 1]], seed=1).cdf([-bias, -bias])
        assert float(both_active(rho, bias)) == pytest.approx(exact, rel=1e-5)
    assert both_active([1.0, -1.0], 0.7) == pytest.approx([activity(0.7), 0.0], abs=1e-15)


def test_both_active_has_the_hermite_coefficients_of_the_step():
    bias, rho = 0.8, 0.35
    density = np.exp(-(bias**2) / 2) / np.sqrt(2 * np.pi)
    he = np.polynomial.hermite_e.HermiteE
    total = activity(bias) ** 2
    for k in range(1, 40):
        total += (density * he.basis(k - 1)(bias)) ** 2 / float(mpmath.factorial(k)) * rho**k
    assert float(both_active(rho, bias)) == pytest.approx(total, rel=1e-12)
