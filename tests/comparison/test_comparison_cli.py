"""The command line: one JSON document on standard output, one line for bad input, nothing half-written."""

import json
import os
import signal
import subprocess
import sys
import time

import jsonschema
import numpy as np
import pytest

from rmt_spikes.cli import main

MP = ["--bulk", "mp"]  # where the bulk is not what is tested: quicker
SMALL = ["--width", "300", "--dim", "150", "--samples", "300", "--alpha1", "0.3", "--alpha2", "9/20"]
NUMBER = {"type": "number"}
MAYBE = {"type": ["number", "null"]}
ESTIMATE = {"type": "object", "required": ["mean", "sem"], "properties": {"mean": NUMBER, "sem": MAYBE}}


def shape(**properties):
    return {"type": "object", "required": list(properties), "properties": properties}


PREDICT = shape(
    schema={"const": 1},
    model=shape(activation={"type": "string"}, alpha1={"type": "string"}, width={"type": "integer"}),
    count=shape(
        ratio={"type": ["string", "null"]},
        floor={"type": "integer"},
        total={"type": "integer"},
        critical={"type": "boolean"},
        finite_size={"type": "integer"},
    ),
    information_exponent={"type": ["integer", "null"]},
    bulk=shape(lower=NUMBER, upper=NUMBER),
    outliers={
        "type": "array",
        "items": shape(
            strength=NUMBER, singular_value=NUMBER, target_overlap_squared=NUMBER, left_overlap_squared=NUMBER
        ),
    },
)
COMPARE = {
    "allOf": [
        PREDICT,
        shape(
            observed=shape(
                trials={"type": "integer"},
                outliers={
                    "type": "array",
                    "items": shape(singular_value=ESTIMATE, target_overlap_squared=ESTIMATE),
                },
                bulk=shape(upper=ESTIMATE),
            ),
            agreement={
                "type": "array",
                "items": shape(z_singular_value=MAYBE, relative_error=MAYBE, z_overlap=MAYBE),
            },
        ),
    ]
}
HERMITE = shape(
    schema={"const": 1},
    expression={"type": "string"},
    parity={"enum": ["odd", "even", "none"]},
    information_exponent={"type": ["integer", "null"]},
    coefficients={
        "type": "array",
        "items": shape(
            k={"type": "integer"},
            exact={"type": ["string", "null"]},
            value=NUMBER,
            orthonormal=NUMBER,
            error_bound={"type": "number", "minimum": 0},
        ),
    },
)


def document(capsys, *arguments):
    """Exit code 0, and standard output that is exactly one strict JSON document."""
    assert main([*arguments, "--json"]) == 0
    output = capsys.readouterr()

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(output.out, parse_constant=refuse)


def test_predict_prints_the_contract(capsys):
    found = document(capsys, "predict", *SMALL)
    jsonschema.validate(found, PREDICT)
    assert found["count"] == {"ratio": "9/4", "floor": 2, "total": 3, "critical": False, "finite_size": 1}
    assert found["model"]["alpha2"] == "9/20"
    values = [outlier["singular_value"] for outlier in found["outliers"]]
    assert values == sorted(values, reverse=True)
    assert all(value > found["bulk"]["upper"] for value in values)


def test_compare_prints_the_contract_and_its_z_scores_follow_from_its_numbers(capsys):
    found = document(capsys, "compare", *SMALL, "--trials", "4", "--seed", "3")
    jsonschema.validate(found, COMPARE)
    for outlier, seen, judged in zip(
        found["outliers"], found["observed"]["outliers"], found["agreement"], strict=True
    ):
        value, overlap = seen["singular_value"], seen["target_overlap_squared"]
        expected = (value["mean"] - outlier["singular_value"]) / value["sem"]
        assert judged["z_singular_value"] == pytest.approx(expected)
        assert judged["relative_error"] == pytest.approx(value["mean"] / outlier["singular_value"] - 1)
        expected = (overlap["mean"] - outlier["target_overlap_squared"]) / overlap["sem"]
        assert judged["z_overlap"] == pytest.approx(expected)


def test_one_trial_has_null_error_bars(capsys):
    found = document(capsys, "compare", *SMALL, *MP, "--trials", "1")
    jsonschema.validate(found, COMPARE)
    assert found["observed"]["outliers"][0]["singular_value"]["sem"] is None
    # z is in the standard deviations over draws that the theory predicts
    outlier, seen = found["outliers"][0], found["observed"]["outliers"][0]["singular_value"]["mean"]
    expected = (seen - outlier["singular_value"]) / outlier["singular_value_sd"]
    assert found["agreement"][0]["z_singular_value"] == pytest.approx(expected)
    assert "One trial: z is in predicted standard deviations" in found["verdict"]


@pytest.mark.parametrize(
    ("expression", "exponent", "parity"),
    [("relu", 1, "none"), ("He(3, z)/sqrt(6)", 3, "odd"), ("z**2*exp(-z**2)", 4, "even"), ("7", None, "even")],
)
def test_hermite_prints_the_contract(capsys, expression, exponent, parity):
    found = document(capsys, "hermite", expression, "--degree", "6")
    jsonschema.validate(found, HERMITE)
    assert (found["information_exponent"], found["parity"]) == (exponent, parity)
    assert [c["k"] for c in found["coefficients"]] == list(range(7))
    for c in found["coefficients"]:
        root = float(np.sqrt(float(np.prod(np.arange(1, c["k"] + 1)))))
        assert c["orthonormal"] == pytest.approx(root * c["value"])


def test_the_tables_show_theory_and_simulation(capsys):
    assert main(["compare", *SMALL, *MP, "--trials", "2"]) == 0
    out = capsys.readouterr().out
    for word in ("theory", "simulation", "s1", "cos²(v1, β*)", "largest bulk value", "gree", "2 trials, seed 0"):
        assert word in out
    assert main(["predict", *SMALL, *MP]) == 0
    assert "3 outliers in the limit (1 + ⌊9/4⌋), 1 at this N" in capsys.readouterr().out
    assert main(["hermite", "relu"]) == 0
    assert "sqrt(2)/(4*sqrt(pi))" in capsys.readouterr().out


def test_one_step_is_predicted_and_compared(capsys):
    found = document(capsys, "compare", *SMALL, *MP, "--steps", "1", "--trials", "2")
    assert found["count"]["ratio"] is None
    assert found["count"]["total"] == 1


def test_an_activation_without_c1_is_no_error(capsys):
    assert main(["predict", *SMALL, *MP, "--activation", "abs"]) == 0
    assert "c_1" in capsys.readouterr().out


def test_the_output_folder_holds_the_figure_and_the_document(capsys, tmp_path):
    found = document(capsys, "compare", *SMALL, *MP, "--trials", "2", "--out", str(tmp_path / "new"))
    assert sorted(os.listdir(tmp_path / "new")) == ["comparison.json", "spectrum.pdf", "spectrum.png"]
    assert json.loads((tmp_path / "new" / "comparison.json").read_text()) == found
    assert (tmp_path / "new" / "spectrum.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "new" / "spectrum.pdf").read_bytes().startswith(b"%PDF")


BAD = [
    (["predict", "--width", "0"], "width = 0 is not a whole number"),
    (["predict", "--width", "nan"], "'nan' is not a valid integer"),
    (["predict", "--noise", "nan"], "noise = nan is not a finite number"),
    (["predict", "--noise", "-1"], "noise = -1.0 is not a finite number at least 0"),
    (["predict", "--scale1", "inf"], "scale1 = inf is not a finite number"),
    (["predict", "--alpha1", "0.5"], r"outside \[0, 1/2\)"),
    (["predict", "--alpha2", "nan"], "is not a rational number"),
    (["predict", "--activation", "foo"], "unknown name 'foo'"),
    (["predict", "--activation", "z.__class__"], "an attribute"),
    (["predict", "--activation", "sign"], "vanishes almost everywhere"),
    (["predict", "--target", "9**9**9"], "a power must be a rational"),
    (["predict", "--target", "exp(z**2)"], "not square-integrable"),
    (["predict", "--target", "1/z"], "not a finite real number at z = 0"),
    (["predict", "--target", "0"], "nothing to learn"),
    (["predict", "--steps", "3"], "steps = 3 is unknown"),
    (["predict", "--batch", "both"], "batch = 'both' is unknown"),
    (["compare", "--trials", "0"], "trials = 0 is not a whole number"),
    (["compare", "--seed", "-1"], "seed = -1 is not a whole number"),
    (["compare", "--width", "10000000", "--dim", "1000000"], "reduce width, dim or samples"),
    (["compare", "--out", "/dev/null"], "give another folder"),
    (["hermite", "log(z)"], "not a finite real number"),
    (["hermite", "relu", "--degree", "-1"], "give a whole number from 0"),
    (["hermite", "z+" * 300 + "z"], "at most 500 are accepted"),
    (["hermite"], "Missing argument"),
    (["nothing"], "No such command"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_input_is_one_clear_line_and_exit_code_two(capsys, arguments, message):
    assert main(arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
    assert output.err.startswith("rmt-spikes: ")
    with pytest.raises(ValueError, match=message):
        raise ValueError(output.err)


def test_standard_output_is_json_alone_also_in_a_real_process():
    command = [sys.executable, "-m", "rmt_spikes.cli", "compare", *SMALL, *MP, "--trials", "2", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["observed"]["trials"] == 2


def test_an_interrupted_comparison_leaves_no_file_behind(tmp_path):
    sizes = ["--width", "1200", "--dim", "600", "--samples", "1200", "--trials", "1000"]
    command = [sys.executable, "-m", "rmt_spikes.cli", "compare", *sizes, "--out", str(tmp_path)]
    # a new session, so that the signal reaches this process alone; the default handler, whatever the parent ignores
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    time.sleep(6)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "interrupted; nothing was written" in err
    assert os.listdir(tmp_path) == []
