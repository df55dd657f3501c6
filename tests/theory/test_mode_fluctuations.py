"""Second-order means of leading modes, against draws of inputs and neurons."""

import numpy as np
import pytest
from numpy.polynomial.hermite_e import hermeval

from theory.mode_fluctuations import moved, second_order_mean
from theory.quadrature import normal_rule

VALUES = np.array([1.0, 0.45, 0.1])
M, N, DRAWS = 1000, 800, 3000


def hermite(x):
    return np.array([hermeval(x, np.eye(3)[k]) / (1, 1, 2**0.5)[k] for k in range(3)])


def functions(x):
    one, linear, quadratic = hermite(x)
    return np.array([one, (linear + quadratic) / np.sqrt(2), x**3 / np.sqrt(15)])


def test_a_quadratic_function_has_its_mean_to_rounding():
    rng = np.random.default_rng(0)
    A, root = rng.standard_normal((4, 4)), rng.standard_normal((4, 4))
    found = second_order_mean(lambda x: np.array([3 + x.sum() + x @ A @ x]), root @ root.T)
    assert found[0] == pytest.approx(np.trace(A @ root @ root.T), rel=1e-9)


def drawn(rng):
    x, w = rng.standard_normal(M), rng.standard_normal(N)
    Q, R = np.linalg.qr(hermite(x).T)
    right = np.linalg.qr(hermite(w).T)[1]
    U, s, _ = np.linalg.svd(R * np.sqrt(VALUES) @ right.T / np.sqrt(M * N))
    h = functions(x)
    h[1:] -= h[1:].mean(axis=1)[:, None]
    h /= np.linalg.norm(h, axis=1)[:, None]
    return np.concatenate([s**2, ((h @ Q @ U) ** 2).ravel()])


def test_means_over_draws_move_by_what_is_predicted():
    rng = np.random.default_rng(2)
    seen = np.array([drawn(rng) for _ in range(DRAWS)])
    mean, error = seen.mean(axis=0), seen.std(axis=0, ddof=1) / np.sqrt(DRAWS)
    z, weights = normal_rule(60)
    h = functions(z)
    shift = moved(VALUES, (hermite(z), weights, M), (hermite(z), weights, N), h, 3)
    alone = np.concatenate([VALUES, ((h * weights @ hermite(z).T) ** 2 / (h**2 @ weights)[:, None]).ravel()])
    predicted = alone + np.concatenate([shift.eigenvalues, shift.overlaps.ravel()])
    # of fourth order: the square of the second-order shifts, and of the relative size of the fluctuations
    beyond = 4 * np.abs(predicted - alone) * (1 / M + 1 / N) ** 0.5
    assert np.all(np.abs(mean - predicted) < 4 * error + beyond)
    assert np.sum(np.abs(mean - alone) > 4 * error + beyond) >= 4  # the shifts are seen


def test_no_shift_without_fluctuations():
    z, weights = normal_rule(60)
    shift = moved(VALUES, (hermite(z), weights, 1e12), (hermite(z), weights, 1e12), functions(z), 2)
    assert np.abs(shift.eigenvalues).max() < 1e-9
    assert np.abs(shift.overlaps).max() < 1e-9
