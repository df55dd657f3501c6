"""How many workers: read, chosen from what the machine has, and never more than fit."""

import numpy as np
import pytest

from rmt_spikes import TwoLayer, cost, workers
from rmt_spikes.comparison import compare
from rmt_spikes.cost import TrialCost, operations, trial_cost
from rmt_spikes.memory import check_memory

PROBLEM = TwoLayer(activation="relu", target="z")
LONG, SHORT = TrialCost(shared=10.0, alone=5.0), TrialCost(shared=0.1, alone=0.2)


@pytest.mark.parametrize("value", ["0", "-1", "2.0", "many", "", "²", 0, True, 2.0, None, "99999999999"])
def test_a_bad_number_of_workers_is_refused(value):
    with pytest.raises(ValueError, match=r"workers = .* is not a whole number from 1 to 1024 or 'auto'"):
        workers.read(value)


def test_compare_refuses_a_bad_number_of_workers_before_any_work():
    for value in (0, True, "auto", 2.0):
        with pytest.raises(ValueError, match=r"workers = .* is not a whole number from 1 to 1024"):
            compare(np.random.default_rng(0), PROBLEM, 2, workers=value)


def test_memory_is_checked_for_all_workers_together(monkeypatch):
    monkeypatch.setattr("rmt_spikes.memory.free_memory", lambda: 3 * PROBLEM.memory_estimate())
    check_memory(PROBLEM, workers=3)
    with pytest.raises(ValueError, match=r"on 4 workers needs about .* GB are free: take fewer workers"):
        check_memory(PROBLEM, workers=4)
    with pytest.raises(ValueError, match="on 4 workers"):
        compare(np.random.default_rng(0), PROBLEM, 8, workers=4)


def test_long_runs_take_a_worker_a_thread_and_short_ones_none():
    assert workers.quickest(PROBLEM, 64, LONG, threads=4, free=None) == 4
    assert workers.quickest(PROBLEM, 8, SHORT, threads=4, free=None) == 1
    assert workers.quickest(PROBLEM, 64, LONG, threads=1, free=None) == 1


def test_there_are_no_more_workers_than_trials_or_than_fit_in_memory():
    assert workers.quickest(PROBLEM, 2, LONG, threads=16, free=None) <= 2
    assert workers.quickest(PROBLEM, 1, LONG, threads=16, free=None) == 1
    assert workers.quickest(PROBLEM, 64, LONG, threads=16, free=workers.memory(PROBLEM, 3)) <= 3
    assert workers.quickest(PROBLEM, 64, LONG, threads=16, free=0) == 1


def test_where_all_work_is_shared_among_threads_workers_bring_nothing():
    assert workers.quickest(PROBLEM, 64, TrialCost(shared=10.0, alone=0.0), threads=4, free=None) == 1


def test_the_budget_is_what_the_user_lets_blas_use():
    from rmt_spikes import threads

    with threads.limited(1):
        assert workers.budget() == 1


def test_a_plan_keeps_the_number_that_was_asked_for_up_to_the_trials(monkeypatch):
    monkeypatch.setattr(workers, "measured_cost", lambda problem: LONG)
    assert workers.plan(PROBLEM, trials=8, wanted=3).workers == 3
    assert workers.plan(PROBLEM, trials=2, wanted=3).workers == 2
    assert workers.plan(PROBLEM, trials=8, wanted=1).seconds > 8 * LONG.alone


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("batch", ["reuse", "independent"])
@pytest.mark.parametrize(("N", "d"), [(50, 20), (20, 50)])
def test_operations_are_those_of_loops_written_out(steps, batch, N, d):
    problem = TwoLayer(activation="relu", target="z", width=N, dim=d, samples=30, steps=steps, batch=batch)
    found = operations(problem)
    multiply_and_add, n = 2, 30
    forward, backward = N * d * n, N * n * d
    assert found.products == steps * multiply_and_add * (forward + backward)
    small, large = sorted((N, d))
    assert found.gram == multiply_and_add * small * large * small // 2
    assert found.reduction == 4 * small**3 // 3
    drawn = {("reuse", 1): 1, ("reuse", 2): 1, ("independent", 1): 1, ("independent", 2): 2}
    assert found.normals == N * d + drawn[batch, steps] * 30 * d
    assert found.elements == steps * N * 30


def test_a_faster_product_and_more_threads_shorten_what_runs_on_them():
    slow, fast = trial_cost(PROBLEM, 1e10, 1e10), trial_cost(PROBLEM, 2e10, 1e10)
    assert slow.shared - fast.shared == pytest.approx(operations(PROBLEM).products / 2e10)
    assert slow.alone == fast.alone > cost.DRAWN_THEORY
    assert slow.seconds(1) - slow.seconds(2) == pytest.approx(slow.shared / 2)


def test_the_measured_rate_does_not_change_the_number_of_threads():
    from rmt_spikes import threads

    before = threads.count()
    assert cost.product_rate("float64", size=64) > 0
    assert threads.count() == before
