"""Ridge regression and the kernel of untrained neurons."""

import numpy as np
import pytest

from rmt_spikes.feature_kernel import feature_kernel
from rmt_spikes.ridge import kernel_ridge, ridge


@pytest.mark.parametrize("shape", [(30, 12), (12, 30)])
def test_the_readout_makes_the_gradient_vanish(shape):
    rng = np.random.default_rng(0)
    F, y = rng.standard_normal(shape), rng.standard_normal((shape[0], 2))
    v = ridge(F, y, 0.3)
    np.testing.assert_allclose(F.T @ (F @ v - y) + 0.3 * v, 0, atol=1e-12)
    np.testing.assert_allclose(ridge(F, y[:, 0], 0.3), v[:, 0])


@pytest.mark.parametrize("shape", [(30, 12), (12, 30)])
def test_without_penalty_it_is_the_least_squares_solution_of_smallest_norm(shape):
    rng = np.random.default_rng(1)
    F, y = rng.standard_normal(shape), rng.standard_normal(shape[0])
    np.testing.assert_allclose(ridge(F, y, 0.0), np.linalg.pinv(F) @ y, atol=1e-10)


def test_a_kernel_gives_the_fit_of_its_features_and_stays_as_it_was():
    rng = np.random.default_rng(2)
    F, y = rng.standard_normal((20, 8)), rng.standard_normal(20)
    K = F @ F.T
    before = K.copy()
    np.testing.assert_allclose(K @ kernel_ridge(K, y, 0.5), F @ ridge(F, y, 0.5), atol=1e-12)
    np.testing.assert_array_equal(K, before)


def _closed(activation: str, X: np.ndarray) -> np.ndarray:
    """The arc-cosine kernel (Cho and Saul 2009) and that of erf (Williams 1997)."""
    inner = X @ X.T / X.shape[1]
    if activation == "relu":
        norms = np.sqrt(np.diag(inner))
        lengths = np.outer(norms, norms)
        angle = np.arccos(np.clip(inner / lengths, -1, 1))
        return lengths * (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)
    size = np.sqrt(1 + 2 * np.diag(inner))
    return 2 / np.pi * np.arcsin(np.clip(2 * inner / np.outer(size, size), -1, 1))


@pytest.mark.parametrize("activation", ["relu", "erf"])
def test_the_kernel_is_the_closed_form_and_that_of_many_neurons(activation):
    rng = np.random.default_rng(2)
    X = rng.standard_normal((30, 40))
    kernel = feature_kernel(activation, X, 30)
    np.testing.assert_allclose(kernel, _closed(activation, X), atol=1e-4)
    np.testing.assert_allclose(feature_kernel(activation, X, 12), kernel[:, :12], atol=1e-12)
    if activation == "relu":
        features = np.maximum(X @ rng.standard_normal((40, 200_000)) / np.sqrt(40), 0)
        np.testing.assert_allclose(features @ features.T / 200_000, kernel, atol=0.01)
        assert np.abs(_closed("erf", X) - kernel).max() > 0.1  # negative control: another kernel is far off
