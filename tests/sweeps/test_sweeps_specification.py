"""A sweep as stated: which cells it has, what it refuses and on which line, what it says of another."""

import contextlib
import dataclasses
import itertools
import json
import pickle
import subprocess
import sys
import tomllib
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmt_spikes import TwoLayer
from rmt_spikes.options import MODEL
from rmt_spikes.sweeps.axes import DEFAULTS, FIELDS, Axis
from rmt_spikes.sweeps.refusals import Refused
from rmt_spikes.sweeps.run import Run
from rmt_spikes.sweeps.specification import Cell, Sweep
from rmt_spikes.sweeps.toml_lines import line_of

QUICK = {"activation": "tanh", "target": "z"}
TEXT = """
# two activations, two widths
[model]
activation = ["tanh", "softplus"]  # a list [of two]
target = "z"
alpha1 = { start = 0.0, stop = 0.49, num = 15 }
width = [
    500,
    1000,  # the larger
]
dim = { per_width = 0.5 }

[run]
trials = 2
keep = [
    "outliers",
    "bulk",
]
"""


def sweep(run=None, **model):
    return Sweep(QUICK | model, run)


def changed(old, new):
    assert TEXT.count(old) == 1
    return TEXT.replace(old, new)


# ---- what it has


def test_a_text_and_tables_state_the_same_sweep():
    alphas = [Fraction(7 * k, 200) for k in range(15)]
    stated = Sweep(
        {
            "dim": {"per_width": "1/2"},
            "width": (500, 1000),
            "target": "z",
            "activation": ["tanh", "softplus"],
            "alpha1": alphas,
        },
        {"trials": 2, "keep": ["bulk"]},
    )
    found = Sweep.from_toml(TEXT)
    assert found == stated
    assert hash(found) == hash(stated)
    assert found != Sweep.from_toml(changed("0.49", "0.42"))


def test_axes_follow_the_fields_of_the_problem_and_the_rest_is_fixed():
    found = Sweep.from_toml(TEXT)
    assert [axis.name for axis in found.axes] == ["activation", "width", "alpha1"]
    assert [axis.kind for axis in found.axes] == ["text", "whole", "exponent"]
    assert (found.shape, found.size) == ((2, 2, 15), 60)
    assert found.per_width == {"dim": Fraction(1, 2)}
    swept = {"activation", "width", "alpha1", "dim"}
    assert found.fixed == {name: value for name, value in DEFAULTS.items() if name not in swept} | {"target": "z"}
    assert found.run == Run(trials=2, keep=("outliers", "bulk"))


def test_the_fields_are_the_options_of_the_command_line():
    assert set(FIELDS) == set(MODEL) == {field.name for field in dataclasses.fields(TwoLayer)}


def test_a_range_of_exponents_is_exact():
    axis = sweep(alpha1={"start": 0, "stop": 0.49, "num": 15}).axes[0]
    assert axis.values == tuple(Fraction(7 * k, 200) for k in range(15))
    assert axis.values != tuple(Fraction(float(x)) for x in np.linspace(0, 0.49, 15))


def test_ranges_of_numbers_are_rounded_once_and_sizes_are_whole():
    found = sweep(noise={"start": 0, "stop": 1, "num": 11}, width={"start": 1000, "stop": 400, "num": 4})
    noise, width = (next(axis.values for axis in found.axes if axis.name == name) for name in ("noise", "width"))
    assert noise == tuple(k / 10 for k in range(11))
    assert width == (1000, 800, 600, 400)
    assert {type(x) for x in width} == {int}


def test_a_list_of_one_is_an_axis_and_a_single_value_is_none():
    assert sweep(steps=[1]).axes == (Axis("steps", (1,), "whole"),)
    assert (sweep(steps=1).axes, sweep(steps=1).shape, sweep(steps=1).size) == ((), (), 1)
    assert [cell.problem for cell in sweep(steps=1).cells()] == [TwoLayer(**QUICK, steps=1)]


def test_values_are_those_of_the_problem():
    found = sweep(alpha1=[0.45, "1/3"], scale1=[1, 2], batch=["reuse"], dtype="float32")
    assert [axis.values for axis in found.axes] == [(Fraction(9, 20), Fraction(1, 3)), (1.0, 2.0), ("reuse",)]
    assert {type(x) for x in found.axes[1].values} == {float}


def test_sizes_follow_the_width():
    found = sweep(width=[400, 800], dim={"per_width": [0.5, "1/4"]}, samples={"per_width": 2})
    assert [axis.name for axis in found.axes] == ["width", "dim_per_width"]
    assert found.axes[1] == Axis("dim_per_width", (Fraction(1, 2), Fraction(1, 4)), "ratio")
    sizes = [(p.width, p.dim, p.samples) for p in (cell.problem for cell in found.cells())]
    assert sizes == [(400, 200, 800), (400, 100, 800), (800, 400, 1600), (800, 200, 1600)]


def test_a_range_of_ratios_is_exact():
    found = sweep(width=1000, dim={"per_width": {"start": 0.1, "stop": 0.7, "num": 7}})
    assert [cell.problem.dim for cell in found.cells()] == [100, 200, 300, 400, 500, 600, 700]


def test_cells_are_made_when_asked_for():
    cells = sweep(
        alpha1={"start": 0, "stop": 0.4, "num": 1000}, alpha2={"start": 0, "stop": 0.4, "num": 1000}
    ).cells()
    assert iter(cells) is cells
    assert next(cells) == Cell((0, 0), TwoLayer(**QUICK, alpha1=0, alpha2=0))


def test_distinct_values_are_validated_once(monkeypatch):
    made = []
    check = TwoLayer.__post_init__
    monkeypatch.setattr(TwoLayer, "__post_init__", lambda self: (made.append(1), check(self))[1])
    found = sweep(alpha1=[k / 1000 for k in range(50)], alpha2={"start": 0, "stop": 0.4, "num": 1000})
    assert found.size == 50_000
    assert len(made) < 60


def test_an_index_outside_the_shape_is_refused():
    for index in [(2, 0), (0, -1), (0,), (0, 0, 0)]:
        with pytest.raises(IndexError, match=r"cell \(.*\) is outside the shape \(2, 3\)"):
            sweep(alpha1=[0, 0.1], alpha2=[0, 0.1, 0.2]).problem(index)


def test_a_sweep_is_frozen_and_travels_to_workers():
    found = Sweep.from_toml(TEXT)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.run = Run()
    assert pickle.loads(pickle.dumps(found)) == found


# ---- properties

EXPONENTS = st.lists(st.fractions(0, Fraction(49, 100), max_denominator=1000), min_size=1, max_size=4, unique=True)
WIDTHS = st.lists(st.integers(2, 50).map(lambda k: 12 * k), min_size=1, max_size=3, unique=True)
RATIOS = st.lists(st.sampled_from(["1/2", 1, 2, "3/4", "5/3"]), min_size=1, max_size=3, unique=True)


@st.composite
def models(draw):
    model = dict(QUICK)
    if draw(st.booleans()):
        model["width"] = draw(WIDTHS)
        model["dim"] = {"per_width": draw(st.one_of(RATIOS, st.sampled_from([1, "2/3"])))}
    if draw(st.booleans()):
        model["alpha1"] = draw(EXPONENTS)
    if draw(st.booleans()):
        model["noise"] = draw(st.lists(st.floats(0, 10), min_size=1, max_size=3, unique=True))
    if draw(st.booleans()):
        model["batch"] = draw(st.sampled_from(["reuse", ["reuse", "independent"], ["independent"]]))
    return model


@given(models(), st.integers(0, 2**70))
def test_a_document_gives_the_sweep_back_through_json(model, seed):
    found = Sweep(model, {"seed": seed})
    document = found.document()
    assert Sweep.from_document(json.loads(json.dumps(document, allow_nan=False))) == found
    assert Sweep.from_document(document).document() == document


@given(models())
def test_cells_are_in_the_order_of_numpy_and_problem_gives_each(model):
    found = Sweep(model)
    cells = list(found.cells())
    assert [cell.index for cell in cells] == list(np.ndindex(found.shape))
    assert len(cells) == found.size == len({cell.problem for cell in cells})
    for cell in cells:
        assert found.problem(cell.index) == cell.problem
        for axis, k in zip(found.axes, cell.index, strict=True):
            if axis.kind != "ratio":
                assert getattr(cell.problem, axis.name) == axis.values[k]


@given(
    st.fractions(0, Fraction(24, 100), max_denominator=1000),
    st.fractions(Fraction(1, 4), Fraction(49, 100), max_denominator=1000),
    st.integers(2, 40),
)
def test_a_range_has_both_ends_and_even_steps(start, stop, num):
    values = sweep(alpha1={"start": str(start), "stop": str(stop), "num": num}).axes[0].values
    assert (len(values), values[0], values[-1]) == (num, start, stop)
    assert {b - a for a, b in itertools.pairwise(values)} == {(stop - start) / (num - 1)}


@given(EXPONENTS, EXPONENTS, EXPONENTS)
def test_extending_is_reflexive_transitive_and_antisymmetric_up_to_order(a, b, c):
    small, middle, large = (sweep(alpha1=list(dict.fromkeys(values))) for values in (a, [*b, *a], [*c, *b, *a]))
    assert small.extends(small)
    assert middle.extends(small)
    assert large.extends(middle)
    assert large.extends(small)
    assert small.extends(large) == (set(c) | set(b) <= set(a))


# ---- beside another


def test_more_values_extend_and_nothing_else_does():
    store = sweep(alpha1=[0.1, 0.2], noise=0.5)
    assert sweep(alpha1=[0.3, 0.2, 0.1], noise=0.5).extends(store)
    assert not sweep(alpha1=[0.3, 0.2], noise=0.5).extends(store)
    assert not sweep(alpha1=[0.1, 0.2], noise=0.6).extends(store)
    assert not sweep(alpha1=[0.1, 0.2], noise=[0.5]).extends(store)
    assert not sweep({"seed": 1}, alpha1=[0.1, 0.2], noise=0.5).extends(store)
    relative = sweep(width=[400, 800], dim={"per_width": 0.5})
    assert not sweep(width=[400, 800], dim={"per_width": 0.25}).extends(relative)
    assert not sweep(width=[400, 800], dim=[200, 400]).extends(relative)


def test_a_difference_is_a_readable_line():
    store = sweep({"trials": 3, "keep": ["bulk"]}, alpha1=[0, 0.1, 0.2], width=400, dim={"per_width": 0.5})
    assert sweep(alpha1=[0, "1/5"], width=[400], dim=200).difference(store) == [
        "[model] width: store 400; specification [400]",
        "[model] dim: store (1/2) × width; specification 200",
        "[model] alpha1: store 0, 1/10, 1/5; specification 0, 1/5",
        "[run] trials: store 3; specification 4",
        "[run] keep: store outliers, bulk; specification [outliers]",
    ]
    assert store.difference(store) == []


def test_long_lists_show_what_the_other_has_not():
    store = sweep(alpha1={"start": 0, "stop": 0.4, "num": 41}, samples=list(range(100, 120)))
    ours = sweep(alpha1={"start": 0.01, "stop": 0.42, "num": 42}, samples={"per_width": [1, 2]})
    assert ours.difference(store) == [
        "[model] samples: store 20 values, of which not in the specification: "
        "100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, …; specification (1, 2) × width",
        "[model] alpha1: store 41 values, of which not in the specification: 0; "
        "specification 42 values, of which not in the store: 41/100, 21/50",
    ]
    assert (
        sweep(alpha1=0.1)
        .difference(sweep(alpha1={"start": 0, "stop": 0.4, "num": 41}))[0]
        .startswith("[model] alpha1: store 41 values, of which not in the specification: 0, 1/100, ")
    )
    assert (
        sweep(dim=[200])
        .difference(sweep(dim={"per_width": list(range(1, 15))}))[0]
        .startswith("[model] dim: store (14 values, of which not in the specification: 1, 2, ")
    )
    backwards = sweep(alpha1={"start": 0.4, "stop": 0, "num": 41}, samples=list(range(100, 120)))
    assert backwards.difference(store) == [
        "[model] alpha1: store 41 values, all of them in the specification; "
        "specification 41 values, all of them in the store"
    ]


# ---- what it refuses, and where

MODEL_REFUSALS = [
    ({"widht": 500}, r"widht is unknown in \[model\]; did you mean width\? Accepted are activation, .*, dtype$"),
    ({"qqqq": 500}, r"qqqq is unknown in \[model\]: accepted are activation"),
    ({"alpha1": 0.6}, r"alpha1 = 0\.6 is outside \[0, 1/2\): give a rational"),
    ({"alpha1": []}, r"alpha1 = \[\] has no values: give at least one, or leave alpha1 out"),
    ({"alpha1": [0.45, "9/20"]}, r"alpha1 = 9/20 is there twice: leave one out"),
    ({"target": ["z", "z"]}, r"target = z is there twice"),
    ({"width": True}, r"width = True is not a whole number from 8"),
    ({"width": [400, False]}, r"width = False is not a whole number from 8"),
    ({"width": [400.0]}, r"width = 400\.0 is not a whole number from 8"),
    ({"noise": float("nan")}, r"noise = nan is not a finite number at least 0"),
    ({"noise": [0.1, True]}, r"noise = True is not a finite number"),
    ({"noise": {"start": 0, "stop": float("inf"), "num": 3}}, r"noise = inf is not a finite number"),
    ({"noise": {"start": 1, "stop": 1.0000000000000002, "num": 9}}, r"noise = 1\.0 is there twice"),
    ({"batch": "again"}, r"batch = 'again' is unknown: give one of"),
    ({"batch": {"start": 0, "stop": 1, "num": 2}}, r"batch takes no range: give a value or a list"),
    ({"activation": 3}, r"activation = 3 is not text: give a name"),
    ({"activation": ["tanh", "tahn"]}, r"unknown name 'tahn'; did you mean"),
    ({"target": ["z", "z +"]}, r"cannot read the expression 'z \+'"),
    ({"target": ["z", "0"]}, r"the target '0' is zero and there is no noise"),
    (
        {"target": ["z", "(1e29*z)**6"]},
        r"the labels of target '\(1e29\*z\)\*\*6' with noise = 0\.0 overflow: give smaller",
    ),
    ({"noise": [0, 1e200]}, r"the labels of target 'z' with noise = 1e\+200 overflow: give smaller ones"),
    ({"alpha1": {"start": 0, "stop": 0.4}}, r"the range of alpha1 has no num: write one as \{ start = 0\.0, stop"),
    (
        {"width": {"start": 500, "num": 8}},
        r"the range of width has no stop: write one as \{ start = 500, stop = 4000, num",
    ),
    ({"alpha1": {"start": 0, "end": 1}}, r"end is unknown in the range of alpha1: accepted are start, stop, num"),
    ({"alpha1": {"start": 0, "stop": 0.5, "num": 3}}, r"alpha1 = 0\.5 is outside"),
    ({"alpha1": {"start": 0, "stop": 0.4, "num": 1}}, r"alpha1 num = 1 is not a whole number from 2 to 1000000"),
    ({"alpha1": {"start": 0.4, "stop": "2/5", "num": 3}}, r"the range of alpha1 starts where it stops: give two"),
    (
        {"width": {"start": 100, "stop": 200, "num": 4}},
        r"width from 100 to 200 with num = 4 is not whole \(its second value is 133\.333\): take num = 3 or 5, or a",
    ),
    (
        {"width": {"start": 10, "stop": 12, "num": 9}},
        r"width from 10 to 12 with num = 9 is not whole .* num = 2 or 3",
    ),
    (
        {"width": [400, 25], "dim": {"per_width": 0.5}},
        r"dim = 0\.5 × width = 0\.5 × 25 is not whole: take widths that are multiples of 2, or another per_width",
    ),
    (
        {"width": 400, "dim": {"per_width": "1/3"}},
        r"dim = 1/3 × width = 1/3 × 400 is not whole: .* multiples of 3",
    ),
    (
        {"width": [4000, 400], "dim": {"per_width": 0.01}},
        r"dim = 0\.01 × width = 0\.01 × 400 = 4 is not a whole number from 8",
    ),
    (
        {"dim": {"per_width": 0}},
        r"dim per_width = 0 is not a rational number above 0: give one such as 0\.5 or 1/3",
    ),
    ({"dim": {"per_width": [1, True]}}, r"dim per_width = True is not a rational number above 0"),
    ({"dim": {"per_width": [1, 1.0]}}, r"dim per_width = 1 is there twice"),
    ({"dim": {"per_width": 1, "start": 2}}, r"start is unknown in dim = \{ per_width \}: accepted are per_width"),
    ({"width": {"per_width": 1}}, r"width takes no per_width: only dim and samples can follow the width"),
    ({"alpha1": {"per_width": 1}}, r"alpha1 takes no per_width"),
    (
        {"alpha1": {"start": 0, "stop": 0.4, "num": 1001}, "alpha2": {"start": 0, "stop": 0.4, "num": 1000}},
        r"1001 \(alpha1\) × 1000 \(alpha2\) = 1001000 cells are more than 1000000: shorten a list, or split",
    ),
]
RUN_REFUSALS = [
    ({"trial": 3}, r"trial is unknown in \[run\]; did you mean trials\? Accepted are trials, seed, keep"),
    ({"trials": -1}, r"trials = -1 is not a whole number from 0 to 100000"),
    ({"trials": True}, r"trials = True is not a whole number"),
    ({"seed": 0.5}, r"seed = 0\.5 is not a whole number from 0 to 2\^128"),
    ({"outliers": 0}, r"outliers = 0 is not a whole number from 1 to 1000"),
    ({"threads": 0}, r"threads = 0 is not a whole number from 1 to 1024"),
    ({"bulk": "mpp"}, r"bulk = 'mpp' is unknown: give one of 'dyson', 'mp'"),
    ({"keep": "bulk"}, r"keep = 'bulk' is not a list: give one such as keep = \[\"outliers\", \"bulk\"\]"),
    ({"keep": ["bulks"]}, r"keep = 'bulks' is unknown: give one of 'outliers', 'bulk', 'spectrum', 'draws'"),
    ({"keep": ["bulk", "bulk"]}, r"keep = 'bulk' is there twice"),
    ({"trials": 0, "keep": ["bulk"]}, r"keep = \['outliers', 'bulk'\] needs draws and trials = 0: set trials, or"),
]


def toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value) if isinstance(value, str | bool) else repr(value)


@pytest.mark.parametrize(("model", "message"), MODEL_REFUSALS, ids=lambda x: str(x)[:40])
def test_a_bad_model_is_refused_in_python_and_with_its_line_in_a_file(model, message):
    with pytest.raises(ValueError, match=message):
        sweep(**model)
    at_fault = "dim" if "dim" in model else next(iter(model))
    order = sorted(QUICK | model, key=lambda field: field == at_fault)  # the field at fault comes last
    text = "# a comment\n[model]\n" + "\n".join(f"{field} = {toml((QUICK | model)[field])}" for field in order)
    line = 2 if "cells are more" in message else 2 + len(order)
    with pytest.raises(ValueError, match=rf"^spec\.toml, line {line}: .*{message}"):
        Sweep.from_toml(text, "spec.toml")


@pytest.mark.parametrize(("run", "message"), RUN_REFUSALS, ids=lambda x: str(x)[:40])
def test_a_bad_run_is_refused_in_python_and_with_its_line_in_a_file(run, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        sweep(run)
    text = "[run]\n\n# a comment\n" + "\n".join(f"{field} = {toml(run[field])}" for field in reversed(run))
    with pytest.raises(ValueError, match=rf"^spec\.toml, line 4: {message}"):
        Sweep.from_toml(text + '\n[model]\nactivation = "tanh"\ntarget = "z"', "spec.toml")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("    1000,", "    7,", 9, "width = 7 is not"),
        ("    1000,", "    25,", 11, r"0\.5 × 25 is not whole"),
        ('    "bulk"', '    "bulks"', 17, "keep = 'bulks' is unknown"),
        ('    "bulk"', '    "outliers"', 17, "keep = 'outliers' is there twice"),
        ('target = "z"', 'target = "z"\nnoise = [0,\n1e200]', 7, r"noise = 1e\+200 overflow"),
        ('"softplus"]', '"tanh"]', 4, "activation = tanh is there twice"),
        (
            "[run]",
            "[rum]",
            13,
            r"rum is unknown in a specification; did you mean run\? Accepted are model, experiment, run",
        ),
        ("[run]", "[run.more]", 13, "more is unknown in .run."),
        ("[model]", "[[model]]", 3, r"model = .* is not a table: write \[model\] and its fields"),
        ("[run]", "[run]\nnoise = 0.1", 14, r"noise is a field of \[model\]: write it below \[model\]"),
        ("[run]\n", "", 13, r"trials is a field of \[run\]: write it below \[run\]"),
    ],
)
def test_a_value_in_many_lines_is_named_by_its_own(old, new, line, message):
    with pytest.raises(ValueError, match=rf"^spec\.toml, line {line}: .*{message}"):
        Sweep.from_toml(changed(old, new), "spec.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[model]\nwidth = ", r"^s, end of document: Invalid value: this is not TOML, in which text is quoted"),
        ("[model]\nwidth = [1,", r"^s, (line 2, column 12|end of document): .*: this is not TOML"),
        ("[model]\nalpha1 = 9/20", r"^s, line 2, column 11: Expected newline .*: this is not TOML"),
        (f"[model]\nwidth = {'9' * 5000}", r"^s has a whole number of thousands of digits: no field accepts one"),
        ("[model]\nwidth = " + "[" * 5000, r"^s: its brackets are nested too deeply: a list holds values only"),
        ("", r"^s: there is no \[model\] and no \[experiment\]: begin with \[model\] and a field"),
        ("[run]\ntrials = 3", r"^s: there is no \[model\]"),
        ("alpha1 = 0.3\n[model]", r"^s, line 1: alpha1 is a field of \[model\]: write it below \[model\]"),
        ("model = 3", r"^s, line 1: model = 3 is not a table: write \[model\] and its fields"),
        ("run = [1]\n[model]", r"^s, line 1: run = \[1\] is not a table: write \[run\] and its fields"),
        ("model.width = 1979-05-27", r"^s, line 1: width = datetime\.date.* is not a whole number"),
    ],
)
def test_what_is_not_a_specification_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        Sweep.from_toml(text, "s")


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_subtables_and_dotted_keys_say_the_same(ending):
    top = '[model]\nactivation = "tanh"\ntarget = "z"\ndim.per_width = 0.5\n'
    text = (top + "[model.alpha1]\nstart = 0\nstop = 0.4\nnum = 3").replace("\n", ending)
    expected = sweep(dim={"per_width": "1/2"}, alpha1=["0", "1/5", "2/5"])
    assert Sweep.from_toml(text) == expected
    with pytest.raises(ValueError, match=r"^s, line 7: alpha1 = 0\.5 is outside"):
        Sweep.from_toml(text.replace("0.4", "0.5"), "s")
    with pytest.raises(ValueError, match=r"^s, line 4: dim = 1/3 × width = 1/3 × 2000 is not whole"):
        Sweep.from_toml(text.replace("0.5", '"1/3"'), "s")


def test_every_refusal_in_python_is_a_value_error():
    with pytest.raises(Refused, match=r"model = 3 is not a table"):
        Sweep(3)
    with pytest.raises(Refused, match=r"alpha1 = array.* is not a rational number"):
        sweep(alpha1=np.linspace(0, 0.4, 3))
    with pytest.raises(Refused, match=r"7 is unknown in \[model\]"):
        Sweep({7: 1})


ANYTHING = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-3, 2000), st.floats(), st.sampled_from(["z", "1/4", "reuse", ""])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["start", "stop", "num", "per_width", "end"]), inner, max_size=3),
    ),
    max_leaves=5,
)


@given(
    st.dictionaries(st.sampled_from([*FIELDS, "x"]), ANYTHING, max_size=2),
    st.dictionaries(
        st.sampled_from(["trials", "seed", "keep", "bulk", "outliers", "threads", "x"]), ANYTHING, max_size=2
    ),
)
def test_whatever_comes_is_a_sweep_or_a_value_error(model, run):
    with contextlib.suppress(ValueError):
        found = sweep(run, **model)
        assert Sweep.from_document(found.document()) == found


def test_noise_gives_a_zero_target_something_to_learn():
    assert sweep(target="0", noise=0.5).size == 1
    with pytest.raises(ValueError, match="there is nothing to learn"):
        sweep(target="0", noise=[0.5, 0.0])


def test_the_theory_alone_keeps_outliers_only():
    assert sweep({"trials": 0}).run.keep == ("outliers",)
    assert sweep({"keep": []}).run.keep == ("outliers",)
    assert sweep({"keep": ["draws", "bulk"]}).run.keep == ("outliers", "bulk", "draws")


# ---- files


def test_a_file_is_read_and_named(tmp_path):
    path = tmp_path / "spec.toml"
    path.write_text(TEXT, encoding="utf-8-sig")
    assert Sweep.read(path) == Sweep.read(str(path)) == Sweep.from_toml(TEXT)
    path.write_text(changed("0.49", "0.5"))
    with pytest.raises(ValueError, match=r"spec\.toml, line 6: alpha1 = 0\.5 is outside"):
        Sweep.read(path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(
        ValueError, match=r"cannot read '.*none\.toml' \(No such file or directory\): give a TOML file"
    ):
        Sweep.read(tmp_path / "none.toml")
    with pytest.raises(ValueError, match=r"cannot read '.*' \(Is a directory\)"):
        Sweep.read(tmp_path)
    (tmp_path / "spec.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"'.*spec\.toml' is not text in UTF-8: give a TOML file"):
        Sweep.read(tmp_path / "spec.toml")


# ---- lines

TRICKY = '''a = """
text with = [ brackets # and
""\\" quotes""""   # a comment with "quotes
b.c = 'literal \\' # line 4
"d.e" = { f = [1, { g = 2 }], h = "}" }
list = [ [1,
  2], # line 7
  """x
y""", 3,
]
t = 1979-05-27 07:32:00.5+01:00
[table.inner]
"quoted \\u00e9" = -1.5e-3
[[many]]
x = \'\'\'
\'\'\'
y = 1'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("a",), 1),
        (("b", "c"), 4),
        (("d.e", "f", 1, "g"), 5),
        (("d.e", "h"), 5),
        (("list", 0, 0), 6),
        (("list", 0, 1), 7),
        (("list", 1), 8),
        (("list", 2), 9),
        (("t",), 11),
        (("table", "inner"), 12),
        (("table", "inner", "quoted é"), 13),
        (("many", "y"), 17),
        (("list", 7, "none"), 6),
        (("none",), None),
        ((), None),
    ],
)
def test_lines_are_found_through_strings_comments_and_nesting(place, line):
    assert tomllib.loads(TRICKY)
    assert line_of(TRICKY, place) == line


def test_a_string_may_end_in_a_quote():
    text = 'k = ["""x"""", "# b",\n3]'
    assert tomllib.loads(text) == {"k": ['x"', "# b", 3]}
    assert [line_of(text, ("k", k)) for k in range(3)] == [1, 1, 2]


def leaves(value, place=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    yield place, value
    for key, item in items:
        yield from leaves(item, (*place, key))


NESTED = st.recursive(
    st.one_of(st.integers(0, 99), st.text(), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=8,
)


def quoted(text):
    return '"' + "".join(f"\\U{ord(c):08x}" if ord(c) < 32 or c in '"\\' or ord(c) == 127 else c for c in text) + '"'


def spread(value):
    """TOML with a line break after each bracket and comma of a list; the marker counts the lines before a value."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {spread(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[ # [\n" + "".join(f"{spread(item)},\n" for item in value) + "]"
    return quoted(value) if isinstance(value, str) else json.dumps(value)


@given(NESTED.filter(lambda value: "\ud800" not in str(value)))
def test_any_value_in_any_nesting_is_found_on_its_line(value):
    text = f"v = {spread(value)}\nlast = 1"
    lines = text.split("\n")
    assert line_of(text, ("last",)) == len(lines)
    for place, leaf in leaves(value, ("v",)):
        found = line_of(text, place)
        if not isinstance(leaf, dict | list):
            assert (quoted(leaf) if isinstance(leaf, str) else json.dumps(leaf)) in lines[found - 1]
        else:
            assert ("{" if isinstance(leaf, dict) else "[") in lines[found - 1]


# ---- imports


def test_a_specification_is_read_without_the_libraries_of_its_execution():
    code = "from rmt_spikes.sweeps.specification import Sweep; Sweep({}); import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"dask", "distributed", "xarray", "zarr", "matplotlib", "numba", "click"}
    code = "import rmt_spikes.sweeps, rmt_spikes.sweeps.specification, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"theory", "sympy", "scipy", "numpy"}
