"""``rmt-spikes law``: its contract, its simulation, its figure, one line for bad input."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from rmt_spikes.cli import main
from rmt_spikes.law_simulation import check_sizes
from theory import MarchenkoPastur
from theory.dyson import laws

RECTANGLE = ["--set", "N=80", "--set", "d=50", "--set", "W=gaussian(N, d, 1/d)"]
WISHART = ["X.T*X", "--set", "n=50", "--set", "p=80", "--set", "X=gaussian(n, p, 1/n)", "--eigenvalues"]
SPIKED = ["W + 3*outer(u, v)", *RECTANGLE, "--set", "u=ones(N)", "--set", "v=direction(d)"]

NUMBER = {"type": "number"}
ESTIMATE = {
    "type": "object",
    "required": ["mean", "sem"],
    "properties": {"mean": NUMBER, "sem": {"type": ["number", "null"]}},
}
CONTRACT = {
    "type": "object",
    "required": ["schema", "expression", "declarations", "kind", "edges", "atoms", "quantiles", "outliers", "mass",
                 "residual", "observed"],
    "properties": {
        "schema": {"const": 1},
        "kind": {"enum": ["eigenvalues", "singular values"]},
        "edges": {"type": "array", "items": {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2}},
        "atoms": {"type": "array", "items": {"type": "object", "required": ["x", "mass"]}},
        "quantiles": {"type": "object", "required": ["0.02", "0.1", "0.25", "0.5", "0.75", "0.9"]},
        "outliers": {"type": "array", "items": {"type": "object", "required": ["value", "marginal"]}},
        "mass": NUMBER,
        "residual": NUMBER,
        "observed": {
            "type": ["object", "null"],
            "required": ["trials", "seed", "quantiles", "outliers"],
            "properties": {
                "quantiles": {"type": "object", "additionalProperties": ESTIMATE},
                "outliers": {"type": "array", "items": ESTIMATE},
            },
        },
    },
}  # fmt: skip


def printed(capsys, *arguments):
    assert main(["law", *arguments]) == 0
    return capsys.readouterr().out


def document(capsys, *arguments):
    return json.loads(printed(capsys, *arguments, "--json"))


@pytest.mark.parametrize("arguments", [["W", *RECTANGLE], WISHART, SPIKED, ["W", *RECTANGLE, "--trials", "0"]])
def test_the_document_keeps_its_contract(capsys, arguments):
    jsonschema.validate(document(capsys, *arguments), CONTRACT)


def test_the_document_holds_the_closed_form_and_draws_that_agree(capsys):
    found, law = document(capsys, "W", *RECTANGLE, "--trials", "12"), MarchenkoPastur(1.6)
    np.testing.assert_allclose(found["edges"], law.edges, rtol=1e-9)
    for q, value in found["quantiles"].items():
        assert value == pytest.approx(float(law.isf(float(q))), abs=1e-5)
        seen = found["observed"]["quantiles"][q]
        assert abs(seen["mean"] - value) < 4 * seen["sem"] + 2 / 50  # and a value's distance to the next
        # control: the law of a matrix 10 % larger
        assert float(q) == 0.9 or abs(seen["mean"] - 1.1 * value) > 4 * seen["sem"] + 2 / 50
    assert found["mass"] == pytest.approx(1, abs=1e-9)


def test_atoms_and_outliers_are_reported(capsys):
    (atom,) = document(capsys, *WISHART)["atoms"]
    assert (atom["x"], atom["mass"]) == (0, pytest.approx(0.375, abs=1e-8))
    found = document(capsys, *SPIKED)
    assert found["outliers"][0]["value"] == pytest.approx(MarchenkoPastur(1.6).singular_value(3), rel=1e-8)
    seen = found["observed"]["outliers"][0]
    assert abs(seen["mean"] - found["outliers"][0]["value"]) < 4 * seen["sem"] + 0.02


def test_the_seed_decides_the_draws_and_not_the_law(capsys):
    one, again, other = (document(capsys, *SPIKED, "--seed", seed) for seed in "001")
    assert one == again
    assert one["observed"] != other["observed"]
    assert one["quantiles"] == other["quantiles"]


def test_the_table_has_theory_beside_simulation(capsys):
    shown = printed(capsys, *SPIKED)
    assert "singular values of W + 3*outer(u, v),  N = 80, d = 50" in shown
    assert "bands: [0.2649, 2.2649]" in shown
    assert "2 % from the top" in shown
    assert "outlier 1" in shown
    assert "mass found 1.000000000, residual" in shown
    assert "4 draws, mean ± standard error" in shown
    assert "atoms: mass 0.3750 at 0.0000" in printed(capsys, *WISHART, "--trials", "0")


@pytest.mark.parametrize(("name", "magic"), [("law.png", b"\x89PNG"), ("law.PDF", b"%PDF")])
@pytest.mark.parametrize("arguments", [SPIKED, [*WISHART, "--points"], ["W", *RECTANGLE, "--trials", "0"]])
def test_a_figure_is_written_whole(capsys, tmp_path, name, magic, arguments):
    path = tmp_path / name
    assert f"wrote {path}" in printed(capsys, *arguments, "--out", str(path))
    assert path.read_bytes().startswith(magic)
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_an_unbounded_diagonal_is_noted_on_standard_error(capsys):
    assert main(["law", "D*G", "--set", "n=60", "--set", "D=diag(n, normal(0, 1))", "--set",
                 "G=gaussian(n, n, 1/n)", "--json", "--trials", "0"]) == 0  # fmt: skip
    said = capsys.readouterr()
    json.loads(said.out)
    assert "note: the law of D is unbounded: the edge is a finite-size one" in said.err


SETS = ["--set", "n=40", "--set", "d=30", "--set", "X=gaussian(n, d, 1/d)"]
BAD = [
    (["Y", *SETS], "unknown name 'Y'"),
    (["X*Y", *SETS, "--set", "Y=gaussian(n, d, 1)"], "shapes do not fit in a product: X (n×d) times Y (n×d)"),
    (["X", *SETS, "--set", "Y=gaussian(n, d, 1)"], "declared but not used: Y"),
    (["X", "--set", "n=4", "--set", "X=gaussian(n, n, -1)"], "the variance of X must not be negative; -1 came"),
    (["D*X", *SETS, "--set", "D=diag(n, [1, 2], weights=[.5, .6])"], "must sum to 1, not 1.1; divide them"),
    (["X", "--set", "X=gaussian(n, n, 1)"], "n is no declared dimension"),
    (["X", "--set", "X"], "a declaration is a short name, = and what it is"),
    (["X.T*X*I + X", *SETS], "shapes"),
    (["G", "--set", "n=9", "--set", "G=gaussian(n, n, 1/n)", "--eigenvalues"], "eigenvalues need a symmetric"),
    (["__import__('os').system('touch pwned')", *SETS], "not accepted"),
    (["X", "--set", "X=__import__('os').system('touch pwned')"], "cannot read the expression"),
    (["X", *SETS, "--out", "law.svg"], "ends in .png or .pdf"),
    (["X", *SETS, "--out", "no/such/law.png"], "not a file in an existing folder"),
    (["X", *SETS, "--trials", "-1"], "from 0 to 100000"),
    (["X", *SETS, "--seed", "-1"], "from 0 to 2^128"),
    (["X", "--set", "n=1.5", "--set", "X=gaussian(n, n, 1/n)"], "give whole ones, or --trials 0"),
    (["X", "--set", "n=9e4", "--set", "X=gaussian(n, n, 1/n)"], "4 draws at n = 90000 would take too long"),
    (["inv(X.T*X)", "--set", "n=4", "--set", "d=7", *SETS[-2:], "--eigenvalues"], "could not be solved"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=range(len(BAD)))
def test_bad_input_is_one_line_and_exit_code_two(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert main(["law", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert message in said.err
    assert not list(Path(tmp_path).iterdir())


def test_sizes_that_take_minutes_are_refused_before_anything_is_solved():
    check_sizes(laws.semicircle(1000), 8)
    with pytest.raises(ValueError, match="fewer --trials, or --trials 0"):
        check_sizes(laws.semicircle(1500), 100)
