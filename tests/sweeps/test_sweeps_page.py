"""docs/sweeps.md is true: its examples run, its commands are accepted, its numbers are those of the stored results;
and the ready specifications are valid."""

import json
import os
import re
import shlex
import tomllib
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from sweeps_reference import run

from rmt_spikes.cli import cli, main
from rmt_spikes.problem import TwoLayer
from rmt_spikes.sweeps.run import Run
from rmt_spikes.sweeps.specification import Sweep
from rmt_spikes.sweeps.variables import VARIABLES

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "sweeps.md").read_text()
SPECIFICATION_1000 = ROOT / "docs" / "specifications" / "phase-1000.toml"
SPECIFICATIONS = sorted((ROOT / "docs" / "specifications").glob("*.toml"))
FIRST = re.search(r"```toml\n(.*?)```", PAGE, re.S)[1]
INDENTED = re.findall(r"^    rmt-spikes (sweep|show) (docs/\S+|\S+\.zarr) (--.*)$", PAGE, re.M)
OF_THIS_MACHINE = ("about", "computed in")  # in lines that no test can repeat


def stored(name):
    return json.loads((ROOT / "docs" / "results" / f"sweep-{name}.json").read_text())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """With the page's first specification and its store."""
    path = tmp_path_factory.mktemp("page")
    (path / "first.toml").write_text(FIRST)
    made = run("sweep", "first.toml", "--store", "first.zarr", "--workers", 1, cwd=path, env=_environment())
    assert made.returncode == 0, made.stderr
    return path


def _environment():
    """Sub-processes find the package that is tested from any folder."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}


@pytest.mark.slow
def test_the_python_examples_run_and_print_what_the_page_says(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    names = {"__name__": "page"}  # the guarded example has a test of its own
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.S):
        exec(compile(code, "sweeps.md", "exec"), names)
        printed = capsys.readouterr().out
        for shown in re.findall(r"print\(.*\)  # (?!an? )(.*)$", code, re.M):
            if "__main__" not in code:
                assert shown in printed


@pytest.mark.slow
def test_the_example_of_a_script_runs(folder):
    import subprocess
    import sys

    (code,) = [code for code in re.findall(r"```python\n(.*?)```", PAGE, re.S) if "__main__" in code]
    (folder / "script.py").write_text(code)
    ended = subprocess.run(
        [sys.executable, "script.py"], cwd=folder, env=_environment(), capture_output=True, text=True, timeout=300
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == re.search(r"print\(report.cells.*\)  # (.*)", code)[1]


@pytest.mark.slow
def test_the_commands_print_what_the_page_shows(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.S)
    commands = [part.split("\n", 1) for block in blocks for part in block.split("$ rmt-spikes ")[1:]]
    assert len(commands) == 4
    for command, shown in commands:
        assert main(shlex.split(command)) == 0
        printed = capsys.readouterr().out
        for line in shown.strip().splitlines():
            if not any(text in line for text in OF_THIS_MACHINE):
                assert line.strip() in printed, (command, line)


@pytest.mark.parametrize("command", [" ".join(parts) for parts in INDENTED])
def test_the_long_commands_are_accepted(command, tmp_path, monkeypatch, capsys):
    name, *rest = shlex.split(command)
    if name == "show":  # of a store that a sweep on the page makes
        cli.commands["show"].make_context("show", list(rest))
        assert f"--store {rest[0]}" in PAGE
        return
    specification, *options = rest
    monkeypatch.chdir(tmp_path)
    assert main(["sweep", str(ROOT / specification), *options, "--dry-run"]) == 0
    assert "workers" in capsys.readouterr().out


def test_there_are_long_commands():
    assert len(INDENTED) == 9


@pytest.mark.parametrize("path", SPECIFICATIONS, ids=lambda path: path.stem)
def test_a_ready_specification_is_valid_and_has_a_plan(path, capsys):
    sweep = Sweep.read(path)
    assert main(["sweep", str(path), "--dry-run", "--json", "--workers", "2"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["cells"], plan["finished"]) == (sweep.size, 0)
    # what its comment says of its size
    assert f"{sweep.size} cells of {sweep.run.trials} trials" in path.read_text()


def test_the_quick_diagram_is_meant_to_take_three_minutes(capsys):
    path = ROOT / "docs" / "specifications" / "phase-quick.toml"
    assert main(["sweep", str(path), "--dry-run", "--json", "--workers", "2"]) == 0
    assert json.loads(capsys.readouterr().out)["seconds"] < 3 * 180  # an estimate is right within a factor of three


def test_the_gap_has_both_modes_and_targets_of_exponent_one_and_three():
    sweep = Sweep.read(ROOT / "docs" / "specifications" / "batch-gap.toml")
    axes = {axis.name: axis.values for axis in sweep.axes}
    assert set(axes["batch"]) == {"independent", "reuse"}
    assert axes["target"] == ("z", "He(3, z)/sqrt(6)")


def test_the_tables_name_every_field_with_its_default():
    model, within = PAGE.split("**`[run]`**")[0], PAGE.split("**`[run]`**")[1].split("\n## ")[0]
    for field in fields(TwoLayer):
        assert f"`{field.name}`" in model
    for field in fields(Run):
        row = next(line for line in within.splitlines() if line.startswith(f"| `{field.name}`"))
        default = list(field.default) if isinstance(field.default, tuple) else field.default
        assert row.rstrip("| ").endswith(f"`{json.dumps(default)}`" if not isinstance(default, int) else str(default))


def test_the_table_of_variables_is_the_code():
    rows = re.findall(r"^\| `(\w+)` \| ([\w, ]*) \| (\w+) \| (.*) \|$", PAGE, re.M)
    assert rows == [(one.name, ", ".join(one.dims), one.keep, one.text) for one in VARIABLES]


def test_the_exponents_are_the_stored_ones():
    laws = [law for law in stored("scaling")["laws"] if law["quantity"] == "singular_value"]
    assert len(laws) == 4
    for law in laws:
        seen = f"{law['simulation']['exponent']:.3f} ± {law['simulation']['error']:.3f}"
        row = f"| {law['where']['batch']} | {law['outlier'] + 1} | {seen} | {law['theory']['exponent']:.3f} |"
        assert f"{row} {law['limit']['exponent']} |" in PAGE


def test_the_gaps_are_the_stored_ones():
    rows = stored("batch-gap")["gaps"]
    assert len(rows) == 12
    for row in rows:
        sides = " | ".join(f"{row[mode]['mean']:.3f} ± {row[mode]['sem']:.3f}" for mode in ("reuse", "independent"))
        start = f"| {row['where']['target']} | {row['where']['alpha2']} | {sides} |"
        assert f"{start} {row['gap']:.3f} ± {row['sem']:.3f} | {row['predicted']:.3f} |" in PAGE


def test_the_cells_that_differ_are_the_stored_ones():
    panels = stored("phase-quick")["panels"]
    cells = [(panel["where"]["batch"], cell) for panel in panels for cell in panel["differing"]]
    undecided = sum(cell["undecided"] for _, cell in cells)
    compared = sum(panel["cells_compared"] for panel in panels)
    assert {(batch, cell["quantity"]) for batch, cell in cells} == {("reuse", "count")}
    assert f"{len(cells)} of {compared} counts differ, {undecided} of them undecided, all on a reused batch" in PAGE


def test_what_differs_at_a_thousand_neurons_is_the_stored():
    panels = stored("phase-1000")["panels"]
    cells = [cell | panel["where"] for panel in panels for cell in panel["differing"]]
    counts = [cell for cell in cells if cell["quantity"] == "count"]
    first = [cell for cell in cells if cell["quantity"] == "captured" and not cell["target"].startswith("He(3")]
    third = [cell for cell in cells if cell["quantity"] == "captured" and cell["target"].startswith("He(3")]
    assert sum(panel["cells_compared"] for panel in panels) == Sweep.read(SPECIFICATION_1000).size == 900
    undecided = sum(cell["undecided"] for cell in counts)
    assert f"{len(counts)} of 900 differ, {undecided} of them undecided" in PAGE
    decided = [cell for cell in first if not cell["undecided"]]
    assert f"{len(decided)} of 450 differ, by 1 to 3 %, and {len(first) - len(decided)} that is undecided" in PAGE
    assert all(0.01 < cell["mean"] / cell["predicted"] - 1 < 0.03 for cell in decided)
    assert all(cell["undecided"] for cell in third)
    assert f"No decided cell differs, {len(third)} undecided ones do" in PAGE


def test_the_costs_are_the_stored_ones():
    found = stored("benchmark")
    assert f"| {100 * (found['overhead']['ratio'] - 1):.1f} % |" in PAGE
    ratios = found["two workers"]["ratios"]
    assert f"| {np.median(ratios):.2f}, median of 5 ({min(ratios):.2f} to {max(ratios):.2f}) |" in PAGE
    assert f"| {found['theory only']['seconds']:.0f} s |" in PAGE


def test_the_slurm_script_reads_a_ready_specification_and_is_python():
    (code,) = re.findall(r"```python slurm\n(.*?)```", PAGE, re.S)
    compile(code, "sweep_slurm.py", "exec")
    assert 'Sweep.read("phase-1000.toml")' in code
    assert "scheduler=cluster.scheduler_address" in code


@pytest.mark.slow
def test_a_sweep_runs_on_the_scheduler_address_of_a_cluster_object(folder, tmp_path):
    """All of the SLURM example but SLURM; the numbers are those of local workers."""
    from distributed import LocalCluster

    from rmt_spikes.sweeps.store import open_sweep
    from rmt_spikes.sweeps.sweeping import run_sweep

    model = {**tomllib.loads(FIRST)["model"], "width": [200], "alpha1": [0.1]}
    sweep = Sweep(model, tomllib.loads(FIRST)["run"])
    options = {"processes": False, "protocol": "tcp", "dashboard_address": "127.0.0.1:0", "host": "127.0.0.1"}
    with LocalCluster(n_workers=0, threads_per_worker=1, **options) as cluster:
        cluster.scale(1)  # as jobs do, the worker comes when the sweep may have begun
        report = run_sweep(sweep, tmp_path / "x.zarr", scheduler=cluster.scheduler_address)
    assert (report.computed, report.failures) == (2, ())
    here, there = open_sweep(tmp_path / "x.zarr"), open_sweep(folder / "first.zarr")
    assert here.equals(there.sel(width=[200]).isel(alpha1=[0]))


def test_every_linked_file_exists_and_the_large_diagram_is_shown():
    for link in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
    assert "figures/phase-1000.png" in PAGE
