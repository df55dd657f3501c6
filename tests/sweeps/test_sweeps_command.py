"""The command line of sweeps: what is refused before any work, the dry run, the documents."""

import json

import pytest
from sweeps_reference import TOML, run, small

from rmt_spikes.cli import main
from rmt_spikes.sweeps.estimate import estimate


@pytest.fixture
def specification(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(TOML)
    return path


def refused(capsys, *arguments):
    code = main(list(map(str, arguments)))
    out, err = capsys.readouterr()
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    return err


def test_the_toml_of_these_tests_is_their_python_object(specification):
    from rmt_spikes.sweeps.specification import Sweep

    assert Sweep.read(specification) == small()


def test_the_dry_run_says_cells_time_and_memory_and_writes_nothing(specification, tmp_path, capsys):
    assert main(["sweep", str(specification), "--store", str(tmp_path / "x.zarr"), "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "6 cells: width (2) × alpha1 (3), 2 trials each, seed 5" in out
    assert "alpha1  1/10, 3/10, 2/5" in out
    assert "GB on" in out
    assert not (tmp_path / "x.zarr").exists()
    assert main(["sweep", str(specification), "--dry-run", "--json", "--workers", "2"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["cells"], document["trials"], document["workers"], document["finished"]) == (6, 2, 2, 0)
    assert document["axes"] == {"width": [60, 80], "alpha1": ["1/10", "3/10", "2/5"]}


def test_bad_input_is_one_line_before_any_work(specification, tmp_path, capsys):
    assert "give --store PATH.zarr, or --dry-run" in refused(capsys, "sweep", specification)
    err = refused(capsys, "sweep", specification, "--store", "x", "--workers", "2", "--scheduler", "tcp://a:1")
    assert "exclude each other" in err
    err = refused(capsys, "sweep", specification, "--store", "x", "--workers", "many")
    assert "workers = 'many' is not a whole number" in err
    assert "nothing.toml" in refused(capsys, "sweep", tmp_path / "nothing.toml", "--dry-run")
    specification.write_text(TOML.replace('"3/10"', '"3/5"'))
    assert "small.toml, line 9: alpha1 = '3/5' is outside" in refused(capsys, "sweep", specification, "--dry-run")
    specification.write_text(TOML.replace("[60, 80]", "[60, 10000000]").replace("samples = 60", "samples = 10000000"))
    assert "GB are free" in refused(capsys, "sweep", specification, "--dry-run")


def test_cells_for_other_machines_are_not_measured_by_the_memory_of_this_one(specification, capsys, monkeypatch):
    from rmt_spikes.sweeps import sweeping

    monkeypatch.setattr(sweeping, "workers_at", {"tcp://127.0.0.1:1": 3}.get)
    specification.write_text(TOML.replace("[60, 80]", "[60, 10000000]").replace("samples = 60", "samples = 10000000"))
    assert main(["sweep", str(specification), "--dry-run", "--scheduler", "tcp://127.0.0.1:1"]) == 0
    out = capsys.readouterr().out
    assert "6 cells" in out
    assert "on 3 workers" in out
    assert "GB are free" in refused(capsys, "sweep", specification, "--dry-run")


def test_without_the_packages_of_the_extra_the_command_says_what_to_install(specification, capsys, monkeypatch):
    from rmt_spikes.commands import sweep

    monkeypatch.setattr(sweep, "NEEDED", ("dask", "no_such_package"))
    err = refused(capsys, "sweep", specification, "--dry-run")
    assert "sweeps need no_such_package: install them with pip install 'rmt-spikes[sweep]'" in err


@pytest.mark.slow
def test_the_command_computes_and_then_finds_everything_there(specification, tmp_path):
    store = tmp_path / "x.zarr"
    first = run("sweep", specification, "--store", store, "--workers", 1)
    assert first.returncode == 0, first.stderr
    assert "6 computed in" in first.stdout
    assert "0 were in the store, 0 failed" in first.stdout
    again = run("sweep", specification, "--store", store, "--json")
    document = json.loads(again.stdout)
    assert (document["computed"], document["found"], document["damaged"]) == (0, 6, 0)
    assert document["specification"] == small().document()
    left = run("sweep", specification, "--store", store, "--dry-run")
    assert "6 of 6 cells are in the store" in left.stdout
    specification.write_text(TOML.replace("seed = 5", "seed = 6"))
    other = run("sweep", specification, "--store", store, "--dry-run")
    assert other.returncode == 2
    assert "seed: store 5; specification 6" in other.stderr


def test_an_estimate_grows_with_trials_and_falls_with_workers():
    sweep = small()
    problems = [cell.problem for cell in sweep.cells()]
    one, two = (estimate(problems, sweep.run, workers) for workers in (1, 2))
    more = estimate(problems, small(run={"trials": 2000}).run, 1)
    assert two.seconds < one.seconds < more.seconds
    assert two.memory == 2 * one.memory
    assert estimate([], sweep.run, 4).seconds == 0
