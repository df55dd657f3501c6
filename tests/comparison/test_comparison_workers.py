"""A comparison on workers is the same comparison; the command line says what a long run will cost."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from rmt_spikes import TwoLayer, cli, workers
from rmt_spikes.comparison import compare
from rmt_spikes.trials import WorkerLost

SMALL = {"width": 120, "dim": 60, "samples": 120, "alpha1": "0.3"}
ARGUMENTS = ["--width", "120", "--dim", "60", "--samples", "120", "--alpha1", "0.3", "--bulk", "mp", "--trials", "3"]


def test_two_workers_see_what_one_sees_and_report_every_trial():
    problem, calls = TwoLayer(**SMALL), []
    one = compare(np.random.default_rng(3), problem, 3, bulk="mp")
    two = compare(np.random.default_rng(3), problem, 3, lambda *call: calls.append(call), "mp", workers=2)
    assert calls == [(0, 3), (1, 3), (2, 3), (3, 3)]
    for left, right in zip(one.trials, two.trials, strict=True):
        np.testing.assert_allclose(left.observation.singular_values, right.observation.singular_values, rtol=1e-9)
        assert left.conditional == right.conditional
    other = compare(np.random.default_rng(4), problem, 3, bulk="mp")
    assert other.singular_value(0).mean != pytest.approx(two.singular_value(0).mean, rel=1e-6)


def test_a_long_run_is_announced_on_standard_error_and_a_short_one_is_not(capsys, monkeypatch):
    assert cli.main(["compare", *ARGUMENTS, "--json"]) == 0
    short = capsys.readouterr()
    monkeypatch.setattr(workers, "seconds", lambda *plan: 200.0)
    assert cli.main(["compare", *ARGUMENTS, "--json", "--workers", "1"]) == 0
    long = capsys.readouterr()
    assert short.err == ""
    assert long.err.startswith("about 3 min and ")
    assert long.err.endswith(" GB for 3 trials\n")
    assert json.loads(short.out) == json.loads(long.out)


@pytest.mark.parametrize("value", ["0", "x", "1.5"])
def test_a_bad_number_of_workers_is_one_line(capsys, value):
    assert cli.main(["compare", "--workers", value]) == 2
    assert f"workers = {value!r} is not a whole number" in capsys.readouterr().err.replace("= 0 ", "= '0' ")


@pytest.mark.parametrize(("error", "message"), [
    (WorkerLost("one of 2 worker processes was lost"), "rmt-spikes: one of 2 worker processes was lost\n"),
    (MemoryError("Unable to allocate 8 GiB"), "rmt-spikes: out of memory (Unable to allocate 8 GiB): reduce"),
])  # fmt: skip
def test_a_lost_worker_and_want_of_memory_are_one_line_and_exit_code_one(capsys, monkeypatch, error, message):
    def fails(*arguments):
        raise error

    monkeypatch.setattr("rmt_spikes.comparison.compare", fails)
    assert cli.main(["compare", *ARGUMENTS]) == 1
    assert capsys.readouterr().err.startswith(message)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_interrupt_from_the_terminal_ends_all_workers_without_a_word_of_theirs():
    sizes = ["--width", "400", "--dim", "200", "--samples", "400", "--trials", "9999", "--bulk", "mp"]
    command = [sys.executable, "-m", "rmt_spikes.cli", "compare", *sizes, "--workers", "2"]
    # a session of its own, all of whose processes get the signal, as on a terminal
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    started = wait_for(lambda: len(descendants(process.pid)) >= 3 and descendants(process.pid))  # and a tracker
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.startswith("about ")
    assert err.endswith("\nrmt-spikes: interrupted; nothing was written\n")
    assert "Traceback" not in err
    assert "Process" not in err
    assert wait_for(lambda: not any(map(alive, started)))


def descendants(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def alive(pid):
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] not in "ZX"


def wait_for(condition):
    for _ in range(600):
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError("waited for a minute")
