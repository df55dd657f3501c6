"""Draws: reproducible, independent object by object, and from the stated laws."""

import numpy as np
import pytest

from rmt_spikes import TwoLayer, draw

ARRAYS = ("W0", "a", "beta", "X1", "y1", "X2", "y2")


def drawn(seed=3, **changes):
    sizes = dict(activation="tanh", target="z", width=50, dim=20, samples=40)
    return draw(np.random.default_rng(seed), TwoLayer(**(sizes | changes)))


def same(first, second):
    return {name for name in ARRAYS if np.array_equal(getattr(first, name), getattr(second, name))}


def test_shapes_and_types_are_those_of_the_problem():
    D = drawn(dtype="float32")
    shapes = [getattr(D, name).shape for name in ARRAYS]
    assert shapes == [(50, 20), (50,), (20,), (40, 20), (40,), (40, 20), (40,)]
    assert {getattr(D, name).dtype for name in ARRAYS} == {np.dtype("float32")}


def test_a_seed_gives_the_same_draw_and_another_seed_another():
    assert same(drawn(), drawn()) == set(ARRAYS)
    assert same(drawn(), drawn(seed=4)) == set()


def test_the_next_draw_of_one_generator_is_another():
    rng, problem = np.random.default_rng(3), TwoLayer(activation="tanh", target="z", width=50, dim=20, samples=40)
    assert same(draw(rng, problem), draw(rng, problem)) == set()


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (dict(noise=1.0), {"y1", "y2"}),
        (dict(target="abs"), {"y1", "y2"}),
        (dict(batch="reuse"), {"X2", "y2"}),
        (dict(steps=1), {"X2", "y2"}),
        (dict(readout="rademacher"), {"a"}),
        (dict(init="gaussian"), {"W0"}),
        (dict(width=51), {"W0", "a"}),
        (dict(loss="correlation", alpha1=0.1), set()),
    ],
)
def test_a_change_moves_only_what_depends_on_it(change, changed):
    assert same(drawn(), drawn(**change)) == set(ARRAYS) - changed


def test_a_reused_batch_is_the_very_same_arrays_and_one_step_has_none():
    D = drawn(batch="reuse")
    assert D.X2 is D.X1
    assert D.y2 is D.y1
    assert drawn(steps=1).X2 is None


def test_the_float32_draw_is_the_rounded_float64_draw():
    D, single = drawn(noise=0.3, init="gaussian"), drawn(noise=0.3, init="gaussian", dtype="float32")
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(D, name).astype(np.float32), getattr(single, name))


def test_rows_on_the_sphere_and_the_teacher_have_unit_length():
    D = drawn()
    np.testing.assert_allclose(np.linalg.norm(D.W0, axis=1), 1, rtol=1e-14)
    np.testing.assert_allclose(np.linalg.norm(D.beta), 1, rtol=1e-14)


def test_the_rademacher_readout_has_one_size_and_both_signs():
    a = drawn(readout="rademacher").a
    np.testing.assert_allclose(np.abs(a), 50**-0.5, rtol=1e-15)
    assert {-1, 1} == set(np.sign(a))


def test_the_target_acts_on_the_projection_and_noise_is_added():
    D, noisy = drawn(target="tanh"), drawn(target="tanh", noise=2.0)
    np.testing.assert_allclose(D.y1, np.tanh(D.X1 @ D.beta), rtol=1e-14)
    noise = (noisy.y1 - D.y1) / 2
    assert 0.5 < noise.std() < 1.5
    assert np.abs(noise - (noisy.y2 - D.y2) / 2).min() > 0


def mean_square_score(array, variance):
    """Number of s.d. (√(2/size) relative, for Gaussian entries) of the mean square from its expectation."""
    return abs((array**2).mean() / variance - 1) / np.sqrt(2 / array.size)


LARGE = dict(width=400, dim=150, samples=300, init="gaussian", noise=0.7)


@pytest.mark.parametrize(
    ("take", "variance"),
    [
        (lambda D: D.W0, 1 / 150),
        (lambda D: D.a, 1 / 400),
        (lambda D: D.X1, 1.0),
        (lambda D: D.X2, 1.0),
        (lambda D: D.y1 - D.X1 @ D.beta, 0.49),
        (lambda D: D.y2 - D.X2 @ D.beta, 0.49),
    ],
)
def test_mean_squares_lie_within_the_predicted_deviation_and_a_wrong_one_does_not(take, variance):
    array = take(drawn(**LARGE))
    assert mean_square_score(array, variance) < 4
    assert mean_square_score(array, 2 * variance) > 4
    assert abs(array.mean()) < 4 * np.sqrt(variance / array.size)


def test_the_teacher_and_the_sphere_have_no_preferred_direction():
    W0 = drawn(width=4000, dim=20).W0
    # E w_j² = 1/d, Var w_j² = 2(d-1)/(d²(d+2))
    score = np.abs((W0**2).mean(axis=0) - 1 / 20) / np.sqrt(2 * 19 / (400 * 22) / 4000)
    assert score.max() < 4.5
    assert np.abs(W0.mean(axis=0)).max() < 4.5 / np.sqrt(20 * 4000)


@pytest.mark.parametrize("rng", [None, 3, np.random, np.random.RandomState(3)])
def test_anything_but_a_generator_is_refused(rng):
    problem = TwoLayer(activation="tanh", target="z", width=50, dim=20, samples=40)
    with pytest.raises(TypeError, match=r"is not a numpy Generator: give numpy.random.default_rng\(seed\)"):
        draw(rng, problem)
