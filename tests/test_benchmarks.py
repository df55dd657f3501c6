"""The bookkeeping of the benchmarks is right, their document has the shape it promises; no time is asserted."""

import json
import re
from itertools import count

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import autograd, big, child, triplets
from benchmarks.__main__ import main
from benchmarks.document import measured, merged, write
from benchmarks.groups import selected
from benchmarks.rows import MISSING, Row, timed
from benchmarks.samples import problem, sample
from benchmarks.scaling import slope
from benchmarks.settings import SETTINGS, chosen
from benchmarks.steps import check_agreement, difference, matchups
from benchmarks.tables import busy, plain
from benchmarks.timing import rounds_of
from rmt_spikes import train

NUMBER, TEXT = {"type": "number"}, {"type": "string"}


def maybe(shape):
    return {"anyOf": [shape, {"type": "null"}]}


def record(fields):
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


SPREAD = record({"median": NUMBER, "min": NUMBER, "max": NUMBER})
FIGURES = {"type": "object", "additionalProperties": NUMBER}
ROW = record(
    {
        "group": TEXT,
        "what": TEXT,
        "ours": TEXT,
        "theirs": maybe(TEXT),
        "seconds": maybe(record({"ours": SPREAD, "theirs": maybe(SPREAD)})),
        "gigabytes": maybe(record({"ours": NUMBER, "theirs": maybe(NUMBER), "ratio": maybe(NUMBER)})),
        "ratio": maybe(SPREAD),
        "rounds": {"type": "integer"},
        "asked": maybe(FIGURES),
        "accuracy": FIGURES,
        "note": maybe(TEXT),
        "reached": maybe({"type": "boolean"}),
    }
)
POINT = {"type": "object", "required": ["N"]}
SCALING = record(
    {
        "what": TEXT,
        "quantity": {"enum": ["seconds", "gigabytes"]},
        "points": {"type": "array", "items": POINT, "minItems": 1},
        "slope": maybe(NUMBER),
        "slope_error": maybe(NUMBER),
    }
)
SCHEMA = record(
    {
        "schema": {"const": 2},
        "setting": TEXT,
        "sizes": FIGURES,
        "groups": {"type": "object", "additionalProperties": record({"date": TEXT, "load": maybe(NUMBER)})},
        "rows": {"type": "array", "items": ROW},
        "scaling": {"type": "array", "items": SCALING},
        "machine": {
            "type": "object",
            "required": ["processor", "cores", "threads", "python", "numpy", "torch", "blas"],
        },
    }
)
TOY = chosen("small", width=64, dim=48, samples=56, rounds=2)


def test_the_stored_documents_have_the_promised_shape():
    from benchmarks.page import documents

    for document in documents().values():
        jsonschema.validate(document, SCHEMA)


def test_toy_runs_have_the_promised_shape_and_print_every_row(monkeypatch, tmp_path):
    monkeypatch.setattr("benchmarks.scaling.peak", lambda work, sizes, threads: 8 * sizes["width"] ** 2)
    document = measured(TOY, ("steps", "reuse", "outliers", "values", "triplets", "scaling"))
    write(document, tmp_path / "b.json")
    stored = json.loads((tmp_path / "b.json").read_text())
    jsonschema.validate(stored, SCHEMA)
    assert all(row["reached"] is None and row["asked"] is None for row in stored["rows"])
    for row in stored["rows"]:
        assert row["seconds"] or row["note"]
        assert row["what"] in plain(stored)
    exponents = [entry["slope"] for entry in stored["scaling"] if entry["quantity"] == "gigabytes"]
    assert exponents == pytest.approx([2, 2])


def test_the_schema_refuses_a_row_without_its_ratio():
    row = Row(group="g", what="w", ours="o").document()
    jsonschema.validate(row, ROW)
    del row["ratio"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(row, ROW)


def test_rounds_alternate_and_reverse_after_one_unmeasured():
    order, ticks = [], count()
    works = {name: (lambda name=name: order.append(name)) for name in "abc"}
    times = rounds_of(works, 2, clock=lambda: float(next(ticks)))
    assert "".join(order) == "abc" + "abc" + "cba"
    assert times == {name: [1.0, 1.0] for name in "abc"}


def test_ratios_are_taken_round_by_round():
    # ours lasts 1, 4, 3 and theirs 2, 2, 1, while the machine slows down: the ratio of medians would be 3/2
    lengths = {"ours": iter([1, 4, 3]), "theirs": iter([2, 2, 1])}
    now = [0.0]

    def work(name):
        now[0] += next(lengths[name])

    works = {name: (lambda name=name: work(name)) for name in lengths}
    times = rounds_of(works, 3, clock=lambda: now[0], warm=False)
    row = timed(times, "theirs", group="g", what="w", ours="o", asked={"ratio": 2.0})
    assert row.ratio == {"median": 2.0, "min": 0.5, "max": 3.0}
    assert row.seconds["ours"]["median"] / row.seconds["theirs"]["median"] == 1.5
    assert (row.rounds, row.reached) == (3, True)


@pytest.mark.parametrize(
    ("asked", "reached"),
    [
        (None, None),
        ({"ratio": 0.5}, True),
        ({"ratio": 0.49}, False),
        ({"ratio": 0.5, "error": 1e-12}, False),
        ({"ratio": 0.5, "error": 1e-11}, True),
        ({"memory_ratio": 0.6}, None),
    ],
)
def test_a_row_is_reached_when_all_that_was_asked_holds(asked, reached):
    row = timed({"ours": [1], "b": [2]}, "b", group="g", what="w", ours="o", asked=asked, accuracy={"error": 1e-11})
    assert row.reached is reached


def test_memory_is_reached_by_its_own_ratio():
    gigabytes = {"ours": 1.0, "theirs": 2.0, "ratio": 0.5}
    row = Row(group="g", what="w", ours="o", gigabytes=gigabytes, asked={"memory_ratio": 0.6, "gigabytes": 0.9})
    assert row.measured("memory_ratio") == 0.5
    assert row.reached is False


def test_a_slope_knows_its_error():
    exponent, error = slope([1, 2, 4], [1, 2 * 1.1, 4])
    assert exponent == pytest.approx(1)
    scatter = np.log(1.1) ** 2 * 2 / 3
    assert error == pytest.approx(np.sqrt(scatter / (2 * np.log(2) ** 2)))
    assert slope([1, 2], [1, 8])[1] is None


def test_every_contender_takes_our_two_steps():
    for dtype in ("float32", "float64"):
        case = problem(64, 48, 56, dtype)
        rows = matchups(case, "two steps", ("NumPy by hand", "PyTorch autograd"), TOY)
        assert rows[1].accuracy["difference"] < (1e-4 if dtype == "float32" else 1e-12)
        if autograd.installed():
            assert rows[2].accuracy["difference"] < (1e-4 if dtype == "float32" else 1e-12)


def test_another_step_is_not_timed():
    case = problem(64, 48, 56)
    draw = sample(case)
    W = train(draw, case)
    wrong = {"NumPy by hand": difference(W, draw.W0 + 1.01 * (W - draw.W0), draw.W0)}
    assert wrong["NumPy by hand"] == pytest.approx(0.01)
    with pytest.raises(RuntimeError, match=r"NumPy by hand and train differ by 0\.01"):
        check_agreement(wrong, case)


def test_without_pytorch_its_rows_say_so(monkeypatch):
    monkeypatch.setattr(autograd, "installed", lambda: False)
    rows = matchups(problem(64, 48, 56), "two steps", ("PyTorch autograd",), TOY)
    assert (rows[1].note, rows[1].seconds, rows[1].reached) == (MISSING["torch"], None, None)
    assert "pip install 'rmt-spikes[bench]'" in rows[1].note


def test_residuals_tell_a_wrong_triplet():
    A = triplets.near_edge(np.random.default_rng(0), 60, 40)
    U, s, Vt = np.linalg.svd(A, full_matrices=False)
    assert triplets.residual(A, U[:, :3], s[:3], Vt[:3]) < 1e-14
    assert triplets.residual(A, U[:, :3], s[:3] * 1.01, Vt[:3]) > 1e-3
    found = triplets.accuracies(A, {"ours": (U[:, :3], s[:3], Vt[:3]), "b": (U[:, 1:4], s[1:4], Vt[1:4])})
    assert found["ours"]["error"] == 0.0
    assert found["b"]["error"] > 1e-3


def test_a_merge_replaces_groups_of_the_same_machine_only():
    old, new = ({**measured(TOY, ()), "groups": {name: {"date": "d", "load": 0.1}}} for name in ("values", "steps"))
    row = Row(group="values", what="w", ours="o").document()
    old["rows"], new["rows"] = [row], [{**row, "group": "steps"}]
    both = merged(old, new)
    assert [row["group"] for row in both["rows"]] == ["steps", "values"]
    assert set(both["groups"]) == {"steps", "values"}
    assert merged(both, new)["rows"] == both["rows"]
    with pytest.raises(ValueError, match="cannot merge: sizes"):
        merged({**old, "sizes": {"width": 1}}, new)


def test_a_run_in_a_child_gives_its_peak_and_its_parts(monkeypatch):
    found = child.answer(
        {"work": "run", "problem": {**child.TOY, "dtype": "float32"}, "threads": 1, "products": True}
    )
    assert set(found["seconds"]) == {"draw", "work", "products"}
    assert found["peak"] > 10**7
    seconds = {"draw": 1.0, "work": 115.0, "products": 100.0}
    monkeypatch.setattr(big, "asked", lambda request: {"peak": 5 * 10**9, "seconds": seconds})
    assert big.large(TOY)[0].reached is True
    monkeypatch.setattr(big, "asked", lambda request: {"peak": 7 * 10**9, "seconds": seconds})
    assert big.large(TOY)[0].reached is False


def test_the_peak_of_a_work_is_what_its_child_takes_beyond_the_baseline(monkeypatch):
    monkeypatch.setattr(child, "asked", lambda request: {"peak": 100 if request["baseline"] else 130})
    assert child.peak("train", {}, 1) == 30


def test_a_child_that_fails_says_why():
    with pytest.raises(RuntimeError, match="KeyError: 'nothing'"):
        child.asked({"work": "nothing", "problem": {}, "threads": 1})


def test_the_command_writes_after_each_group_and_merges(monkeypatch, tmp_path):
    path = tmp_path / "b.json"
    monkeypatch.setattr("benchmarks.document.ROWS", {name: lambda settings: [] for name in ("steps", "values")})
    sizes = ["--width", "64", "--dim", "48", "--samples", "56", "--json", str(path)]
    assert CliRunner().invoke(main, ["--only", "steps", *sizes]).exit_code == 0
    assert CliRunner().invoke(main, ["--only", "values", "--merge", *sizes]).exit_code == 0
    assert set(json.loads(path.read_text())["groups"]) == {"steps", "values"}
    refused = CliRunner().invoke(main, ["--only", "values", "--merge", "--rounds", "9", *sizes])
    assert refused.exit_code == 1
    assert "cannot merge: sizes" in refused.output


def test_a_busy_machine_is_told():
    def document(*loads):
        return {
            "sizes": {"threads": 2},
            "groups": {str(k): {"date": "d", "load": load} for k, load in enumerate(loads)},
        }

    assert "not idle: load average 3.0 before the first group" in busy(document(3.0, 2.0))
    assert "at most 4.0" in busy(document(0.1, 4.0))
    assert busy(document(0.1, 2.1)) is None
    assert busy(document(None)) is None


def test_settings_parse_and_numbers_by_hand_take_their_place():
    assert chosen("default").stated
    assert not chosen("default", threads=4).stated
    by_hand = chosen("small", width=400, threads=3)
    assert (by_hand.name, by_hand.width, by_hand.dim, by_hand.threads) == ("by hand", 400, SETTINGS["small"].dim, 3)
    assert by_hand.scaling == (100, 200, 400)
    assert selected(("scaling", "steps"), "small") == ("steps", "scaling")
    assert not {"largest"} & set(selected((), "large"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "huge"], "size = 'huge' is unknown: give one of small, default, large"),
        (["--only", "speed"], "group = 'speed' is unknown: give some of steps, reuse"),
        (["--width", "3"], "width = 3 is not a whole number from 32 to 1000000"),
        (["--threads", "0"], "threads = 0 is not a whole number from 1 to 4096"),
        (["--rounds", "0"], "rounds = 0 is not a whole number from 1 to 1000"),
        (["--merge", "--json", "no-such-file.json"], "--merge needs a document to merge into"),
    ],
)
def test_bad_settings_are_told_in_one_line(arguments, message):
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2
    assert message in re.sub(r"\s+", " ", done.output)
