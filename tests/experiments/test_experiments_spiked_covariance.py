"""Spiked inputs: the two thresholds, the learned direction, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from rmt_spikes.experiments.spiked_covariance import (
    KERNEL,
    OVERLAP,
    TRAINED,
    Parameters,
    _learned,
    overlap,
    predict,
    thresholds,
)
from theory.functions import function


def test_thresholds_come_from_degree_and_information_exponent():
    assert thresholds("z + He(3,z)/sqrt(6)") == pytest.approx((2 / 3, 0.0))
    assert thresholds("He(2,z) + He(4,z)") == (3 / 4, 1 / 2)
    assert thresholds("z") == (0.0, 0.0)


def test_the_step_learns_the_predicted_direction_and_not_that_of_another_spike():
    p = Parameters(dim=300, ratio=2.0, width=900, target="z + He(2,z)/2")
    rng = np.random.default_rng(2)
    beta, seen = 0.4, []
    for _ in range(20):
        X = rng.standard_normal((p.samples, p.dim))
        y = function(p.target)(X[:, 0]) + np.sqrt(p.noise) * rng.standard_normal(p.samples)
        X[:, 0] *= np.sqrt(1 + p.dim**beta)
        seen.append(_learned(rng, p, X, y)[0] ** 2)
    mean, error = np.mean(seen), np.std(seen, ddof=1) / np.sqrt(len(seen))
    assert abs(mean - overlap(p, beta)) < 3 * error + 0.01 * mean
    assert abs(mean - overlap(p, beta + 0.15)) > 5 * error


def test_larger_spikes_help_the_kernel_and_larger_dimensions_sharpen_its_threshold():
    p = Parameters(betas=(0.0, 0.4, 0.9))
    small, large = predict(p), predict(replace(p, dim=1600))
    assert np.all(np.diff(small[KERNEL]) < 0)
    assert np.all(np.diff(small[OVERLAP]) > 0)
    # well below 1 − 1/p the kernel is left with He_3, half of the target; the network is not
    assert large[KERNEL][1] > small[KERNEL][1]
    assert 0.5 < large[KERNEL][1] < 1
    assert large[TRAINED][1] < small[TRAINED][1]
    assert np.all(large[TRAINED] < large[KERNEL])


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("target", "He(3,z)", "no polynomial of information exponent 1 or 2"),
        ("target", "tanh", "no polynomial of information exponent 1"),
        ("target", "__import__('os')", "target|unknown|accepted"),
        ("betas", (2.0,), "betas = 2.0 is not a finite number from 0 to 1.5"),
        ("ridge", 0.0, "ridge"),
    ],
)
def test_what_has_no_prediction_is_refused(field, value, words):
    with pytest.raises(ValueError, match=words):
        Parameters(**{field: value})
