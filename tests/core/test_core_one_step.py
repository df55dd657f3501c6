"""Statistics of one step: the simulated outlier lies where the closed formulas put it (theory.md, sections 3, 4).

θ = η1 μ1 b, b² = c*_1² + φ m2;  s(θ) = √((1+θ²)(γ+θ²))/θ;  cos²(v, β*) = (c*_1/b)² (1 − (γ+θ²)/(θ²(θ²+1))).
The formulas are written out here; the core knows nothing of them."""

import numpy as np
import pytest

from rmt_spikes import TwoLayer, draw, leading_triplets, squared_overlaps, train

PROBLEM = TwoLayer(activation="tanh", target="z", noise=0.5, width=900, dim=600, samples=1000, steps=1, alpha1="0.3")
MU1_TANH = 0.605705509602159


def predicted(problem):
    b2 = 1 + problem.phi * (1 + problem.noise**2)
    theta2, gamma = (problem.eta1 * MU1_TANH) ** 2 * b2, problem.gamma
    value = np.sqrt((1 + theta2) * (gamma + theta2) / theta2)
    return value, (1 - (gamma + theta2) / (theta2 * (theta2 + 1))) / b2


@pytest.fixture(scope="module")
def simulated():
    def trial(rng):
        D = draw(rng, PROBLEM)
        _, s, Vt, _ = leading_triplets(train(D, PROBLEM), 1)
        return s[0], squared_overlaps(Vt, D.beta)[0, 0]

    return np.array([trial(rng) for rng in np.random.default_rng(5).spawn(24)]).T


def z_score(sample, expected):
    return (sample.mean() - expected) / (sample.std(ddof=1) / np.sqrt(len(sample)))


def test_the_leading_value_and_its_overlap_follow_the_closed_formulas(simulated):
    for sample, expected in zip(simulated, predicted(PROBLEM), strict=True):
        assert abs(z_score(sample, expected)) < 4


def test_a_prediction_ten_per_cent_off_is_rejected(simulated):
    for sample, expected in zip(simulated, predicted(PROBLEM), strict=True):
        for wrong in (0.9, 1.1):
            assert abs(z_score(sample, wrong * expected)) > 4


def test_an_even_target_leaves_no_overlap_with_the_teacher():
    problem = TwoLayer(activation="tanh", target="abs", width=450, dim=300, samples=500, steps=1, alpha1="0.3")
    D = draw(np.random.default_rng(6), problem)
    Vt = leading_triplets(train(D, problem), 1).Vt
    assert squared_overlaps(Vt, D.beta)[0, 0] < 16 / 300  # four s.d. of a random direction's cosine
