"""Cells through a cluster, with workers that are threads of this process and work that fails on purpose."""

import os
from collections import Counter

import numpy as np
import pytest
from sweeps_reference import small

from rmt_spikes.problem import TwoLayer
from rmt_spikes.sweeps.execution import Done, Failure, results, work
from rmt_spikes.sweeps.specification import Run

PROBLEM = TwoLayer(activation="tanh", target="z")
RUN = Run(trials=1)


@pytest.fixture(scope="module")
def client():
    from distributed import Client, LocalCluster

    cluster = LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=False,
        protocol="tcp",
        dashboard_address="127.0.0.1:0",
        host="127.0.0.1",
    )
    with cluster, Client(cluster) as client:
        yield client


def numbered(count, together=1):
    cells = [((k,), PROBLEM) for k in range(count)]
    return [cells[k : k + together] for k in range(0, count, together)]


def test_every_cell_comes_back_once_however_many_there_are(client, monkeypatch):
    from rmt_spikes.sweeps import execution

    monkeypatch.setattr(execution, "OUTSTANDING", 3)
    came = [index for done in results(client, numbered(25), RUN, good) for index, _ in done.finished]
    assert sorted(came) == [(k,) for k in range(25)]


def good(task, run):
    return Done([(index, {"x": np.array(float(index[0]))}) for index, _ in task], [], set())


ATTEMPTS: Counter = Counter()


def third_fails_once(task, run):
    return odd_one_out(task, (3,), lambda index: ATTEMPTS[index] > 1)


def third_fails(task, run):
    return odd_one_out(task, (3,), lambda index: False)


def odd_one_out(task, bad, works):
    done = Done([], [], set())
    for index, _ in task:
        ATTEMPTS[index] += 1
        if index == bad and not works(index):
            done.failures.append(Failure(index, f"OddError: attempt {ATTEMPTS[index]}", ""))
        else:
            done.finished.append((index, {}))
    return done


@pytest.mark.parametrize("together", [1, 4])
def test_a_cell_that_fails_is_tried_again_alone(client, together):
    ATTEMPTS.clear()
    came = list(results(client, numbered(8, together), RUN, third_fails_once))
    assert sorted(index for done in came for index, _ in done.finished) == [(k,) for k in range(8)]
    assert not [failure for done in came for failure in done.failures]
    assert {(k,): 1 + (k == 3) for k in range(8)} == ATTEMPTS


@pytest.mark.parametrize("together", [1, 4])
def test_a_cell_that_fails_twice_is_a_failure_and_the_others_are_there(client, together):
    ATTEMPTS.clear()
    came = list(results(client, numbered(8, together), RUN, third_fails))
    assert sorted(index for done in came for index, _ in done.finished) == [(k,) for k in range(8) if k != 3]
    assert [failure.error for done in came for failure in done.failures] == ["OddError: attempt 2"]


def test_a_result_that_is_lost_after_it_was_announced_is_computed_again(client, monkeypatch):
    from distributed import Future

    real, lost = Future.result, []

    def result(future, *arguments):
        if not lost:
            lost.append(future)
            raise RuntimeError("gone")
        return real(future, *arguments)

    monkeypatch.setattr(Future, "result", result)
    came = list(results(client, numbered(4), RUN, good))
    assert sorted(index for done in came for index, _ in done.finished) == [(k,) for k in range(4)]
    assert not [failure for done in came for failure in done.failures]
    assert lost


def test_a_result_that_is_known_to_be_lost_when_it_is_asked_for_is_no_failed_attempt(client, monkeypatch):
    from distributed import Future

    real, looks = Future.status, iter(["lost", "pending", "lost"])
    monkeypatch.setattr(Future, "status", property(lambda future: next(looks, None) or real.fget(future)))
    came = list(results(client, numbered(1), RUN, good))
    assert [index for done in came for index, _ in done.finished] == [(0,)]
    assert not [failure for done in came for failure in done.failures]
    assert next(looks, None) is None


def breaks(task, run):
    raise MemoryError("no room")


def test_work_that_breaks_as_a_whole_fails_its_cells(client):
    came = list(results(client, numbered(4, 2), RUN, breaks))
    assert sorted(failure.index for done in came for failure in done.failures) == [(k,) for k in range(4)]
    assert {failure.error for done in came for failure in done.failures} == {"MemoryError: no room"}


def test_an_error_in_one_cell_leaves_the_others_of_its_task():
    sweep = small({"scale1": [1.0, 1e200], "width": 60, "dim": 30, "alpha1": "1/10"})
    done = work([(cell.index, cell.problem) for cell in sweep.cells()], sweep.run)
    assert [index for index, _ in done.finished] == [(0,)]
    (failure,) = done.failures
    assert failure.index == (1,)
    assert failure.error.startswith("ValueError: ")
    assert "\n" not in failure.error
    assert "Traceback" in failure.traceback


@pytest.mark.slow
def test_a_cell_that_kills_its_worker_is_given_up_and_the_others_are_computed(tmp_path):
    from rmt_spikes.sweeps import cluster

    with cluster.local(2, 1) as client:
        came = list(results(client, numbered(6), RUN, deadly))
    assert sorted(index for done in came for index, _ in done.finished) == [(k,) for k in range(6) if k != 2]
    (failure,) = [failure for done in came for failure in done.failures]
    assert failure.index == (2,)
    assert "KilledWorker" in failure.error


def deadly(task, run):
    if task[0][0] == (2,):
        os._exit(1)
    return good(task, run)
