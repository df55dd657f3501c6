"""Trials on workers: the same results in the same order, failures that arrive as themselves, nothing left behind."""

import multiprocessing
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import trials_work as work

from rmt_spikes.trials import WorkerLost, run_trials


def children(count, seed=0):
    return np.random.default_rng(seed).spawn(count)


EXPECTED = [float(rng.standard_normal()) for rng in children(7)]


def test_two_and_three_workers_give_what_one_gives_in_the_order_of_the_trials():
    for workers in (1, 2, 3):
        reports = []
        assert run_trials(work.number, children(7), workers, report=reports.append) == EXPECTED
        assert reports == list(range(1, 8))


def test_the_order_is_that_of_the_children_and_not_of_some_other_seed():
    assert run_trials(work.number, children(7)[::-1]) == EXPECTED[::-1]
    assert run_trials(work.number, children(7, seed=1)) != EXPECTED


def test_one_worker_is_this_process_and_more_are_others_with_their_threads():
    assert {pid for pid, _ in run_trials(work.process_and_threads, children(2), workers=1)} == {os.getpid()}
    found = run_trials(work.process_and_threads, children(2), workers=2, threads=1)
    assert os.getpid() not in {pid for pid, _ in found}
    assert {threads for _, threads in found} == {1}


def test_a_single_trial_starts_no_worker():
    assert run_trials(work.process_and_threads, children(1), workers=8)[0][0] == os.getpid()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failure_is_raised_as_itself_with_the_trial_named(workers):
    with pytest.raises(ValueError, match="this draw is bad") as caught:
        run_trials(partial(work.fails_once, at=EXPECTED[2]), children(7), workers)
    assert caught.value.__notes__ == ["in trial 3 of 7"]
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("workers", [1, 2])
def test_warnings_meet_the_settings_of_the_caller(workers):
    with pytest.warns(RuntimeWarning, match="a rough number"):
        assert run_trials(work.warns, children(2), workers) == EXPECTED[:2]
    with pytest.raises(RuntimeWarning, match="a rough number"):  # warnings are errors in these tests
        run_trials(work.warns, children(2), workers)


def test_a_worker_that_the_system_ends_is_explained():
    with pytest.raises(WorkerLost, match=r"one of 2 worker processes was lost.*memory, take fewer workers") as caught:
        run_trials(work.is_killed, children(2), workers=2)
    assert not hasattr(caught.value, "__notes__")  # which trial it was, nobody knows
    assert not multiprocessing.active_children()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(
        "import os, signal, threading, time, trials_work\n"
        "import numpy as np\n"
        "from rmt_spikes.trials import run_trials\n"
        "def report(done):\n"
        "    import multiprocessing\n"
        "    print(*[child.pid for child in multiprocessing.active_children()], flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "if __name__ == '__main__':\n"
        "    run_trials(trials_work.number, np.random.default_rng(0).spawn(50), 2, report=report)\n"
    )
    path = os.pathsep.join([*sys.path, os.path.dirname(__file__)])
    command = [sys.executable, str(script)]
    # the workers hold the pipes too, so this returns when the last of them has ended
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, "PYTHONPATH": path})
    assert len(done.stdout.split()) == 2
    for status in (Path(f"/proc/{pid}/stat") for pid in done.stdout.split()):
        assert not status.exists() or status.read_text().split()[2] in "ZX"
