"""``rmt-spikes show``: what it prints, writes and refuses, on a real store and on datasets with known answers."""

import json
import shutil

import click
import jsonschema
import matplotlib.image
import numpy as np
import pytest
from matplotlib.figure import Figure
from sweep_data import dataset, power_laws, unfinished
from sweeps_reference import VERSIONS, small

from rmt_spikes.commands.show import command
from rmt_spikes.sweeps import places, store
from rmt_spikes.sweeps.agreement import agreement
from rmt_spikes.sweeps.cell import compute
from rmt_spikes.sweeps.gap import gap
from rmt_spikes.sweeps.phase import phase
from rmt_spikes.sweeps.plots_agreement import plot_worst, plot_z
from rmt_spikes.sweeps.plots_gap import longest_axis, plot_gap_against_theory, plot_gap_along
from rmt_spikes.sweeps.plots_phase import phase_figure, plot_captured, plot_counts
from rmt_spikes.sweeps.plots_scaling import plot_power_laws, scaling_figure
from rmt_spikes.sweeps.scaling import scaling
from rmt_spikes.sweeps.summary import summarise, summary_lines

ALL = {"width": [400, 800, 1600], "dim": {"per_width": "1/2"}, "samples": {"per_width": "1"},
       "alpha1": ["1/5", "2/5"], "alpha2": ["1/4", "9/20"], "batch": ["independent", "reuse"]}  # fmt: skip


def shape(**properties):
    return {"type": "object", "required": list(properties), "properties": properties}


NUMBER, MAYBE, TEXT = {"type": "number"}, {"type": ["number", "null"]}, {"type": "string"}
LIST, WHERE, MAYBE_TEXT = {"type": "array"}, {"type": "object"}, {"type": ["string", "null"]}
SIDES = shape(mean=LIST, sem=LIST, trials=LIST, theory=LIST)
LINE = {
    "anyOf": [{"type": "null"}, shape(exponent=NUMBER, error=NUMBER, intercept=NUMBER, chi2=MAYBE, points=NUMBER)]
}
LAW = shape(
    where=WHERE,
    outlier=NUMBER,
    quantity=TEXT,
    widths=LIST,
    means=LIST,
    sems=LIST,
    predicted=LIST,
    left_out=WHERE,
    simulation=LINE,
    theory=LINE,
    limit=shape(exponent=MAYBE_TEXT, remark=TEXT),
    z=MAYBE,
    p_value=MAYBE,
)
PANEL = shape(
    where=WHERE,
    alpha1=LIST,
    alpha2=LIST,
    outliers=SIDES,
    captured=SIDES,
    undecided=LIST,
    cells_compared=NUMBER,
    differing=LIST,
    critical_lines={"type": ["array", "null"]},
    reason=MAYBE_TEXT,
)
GAP = shape(where=WHERE, gap=MAYBE, sem=MAYBE, predicted=MAYBE, z=MAYBE, reuse=WHERE, independent=WHERE)
AGREEMENT = {"trials": NUMBER, "compared": NUMBER, "within": NUMBER, "expected_share_within": NUMBER,
             "quantities": WHERE, "worst": LIST}  # fmt: skip
HEAD = {"schema": {"const": 1}}
DOCUMENTS = {
    "scaling": shape(**HEAD, kind={"const": "sweep-scaling"}, laws={"type": "array", "items": LAW}, counts=LIST),
    "phase": shape(**HEAD, kind={"const": "sweep-phase"}, panels={"type": "array", "items": PANEL}),
    "gap": shape(**HEAD, kind={"const": "sweep-gap"}, gaps={"type": "array", "items": GAP}),
    "agreement": shape(**HEAD, kind={"const": "sweep-agreement"}, **AGREEMENT),
}
SUMMARY = shape(
    **HEAD,
    kind={"const": "sweep-summary"},
    axes=WHERE,
    fixed=WHERE,
    run=WHERE,
    cells=shape(all=NUMBER, finished=NUMBER, missing=NUMBER, failed=NUMBER),
    failures=LIST,
    agreement={"anyOf": [{"type": "null"}, shape(**AGREEMENT)]},
)


def show(*arguments):
    return command.main(args=list(map(str, arguments)), standalone_mode=False)


@pytest.fixture
def known(monkeypatch, tmp_path):
    """A function that makes `open_sweep` return this dataset; it returns a path that is there."""

    def given(data):
        monkeypatch.setattr(store, "open_sweep", lambda path, verify=False: data)
        return tmp_path

    return given


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    path = tmp_path_factory.mktemp("real") / "small.zarr"
    sweep = small()
    with places.opened(path, sweep, VERSIONS) as opened:
        for cell in sweep.cells():
            opened.write([(cell.index, compute(cell.problem, sweep.run))])
    return path


def test_the_summary_of_a_real_store(real, capsys):
    show(real)
    printed = capsys.readouterr().out
    assert "width: 60, 80 (2)" in printed
    assert "alpha1: 1/10, 3/10, 2/5 (3)" in printed
    assert "activation = tanh" in printed
    assert "dim = 1/2 × width" in printed
    assert "cells: 6 of 6 finished, 0 missing, 0 failed" in printed
    assert "within 3 standard errors of the theory" in printed
    assert "with 2 trials a correct theory has 79.5 %" in printed


@pytest.mark.parametrize("damage", [lambda old: old[:9] + b"?" + old[10:], lambda old: old[:11], lambda old: b""])
def test_a_damaged_chunk_is_one_line_that_says_what_to_do(real, tmp_path, damage):
    copy = shutil.copytree(real, tmp_path / "copy.zarr")
    chunk = copy / "left_overlap" / "1.2.0.0"
    chunk.write_bytes(damage(chunk.read_bytes()))
    with pytest.raises(ValueError, match=r"1 cell of the store .* is damaged: run rmt-spikes sweep with its spec"):
        show(copy)


def test_its_document(real, capsys):
    show(real, "--json")
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, SUMMARY)
    assert found["cells"] == {"all": 6, "finished": 6, "missing": 0, "failed": 0}
    assert {"largest bulk value", "bulk quantile", "singular value, given the draw"} <= set(
        found["agreement"]["quantities"]
    )


def test_a_document_without_its_cells_is_refused(real, capsys):
    show(real, "--json")
    found = json.loads(capsys.readouterr().out)
    del found["cells"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, SUMMARY)


@pytest.mark.parametrize("question", ["scaling", "agreement"])
def test_a_real_store_answers_questions(real, question, tmp_path, capsys):
    show(real, "--plot", question, "--out", tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000
    assert "wrote " in capsys.readouterr().out


@pytest.mark.parametrize("question", list(DOCUMENTS))
def test_every_question_has_a_document(question, known, capsys):
    show(known(unfinished(dataset(ALL), width=400, alpha1=0.2)), "--plot", question, "--json")
    jsonschema.validate(json.loads(capsys.readouterr().out), DOCUMENTS[question])


@pytest.mark.parametrize("question", list(DOCUMENTS))
@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_every_question_has_a_figure_the_same_each_time(question, suffix, known, tmp_path, capsys):
    path = known(unfinished(dataset(ALL), width=400, alpha1=0.2))
    contents = []
    for _ in range(2):
        show(path, "--plot", question, "--out", tmp_path / "new" / f"figure.{suffix}")
        contents.append((tmp_path / "new" / f"figure.{suffix}").read_bytes())
    assert contents[0] == contents[1]
    if suffix == "png":
        assert matplotlib.image.imread(tmp_path / "new" / "figure.png").std() > 0.05


def test_without_out_there_are_only_tables(known, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    show(known(dataset(ALL)), "--plot", "scaling")
    printed = capsys.readouterr().out
    assert "theory, same N" in printed
    assert "term k = 1" in printed
    assert list(tmp_path.iterdir()) == []


def test_the_tables_of_a_phase_diagram_name_the_worst_cells(known, capsys):
    def one_more(problem):
        return {**power_laws(problem), "count": 3}

    show(known(dataset(ALL, observed=one_more)), "--plot", "phase")
    printed = capsys.readouterr().out
    assert "lines k = 1" in printed
    assert "all trials" in printed
    show(known(dataset(ALL, relative=0.001, observed=lambda problem: power_laws(problem))), "--plot", "phase")
    assert "no cell differs" in capsys.readouterr().out


def test_the_table_of_gaps(known, capsys):
    show(known(dataset(ALL)), "--plot", "gap")
    lines = [line.strip() for line in capsys.readouterr().out.splitlines() if "N = " in line]
    assert len(lines) == 12
    assert lines[0].startswith("N = 400, α1 = 1/5, α2 = 1/4")


def test_failed_and_missing_cells_are_counted_apart(known, capsys):
    path = known(unfinished(dataset(ALL), width=400))
    failures = [{"cell": {"width": "400", "alpha1": "1/5"}, "index": [0], "seed": "0", "error": "ValueError: no"}]
    (path / "failures.json").write_text(json.dumps(failures))
    show(path)
    printed = capsys.readouterr().out
    assert "cells: 16 of 24 finished, 7 missing, 1 failed" in printed
    assert "failed: N = 400, α1 = 1/5: ValueError: no" in printed


def test_failures_that_are_no_json_are_refused(known):
    path = known(dataset(ALL))
    (path / "failures.json").write_text("{")
    with pytest.raises(ValueError, match=r"failures.json' is not JSON: remove it"):
        show(path)


def test_one_trial_has_no_agreement_and_long_lists_are_cut(known, capsys):
    show(known(dataset({"alpha1": [f"{i}/20" for i in range(9)]}, trials=1)))
    printed = capsys.readouterr().out
    assert "agreement: not known" in printed
    assert "alpha1: 0, 1/20, 1/10, …, 2/5 (9)" in printed
    assert summarise(dataset(ALL, trials=1)).agreement is None
    failures = [{"cell": None, "error": "x"}] * 8
    assert summary_lines(summarise(dataset(ALL), failures))[-1] == "  … and 2 more in failures.json"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--out", "figure.png"], "needs a figure to write: give --plot with one of phase, scaling, gap, agreement"),
        (
            ["--plot", "gap", "--out", "figure.jpg"],
            r"--out figure.jpg is not accepted: give a file that ends in .png or",
        ),
    ],
)
def test_options_that_make_no_figure_are_refused_before_the_store_is_opened(options, message, known, monkeypatch):
    path = known(None)
    with pytest.raises(ValueError, match=message):
        show(path, *options)


def test_a_folder_is_no_figure(known, tmp_path):
    (tmp_path / "x.png").mkdir()
    with pytest.raises(ValueError, match="is a folder: give a file in it"):
        show(known(None), "--plot", "gap", "--out", tmp_path / "x.png")


def test_a_path_that_is_not_there_or_no_store_is_refused(tmp_path):
    with pytest.raises(ValueError, match="is not there: give the store that rmt-spikes sweep"):
        show(tmp_path / "none.zarr")
    with pytest.raises(ValueError, match="is no store of a sweep"):
        show(tmp_path)
    with pytest.raises(click.BadParameter, match="phase"):
        show(tmp_path, "--plot", "phases")


def test_missing_axes_are_named_and_nothing_is_written(known, tmp_path):
    path = known(dataset({"width": [400, 800]}))
    with pytest.raises(ValueError, match="a phase diagram needs the axes alpha1 and alpha2: this sweep has width"):
        show(path, "--plot", "phase", "--out", tmp_path / "figure.png")
    assert not (tmp_path / "figure.png").exists()


def test_too_many_panels_are_refused():
    panels = phase(dataset({**ALL, "noise": [0.0, 0.1, 0.2]}))
    with pytest.raises(ValueError, match="18 panels are too many for one figure, which holds 12"):
        phase_figure(panels)
    with pytest.raises(ValueError, match="13 combinations of the other axes are too many"):
        scaling_figure(scaling(dataset({"width": [400, 800], "noise": [k / 10 for k in range(13)]})))


def test_a_plot_takes_a_result_and_an_ax_and_returns_the_ax():
    data = dataset(ALL)
    panel, laws, gaps, z = phase(data)[0], list(scaling(data).laws[:4]), gap(data), agreement(data)
    for draw in (
        lambda ax: plot_counts(panel, ax, 3.0),
        lambda ax: plot_captured(panel, ax, 1.0),
        lambda ax: plot_power_laws(laws, ax),
        lambda ax: plot_gap_along(gaps, "width", ax),
        lambda ax: plot_gap_against_theory(gaps, ax),
        lambda ax: plot_z(z, ax),
        lambda ax: plot_worst(z, ax),
    ):
        ax = Figure().add_subplot()
        assert draw(ax) is ax


def test_the_gap_is_drawn_along_the_longest_axis_of_numbers():
    assert longest_axis(gap(dataset(ALL))) == "width"
    assert longest_axis(gap(dataset({"target": ["z", "He(3, z)"], "batch": ["independent", "reuse"]}))) is None


def test_the_marks_of_a_phase_diagram_are_where_it_differs():
    data = dataset(ALL)
    data["outlier_count"].loc[{"alpha1": 0.4, "alpha2": 0.25}] = 5
    panel = phase(data)[0]
    ax = plot_counts(panel, Figure().add_subplot(), 5.0)
    marked = [line for line in ax.lines if line.get_marker() == "s" and len(line.get_xdata())]
    assert len(marked) == 1
    assert np.column_stack(marked[0].get_data()).tolist() == [[0.4, 0.25]]


@pytest.fixture
def crowded():
    """A figure of two panels with all that a legend can name, and a cell with very many outliers."""
    data = dataset({**ALL, "width": 800, "dim": 400, "samples": 800})
    data["outlier_count"].loc[{"alpha1": 0.4, "alpha2": 0.25}] = 40  # decided
    data["theory_singular_value_sd"].loc[{"alpha1": 0.2, "alpha2": 0.25}] = np.nan  # undecided
    data["outlier_count"].loc[{"alpha1": 0.2, "alpha2": 0.25}] = 3
    return phase_figure(phase(data))


def test_the_legend_of_a_phase_diagram_fits_its_figure(crowded):
    (legend,) = crowded.legends
    assert len(legend.get_texts()) == 5
    crowded.canvas.draw()
    box = legend.get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= crowded.bbox.x1


def test_one_cell_with_many_outliers_leaves_the_colours_to_the_others(crowded):
    bar = next(ax for ax in crowded.axes if ax.get_ylabel() == "number of outliers")
    assert bar.get_ylim() == (0.0, 3.0)  # the theory has 2
