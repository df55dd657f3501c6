"""docs/hermite.md is true: its commands print what it shows and its Python runs."""

import re
import shlex
from pathlib import Path

import pytest

from rmt_spikes.cli import main

PAGE = (Path(__file__).parent.parent / "docs" / "hermite.md").read_text()


def lines(text):
    return [line.rstrip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("block", re.findall(r"```console\n(.*?)```", PAGE, re.S))
def test_the_commands_print_what_the_page_shows(block, capsys):
    command, shown = block.split("\n", 1)
    assert main(shlex.split(command.removeprefix("$ rmt-spikes "))) == 0
    assert lines(capsys.readouterr().out) == lines(shown)


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", PAGE, re.S))
def test_the_python_of_the_page_runs(code):
    exec(compile(code, "hermite.md", "exec"), {})


def test_nothing_is_cut_off_in_a_pipe(capsys):
    assert main(["hermite", "sign(z - 1/3)", "--degree", "12"]) == 0
    assert "…" not in capsys.readouterr().out
