"""The commands experiments and run, and the gallery."""

import dataclasses
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
import toy_experiment as toy

from rmt_spikes import experiments, gallery
from rmt_spikes.cli import main


@pytest.fixture(autouse=True)
def with_the_toy(monkeypatch):
    """The toy is the only experiment."""
    monkeypatch.setattr(experiments, "names", lambda: ("toy",))
    monkeypatch.setattr(experiments, "get", lambda name: toy.EXPERIMENT)
    monkeypatch.setattr(gallery, "names", lambda: ("toy",))
    monkeypatch.setattr(gallery, "get", lambda name: toy.EXPERIMENT)


def printed(capsys, *arguments):
    assert main([*arguments]) == 0
    return capsys.readouterr().out


def test_the_list_has_name_title_authors_with_years_and_trials(capsys):
    shown = printed(capsys, "experiments")
    for word in ("toy", "Moments of <Gaussian> numbers", "Gauss 1809", "16"):
        assert word in shown
    (found,) = json.loads(printed(capsys, "experiments", "--json"))["experiments"]
    assert found["citation"] == "C. F. Gauss, Theoria motus & more, 1809"
    assert found["trials"] == 16


def test_one_experiment_shows_its_parameters(capsys):
    shown = printed(capsys, "experiments", "toy")
    assert re.search(r"size +400 +n, how many <numbers>", shown)
    assert "rmt-spikes run toy --set size=…" in shown
    assert json.loads(printed(capsys, "experiments", "toy", "--json"))["parameters"]["orders"] == [1, 2]


def test_without_help_texts_the_class_explains_its_parameters(capsys, monkeypatch):
    monkeypatch.undo()
    shown = printed(capsys, "experiments", "two_step")
    assert "readout              a_i ~ N(0, 1/N)" in shown
    assert ">>>" not in shown
    assert re.search(r"alpha2 +9/20", shown)


def test_a_run_prints_theory_beside_simulation(capsys):
    shown = printed(capsys, "run", "toy", "--set", "size=50", "--workers", "1")
    assert "parameters: size = 50, the others at their defaults" in shown
    assert re.search(r"moments\[1\] +order = 2 +1\.2500 +\d\.\d{4} ± \d\.\de-02", shown)
    assert "agree: 3 of 3 quantities agree." in shown
    assert "parameters: all at their defaults" in printed(capsys, "run", "toy", "--workers", "1")


def test_the_document_is_the_same_for_any_number_of_workers_and_in_the_folder(capsys, tmp_path):
    arguments = ("run", "toy", "--json", "--seed", "3", "--trials", "4")
    one = json.loads(printed(capsys, *arguments, "--workers", "1", "--out", str(tmp_path / "new")))
    two = json.loads(printed(capsys, *arguments, "--workers", "2"))
    assert sorted(os.listdir(tmp_path / "new")) == ["figure.pdf", "figure.png", "result.json"]
    assert json.loads((tmp_path / "new" / "result.json").read_text()) == one
    for found in (one, two):
        assert found.pop("seconds") >= 0
    assert one == two
    assert (one["schema"], one["seed"], one["trials"], one["verdict"]) == (1, 3, 4, "agree")
    first = one["quantities"][0]
    assert first["z"] == pytest.approx((first["observed"]["mean"] - 0.5) / first["observed"]["sem"])
    other = json.loads(printed(capsys, "run", "toy", "--json", "--seed", "4", "--trials", "4", "--workers", "1"))
    assert other["quantities"] != one["quantities"]


BAD = [
    (["--set", "siez=3"], "siez is no parameter of toy; did you mean size?"),
    (["--set", "size=nan"], "size = 'nan' is not a whole number"),
    (["--set", "centre=inf"], "centre = inf is not a finite number"),
    (["--trials", "0"], "trials = 0 is not a whole number"),
    (["--seed", "-1"], "seed = -1 is not a whole number"),
    (["--workers", "none"], "workers = 'none' is not a whole number"),
    (["--out", "/dev/null"], "give another folder"),
    (["--out", ""], "the folder's name is empty: give one"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=range(len(BAD)))
def test_bad_input_is_one_line_and_exit_code_two(capsys, arguments, message):
    assert main(["run", "toy", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert message in said.err


def test_a_result_that_is_a_folder_is_refused_before_work(capsys, tmp_path):
    (tmp_path / "figure.png").mkdir()
    assert main(["run", "toy", "--out", str(tmp_path)]) == 2
    assert "figure.png is a folder: give another one for the results" in capsys.readouterr().err


def test_a_broken_file_does_not_hide_the_others(capsys, monkeypatch):
    def get(name):
        if name == "broken":
            raise ImportError("no module named nothing")
        return toy.EXPERIMENT

    monkeypatch.setattr(experiments, "names", lambda: ("broken", "toy"))
    monkeypatch.setattr(experiments, "get", get)
    assert main(["experiments"]) == 0
    said = capsys.readouterr()
    assert "Moments of <Gaussian> numbers" in said.out
    assert "experiments/broken.py cannot be loaded: ImportError: no module named nothing" in said.err


def test_a_run_that_fails_leaves_no_folder(monkeypatch, capsys, tmp_path):
    broken = toy.made(predict=lambda p: {"mean": float("nan")})
    monkeypatch.setattr(experiments, "get", lambda name: broken)
    assert main(["run", "toy", "--out", str(tmp_path / "new"), "--workers", "1"]) == 2
    assert "is not finite" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_help_loads_neither_numpy_nor_an_experiment():
    code = "import sys; from rmt_spikes.cli import main; main(['run', '--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1].split()
    assert "rmt_spikes.commands.run" in loaded
    assert not {"numpy", "rmt_spikes.experiments", "matplotlib"} & set(loaded)


class Page(HTMLParser):
    """Tags, addresses and text; unbalanced tags fail."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.addresses, self.words = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for key, value in attrs if key in ("src", "href")]
        if tag not in ("meta", "img", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def written(tmp_path, capsys, *arguments):
    assert gallery.main(["--out", str(tmp_path), "--workers", "1", *arguments]) == 0
    capsys.readouterr()
    return (tmp_path / "index.html").read_text()


def test_the_gallery_is_one_page_without_scripts_or_other_addresses(tmp_path, capsys):
    text = written(tmp_path, capsys)
    page = Page(text)
    assert page.open == []
    assert "script" not in page.tags
    assert {*page.addresses} == {"#toy", "toy.png", "toy.json"}
    assert "http" not in text
    assert sorted(os.listdir(tmp_path)) == ["index.html", "toy.json", "toy.png"]
    shown = " ".join(page.words)
    for word in ("Moments of <Gaussian> numbers", "Theoria motus & more, 1809", "n, how many <numbers>", "agrees",
                 "the prediction at centre = 0.8 is refuted by 3 of 3 numbers, some of every kind."):  # fmt: skip
        assert word in shown
    assert json.loads((tmp_path / "toy.json").read_text())["verdict"] == "agree"


def test_the_gallery_is_the_same_again_but_for_the_times(tmp_path, capsys):
    texts = [written(tmp_path / f"{k}", capsys) for k in (0, 1)]
    one, two = (re.sub(r"[0-9.]+ s;", "", text) for text in texts)
    assert one == two
    assert (tmp_path / "0" / "toy.png").read_bytes() == (tmp_path / "1" / "toy.png").read_bytes()
    assert re.sub(r"[0-9.]+ s;", "", written(tmp_path / "2", capsys, "--seed", "1")) != one


def test_a_trend_is_shown_in_per_cent(tmp_path, capsys, monkeypatch):
    drifting = toy.made(
        predict=lambda p: {**toy.predict(p), "mean": p.centre * (1 + 100 / p.size)},
        asymptotic=("mean",),
        trend=lambda p: [toy.Parameters(size=size) for size in (400, 800)],
    )
    monkeypatch.setattr(gallery, "get", lambda name: drifting)
    text = written(tmp_path, capsys)
    assert "relative error as the size grows" in text
    assert ">size = 800</th>" in text
    row = re.search(r"<td>mean</td>(.*)</tr>", text[text.index("relative error as") :])[1]
    errors = [float(found) for found in re.findall(r"([+-][\d.]+) %", row)]
    assert errors[0] == pytest.approx(-20, abs=3)
    assert abs(errors[1]) < abs(errors[0])
    assert "asymptotic" in text


@pytest.mark.parametrize(
    "arguments", [["--trials", "0"], ["--seed", "-1"], ["--workers", "0"], ["--out", "/dev/null"]]
)
def test_the_gallery_refuses_bad_input_in_one_line(capsys, arguments):
    assert gallery.main(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("rmt_spikes.gallery: ")
    assert len(said.splitlines()) == 1


def test_the_page_names_what_the_control_does_not_reach():
    from rmt_spikes.gallery_page import _control

    def spread_alone(p):
        return dataclasses.replace(p, spread=1.5 * p.spread)

    one = gallery.entry(toy.made(control=spread_alone), seed=0, workers=1)
    assert _control(one).endswith("is refuted by 1 of 3 numbers; it does not reach mean.")
