"""What holds for every experiment, each found by being in the folder."""

import json
import math
import re
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import get_args, get_origin, get_type_hints

import jsonschema
import numpy as np
import pytest

from rmt_spikes import experiments
from rmt_spikes.experiments import document, get, names, plot, refuted, run
from rmt_spikes.experiments._names import variable
from rmt_spikes.experiments._plots import contents
from rmt_spikes.experiments._values import read_settings, text

LONGEST = 120
NUMBER, MAYBE, TEXT = {"type": "number"}, {"type": ["number", "null"]}, {"type": "string", "minLength": 1}


def shape(**properties):
    return {"type": "object", "required": list(properties), "properties": properties}


CONTRACT = shape(
    schema={"const": 1},
    experiment=TEXT,
    title=TEXT,
    citation=TEXT,
    assumes=TEXT,
    parameters={"type": "object", "minProperties": 1},
    trials={"type": "integer"},
    seed={"type": "integer"},
    quantities={
        "type": "array",
        "minItems": 1,
        "items": shape(
            name=TEXT,
            label={"type": "string"},
            predicted=NUMBER,
            observed=shape(mean=NUMBER, sem=MAYBE, trials={"type": "integer", "minimum": 1}),
            z=MAYBE,
            agrees={"type": ["boolean", "null"]},
            asymptotic={"type": "boolean"},
        ),
    },
    verdict={"enum": ["agree", "disagree", "unclear"]},
    text=TEXT,
    seconds=NUMBER,
)
every_experiment = pytest.mark.parametrize("name", names())


def quick(experiment):
    return experiment.parameters() if experiment.quick is None else experiment.quick


@cache
def result(name):
    experiment = get(name)
    return run(np.random.default_rng(0), experiment, quick(experiment))


@every_experiment
def test_theory_and_simulation_agree(name):
    found = result(name)
    assert found.verdict == "agree", found.text


@every_experiment
def test_its_keys_are_what_it_predicts_and_are_names_of_variables(name):
    found, keys = result(name), get(name).keys
    assert set(found.predicted) == set(keys)
    assert len({variable(key) for key in keys}) == len(keys)
    assert all(variable(key).isidentifier() for key in keys)


@every_experiment
def test_the_negative_control_is_refuted(name):
    found = result(name)
    assert found.experiment.control(found.parameters) != found.parameters
    assert refuted(found)


@every_experiment
def test_a_seed_gives_the_same_numbers_on_one_worker_and_on_two_and_another_seed_others(name):
    experiment = get(name)

    def means(seed, workers):
        found = run(np.random.default_rng(seed), experiment, quick(experiment), 2, workers)
        return np.array([one.observed.mean for one in found.quantities])

    first = means(5, 1)
    np.testing.assert_array_equal(means(5, 1), first)
    # BLAS sums in another order where it has another number of threads
    np.testing.assert_allclose(means(5, 2), first, rtol=1e-7, atol=1e-9 * np.abs(first).max())
    assert not np.allclose(means(6, 1), first, rtol=1e-6)


@every_experiment
def test_the_document_keeps_its_contract(name):
    found = document(result(name), seed=0)
    jsonschema.validate(found, CONTRACT)
    assert found["experiment"] == name
    json.dumps(found, allow_nan=False)


@every_experiment
def test_the_figure_draws_without_a_warning(name):
    figure = plot(result(name))
    assert figure.axes
    assert any(ax.has_data() for ax in figure.axes)
    assert contents(figure, "png", 60).startswith(b"\x89PNG")
    assert contents(figure, "pdf").startswith(b"%PDF")


@every_experiment
def test_parameters_are_frozen_hashable_and_survive_the_command_line(name):
    experiment = get(name)
    assert is_dataclass(experiment.parameters)
    for parameters in (experiment.parameters(), quick(experiment)):
        hash(parameters)
        settings = [f"{field.name}={text(getattr(parameters, field.name))}" for field in fields(parameters)]
        assert read_settings(experiment, settings) == parameters
    first = fields(experiment.parameters)[0].name
    with pytest.raises(AttributeError):
        setattr(experiment.parameters(), first, None)


BAD = {
    int: (math.nan, "x", 1.5, True, 10**30),
    float: (math.nan, math.inf, -math.inf, "x", True),
    Fraction: (math.nan, math.inf, "x", True),
    bool: ("x", 2),
    tuple: ((), 0.5, (math.nan,), ("x",)),
}


@every_experiment
def test_bad_parameters_are_refused_by_name(name):
    experiment = get(name)
    for field, kind in get_type_hints(experiment.parameters).items():
        kind = get_origin(kind) or kind
        for value in BAD.get(kind, ()):
            if kind is tuple and value == ("x",) and str in get_args(get_type_hints(experiment.parameters)[field]):
                continue
            with pytest.raises(ValueError, match=rf"\b{re.escape(field)}\b"):
                replace(experiment.parameters(), **{field: value})
        if kind is str:
            with pytest.raises(ValueError, match=r"no such thing|unknown"):
                replace(experiment.parameters(), **{field: "no such thing"})


@every_experiment
def test_what_is_said_of_quantities_is_said_of_predicted_ones(name):
    experiment, found = get(name), result(name)
    rules = experiment.rules(found.parameters)
    said = {*rules.limit, *rules.scale, *rules.points, *rules.asymptotic}
    assert said <= set(found.predicted)
    for key, (_, points) in rules.points.items():
        assert len(points) == found.predicted[key].size
    assert any(not one.asymptotic for one in found.quantities)


@every_experiment
def test_the_file_is_short_explains_itself_and_cites(name):
    path = Path(experiments.__path__[0]) / f"{name}.py"
    source = path.read_text()
    reason = re.search(r"longer than 120 lines because", source, re.I)
    assert len(source.splitlines()) <= LONGEST or reason
    assert source.startswith('"""')
    experiment = get(name)
    assert re.search(r"\b(1[5-9]|20)\d\d\b", experiment.citation)
    assert "\n" not in experiment.title + experiment.citation
    assert len(experiment.title) < 100


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in names() if get(name).asymptotic])
def test_what_is_asymptotic_comes_nearer_with_size(name):
    experiment = get(name)
    along = [run(np.random.default_rng(0), experiment, one) for one in experiment.trend(quick(experiment))]
    assert len(along) > 1
    for key in experiment.asymptotic:
        off = [np.abs(one.observed(key)[0] - one.predicted[key]).mean() for one in (along[0], along[-1])]
        assert off[1] < off[0], key


@every_experiment
def test_sizes_that_no_machine_holds_are_refused_before_work(name):
    """Parameters that count rows of something can be large: either their range or the memory check refuses."""
    experiment = get(name)
    whole = [field for field, kind in get_type_hints(experiment.parameters).items() if kind is int]
    assert not whole or experiment.memory is not None
