"""The gradient step against finite differences, the dense formula, and its own promises."""

import numba
import numpy as np
import pytest
from core_reference import REFERENCE, SMOOTH, dense_step, operands, output

from rmt_spikes import Activation, TwoLayer, draw, gradient_step, train


def test_one_linear_neuron_moves_as_the_formula_says():
    W = gradient_step([[1.0, 0.0]], [2.0], [[3.0, 1.0]], [5.0], "z", 0.5)
    np.testing.assert_array_equal(W, [[1 + 0.5 * 2 * (5 - 6) * 3, 0.5 * 2 * (5 - 6) * 1]])


def test_one_saturated_neuron_does_not_move():
    W = gradient_step([[1000.0, 0.0]], [2.0], [[3.0, 1.0]], [5.0], "tanh", 0.5)
    np.testing.assert_array_equal(W, [[1000.0, 0.0]])


@pytest.mark.parametrize("name", SMOOTH)
def test_the_step_descends_the_squared_loss_by_central_differences(name):
    W, a, X, y = operands(1, N=5, d=3, n=7)
    G = gradient_step(W, a, X, y, name, 1.0) - W
    numeric, h = np.empty_like(W), 1e-5
    for index in np.ndindex(W.shape):
        shift = np.zeros_like(W)
        shift[index] = h
        up, down = (((y - output(V, a, X, REFERENCE[name][0])) ** 2).sum() / 14 for V in (W + shift, W - shift))
        numeric[index] = (up - down) / (2 * h)
    np.testing.assert_allclose(G, -np.sqrt(len(W)) * numeric, atol=1e-9)


@pytest.mark.parametrize("name", REFERENCE)
def test_the_step_equals_the_dense_formula_in_both_precisions(name):
    W, a, X, y = operands(2)
    wanted = dense_step(W, a, X, y, name, 3.0)
    np.testing.assert_allclose(gradient_step(W, a, X, y, name, 3.0), wanted, atol=1e-14)
    single = gradient_step(*operands(2, dtype="float32"), name, 3.0)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, wanted, atol=3e-6)


def test_a_step_size_ten_per_cent_off_does_not_pass_for_the_dense_formula():
    W, a, X, y = operands(2)
    assert np.abs(gradient_step(W, a, X, y, "tanh", 3.3) - dense_step(W, a, X, y, "tanh", 3.0)).max() > 1e-3


def test_the_correlation_loss_has_the_residual_y():
    W, a, X, y = operands(3)
    wanted = dense_step(W, a, X, y, "tanh", 2.0, "correlation")
    np.testing.assert_allclose(gradient_step(W, a, X, y, "tanh", 2.0, "correlation"), wanted, atol=1e-14)
    assert np.abs(gradient_step(W, a, X, y, "tanh", 2.0) - wanted).max() > 1e-4


def test_an_activation_of_ones_own_serves_as_well_as_a_name():
    cube = Activation(numba.njit(lambda z: z**3), numba.njit(lambda z: 3 * z**2))
    W, a, X, y = operands(4)
    H = W @ X.T
    wanted = W + (np.outer(a, y - a @ H**3 / np.sqrt(len(W))) * 3 * H**2) @ X / len(X)
    np.testing.assert_allclose(gradient_step(W, a, X, y, cube, 1.0), wanted, atol=1e-13)


def test_inputs_stay_untouched_and_a_zero_step_is_a_new_copy():
    arrays = operands(5)
    before = [array.copy() for array in arrays]
    W = gradient_step(*arrays, "tanh", 0.0)
    np.testing.assert_array_equal(W, arrays[0])
    assert W.flags.c_contiguous
    assert not np.shares_memory(W, arrays[0])
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def _read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def _strided(array):
    return np.repeat(array, 2, axis=-1)[..., ::2]


@pytest.mark.parametrize(
    "layout", [_read_only, np.asfortranarray, _strided, lambda A: A.astype(">f8"), lambda A: A.tolist()]
)
def test_any_layout_gives_the_same_step(layout):
    arrays = operands(6)
    wanted = gradient_step(*arrays, "tanh", 1.5)
    W = gradient_step(*(layout(array) for array in arrays), "tanh", 1.5)
    np.testing.assert_allclose(W, wanted, atol=1e-15)
    assert W.flags.c_contiguous


def test_whole_numbers_are_read_as_float64():
    assert gradient_step([[1, 0]], [2], [[3, 1]], [5], "z", 1).dtype == np.float64


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"W": np.ones((3, 2), np.float32)}, TypeError, "mix precisions .*W float32, a float64"),
        ({"y": np.ones(4, complex)}, TypeError, "y has dtype complex128: give float32 or float64"),
        ({"W": np.ones(3)}, ValueError, r"W has shape \(3,\) and X \(4, 2\): give non-empty matrices"),
        ({"X": np.ones((0, 2)), "y": np.ones(0)}, ValueError, "non-empty matrices"),
        ({"X": np.ones((4, 5))}, ValueError, r"X has shape \(4, 5\) and W \(3, 2\): X must have as many col"),
        ({"a": np.ones(4)}, ValueError, r"a has shape \(4,\) and W \(3, 2\): a must be a vector"),
        ({"y": np.ones((4, 1))}, ValueError, r"y has shape \(4, 1\) and X \(4, 2\): y must be a vector"),
        ({"X": np.full((4, 2), np.nan)}, ValueError, "X has entries that are not finite: remove"),
        ({"eta": np.inf}, ValueError, "eta = inf is not a finite number: give one such as"),
        ({"eta": "1"}, ValueError, "eta = '1' is not a finite number"),
        ({"loss": "hinge"}, ValueError, "loss = 'hinge' is unknown: give 'squared' or 'correlation'"),
        ({"activation": "sign"}, ValueError, "derivative that vanishes almost everywhere.*use it as a target"),
        ({"activation": 3}, TypeError, "activation = 3 is not text: give a name"),
        ({"W": np.full((3, 2), 1e200), "X": np.full((4, 2), 1e200)}, ValueError, "f overflows .* in float64"),
    ],
)
def test_a_refusal_names_the_argument_and_the_remedy(change, error, message):
    given = dict(W=np.ones((3, 2)), a=np.ones(3), X=np.ones((4, 2)), y=np.ones(4), activation="z", eta=1.0)
    with (
        pytest.raises(error, match=message),
        np.errstate(over="ignore", invalid="ignore"),
    ):
        gradient_step(**(given | change))


def test_an_activation_without_derivative_is_refused():
    value = numba.njit(lambda z: z)
    with pytest.raises(ValueError, match="derivative None: a gradient step needs"):
        gradient_step(*operands(), Activation(value, None), 1.0)


@pytest.mark.parametrize("batch", ["independent", "reuse"])
def test_training_is_the_two_steps_one_after_the_other(batch):
    problem = TwoLayer(activation="tanh", target="z", width=40, dim=10, samples=30, batch=batch, scale2=0.5)
    D = draw(np.random.default_rng(7), problem)
    W1 = dense_step(D.W0, D.a, D.X1, D.y1, "tanh", 40**0.4)
    W2 = dense_step(W1, D.a, D.X2, D.y2, "tanh", 0.5 * 40**0.45)
    np.testing.assert_allclose(train(D, problem), W2, atol=1e-13)


def test_training_with_one_step_stops_after_it():
    problem = TwoLayer(activation="tanh", target="z", width=40, dim=10, samples=30, steps=1, loss="correlation")
    D = draw(np.random.default_rng(7), problem)
    W1 = dense_step(D.W0, D.a, D.X1, D.y1, "tanh", 40**0.4, "correlation")
    np.testing.assert_allclose(train(D, problem), W1, atol=1e-13)


def test_training_twice_on_a_draw_for_one_step_is_refused():
    sizes = dict(activation="tanh", target="z", width=40, dim=10, samples=30)
    D = draw(np.random.default_rng(7), TwoLayer(**sizes, steps=1))
    with pytest.raises(ValueError, match="no second batch and steps = 2: draw it from a problem with steps = 2"):
        train(D, TwoLayer(**sizes))
