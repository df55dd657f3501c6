"""Blocks of samples, budgets, the way through X Xᵀ, and the operator: all the same step to rounding."""

import tracemalloc

import numpy as np
import pytest
from core_reference import dense_step, operands

from rmt_spikes import TwoLayer, draw, gradient_step, leading_triplets, threads, train
from rmt_spikes.gemm import add_product, times_transposed
from rmt_spikes.memory import step_budget
from rmt_spikes.shared_batch import signal_of_two_steps
from rmt_spikes.training import through_gram
from rmt_spikes.updated_weights import updated_operator
from rmt_spikes.working_memory import sample_block, shared_pays, step_bytes

ROUNDING = {"float64": 1e-13, "float32": 2e-5}


def problem(**fields):
    sizes = {"width": 120, "dim": 60, "samples": 90, "alpha1": "2/5", "alpha2": "9/20"}
    return TwoLayer(activation="tanh", target="z + (z**2 - 1)/2", **{**sizes, **fields})


def sample_of(model, seed=0):
    return draw(np.random.default_rng(seed), model)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_products_into_given_memory_equal_plain_ones_in_any_layout(order, dtype):
    rng = np.random.default_rng(0)
    W, X = (np.asarray(rng.standard_normal(shape), dtype=dtype, order=order) for shape in ((5, 3), (7, 3)))
    W.flags.writeable = X.flags.writeable = False
    H, out = np.empty((5, 4), dtype=dtype), np.ones((5, 3), dtype=dtype)
    times_transposed(W, X[2:6], H)
    np.testing.assert_allclose(H, W @ X[2:6].T, rtol=1e-5)
    add_product(out, np.asarray(H, order=order), X[2:6])
    np.testing.assert_allclose(out, 1 + H @ X[2:6], rtol=1e-5)


@pytest.mark.parametrize("dtype", ROUNDING)
def test_every_block_size_and_thread_count_gives_the_same_step(dtype):
    W, a, X, y = operands(3, N=70, d=11, n=101, dtype=dtype)
    wanted = dense_step(W, a, X, y, "tanh", 5.0)
    item = np.dtype(dtype).itemsize
    for block in (16, 17, 50, 101):
        for number in (1, 2):
            with threads.limited(number):
                found = gradient_step(W, a, X, y, "tanh", 5.0, memory_budget=step_bytes(70, 11, block, item))
            np.testing.assert_allclose(found, wanted, atol=ROUNDING[dtype])


def test_a_block_left_out_does_not_pass_for_the_step():
    W, a, X, y = operands(3, n=101)
    wanted = gradient_step(W, a, X, y, "tanh", 5.0)
    assert np.abs(gradient_step(W, a, X[:80], y[:80], "tanh", 5.0 * 80 / 101) - wanted).max() > 1e-3


def test_the_budget_is_kept():
    W, a, X, y = operands(4, N=800, d=200, n=4000)
    budget = 4 * 10**6
    gradient_step(W, a, X, y, "tanh", 1.0, memory_budget=budget)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    result = gradient_step(W, a, X, y, "tanh", 1.0, memory_budget=budget)
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert peak - result.nbytes < 1.05 * budget  # and what Python itself takes
    assert W.itemsize * len(W) * len(X) > 6 * budget


@pytest.mark.parametrize(("budget", "error", "message"), [
    (1000, ValueError, "memory_budget = 1000 bytes is too small to work in: a step of N = 70, d = 11 needs"),
    (-1, ValueError, "memory_budget = -1 bytes is too small"),
    (1e9, TypeError, r"memory_budget = 1000000000.0 is not a whole number of bytes: give one, or None"),
    ("1GB", TypeError, "memory_budget = '1GB' is not a whole number of bytes"),
])  # fmt: skip
def test_a_budget_that_cannot_be_worked_in_is_refused(budget, error, message):
    with pytest.raises(error, match=message):
        gradient_step(*operands(5), "tanh", 1.0, memory_budget=budget)


def test_a_budget_below_a_full_block_gives_a_smaller_one():
    assert sample_block(400, 100, 5000, 8) == 1024
    assert sample_block(400, 100, 5000, 8, 10**6) == 10**6 // step_bytes(400, 100, 1, 8)


@pytest.mark.parametrize("loss", ["squared", "correlation"])
@pytest.mark.parametrize("dtype", ROUNDING)
def test_two_steps_through_the_gram_matrix_are_the_two_steps_one_after_the_other(loss, dtype):
    model = problem(batch="reuse", samples=40, loss=loss, dtype=dtype)
    D = sample_of(model)
    assert through_gram(D, model)
    W1 = gradient_step(D.W0, D.a, D.X1, D.y1, "tanh", model.eta1, loss)
    wanted = gradient_step(W1, D.a, D.X1, D.y1, "tanh", model.eta2, loss)
    np.testing.assert_allclose(train(D, model), wanted, atol=20 * ROUNDING[dtype])


def test_the_second_step_of_the_gram_way_sees_the_first():
    model = problem(batch="reuse", samples=40)
    D = sample_of(model)
    from rmt_spikes.functions import resolve

    both, second = (
        signal_of_two_steps(D.W0, D.a, D.X1, D.y1, resolve("tanh"), etas, "squared")
        for etas in ((model.eta1, model.eta2), (0.0, model.eta2))
    )
    first = signal_of_two_steps(D.W0, D.a, D.X1, D.y1, resolve("tanh"), (model.eta1, 0.0), "squared")
    assert np.abs(both - first - second).max() > 1e-2 * np.abs(both).max()


def test_the_gram_way_is_taken_where_it_counts_fewer_operations_and_fits():
    few, many = problem(batch="reuse", samples=40), problem(batch="reuse", samples=400)
    assert through_gram(sample_of(few), few)
    assert not through_gram(sample_of(many), many)
    assert not through_gram(sample_of(few), few, memory_budget=20_000)
    fresh = problem(samples=40)
    assert not through_gram(sample_of(fresh), fresh)
    assert shared_pays(1000, 500, 500) and not shared_pays(1000, 500, 800)  # noqa: PT018  from n = 4 N d/(d + 2 N)


@pytest.mark.parametrize("fields", [
    {}, {"steps": 1}, {"batch": "reuse"}, {"batch": "reuse", "samples": 40}, {"dtype": "float32"}
])  # fmt: skip
def test_the_operator_is_the_updated_matrix_and_its_transpose(fields):
    model = problem(**fields)
    D = sample_of(model)
    W, operator = train(D, model), updated_operator(D, model)
    atol = 20 * ROUNDING[model.dtype]
    assert operator.shape == W.shape
    assert operator.dtype == W.dtype
    np.testing.assert_allclose(operator @ np.eye(60), W, atol=atol)
    np.testing.assert_allclose(operator.T @ np.eye(120), W.T, atol=atol)
    np.testing.assert_allclose(operator.rmatmat(np.eye(120)), W.T, atol=atol)
    np.testing.assert_allclose(operator @ np.ones(60), W.sum(axis=1), atol=10 * atol)
    np.testing.assert_allclose(operator.T @ np.ones(120), W.sum(axis=0), atol=10 * atol)


def test_outliers_of_the_operator_are_those_of_the_matrix():
    model = problem(width=900, dim=600, samples=700)
    D = sample_of(model)
    found, wanted = leading_triplets(updated_operator(D, model), 2), leading_triplets(train(D, model), 2)
    np.testing.assert_allclose(found.s, wanted.s, rtol=1e-12)
    np.testing.assert_allclose(np.abs((found.Vt * wanted.Vt).sum(axis=1)), 1, atol=1e-9)


def test_a_large_draw_is_the_same_as_one_drawn_at_once(monkeypatch):
    model = problem(width=500)
    whole = sample_of(model)
    for module in ("draws", "problem"):
        monkeypatch.setattr(f"rmt_spikes.{module}.ENTRIES", 60 * 7)
    parts = sample_of(model)
    np.testing.assert_array_equal(parts.W0, whole.W0)
    np.testing.assert_array_equal(parts.X2, whole.X2)
    np.testing.assert_allclose(parts.y2, whole.y2, rtol=1e-12, atol=1e-13)


def test_a_run_stays_within_a_budget_for_the_whole_trial():
    model = problem(width=800, dim=80, samples=4000)
    budget = model.memory_estimate() - 5 * 10**5
    allowed = step_budget(model, budget)
    assert model.memory_estimate(allowed) <= budget < model.memory_estimate()
    D = sample_of(model)
    np.testing.assert_allclose(train(D, model, allowed), train(D, model), atol=1e-12)


def test_a_budget_that_holds_no_trial_is_refused_with_what_it_needs():
    message = r"memory_budget = 0.0001 GB does not hold a trial of width = 120, .* needs about .* GB: give that"
    with pytest.raises(ValueError, match=message):
        step_budget(problem(), 10**5)
