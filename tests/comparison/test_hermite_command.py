"""``rmt-spikes hermite``: its options, its contract, files whole or not there, one line for bad input."""

import json

import jsonschema
import pytest

from rmt_spikes.cli import main


def printed(capsys, *arguments):
    assert main(["hermite", *arguments]) == 0
    return capsys.readouterr().out


def document(capsys, *arguments):
    return json.loads(printed(capsys, *arguments, "--json"))


TEXT, MAYBE_TEXT, NUMBER = {"type": "string"}, {"type": ["string", "null"]}, {"type": "number"}
CONTRACT = {
    "type": "object",
    "required": ["schema", "expression", "parity", "information_exponent", "coefficients", "parseval"],
    "properties": {
        "schema": {"const": 1},
        "coefficients": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["k", "exact", "value", "orthonormal", "error_bound"],
                "properties": {
                    "exact": MAYBE_TEXT,
                    "digits": {
                        "type": "object",
                        "required": ["text", "certain", "error"],
                        "properties": {"text": TEXT, "certain": {"type": "integer"}, "error": TEXT},
                    },
                },
            },
        },
        "parseval": {
            "type": "object",
            "required": ["degree", "second_moment", "remainder", "remainder_error_bound"],
            "properties": {"second_moment": NUMBER, "remainder": NUMBER, "remainder_exact": MAYBE_TEXT},
        },
        "kth": MAYBE_TEXT,
        "latex": TEXT,
    },
}


@pytest.mark.parametrize("text", ["relu", "tanh", "abs(z**2 - 2)", "sign(sin(z))", "7"])
@pytest.mark.parametrize("options", [(), ("--digits", "30"), ("--exact", "--latex")])
def test_the_contract_grows_and_keeps_its_fields(capsys, text, options):
    jsonschema.validate(document(capsys, text, "--degree", "3", *options), CONTRACT)


def test_digits_print_as_many_as_asked(capsys):
    lines = printed(capsys, "tanh", "--degree", "1", "--digits", "40").splitlines()
    assert lines[1] == "c_0 = 0"
    assert lines[2].startswith("c_1 = 0.6057055096021588255835402275558804394262 ")


def test_exact_prints_closed_forms_and_says_where_there_is_none(capsys):
    shown = printed(capsys, "relu", "--degree", "2", "--exact")
    assert "c_2 = sqrt(2)/(4*sqrt(pi))" in shown
    assert "c_k = Piecewise(" in shown
    assert "E f² = 1/2,  beyond degree 2: 1/4 - 3/(4*pi) ≈ 0.0112676" in shown
    shown = printed(capsys, "tanh", "--degree", "1", "--exact")
    assert "c_1 = 0.605705509602159 ± " in shown
    assert "c_k = no closed form in k known" in shown


def test_latex_is_an_alignment(capsys):
    shown = printed(capsys, "sign", "--degree", "1", "--latex")
    assert shown.startswith("\\begin{align*}\nc_{0} &= 0 \\\\\nc_{1} &= \\frac{\\sqrt{2}}{\\sqrt{\\pi}} \\\\\n")
    assert shown.rstrip().endswith("\\end{align*}")
    assert "\\pm 10^{-" in printed(capsys, "tanh", "--degree", "1", "--latex")


@pytest.mark.parametrize(("name", "magic"), [("h.png", b"\x89PNG"), ("h.PDF", b"%PDF")])
@pytest.mark.parametrize("text", ["sign", "gelu", "0*z", "sin(9*z)"])
def test_a_plot_is_written_whole(capsys, tmp_path, name, magic, text):
    shown = printed(capsys, text, "--degree", "5", "--plot", str(tmp_path / name))
    assert f"wrote {tmp_path / name}" in shown
    assert (tmp_path / name).read_bytes().startswith(magic)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["relu", "--plot", "h.svg"], "ends in .png or .pdf"),
        (["relu", "--plot", "no/such/folder/h.png"], "not a file in an existing folder"),
        (["relu", "--digits", "0"], "give a whole number from 1"),
        (["relu", "--digits", "many"], "not a valid integer"),
        (["tanh", "--digits", "400"], "goes to 300 digits"),
        (["log(z)", "--exact"], "not a finite real number at many z from"),
        (["exp(z**2/2)", "--latex"], "not square-integrable"),
        (["z1"], "unknown name"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert main(["hermite", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert message in said.err
    assert not list(tmp_path.iterdir())
