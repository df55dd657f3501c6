"""The frame, with a toy experiment: moments of Gaussian numbers."""

import dataclasses
import inspect
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import toy_experiment as toy

from rmt_spikes import experiments
from rmt_spikes.estimates import Estimate
from rmt_spikes.experiments import _frame, get, names, plot, refuted, run
from rmt_spikes.experiments._quantities import Rules, compare, judge
from rmt_spikes.experiments._values import differences, plain_parameters, read_settings, text


def result(parameters=None, seed=0, trials=16, **changed):
    return run(np.random.default_rng(seed), toy.made(**changed), parameters or toy.Parameters(), trials)


def test_a_right_prediction_agrees_and_a_wrong_one_is_refuted():
    right, wrong = result(), result(toy.Parameters(wrong=0.3))
    assert (right.verdict, wrong.verdict) == ("agree", "disagree")
    assert right.text == "3 of 3 quantities agree."
    assert wrong.text == "1 of 3 quantities agree. Disagree: mean, moments[0]."
    # the observed numbers do not depend on what is predicted
    assert [one.observed for one in right.quantities] == [one.observed for one in wrong.quantities]


def test_a_wide_error_bar_is_unclear_and_a_single_trial_has_none():
    wide = result(toy.Parameters(size=2, spread=3.0, orders=(1,)), trials=4)
    assert wide.verdict == "unclear"
    assert "Unclear, the error bars being too wide: mean, moments[0]." in wide.text
    single = result(toy.Parameters(size=10, orders=(1,)), trials=1)
    assert [one.z for one in single.quantities] == [None, None]
    assert single.verdict == "unclear"
    assert np.isnan(single.observed("mean")[1])


def test_z_and_the_error_bar_are_those_of_the_trials():
    found = result(trials=5)
    values = np.array([draw["moments"][1] for draw in found.draws])
    one = found.quantities[2]
    assert (one.name, one.label) == ("moments[1]", "order = 2")
    assert one.observed == Estimate(values.mean(), values.std(ddof=1) / np.sqrt(5), 5)
    assert one.z == (values.mean() - 1.25) / one.observed.sem
    assert one.relative_error == pytest.approx(values.mean() / 1.25 - 1)
    np.testing.assert_allclose(found.observed("moments")[0][1], values.mean())


def test_z_is_standard_normal_where_the_prediction_is_exact_and_not_where_it_is_off():
    runs = [result(toy.Parameters(size=20), seed, trials=60) for seed in range(200)]
    z = np.array([one.quantities[0].z for one in runs])
    assert abs(z.mean()) < 3 / np.sqrt(200)
    assert 0.85 < z.std() < 1.15
    shifted = np.array([one.quantities[0].observed.z_score(0.5 + 0.02) for one in runs])
    assert abs(shifted.mean()) > 3 / np.sqrt(200)


@pytest.mark.parametrize(("mean", "sem", "expected"), [
    (1.029, 1e-6, True),  # within 3 %
    (1.031, 1e-6, False),
    (1.1, 0.04, True),  # within 3 standard errors
    (1.13, 0.04, False),
    (1.25, 0.11, None),  # an error bar of more than 10 %
    (1.4, 0.11, False),
    (1.1, None, None),
    (1.01, None, None),
    (1.01, 0.5, None),
])  # fmt: skip
def test_the_limits_are_three_standard_errors_or_three_per_cent(mean, sem, expected):
    seen = Estimate(mean, sem, 1 if sem is None else 8)
    assert judge(1.0, seen) is expected
    assert judge(-1.0, dataclasses.replace(seen, mean=-mean)) is expected


def test_where_zero_is_predicted_the_scale_decides():
    seen = Estimate(0.02, 0.01, 8)
    assert judge(0.0, seen) is None
    assert judge(0.0, seen, scale=1.0) is True
    assert judge(0.0, dataclasses.replace(seen, mean=0.04), scale=1.0) is False
    assert judge(0.0, Estimate(1e-12, 1e-16, 8), scale=1.0) is True  # rounding
    assert judge(0.0, Estimate(0.0, 0.0, 8)) is True


def test_a_narrower_limit_is_kept():
    draws = [{"rate": 1.019}, {"rate": 1.021}, {"rate": 1.020}]
    assert compare({"rate": 1.0}, draws, Rules())[0].agrees is True
    assert compare({"rate": 1.0}, draws, Rules(limit={"rate": 0.01}))[0].agrees is False


def test_the_control_is_refuted_by_the_same_trials_and_a_harmless_one_is_not():
    assert {one.name for one in refuted(result())} >= {"mean", "moments[0]"}
    assert refuted(result(control=lambda p: p)) == ()
    # what has another shape is not compared
    other = result(control=lambda p: dataclasses.replace(p, orders=(1, 2, 2)))
    assert refuted(other) == ()


def test_what_is_asymptotic_does_not_decide_and_is_named():
    found = result(toy.Parameters(wrong=0.3), asymptotic=("mean",), trend=lambda p: [p])
    assert found.verdict == "disagree"  # moments[0] is wrong too
    assert "Disagree: moments[0]. Not there yet at these sizes: mean." in found.text
    assert "mean" not in {one.name for one in refuted(found)}


def test_a_remark_ends_the_text():
    assert result(remark=lambda one: f"{one.trials} trials.").text == "3 of 3 quantities agree. 16 trials."


def test_trials_depend_on_the_seed_alone():
    calls = []
    one = run(np.random.default_rng(3), toy.EXPERIMENT, trials=3, progress=lambda *call: calls.append(call))
    two = run(np.random.default_rng(3), toy.made(control=toy.predict), trials=3, workers=2)
    longer = run(np.random.default_rng(3), toy.EXPERIMENT, trials=5)
    assert calls == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert one.quantities == two.quantities
    np.testing.assert_array_equal([d["sample"] for d in one.draws], [d["sample"] for d in longer.draws[:3]])
    assert result(seed=4, trials=3).quantities != one.quantities


def test_the_example_of_the_docstring_runs_as_it_is_written():
    code = inspect.cleandoc(_frame.__doc__.split("\n\n")[1].strip("\n"))
    names = {"np": np, "fields": __import__("rmt_spikes.fields").fields}
    names |= {key: getattr(dataclasses, key) for key in ("dataclass", "field", "replace")}
    names |= {"Experiment": experiments.Experiment, "plot_curve": experiments.plot_curve, "__name__": "example"}
    exec(compile(code, "_frame.py", "exec"), names)
    found = run(np.random.default_rng(0), names["EXPERIMENT"])
    assert found.verdict == "agree"
    assert refuted(found)

    assert plot(found).axes[0].get_xlabel() == "order"


@dataclasses.dataclass(frozen=True)
class Named:
    point: int = 3


REFUSED = [
    (lambda: toy.made(citation=" "), "the citation of an experiment is empty: give a line of text"),
    (lambda: toy.made(trials=0), "trials = 0 is not a whole number"),
    (lambda: toy.made(keys=("mean", "size")), "'size' of toy would be size in a sweep's dataset, as the"),
    (lambda: toy.made(keys=("mean", "mean²", "mean2")), "'mean2' of toy would be mean2 .* as the number 'mean²' is"),
    (lambda: toy.made(keys=("trial",)), "would be trial in a sweep's dataset, as trial of every sweep is: give"),
    (lambda: toy.made(keys=("mean", "*")), "has no letter or digit: give it a name"),
    (lambda: toy.made(parameters=Named), "point is no name for a parameter of toy: a sweep has its own"),
    (lambda: toy.made(limit={"mean": 0.1}), r"limit\['mean'\] = 0.1 is not above 0 and at most 0.03: limits can be"),
    (lambda: toy.made(asymptotic=("mean",)), "mean are asymptotic: give the trend with size"),
    (lambda: result(trials=0), "trials = 0 is not a whole number"),
    (lambda: run(np.random.default_rng(0), toy.EXPERIMENT, workers=0), "workers = 0 is not a whole number"),
    (lambda: run(np.random.default_rng(0), toy.EXPERIMENT, {"size": 3}), "dict is no Parameters: give the"),
    (lambda: result(predict=lambda p: {"mean": np.nan}), "prediction of 'mean' is not finite, or has shape"),
    (lambda: result(simulate=lambda rng, p: {"mean": np.nan, "moments": [0, 0]}), "'mean' is not finite in"),
    (lambda: result(predict=lambda p: {"mean": np.zeros((2, 2))}), r"has shape \(2, 2\): give a number or a curve"),
    (lambda: result(points=lambda p: {"moments": ("order", (1,))}), "points of 'moments' are 1 where 2 are"),
    (lambda: result(predict=lambda p: {}), "nothing is predicted: give predict at least one number"),
    (lambda: result(predict=lambda p: {"other": 1.0}), "toy predicts other: name it in keys"),
    (lambda: result(predict=lambda p: {"other": 1.0}, keys=("other",)), "'other' is predicted .* with nothing"),
    (lambda: result(predict=lambda p: {"mean": np.ones(2)}), r"shape \(2,\) and simulated with shape \(\)"),
    (lambda: toy.Parameters(orders=3), r"orders = 3 is not a tuple of 1 to 100 values: give one such as"),
    (lambda: toy.Parameters(orders=()), r"orders = \(\) is not a tuple"),
    (lambda: toy.Parameters(orders=(1, float("nan"))), "orders = nan is not a finite number"),
    (lambda: toy.Parameters(centred=1), "centred = 1 is neither True nor False"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_run_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_seed_is_no_generator():
    with pytest.raises(TypeError, match="is not a numpy Generator"):
        run(3, toy.EXPERIMENT)


def test_settings_are_read_by_the_type_of_the_field():
    settings = ["size=30", "centre=1e-3", "orders=2, 1", "share=1/3", "law=rademacher", "centred=yes"]
    expected = toy.Parameters(
        size=30, centre=1e-3, orders=(2, 1), share="1/3", law="rademacher", centred=True
    )  # fmt: skip
    found = read_settings(toy.EXPERIMENT, settings)
    assert found == expected
    assert text(1 / 3) == "0.3333333333333333"
    # and what is printed can be set again
    again = [f"{key}={text(getattr(found, key))}" for key in plain_parameters(found)]
    assert read_settings(toy.EXPERIMENT, again) == found
    assert differences(toy.Parameters(), found) == (
        "size = 30, centre = 0.001, orders = 2,1, share = 1/3, law = rademacher, centred = true"
    )
    assert plain_parameters(found)["orders"] == [2.0, 1.0]
    assert plain_parameters(found)["share"] == "1/3"


SETTINGS = [
    (["size"], "--set 'size' has no =: give key=value, such as size=…"),
    (["siez=3"], r"siez is no parameter of toy; did you mean size\? Accepted are size, centre"),
    (["qqqq=3"], "qqqq is no parameter of toy: accepted are size"),
    (["size=3", "size=4"], "size is set twice: leave one out"),
    (["size=3.5"], "size = '3.5' is not a whole number: give one such as 200"),
    (["size=1"], r"size = 1 is not a whole number from 2 to 10\^6"),
    (["centre=x"], "centre = 'x' is not a number: give one such as 0.5 or 1e-3"),
    (["centre=nan"], "centre = nan is not a finite number at all: give one such as 0.5"),
    (["share=1/0"], "share = '1/0' is not a rational number above 0"),
    (["law=cauchy"], "law = 'cauchy' is unknown: give one of 'gaussian', 'rademacher'"),
    (["centred=perhaps"], "centred = 'perhaps' is not true or false: give one of them"),
    (["orders="], r"orders = \(\) is not a tuple"),
    (["orders=1,x"], "orders = 'x' is not a number"),
    (["centre=" + "1" * 501], "centre has 501 characters: at most 500 are accepted"),
    (["size=" + "9" * 500], "size = 9{57}... is not a whole number from 2"),
]


@pytest.mark.parametrize(("settings", "message"), SETTINGS, ids=[one[0][0][:20] for one in SETTINGS])
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        read_settings(toy.EXPERIMENT, settings)


def test_a_field_of_another_type_is_the_authors_mistake():
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Odd:
        size: complex = 1j

    with pytest.raises(TypeError, match="parameters are int, float, Fraction, str, bool or tuples of them"):
        read_settings(toy.made(parameters=Odd), ["size=1"])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """One more folder of experiments."""
    monkeypatch.setattr(experiments, "__path__", [*experiments.__path__, str(tmp_path)])
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    import sys

    for path in tmp_path.glob("*.py"):
        sys.modules.pop(f"rmt_spikes.experiments.{path.stem}", None)


def test_being_in_the_folder_is_enough(folder):
    (folder / "toy.py").write_text("from toy_experiment import EXPERIMENT\n")
    (folder / "_helper.py").write_text("")
    assert "toy" in experiments.names()
    assert "_helper" not in experiments.names()
    assert experiments.get("toy") is toy.EXPERIMENT


def test_a_file_without_its_experiment_is_refused(folder):
    (folder / "empty_one.py").write_text("")
    (folder / "other_name.py").write_text("from toy_experiment import EXPERIMENT\n")
    with pytest.raises(ValueError, match=r"empty_one\.py has no EXPERIMENT: give it one, or begin its name"):
        experiments.get("empty_one")
    with pytest.raises(ValueError, match=r"other_name.py holds the experiment 'toy': give both the same name"):
        experiments.get("other_name")
    with pytest.raises(ValueError, match=r"experiment 'two_stp' is unknown; did you mean two_step\? There are "):
        experiments.get("two_stp")
    with pytest.raises(ValueError, match=re.escape("experiment 'qqq' is unknown: there are ")):
        experiments.get("qqq")


def code_alone(text):
    return "\n".join(line.split("#")[0].rstrip() for line in text.splitlines() if line.strip())


def test_the_page_on_experiments_is_true(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).parents[2] / "docs" / "experiments.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", page, re.S)
    exec(compile(code, "experiments.md", "exec"), {})
    assert (tmp_path / "biased_ntk.png").stat().st_size > 10_000
    (example,) = re.findall(r"```text\n(.*?)```", page, re.S)
    written = inspect.cleandoc(_frame.__doc__.split("\n\n")[1].strip("\n"))
    assert code_alone(example).endswith(code_alone(written))


def test_the_example_of_the_page_is_an_experiment(tmp_path, monkeypatch):
    page = (Path(__file__).parents[2] / "docs" / "experiments.md").read_text()
    (tmp_path / "moments.py").write_text(re.search(r"```text\n(.*?)```", page, re.S)[1])
    monkeypatch.setattr(experiments, "__path__", [*experiments.__path__, str(tmp_path)])
    assert "moments" in names()
    try:
        found = run(np.random.default_rng(0), get("moments"))
        assert found.verdict == "agree"
        assert refuted(found)
        assert plot(found).axes[0].get_ylabel() == "moment"
        assert found.experiment.memory(found.parameters) > 0
    finally:
        sys.modules.pop("rmt_spikes.experiments.moments", None)


def test_a_run_that_does_not_fit_in_memory_is_refused_before_any_work():
    def never(*given):
        raise AssertionError("work was begun")

    greedy = dataclasses.replace(toy.made(), memory=lambda parameters: 10**15, predict=never, simulate=never)
    with pytest.raises(ValueError, match=r"on 2 workers needs about 2e\+06 GB and .* take fewer workers"):
        run(np.random.default_rng(0), greedy, trials=2, workers=2)
