"""`rmt-spikes exponents`: the JSON contract, the text, and one line for bad input."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from rmt_spikes.cli import main

PAGE = (Path(__file__).parents[2] / "docs" / "exponents.md").read_text()
WHOLE = {"type": ["integer", "null"]}
CERTIFICATE = {
    "type": "object",
    "required": ["certified", "remark"],
    "properties": {
        "certified": {"type": "boolean"},
        "remark": {"type": "string"},
        "zeros": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["order", "reason", "bound"],
                "properties": {
                    "order": {"type": "integer"},
                    "reason": {"pattern": "^(parity|exact algebra|(numeric|undetermined) within .*)$"},
                    "bound": {"type": ["number", "null"]},
                },
            },
        },
    },
}
NAMES = ("information_exponent", "generative_exponent", "leap", "batch_reuse_index")
SCHEMA = {
    "type": "object",
    "required": ["schema", "target", *NAMES, "certificates"],
    "properties": {
        "schema": {"const": 1},
        "target": {"type": "string"},
        **dict.fromkeys(NAMES, WHOLE),
        "certificates": {
            "type": "object",
            "required": list(NAMES),
            "properties": dict.fromkeys(NAMES, CERTIFICATE),
        },
    },
}


def document(capsys, *arguments):
    assert main(["exponents", *arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, SCHEMA)
    return found


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("He(3, z)", (3, 1, 3, 2)),
        ("He(4, z)", (4, 2, 4, None)),
        ("relu", (1, 1, 1, 1)),
        ("z**2*exp(-z**2)", (4, 4, 4, None)),
        ("sign(z1*z2*z3)", (3, None, 3, None)),
        ("z1 + z1*z2", (1, None, 1, None)),
        ("7", (None, None, None, None)),
    ],
)
def test_the_json_has_the_promised_shape_and_numbers(capsys, target, expected):
    found = document(capsys, target)
    assert tuple(found[name] for name in NAMES) == expected


def test_every_null_is_explained_by_its_certificate(capsys):
    for target in ("He(4, z)", "7", "sign(z1*z2)", "exp(z**2/5)*z"):
        found = document(capsys, target)
        for name in NAMES:
            assert found[name] is not None or found["certificates"][name]["remark"]


def test_options_add_the_condition_and_the_weight(capsys):
    found = document(capsys, "He(3, z)", "--activation", "tanh", "--alpha1", "0.35", "--alpha2", "0.45")
    reuse = found["certificates"]["batch_reuse_index"]
    assert reuse["condition"] == {"text": "α2 ≥ 2 (1/2 − α1)", "ratio": "3", "floor": 3, "holds": True}
    assert reuse["weight"]["vanishes"] is False
    kinked = document(capsys, "He(3, z)", "--activation", "relu")["certificates"]["batch_reuse_index"]["weight"]
    assert kinked["value"] is None
    assert "kink" in kinked["reason"]


def test_the_text_names_values_witness_and_reasons(capsys):
    assert main(["exponents", "He(3, z)", "--activation", "tanh", "--alpha1", "0.35", "--alpha2", "0.45"]) == 0
    text = capsys.readouterr().out
    for part in ("information exponent  3", "T(y) = 1(y >", "2: parity", "E[z y^3] = 324", "⌊ρ⌋ = 3", "not zero"):
        assert part in text


def test_a_condition_that_holds_in_front_of_a_vanishing_weight_does_not_read_as_learned(capsys):
    arguments = ["He(2, z) + He(3, z)", "--activation", "tanh", "--alpha1", "0.35", "--alpha2", "0.45"]
    assert main(["exponents", *arguments]) == 0
    text = capsys.readouterr().out
    assert "1/2 − α1:  yes, but the weight vanishes, see below" in text
    assert "holds" not in text


def test_an_order_of_which_nothing_is_known_is_not_called_zero(capsys):
    zeros = document(capsys, "sign(z1**2 + z2**2 - 1)")["certificates"]["information_exponent"]["zeros"]
    assert {zero["order"]: zero["reason"].split()[0] for zero in zeros}[2] == "undetermined"
    assert main(["exponents", "sign(z1**2 + z2**2 - 1)"]) == 0
    assert "not known at 2: undetermined within" in capsys.readouterr().out


@pytest.mark.parametrize(
    "target", ["sigmoid(z) - 1/(1 + exp(-z))", "tanh(z) - sinh(z)/cosh(z)", "sin(z)**2 + cos(z)**2"]
)
def test_a_target_that_is_constant_in_disguise_has_no_exponents(capsys, target):
    found = document(capsys, target)
    for name in ("information_exponent", "generative_exponent"):
        assert found[name] is None
        assert found["certificates"][name]["zeros"] == []
        assert "constant to 40 digits" in found["certificates"][name]["remark"]
        assert not found["certificates"][name]["certified"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["log(z)"], "not a finite real number"),
        (["exp(z**2)"], "not square-integrable"),
        (["z1 + z"], "mixes z with z1"),
        (["z", "--noise", "-1"], "noise = '-1'"),
        (["z", "--alpha1", "0.3"], "alpha1 and alpha2 come together"),
        (["z", "--alpha1", "0.3", "--alpha2", "0.5"], "alpha2 = 0.5 is outside"),
        (["z", "--degree", "99"], "degree = 99"),
        (["z1*z2", "--degree", "13"], "degree = 13"),
        (["z1*z2", "--activation", "tanh"], "concern the batch-reuse index"),
        (["z", "--activation", "sign"], "jumps at z = 0"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(capsys, arguments, message):
    assert main(["exponents", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert message in err


@pytest.mark.parametrize("block", re.findall(r"```console\n(.*?)```", PAGE, re.S))
def test_the_commands_print_what_the_page_shows(block, capsys):
    command, *expected = block.splitlines()
    assert main(shlex.split(command.removeprefix("$ "))[1:]) == 0
    assert capsys.readouterr().out.splitlines() == expected


def test_help_loads_no_mathematics():
    code = "from rmt_spikes.cli import main; main(['exponents', '--help']); import sys; print('sympy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
