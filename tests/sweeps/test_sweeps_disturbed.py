"""Sweeps as processes: killed, interrupted, out of disk, beside each other, on a scheduler of their own.

What counts in the end is the store: equal, byte for byte, to that of a sweep left in peace.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import nullcontext, suppress
from functools import partial

import numpy as np
import psutil
import pytest
from sweeps_reference import command, files, run

SLOW = """
[model]
activation = "tanh"
target = "z + He(3, z)/sqrt(6)"
width = 600
dim = { per_width = 0.5 }
samples = 600
alpha1 = { start = 0.2, stop = 0.45, num = 8 }
init = ["gaussian", "sphere"]
[run]
trials = 5
bulk = "mp"
seed = 3
outliers = 4
"""
CELLS = 16


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("sweeps")
    (place / "slow.toml").write_text(SLOW)
    return place


@pytest.fixture(scope="module")
def undisturbed(folder):
    done = run("sweep", folder / "slow.toml", "--store", folder / "undisturbed.zarr", "--workers", 1, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["computed"], report["failures"], report["warnings"]) == (CELLS, [], [])
    return files(folder / "undisturbed.zarr")


def start(folder, store, *more):
    arguments = ("sweep", folder / "slow.toml", "--store", store, *more)
    # a session of its own, so that a signal to the group does not reach the tests; a shell that starts the tests in
    # the background lets them ignore Ctrl-C, and what they start
    return subprocess.Popen(
        command(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def finished(store):
    return len([name for name in os.listdir(store / "finished") if name[0] != "."]) if store.exists() else 0


def until(process, condition, seconds=60.0):
    limit = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < limit
        time.sleep(0.01)


def workers(process):
    """Processes below this one that compute: they have Numba's code in them."""
    found = []
    for child in psutil.Process(process.pid).children(recursive=True):
        try:
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


@pytest.mark.slow
def test_killed_again_and_again_a_sweep_ends_with_the_store_of_an_undisturbed_one(folder, undisturbed):
    rng = np.random.default_rng(1)
    store = folder / "killed.zarr"
    for count in (3, 1):
        before = finished(store)
        process = start(folder, store, "--workers", count)
        until(process, lambda before=before: finished(store) > before)
        children = workers(process)
        time.sleep(rng.uniform(0, 0.2))
        process.kill()
        process.communicate()
        _, alive = psutil.wait_procs(children, timeout=20)
        assert not alive, "workers outlive the process that started them"
        assert finished(store) < CELLS, "it ended before it was killed"
    assert finished(store) <= CELLS - 3, "too few cells are left to kill workers at"
    process = start(folder, store, "--workers", 2)
    for _ in range(2):  # a worker each time that cells have come in: at work, not being started
        before = finished(store)
        until(process, lambda before=before: finished(store) > before or finished(store) == CELLS)
        victims = workers(process)
        victims[rng.integers(len(victims))].kill()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "0 failed" in out
    assert files(store) == undisturbed


def ends_with_how_to_go_on(process, store):
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out.splitlines()[0].startswith(f"{CELLS} cells: ")
    lines = err.strip().splitlines()
    assert len(lines) == 1, err
    assert f"{finished(store)} of {CELLS} cells are finished and kept in" in lines[0]
    assert "the same command goes on from there" in lines[0]


@pytest.mark.slow
def test_an_interrupted_sweep_says_how_to_go_on_and_goes_on(folder, undisturbed):
    store = folder / "interrupted.zarr"
    for number, times in ((signal.SIGINT, 3), (signal.SIGTERM, 1)):  # one SIGINT: the test of a second sweep
        before = finished(store)
        process = start(folder, store, "--workers", 2)
        until(process, lambda before=before: finished(store) > before)
        children = workers(process)
        for _ in range(times):
            os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
            time.sleep(0.1)  # while the workers are being ended
        ends_with_how_to_go_on(process, store)
        assert not psutil.wait_procs(children, timeout=20)[1]
    kept = finished(store)
    again = run("sweep", folder / "slow.toml", "--store", store, "--workers", 2, "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["computed"] == CELLS - kept
    assert files(store) == undisturbed


@pytest.mark.slow
def test_an_external_scheduler_gives_the_same_bits(folder, undisturbed):
    scheduler, workers_there, address = external_cluster(2)
    try:
        store = folder / "external.zarr"
        done = run("sweep", folder / "slow.toml", "--store", store, "--scheduler", address)
        assert done.returncode == 0, done.stderr
        assert files(store) == undisturbed
        assert scheduler.poll() is None, "the scheduler belongs to its user, and is left running"
    finally:
        for process in (*workers_there, scheduler):
            process.kill()
        for process in (*workers_there, scheduler):
            process.communicate(timeout=30)


@pytest.mark.slow
def test_a_scheduler_that_goes_away_is_said_once_with_what_is_kept(folder, undisturbed):
    scheduler, workers_there, address = external_cluster(1)
    store = folder / "gone.zarr"
    try:
        process = start(folder, store, "--scheduler", address)
        until(process, lambda: finished(store) >= 2)
        scheduler.kill()
        _, err = process.communicate(timeout=120)
    finally:
        for one in (*workers_there, scheduler):
            one.kill()
            one.communicate(timeout=30)
    assert process.returncode == 1
    assert re.fullmatch(
        rf"asking {address} for workers; cells begin when it has some\n"
        rf"rmt-spikes: the scheduler does not answer any more: "
        rf"\d+ of {CELLS} cells are finished and kept in .*; the same command goes on from there\n",
        err,
    )
    assert run("sweep", folder / "slow.toml", "--store", store, "--workers", 2).returncode == 0
    assert files(store) == undisturbed


def external_cluster(count):
    """A scheduler on loopback and workers, as a user would start them; the address is on a line of its own."""
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    scheduler = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_scheduler", *options], stderr=subprocess.PIPE, text=True
    )
    address = None
    for line in scheduler.stderr:
        if "Scheduler at:" in line:
            address = line.split()[-1]
            break
    assert address
    assert address.startswith("tcp://127.0.0.1:")
    options = ["--nthreads", "1", "--no-dashboard", "--no-nanny"]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_worker", address, *options],
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        for _ in range(count)
    ]
    return scheduler, started, address


def test_a_scheduler_that_is_not_there_is_refused(folder, monkeypatch):
    from rmt_spikes.sweeps import cluster, sweeping
    from rmt_spikes.sweeps.specification import Sweep

    monkeypatch.setattr(cluster, "CONNECTING", 1)
    sweep = Sweep.from_toml(SLOW)
    with pytest.raises(ValueError, match=r"the scheduler 'tcp://127\.0\.0\.1:9' does not answer"):
        sweeping.run_sweep(sweep, folder / "nobody.zarr", scheduler="tcp://127.0.0.1:9")
    with pytest.raises(ValueError, match=r"the scheduler 'moon' does not answer"):
        sweeping.run_sweep(sweep, folder / "nobody.zarr", scheduler="moon")


@pytest.mark.slow
def test_the_second_sweep_on_a_store_is_refused(folder):
    store = folder / "twice.zarr"
    first = start(folder, store, "--workers", 1)
    until(first, lambda: finished(store) >= 1)
    second = run("sweep", folder / "slow.toml", "--store", store, "--workers", 1)
    assert second.returncode == 2
    assert f"is in use by process {first.pid} on" in second.stderr
    os.killpg(first.pid, signal.SIGINT)
    ends_with_how_to_go_on(first, store)


@pytest.mark.slow
def test_cells_that_raise_do_not_disturb_the_others(folder):
    text = SLOW.replace("stop = 0.45, num = 8", "stop = 0.45, num = 2").replace("width = 600", "width = 80")
    (folder / "raising.toml").write_text(text.replace("samples = 600", "samples = 80\nscale2 = [1.0, 1e99]"))
    store = folder / "raising.zarr"
    done = run("sweep", folder / "raising.toml", "--store", store, "--workers", 2, "--json")
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert report["computed"] == 4
    assert [one["cell"]["scale2"] for one in report["failures"]] == [1e99] * 4
    assert all("ValueError" in one["error"] for one in report["failures"])
    recorded = json.loads((store / "failures.json").read_text())
    assert [one["cell"] for one in recorded] == [
        {name: str(value) for name, value in one["cell"].items()} for one in report["failures"]
    ]
    assert all(one["seed"] == "3" and "Traceback" in one["traceback"] for one in recorded)


def small_disk(path, size="2m"):
    path.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)], capture_output=True)
    if made.returncode:
        pytest.skip("mounting a small disk needs the rights of root")


@pytest.mark.slow
def test_a_full_disk_ends_the_sweep_with_what_is_finished(folder, undisturbed):
    disk = folder / "disk"
    small_disk(disk)
    try:
        store = disk / "full.zarr"
        filler = disk / "filler"
        process = start(folder, store, "--workers", 2)
        until(process, lambda: finished(store) >= 2)
        handle = os.open(filler, os.O_CREAT | os.O_WRONLY)
        with suppress(OSError):
            while True:
                os.write(handle, bytes(4096))
        os.close(handle)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 1, out
        assert "No space left on device" in err
        assert "the same command goes on from there" in err
        assert "Traceback" not in err
        filler.unlink()
        again = run("sweep", folder / "slow.toml", "--store", store, "--workers", 2)
        assert again.returncode == 0, again.stderr
        assert files(store) == undisturbed
    finally:
        subprocess.run(["umount", str(disk)], check=False)


def test_a_write_that_fails_is_said_with_what_is_kept(tmp_path, monkeypatch):
    import errno

    from rmt_spikes.sweeps import store, sweeping
    from rmt_spikes.sweeps.execution import Done
    from rmt_spikes.sweeps.specification import Sweep

    def refuse(self, cells):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store.Store, "write", refuse)
    monkeypatch.setattr(sweeping, "results", lambda *_: iter([Done([((0, 0), {})], [], set())]))
    monkeypatch.setattr(sweeping.cluster, "local", lambda *_: nullcontext())
    monkeypatch.setattr(sweeping, "up", lambda _: 1)
    with pytest.raises(OSError, match=r"No space left on device; 0 of 16 cells are finished and kept in .*goes on"):
        sweeping.run_sweep(Sweep.from_toml(SLOW), tmp_path / "full.zarr")


@pytest.mark.slow
def test_a_read_only_target_is_refused_before_any_work(folder):
    disk = folder / "read-only"
    small_disk(disk)
    try:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        started = time.monotonic()
        for arguments in (["--dry-run"], ["--workers", "1"]):
            done = run("sweep", folder / "slow.toml", "--store", disk / "x.zarr", *arguments)
            assert done.returncode == 2
            assert "cannot write into" in done.stderr
        assert time.monotonic() - started < 30
    finally:
        subprocess.run(["umount", str(disk)], check=False)


@pytest.mark.slow
def test_a_script_without_its_guard_is_told_what_is_missing(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from rmt_spikes.sweeps.specification import Sweep\n"
        "from rmt_spikes.sweeps.sweeping import run_sweep\n"
        "run_sweep(Sweep({'width': 60, 'dim': 30, 'samples': 60}, {'trials': 1, 'bulk': 'mp'}), 'x.zarr', 1)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert done.returncode != 0
    assert "WorkerLost: the worker processes did not start" in done.stderr
    assert 'under if __name__ == "__main__":' in done.stderr
