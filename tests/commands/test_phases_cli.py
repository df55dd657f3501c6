"""``rmt-spikes phases``: what it prints, writes and refuses, and the figure's parts."""

import json
import re
import shlex
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from matplotlib.figure import Figure

from rmt_spikes.cli import main
from rmt_spikes.plots_phases import phases_figure, plot_births, plot_captured, plot_partition
from rmt_spikes.problem import TwoLayer
from theory.phase_grid import phase_grid
from theory.phases import phases

DOCS = (Path(__file__).parents[2] / "docs" / "phases.md").read_text()
HE3 = ["--activation", "tanh", "--target", "He(3, z)/sqrt(6)", "--batch", "reuse"]
AT_WIDTH = ["--width", "2000", "--grid", "4"]


def shape(**properties):
    return {"type": "object", "required": list(properties), "properties": properties}


NUMBER, INTEGER, MAYBE = {"type": "number"}, {"type": "integer"}, {"type": ["integer", "null"]}
TABLE = {"type": "array", "items": {"type": "array", "items": NUMBER}}
REGION = shape(
    inequalities={"type": "string"},
    lower=INTEGER,
    upper=MAYBE,
    outliers=INTEGER,
    at_least={"type": "boolean"},
    learned={"type": "boolean"},
)
TERM = shape(
    k=INTEGER,
    fate={"enum": ["alive", "killed", "absorbed", "merged"]},
    reason={"type": "string"},
    carries_target={"type": "boolean"},
    coefficient=shape(exact={"type": ["string", "null"]}, value=NUMBER, error_bound=NUMBER),
)
EXACT = shape(
    regions={"type": "array", "items": REGION},
    critical_lines={"type": "array", "items": {"type": "string"}},
    terms={"type": "array", "items": TERM},
    batch_reuse_index=MAYBE,
    learned_from=MAYBE,
    complete={"type": "boolean"},
)
FINITE = shape(
    width=INTEGER, gamma=NUMBER, alpha1={"type": "array"}, alpha2={"type": "array"}, outliers=TABLE, captured=TABLE
)
DOCUMENT = shape(
    schema={"const": 1},
    model=shape(activation={"type": "string"}, target={"type": "string"}, batch={"type": "string"}, phi=NUMBER),
    exact={"anyOf": [EXACT, {"type": "null"}]},
    reason={"type": ["string", "null"]},
    finite_size={"anyOf": [FINITE, {"type": "null"}]},
)


def document(capsys, *arguments):
    assert main(["phases", *arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, DOCUMENT)
    return found


def test_the_document_holds_the_exact_partition(capsys):
    found = document(capsys, *HE3)
    assert found["finite_size"] is None
    assert [(r["outliers"], r["learned"]) for r in found["exact"]["regions"]][:2] == [(1, False), (2, True)]
    assert found["exact"]["critical_lines"][0] == "α2 = 2(1/2 − α1)"
    assert found["exact"]["batch_reuse_index"] == 2


def test_a_document_without_its_regions_is_refused(capsys):
    found = document(capsys, "--activation", "relu")
    del found["exact"]["regions"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, DOCUMENT)


def test_a_width_adds_the_finite_size_diagram(capsys):
    found = document(capsys, "--activation", "softplus", *AT_WIDTH)["finite_size"]
    assert np.shape(found["outliers"]) == np.shape(found["captured"]) == (4, 4)
    grid = phase_grid(TwoLayer(activation="softplus"), 2000, 4)
    assert found["outliers"] == grid.outliers.tolist()
    assert (found["width"], found["gamma"]) == (2000, 2)


def test_a_kink_under_reuse_leaves_the_finite_size_diagram(capsys):
    found = document(capsys, "--activation", "relu", "--batch", "reuse", "--width", "2000", "--grid", "2")
    assert found["exact"] is None
    assert "kink at z = 0" in found["reason"]
    assert main(["phases", "--activation", "relu", "--batch", "reuse"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(r"rmt-spikes: .*kink.*\(with --width\)\n", captured.err)


@pytest.mark.parametrize("block", re.findall(r"```console\n(.*?)```", DOCS, re.S))
def test_the_commands_print_what_the_page_shows(block, capsys):
    command, shown = block.split("\n", 1)
    assert main(shlex.split(command.removeprefix("$ rmt-spikes "))) == 0
    printed, expected = (
        [line.rstrip() for line in t.splitlines() if line.strip()] for t in (capsys.readouterr().out, shown)
    )
    assert printed == expected


@pytest.mark.parametrize("name", ["diagram.png", "diagram.pdf"])
def test_the_figure_is_written_and_the_same_each_time(name, tmp_path, capsys):
    contents = []
    for _ in range(2):
        assert main(["phases", *HE3, "--out", str(tmp_path / "new" / name)]) == 0
        contents.append((tmp_path / "new" / name).read_bytes())
    assert contents[0] == contents[1]
    assert contents[0][:4] in (b"\x89PNG", b"%PDF")
    assert f"wrote {tmp_path / 'new' / name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "diagram.svg"], r"--out diagram.svg is not accepted: give a file that ends in .png or .pdf"),
        (["--grid", "1", "--width", "100"], "grid = 1 is not accepted"),
        (["--width", "3"], "width"),
        (["--batch", "both"], "batch"),
        (["--activation", "sign"], "activation"),
        (["--alpha1", "0.3"], "No such option"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments, message, capsys):
    assert main(["phases", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.search(message, captured.err)
    assert captured.err.count("\n") == 1


def test_each_plot_returns_its_axes_and_shows_what_it_should():
    problem = TwoLayer(activation="tanh", target="He(3, z)/sqrt(6)", batch="reuse")
    exact, seen = phases(problem), phase_grid(problem, 2000, 4)
    ax = Figure().add_subplot()
    assert plot_partition(exact, ax) is ax
    assert [text.get_text() for text in ax.texts] == ["1", "2", "3", "≥ 4"]
    assert len(ax.lines) == len(exact.critical_lines)
    for plot in (plot_births, plot_captured):
        ax = Figure().add_subplot()
        assert plot(seen, ax) is ax
        assert "1" in [text.get_text() for text in ax.texts]
    assert len(phases_figure(problem, exact, None).axes) == 1
    assert len(phases_figure(problem, exact, seen).axes) == 3  # with the colour bar


def test_a_grid_without_a_width_is_refused(capsys):
    assert main(["phases", "--grid", "5"]) == 2
    assert "--grid 5 is of no use without --width" in capsys.readouterr().err


def test_a_merged_term_carries_nothing_of_its_own(capsys):
    assert main(["phases", "--activation", "tanh(z + 0.8)", "--target", "z + z**2", "--readout", "rademacher"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if " merged " in line]
    assert rows
    assert all(" no " in row for row in rows)
