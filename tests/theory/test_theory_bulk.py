"""The Marchenko–Pastur bulk and the map from spikes to outliers, against quadrature and dense matrices."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad

from theory import MarchenkoPastur

GAMMAS = [0.3, 0.7, 1.0, 1.7, 4.0]


def integral(law, weight):
    """∫ weight(s) density(s) ds with the square-root ends taken out: s = middle − half cos t."""
    middle, half = (law.lower + law.upper) / 2, (law.upper - law.lower) / 2
    return quad(
        lambda t: weight(s := middle - half * np.cos(t)) * float(law.density(s)) * half * np.sin(t), 0, np.pi
    )[0]


@pytest.mark.parametrize("gamma", GAMMAS)
def test_the_density_is_a_probability_with_the_right_moments(gamma):
    """tr W0ᵀW0 = N: the mean of s² over min(N, d) values is max(γ, 1), and of s⁴ max(γ, 1)(1 + γ)."""
    law = MarchenkoPastur(gamma)
    assert integral(law, lambda s: 1.0) == pytest.approx(1, abs=1e-9)
    assert integral(law, lambda s: s**2) == pytest.approx(max(gamma, 1), rel=1e-9)
    assert integral(law, lambda s: s**4) == pytest.approx(max(gamma, 1) * (1 + gamma), rel=1e-9)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_the_law_is_that_of_a_gaussian_matrix(gamma):
    d = 400
    N = round(gamma * d)
    s = np.linalg.svd(np.random.default_rng(1).standard_normal((N, d)) / np.sqrt(d), compute_uv=False)
    law = MarchenkoPastur(N / d)
    bins = np.linspace(law.lower, law.upper, 8)

    def error(law):
        expected = [quad(lambda x: float(law.density(x)), *bin_)[0] for bin_ in itertools.pairwise(bins)]
        return np.abs(np.histogram(s, bins)[0] / len(s) - expected).max()

    assert error(law) < 0.02
    assert error(MarchenkoPastur(3 * gamma)) > 0.04


def test_the_density_vanishes_outside_and_keeps_its_shape():
    law = MarchenkoPastur(0.5)
    assert (
        law.density(np.array([[-1.0, 0.0, law.lower - 1e-9], [law.upper + 1e-9, 5.0, np.inf]])).tolist()
        == [[0] * 3] * 2
    )
    assert MarchenkoPastur(1.0).density(0.0) == pytest.approx(2 / np.pi)
    assert MarchenkoPastur(1.0).density(1e-7) == pytest.approx(2 / np.pi)


REFERENCE = [  # theory.md, section 4: γ, θ → s, left², right²
    (1.0, 2.0, 2.5, 0.75, 0.75),
    (2 / 3, 1.6, 2.1182737, 0.7126808, 0.6459504),
    (0.5, 2.0, 2.3717082, 0.8611111, 0.775),
]


@pytest.mark.parametrize(("gamma", "theta", "s", "left", "right"), REFERENCE)
def test_outliers_sit_at_the_reference_numbers(gamma, theta, s, left, right):
    law = MarchenkoPastur(gamma)
    assert law.singular_value(theta) == pytest.approx(s, abs=6e-8)
    assert law.left(theta) == pytest.approx(left, abs=6e-8)
    assert law.right(theta) == pytest.approx(right, abs=6e-8)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_everything_is_continuous_at_the_threshold(gamma):
    law = MarchenkoPastur(gamma)
    assert law.threshold == pytest.approx(gamma**0.25)
    above, below = law.threshold * (1 + 1e-7), law.threshold * (1 - 1e-7)
    assert law.singular_value(below) == law.upper
    assert law.singular_value(above) == pytest.approx(law.upper, abs=1e-9)
    for overlap in (law.left, law.right):
        assert overlap(below) == 0.0
        assert 0 <= overlap(above) < 1e-5
    theta = law.threshold * np.linspace(1.001, 5, 50)
    for map_ in (law.singular_value, law.left, law.right):
        assert (np.diff([map_(t) for t in theta]) > 0).all()


@pytest.mark.parametrize("gamma", [0.5, 1.7])
def test_a_transposed_matrix_exchanges_left_and_right(gamma):
    """Wᵀ has entries of variance 1/d = γ/N: its law is that of 1/γ times √γ."""
    law, flipped, theta = MarchenkoPastur(gamma), MarchenkoPastur(1 / gamma), 2.3
    assert law.left(theta) == pytest.approx(flipped.right(theta / np.sqrt(gamma)))
    assert law.singular_value(theta) == pytest.approx(np.sqrt(gamma) * flipped.singular_value(theta / np.sqrt(gamma)))
    assert law.upper == pytest.approx(np.sqrt(gamma) * flipped.upper)


def test_a_planted_spike_is_where_the_law_puts_it():
    N, d, theta = 450, 900, 1.7
    rng, found = np.random.default_rng(2), []
    u, v = np.zeros(N), np.zeros(d)
    u[0] = v[0] = 1
    for _ in range(8):
        W = rng.standard_normal((N, d)) / np.sqrt(d)
        W[0, 0] += theta
        U, s, Vt = np.linalg.svd(W, full_matrices=False)
        found.append([s[0], U[0, 0] ** 2, Vt[0, 0] ** 2])
    mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(8)
    law = MarchenkoPastur(N / d)
    expected = np.array([law.singular_value(theta), law.left(theta), law.right(theta)])
    assert (np.abs(mean - expected) < 4 * error + 2 / d).all()
    swapped = np.array([1.1 * expected[0], expected[2], expected[1]])
    assert (np.abs(mean - swapped) > 4 * error + 2 / d).all()


@pytest.mark.parametrize("gamma", [0, -0.5, np.nan, np.inf])
def test_an_impossible_ratio_is_refused(gamma):
    with pytest.raises(ValueError, match=r"gamma = .* is not accepted: give the ratio N/d, finite and positive"):
        MarchenkoPastur(gamma)
