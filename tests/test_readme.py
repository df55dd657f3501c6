"""The README is true: its examples run, its outputs are printed, its numbers are those of the stored results."""

import json
import re
import shlex
from pathlib import Path

import pytest

from rmt_spikes import TwoLayer
from rmt_spikes.cli import cli, main
from rmt_spikes.documents import prediction_document
from theory import predict

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
DOCUMENTS = {path.stem: json.loads(path.read_text()) for path in (ROOT / "docs" / "results").glob("*.json")}
RESULTS = {name: document for name, document in DOCUMENTS.items() if "model" in document}  # comparisons


def lines(text):
    return [line.rstrip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", README, re.S))
def test_the_python_examples_run(code):
    exec(compile(code, "README.md", "exec"), {})


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "laws.md").read_text(), re.S))
def test_the_examples_of_the_page_on_laws_run(code):
    exec(compile(code, "laws.md", "exec"), {})


@pytest.mark.parametrize("block", re.findall(r"```console\n(.*?)```", README, re.S))
def test_the_commands_print_what_the_readme_shows(block, capsys):
    command, shown = block.split("\n", 1)
    assert main(shlex.split(command.removeprefix("$ rmt-spikes "))) == 0
    assert lines(capsys.readouterr().out) == lines(shown)


@pytest.mark.parametrize("command", re.findall(r"^    rmt-spikes compare (.*)$", README, re.M))
def test_every_long_command_has_its_result_stored(command):
    context = cli.commands["compare"].make_context("compare", shlex.split(command))
    fields = {key: value for key, value in context.params.items() if key in TwoLayer.__dataclass_fields__}
    document = prediction_document(TwoLayer(**fields), predict(TwoLayer(**fields)))
    stored = [result for result in RESULTS.values() if result["model"] == document["model"]]
    assert len(stored) == 1
    assert (stored[0]["seed"], stored[0]["observed"]["trials"]) == (context.params["seed"], context.params["trials"])
    # the stored prediction is today's
    for old, new in zip(stored[0]["outliers"], document["outliers"], strict=True):
        assert old.keys() == new.keys()
        for key in new:
            assert old[key] == pytest.approx(new[key], rel=1e-5, abs=1e-7), key


@pytest.mark.parametrize(("name", "block"), re.findall(r"<!-- result: (\S+) -->\n```text\n(.*?)```", README, re.S))
def test_the_tables_hold_the_stored_numbers(name, block):
    stored = RESULTS[name]
    rows = dict(re.findall(r"^ (s\d|cos²\(v\d, β\*\)|left overlap² \d) +(\S.*)$", block, re.M))
    assert rows
    keys = {"s": "singular_value", "c": "target_overlap_squared", "l": "left_overlap_squared"}
    for label, row in rows.items():
        k, key = int(re.findall(r"\d", label)[-1]) - 1 if label[0] != "c" else int(label[6]) - 1, keys[label[0]]
        seen = stored["observed"]["outliers"][k][key]
        given = stored["agreement"][k]["conditional"][key]["mean"]
        for number in (stored["outliers"][k][key], seen["mean"], seen["sem"], given):
            assert f"{number:.4f}" in row, (label, number)
    assert stored["verdict"] in block


def test_the_gap_between_batches_is_the_stored_one():
    for batch in ("reuse", "independent"):
        stored = RESULTS[f"he3-{batch}"]
        seen = stored["observed"]["target_captured"]
        row = f"| {batch} | {stored['target_captured']:.4f} | {seen['mean']:.4f} ± {seen['sem']:.4f} |"
        assert row in README


def test_every_linked_file_exists():
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).exists(), link
