"""The network with biases: training follows its kernel, and leaves it where labels are large."""

from dataclasses import replace

import numpy as np
import pytest

from rmt_spikes.experiments import run
from rmt_spikes.experiments.biased_ntk import EXPERIMENT, LOSS, TRAINED, Parameters, predict, rate, times, train
from theory.biased_ntk import activity, kernel


def test_training_follows_the_kernel_for_small_labels_and_not_for_large_ones():
    p = replace(EXPERIMENT.quick, width=40000, dim=20, samples=30)
    rng = np.random.default_rng(3)
    X = rng.standard_normal((p.samples, p.dim))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    W, y = rng.standard_normal((p.width // 2, p.dim)), rng.choice([-1.0, 1.0], p.samples)
    values, vectors = np.linalg.eigh(kernel(X @ X.T, p.bias))
    expected = [np.mean((vectors.T @ y) ** 2 * (1 - rate(p) * values) ** (2 * t)) for t in times(p)]
    small, active = train(X, W, 0.01 * y, p)
    large, _ = train(X, W, 30 * y, p)
    np.testing.assert_allclose(small, expected, rtol=0.05)
    assert active == pytest.approx(activity(p.bias), rel=0.02)
    assert not np.allclose(large, expected, rtol=0.2)


def test_activity_is_below_the_bound_and_the_learning_rate_is_stable():
    for bias in (0.0, 1.0, 2.5):
        p = Parameters(bias=bias)
        assert predict(p)[TRAINED] <= np.exp(-(bias**2) / 2)
        loss = predict(p)[LOSS]
        assert np.all(np.diff(loss) < 0)
        assert 0 < loss[0] < 1


def test_an_odd_width_is_refused():
    with pytest.raises(ValueError, match="width = 101 is odd"):
        Parameters(width=101)


def test_what_is_left_out_is_said_where_it_shows():
    large = run(np.random.default_rng(0), EXPERIMENT, replace(EXPERIMENT.quick, label=5.0), trials=6)
    assert large.verdict == "disagree"
    assert "labels of ±5 that are too large for it" in large.text
    assert "active neurons" not in run(np.random.default_rng(0), EXPERIMENT, EXPERIMENT.quick, trials=6).text
