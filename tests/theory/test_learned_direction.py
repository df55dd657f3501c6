"""The direction that a first gradient finds in spiked inputs, against gradients."""

import numpy as np
import pytest

from theory.functions import function
from theory.learned_direction import learned_overlap


def seen(rng, f, theta, dim, samples, width, noise, trials):
    """Squared overlaps, one a trial."""
    found = []
    for _ in range(trials):
        X = rng.standard_normal((samples, dim))
        y = f(X[:, 0]) + np.sqrt(noise) * rng.standard_normal(samples)
        X[:, 0] *= np.sqrt(1 + theta)
        W, a = rng.standard_normal((width, dim)) / np.sqrt(dim), rng.standard_normal(width)
        gradient = a[:, None] * (((X @ W.T > 0) * y[:, None]).T @ X)
        found.append(np.linalg.eigh(gradient.T @ gradient)[1][0, -1] ** 2)
    return np.mean(found), np.std(found, ddof=1) / np.sqrt(trials)


@pytest.mark.parametrize(
    ("target", "theta"),
    [("(z + He(3,z)/sqrt(6))/sqrt(2)", 1.0), ("(z + He(3,z)/sqrt(6))/sqrt(2)", 30.0), ("z + He(2,z)/2", 3.0),
     ("He(2,z)/sqrt(2)", 30.0), ("He(2,z)/sqrt(2)", 100.0)],
)  # fmt: skip
def test_overlaps_are_those_of_gradients_and_not_those_of_other_sizes(target, theta):
    f = function(target)
    mean, sem = seen(np.random.default_rng(4), f, theta, 100, 400, 400, 0.1, 80)
    predicted = learned_overlap(f, theta, 100, 400, 400, 0.1)
    assert abs(mean - predicted) < 3 * sem + 0.02 * (1 - predicted)  # of relative order 1/n
    assert abs(mean - learned_overlap(f, theta, 130, 400, 400, 0.1)) > 4 * sem


def test_without_noise_and_spike_a_linear_target_is_the_known_ratio():
    """c_1² against (c_1² + (d/n) E y²) with many samples, where the step sees the linear part alone."""
    dim, samples = 400, 40_000
    assert learned_overlap(np.asarray, 0.0, dim, samples, 10**6, 0.0) == pytest.approx(
        1 / (1 + (dim - 1) / samples), abs=2e-4
    )


def test_the_overlap_grows_with_the_spike_and_the_samples():
    f = function("He(2,z)/sqrt(2)")
    assert np.all(np.diff([learned_overlap(f, theta, 100, 400, 400, 0.1) for theta in (0, 1, 5, 30, 100)]) > 0)
    assert np.all(np.diff([learned_overlap(f, 10.0, 100, n, 400, 0.1) for n in (100, 200, 400, 800)]) > 0)
