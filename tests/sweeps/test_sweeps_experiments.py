"""A sweep of an experiment: its specification, its store, what is said of it."""

import json
import re
from dataclasses import fields
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from sweeps_reference import files

from rmt_spikes.cli import main
from rmt_spikes.experiments import get, names
from rmt_spikes.experiments import run as run_experiment
from rmt_spikes.experiments._values import plain
from rmt_spikes.sweeps import experiment_agreement, sweeping
from rmt_spikes.sweeps.cell import seeded
from rmt_spikes.sweeps.experiment_specification import ExperimentSweep, variable
from rmt_spikes.sweeps.specification import Sweep
from rmt_spikes.sweeps.store import open_sweep

ROOT = Path(__file__).parent.parent.parent
TEXT = """
[experiment]
name = "biased_ntk"
dim = [20, 30]
samples = 60
width = 200
biases = [0.0, 1.0]
steps = 4
[run]
trials = 3
seed = 2
points = 8
"""


def replaced(old, new):
    assert old in TEXT
    return TEXT.replace(old, new)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("experiments") / "one.zarr"
    report = sweeping.run_sweep(Sweep.from_toml(TEXT), path, workers=1)
    assert (report.computed, report.failures) == (2, ())
    return path


def test_a_list_is_swept_and_a_list_of_lists_where_a_parameter_is_one():
    sweep = Sweep.from_toml(TEXT)
    assert isinstance(sweep, ExperimentSweep)
    assert (sweep.shape, sweep.problem((1,)).parameters.dim) == ((2,), 30)
    assert sweep.problem((0,)).parameters.biases == (0.0, 1.0)
    nested = Sweep.from_toml(replaced("biases = [0.0, 1.0]", "biases = [[0.0], [0.5, 1]]"))
    assert [axis.name for axis in nested.axes] == ["dim", "biases"]
    assert nested.problem((0, 1)).parameters.biases == (0.5, 1.0)
    ranged = Sweep.from_toml(replaced("dim = [20, 30]", "dim = { start = 20, stop = 40, num = 3 }"))
    assert ranged.axes[0].values == (20, 30, 40)


def test_exponents_are_exact():
    sweep = ExperimentSweep({"name": "two_step", "alpha1": {"start": 0, "stop": "0.4", "num": 5}})
    assert sweep.axes[0].values == tuple(Fraction(k, 10) for k in range(5))
    assert sweep.run.trials == get("two_step").trials


@pytest.mark.parametrize("name", names())
def test_every_experiment_can_be_swept_and_its_document_says_all(name):
    quick = get(name).quick
    table = {field.name: plain(getattr(quick, field.name)) for field in fields(quick)}
    sweep = ExperimentSweep({"name": name, **table}, {"trials": 2})
    assert sweep.problem(()).parameters == quick
    assert Sweep.from_document(json.loads(json.dumps(sweep.document()))) == sweep
    assert {one.name for one in sweep.variables()} > {f"theory_{variable(key)}" for key in get(name).keys}
    assert sweep.problem(()).memory_estimate() > 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[experiment]\ndim = 3", r"line 1: there is no name: write one such as"),
        ('[experiment]\nname = "biased_nkt"', r"line 2: .*did you mean biased_ntk"),
        ("[experiment]\nname = 3", r"line 2: experiment '3' is unknown"),
        ('[model]\nwidth = 300\n[experiment]\nname = "two_step"', r"line 3: \[model\] and \[experiment\] exclude"),
        (replaced("width = 200", "widht = 200"), r"line 6: widht is unknown in \[experiment\].*did you mean width"),
        (replaced("dim = [20, 30]", "dim = [20, 1]"), r"line 4: dim = 1 "),
        (replaced("dim = [20, 30]", "dim = [20, 20]"), r"line 4: dim = 20 is there twice"),
        (replaced("dim = [20, 30]", "dim = []"), r"line 4: dim = \[\] has no values"),
        (replaced("dim = [20, 30]", "dim = [20,\n 'x']"), r"line 5: dim = 'x'"),
        (replaced("dim = [20, 30]", "dim = { start = 20, stop = 30 }"), r"line 4: the range of dim has no num"),
        (replaced("dim = [20, 30]", "dim = { start = 20.5, stop = 30, num = 2 }"), r"20.5 is no end of a range"),
        (replaced("biases = [0.0, 1.0]", "biases = { start = 0, stop = 1, num = 3 }"), "biases takes no range"),
        (replaced("points = 8", "points = 0"), r"line 12: points = 0"),
        (replaced("points = 8", 'keep = ["bulk"]'), r"line 12: keep is unknown in the \[run\] of an experiment"),
        (replaced("[run]", "[runs]"), "runs is unknown in a specification"),
        (replaced("dim = [20, 30]", "dim = { start = 20, stop = 20019, num = 20000 }"), "20000 cells are more than"),
        ("experiment = 3", "experiment = 3 is not a table"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_refused_with_its_line(text, said):
    with pytest.raises(ValueError, match=said):
        Sweep.from_toml(text, "spec.toml")


def test_the_points_of_an_experiment_are_no_field_of_other_sweeps():
    with pytest.raises(ValueError, match=r"points is unknown in \[run\]"):
        Sweep({"width": 300}, {"points": 3})


def test_the_store_holds_what_the_experiment_predicts_and_simulates(store):
    data = open_sweep(store, verify=True)
    assert data["theory_smallest_eigenvalue"].dims == ("dim", "point")
    assert data["smallest_eigenvalue"].dims == ("dim", "trial", "point")
    assert data["smallest_eigenvalue"].attrs["text"] == "smallest eigenvalue"
    sweep, experiment = Sweep.from_toml(TEXT), get("biased_ntk")
    cell = sweep.problem((1,))
    predicted = experiment.predict(cell.parameters)
    draws = [experiment.simulate(rng, cell.parameters) for rng in seeded(cell.fields(), 2, 3)]
    for key in experiment.keys:
        expected = np.atleast_1d(predicted[key])
        there = data[f"theory_{variable(key)}"].sel(dim=30).values
        np.testing.assert_array_equal(there[: expected.size], expected)
        assert np.isnan(there[expected.size :]).all()
        seen = np.array([np.atleast_1d(draw[key]) for draw in draws])
        np.testing.assert_array_equal(data[variable(key)].sel(dim=30).values[:, : expected.size], seen)


def test_two_workers_a_growing_list_and_a_second_run_give_the_same_bytes(store, tmp_path):
    path = tmp_path / "grown.zarr"
    assert sweeping.run_sweep(Sweep.from_toml(replaced("[20, 30]", "[30]")), path, workers=1).computed == 1
    with pytest.raises(ValueError, match=r"made by another specification: .*\[run\] seed: store 2; specification 3"):
        sweeping.run_sweep(Sweep.from_toml(replaced("seed = 2", "seed = 3")), path)
    with pytest.raises(ValueError, match=r"the store is of \[experiment\], the specification of \[model\]"):
        sweeping.run_sweep(Sweep({"width": 60, "dim": 30, "samples": 60}), path)
    report = sweeping.run_sweep(Sweep.from_toml(TEXT), path, workers=2)
    assert (report.found, report.computed) == (1, 1)
    assert files(path) == files(store)
    assert sweeping.run_sweep(Sweep.from_toml(TEXT), path, workers=1).computed == 0


def test_a_curve_longer_than_the_points_fails_before_it_is_simulated_and_says_what_to_give(monkeypatch):
    sweep = Sweep.from_toml(replaced("points = 8", "points = 3"))  # the loss at four steps is a curve
    monkeypatch.setattr(np.random, "SeedSequence", None)
    with pytest.raises(ValueError, match=r"'training loss' has 4 points and 3 are kept: give points = 4 or more"):
        sweep.run.compute(sweep.problem((0,)))


def test_theory_alone_has_no_trials(tmp_path):
    sweep = Sweep.from_toml(replaced("trials = 3", "trials = 0"))
    assert sweeping.run_sweep(sweep, tmp_path / "theory.zarr", workers=1).computed == 2
    data = open_sweep(tmp_path / "theory.zarr")
    assert "smallest_eigenvalue" not in data
    assert np.isfinite(data["theory_smallest_eigenvalue"].values[:, :2]).all()
    assert list(experiment_agreement.numbers(data)) == []


def test_cells_are_judged_as_a_run_judges_them(store):
    data = open_sweep(store)
    cells = list(experiment_agreement.numbers(data))
    experiment = get("biased_ntk")
    parameters = Sweep.from_toml(TEXT).problem((0,)).parameters
    alone = run_experiment(np.random.default_rng(0), experiment, parameters, 3)
    assert [one.name for one in cells[0].quantities] == [f"{one.name}" if "[" in one.name else f"{one.name}[0]"
                                                        for one in alone.quantities]  # fmt: skip
    assert [one.predicted for one in cells[0].quantities] == [one.predicted for one in alone.quantities]
    counts = experiment_agreement.counts(cells, experiment.keys)
    assert sum(one.numbers for one in counts) == 2 * len(alone.quantities)
    assert all(one.agree + one.disagree + one.unclear == one.numbers for one in counts)


def test_numbers_that_disagree_are_named(store):
    data = open_sweep(store).load()
    data["largest_eigenvalue"] = 1.5 * data["largest_eigenvalue"]
    cells = list(experiment_agreement.numbers(data))
    (found,) = [
        one for one in experiment_agreement.counts(cells, get("biased_ntk").keys) if one.name == "largest eigenvalue"
    ]
    assert (found.numbers, found.disagree) == (4, 4)
    lines = experiment_agreement.disagreement_lines(cells)
    assert any(
        re.match(r"dim = 20: largest eigenvalue\[1\] \(B = 1\) \S+ ± \S+, theory \S+, z \+", line) for line in lines
    )


def test_the_commands_know_such_a_sweep(store, tmp_path, capsys):
    specification = tmp_path / "spec.toml"
    specification.write_text(TEXT)
    assert main(["sweep", str(specification), "--dry-run", "--workers", "1"]) == 0
    assert re.search(
        r"2 cells: dim \(2\), 3 trials each, seed 2\n  dim  20, 30\n2 cells, about", capsys.readouterr().out
    )
    assert main(["show", str(store)]) == 0
    shown = capsys.readouterr().out
    assert "fixed: name = biased_ntk" in shown
    assert re.search(r"smallest eigenvalue +4 +\d+ +\d+ +\d+", shown)
    assert main(["show", str(store), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["axes"] == {"dim": [20, 30]}
    assert {one["quantity"] for one in document["agreement"]} == set(get("biased_ntk").keys)
    assert main(["show", str(store), "--plot", "phase"]) == 2
    assert "is a question to a sweep of [model]" in capsys.readouterr().err
    assert main(["sweep", str(specification), "--store", str(store), "--workers", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["computed"] == 0


def test_the_ready_specification_is_valid():
    sweep = Sweep.read(ROOT / "docs" / "specifications" / "spiked-covariance.toml")
    assert sweep.fixed["name"] == "spiked_covariance"
