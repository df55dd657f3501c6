"""Theory beside simulation, with controls that must fail."""

import dataclasses

import numpy as np
import pytest

from rmt_spikes import TwoLayer
from rmt_spikes.comparison import compare
from rmt_spikes.verdict import (
    agreement,
    bulk_inflated,
    judge,
    kolmogorov_distance,
    largest_value_agreement,
    overlap_agreement,
    quantile_agreement,
    singular_value_agreement,
    verdict,
)
from theory import MarchenkoPastur
from theory.emergence import OnMarchenkoPastur

SMALL = {"width": 300, "dim": 150, "samples": 300, "alpha1": 0.3, "alpha2": 0.3}
TABLE = [  # the problems of the reference table in docs/theory.md, N = n = 1000, d = 500
    ("softplus", "z", "independent", 0.3, 0.3),
    ("softplus", "z", "reuse", 0.3, 0.3),
    ("relu", "z + (z**2 - 1)/2", "independent", 0.35, 0.45),
    ("relu", "z + (z**2 - 1)/2", "reuse", 0.35, 0.45),
    ("softplus", "He(2, z)/sqrt(2)", "reuse", 0.35, 0.45),
    ("tanh", "He(3, z)/sqrt(6)", "reuse", 0.35, 0.45),
    ("tanh", "tanh", "reuse", 0.4, 0.45),
]


@pytest.fixture(scope="module")
def result():
    problem = TwoLayer(width=1000, dim=500, samples=1000)
    return compare(np.random.default_rng(7), problem, trials=8)


class Tampered:
    """A theory whose outliers are off by the given factors."""

    name = "dyson"

    def __init__(self, prediction, factors):
        self.law, self.true, self.factors = prediction.bulk, prediction, factors

    def outliers(self, spikes, width):
        found = tuple(
            dataclasses.replace(one, **{name: factor * getattr(one, name) for name, factor in self.factors.items()})
            for one in self.true.outliers
        )
        return found, self.true._emerged[1]


def tampered(result, **factors):
    """The same comparison with a tampered theory."""
    emergence = Tampered(result.prediction, factors)
    return dataclasses.replace(result, prediction=dataclasses.replace(result.prediction, emergence=emergence))


def on_bulk(result, gamma):
    """The same comparison with a Marchenko–Pastur bulk."""
    emergence = OnMarchenkoPastur(MarchenkoPastur(gamma))
    return dataclasses.replace(result, prediction=dataclasses.replace(result.prediction, emergence=emergence))


@pytest.mark.slow
@pytest.mark.parametrize(("activation", "target", "batch", "alpha1", "alpha2"), TABLE)
def test_every_leading_outlier_of_the_reference_table_agrees(activation, target, batch, alpha1, alpha2):
    problem = TwoLayer(
        activation=activation,
        target=target,
        batch=batch,
        alpha1=alpha1,
        alpha2=alpha2,
        width=1000,
        dim=500,
        samples=1000,
    )
    # a leading outlier is far from any bulk: W0's, which takes no time, gives it as well (here to .1 %)
    result = compare(np.random.default_rng(3), problem, trials=10, bulk="mp")
    value, overlap = singular_value_agreement(result, 0), overlap_agreement(result, 0)
    assert value.state == "yes"
    # an overlap predicted as 0 in the limit is seen at order 1/n: there the theory given the draws decides
    assert "yes" in (overlap.state, overlap.state_given_the_draw)
    # the conditional theory follows each draw far more closely than the draws scatter
    assert value.difference.sem < 0.35 * value.observed.sem
    # control: the spike 10 % off is noticed
    spoiled = tampered(result, singular_value=1.1)
    assert judge(None, singular_value_agreement(spoiled, 0).relative_error, 0.0, 0.0) != "yes"
    scale = 1.1 * np.array([t.conditional[0].singular_value for t in result.trials])
    shifted = agreement(
        value.widest, value.predicted, [float(t.observation.outliers[0]) for t in result.trials], list(scale)
    )
    assert shifted.state_given_the_draw == "no"


def test_the_default_problem_agrees_in_all_it_shows(result):
    assert len(result.prediction.outliers) == 2
    assert [result.identified(k) for k in (0, 1)] == [8, 8]
    assert verdict(result) == "Agree: s1, cos²1, left²1, s2, cos²2, left²2, bulk."


def test_a_tampered_overlap_is_noticed(result):
    spoiled = tampered(result, target_overlap_squared=0.81)
    assert overlap_agreement(result, 0).state == "yes"
    assert overlap_agreement(spoiled, 0).state == "no"
    assert "Disagree: cos²1" in verdict(spoiled)


def test_a_tampered_strength_is_noticed_and_not_excused(result):
    spoiled = tampered(result, singular_value=1.15)
    assert singular_value_agreement(spoiled, 0).state == "no"
    line = verdict(spoiled)
    assert "Disagree: s1" in line
    assert "inflation" not in line.split("cos²1")[0]  # an outlier far from the bulk is no victim of the bulk


def test_the_wrong_bulk_is_noticed(result):
    """Of a matrix with another shape: a wider law is far in Kolmogorov distance, a narrower one is exceeded."""
    assert kolmogorov_distance(result) < 0.01
    assert kolmogorov_distance(on_bulk(result, 2.6)) > 0.06
    assert largest_value_agreement(on_bulk(result, 1.5)).state == "no"
    assert [quantile_agreement(result, f).state for f in (0.02, 0.5, 0.9)] == ["yes"] * 3
    assert [quantile_agreement(on_bulk(result, 1.7), f).state for f in (0.02, 0.5, 0.9)] == ["no"] * 3


def test_the_kolmogorov_distance_of_exact_quantiles_is_half_a_step(result):
    values = result.prediction.bulk.order_statistics(500)[::-1]
    fake = dataclasses.replace(result.trials[0].observation, singular_values=values, ranks=np.empty(0, dtype=int))
    exact = dataclasses.replace(result, trials=(dataclasses.replace(result.trials[0], observation=fake),))
    assert kolmogorov_distance(exact) == pytest.approx(1 / 1000, abs=2e-4)


def test_an_inflated_bulk_is_named_as_the_reason():
    problem = TwoLayer(activation="relu", width=600, dim=300, samples=600, alpha1=0.35, alpha2=0.45, batch="reuse")
    result = compare(np.random.default_rng(1), problem, trials=8, bulk="mp")
    assert largest_value_agreement(result).state == "no"
    assert bulk_inflated(result)
    assert "bulk inflation at finite N" in verdict(result)


def test_the_bulk_of_the_updated_weights_agrees_where_that_of_w0_does_not():
    problem = TwoLayer(activation="relu", width=600, dim=300, samples=600, alpha1=0.35, alpha2=0.45, batch="reuse")
    result = compare(np.random.default_rng(1), problem, trials=8)
    fractions = (0.1, 0.25, 0.5, 0.75)
    assert [quantile_agreement(result, f).state for f in fractions] == ["yes"] * 4
    assert "no" in [quantile_agreement(on_bulk(result, 2.0), f).state for f in fractions]
    assert not bulk_inflated(result)


def test_trials_are_reproducible_and_do_not_depend_on_their_number():
    problem = TwoLayer(**SMALL)
    four = compare(np.random.default_rng(5), problem, trials=4, bulk="mp")
    two = compare(np.random.default_rng(5), problem, trials=2, bulk="mp")
    for left, right in zip(four.trials, two.trials, strict=False):
        np.testing.assert_array_equal(left.observation.singular_values, right.observation.singular_values)
        assert left.conditional == right.conditional
    other = compare(np.random.default_rng(6), problem, trials=2, bulk="mp")
    assert other.singular_value(0).mean != two.singular_value(0).mean


def test_the_global_seed_is_neither_read_nor_changed():
    problem = TwoLayer(**SMALL)
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    compare(np.random.default_rng(5), problem, trials=1, bulk="mp")
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_float32_sees_the_same_outliers():
    double = compare(np.random.default_rng(5), TwoLayer(**SMALL), trials=2, bulk="mp")
    single = compare(np.random.default_rng(5), TwoLayer(**SMALL, dtype="float32"), trials=2, bulk="mp")
    assert single.singular_value(0).mean == pytest.approx(double.singular_value(0).mean, rel=1e-5)


def test_an_expression_and_its_built_in_name_give_the_same_outliers():
    named = compare(
        np.random.default_rng(5), TwoLayer(**SMALL, activation="tanh", target="relu"), trials=1, bulk="mp"
    )
    typed = compare(
        np.random.default_rng(5), TwoLayer(**SMALL, activation="tanh(z)", target="relu(z)"), trials=1, bulk="mp"
    )
    assert typed.singular_value(0).mean == pytest.approx(named.singular_value(0).mean, rel=1e-12)


@pytest.mark.parametrize("loss", ["squared", "correlation"])
@pytest.mark.parametrize("readout", ["gaussian", "rademacher"])
@pytest.mark.parametrize("init", ["sphere", "gaussian"])
def test_the_leading_outlier_agrees_for_every_switch(loss, readout, init):
    problem = TwoLayer(
        activation="tanh(z + 0.8)", target="erf", noise=0.4, width=600, dim=400, samples=500,
        alpha1="1/4", alpha2="2/5", loss=loss, readout=readout, init=init, batch="reuse", scale1=1.3, scale2=0.8,
    )  # fmt: skip
    bulk = "dyson" if (readout, init, loss) == ("gaussian", "sphere", "squared") else "mp"
    result = compare(np.random.default_rng(11), problem, trials=6, bulk=bulk)
    assert singular_value_agreement(result, 0).state == "yes"
    assert overlap_agreement(result, 0).state == "yes"


def test_one_step_has_one_outlier_that_agrees():
    problem = TwoLayer(activation="gelu", target="z**3/4", steps=1, alpha1=0.3, width=800, dim=500, samples=900)
    result = compare(np.random.default_rng(2), problem, trials=8)
    assert len(result.prediction.outliers) == 1
    assert singular_value_agreement(result, 0).state == "yes"
    assert overlap_agreement(result, 0).state == "yes"


def test_an_activation_without_c1_is_compared_without_outliers():
    problem = TwoLayer(activation="abs", target="z", width=300, dim=200, samples=300)
    result = compare(np.random.default_rng(2), problem, trials=2, bulk="mp")
    assert result.prediction.outliers == ()
    assert result.captured.mean == 0
    assert verdict(result).startswith("No outlier is predicted.")
    assert any("c_1" in note for note in result.prediction.notes)


@pytest.mark.slow
def test_reuse_learns_a_direction_of_information_exponent_three_and_fresh_batches_do_not():
    kwargs = {"activation": "erf", "target": "He(3, z)/sqrt(6)", "alpha1": "7/20", "alpha2": "9/20"}
    sizes = {"width": 2000, "dim": 1000, "samples": 2000, "dtype": "float32"}
    reuse = compare(np.random.default_rng(4), TwoLayer(**kwargs, **sizes, batch="reuse"), trials=6, bulk="mp")
    fresh = compare(np.random.default_rng(4), TwoLayer(**kwargs, **sizes, batch="independent"), trials=6, bulk="mp")
    assert reuse.captured.mean > 0.08
    assert fresh.captured.mean < 0.03
    assert reuse.captured.mean - fresh.captured.mean > 3 * np.hypot(reuse.captured.sem, fresh.captured.sem)
    predicted = [sum(o.target_overlap_squared for o in r.prediction.outliers) for r in (reuse, fresh)]
    assert predicted[0] > 0.1
    assert predicted[1] == pytest.approx(0, abs=1e-12)


def test_progress_is_reported_and_bad_requests_are_refused_before_any_work():
    calls = []
    problem = TwoLayer(**SMALL)
    compare(np.random.default_rng(0), problem, 2, lambda done, total: calls.append((done, total)), "mp")
    assert calls == [(0, 2), (1, 2), (2, 2)]
    with pytest.raises(TypeError, match=r"give numpy\.random\.default_rng"):
        compare(0, problem)
    with pytest.raises(ValueError, match="trials = 0 is not a whole number from 1"):
        compare(np.random.default_rng(0), problem, trials=0)
    with pytest.raises(ValueError, match="reduce width, dim or samples"):
        compare(np.random.default_rng(0), TwoLayer(width=10**7, dim=10**6))


@pytest.mark.parametrize(
    ("z", "relative", "sem", "state"),
    [
        (2.9, 0.5, 0.1, "yes"),
        (2.9, 0.5, 0.11, "unclear"),  # an error bar so wide decides nothing
        (-3.1, 0.019, 0.01, "yes"),
        (3.1, -0.021, 0.01, "no"),
        (3.1, 5.0, 10.0, "no"),
        (None, 0.5, None, "unclear"),
        (None, None, None, "unclear"),
        (None, 0.01, None, "yes"),
    ],
)
def test_the_limits_are_three_standard_errors_or_two_per_cent(z, relative, sem, state):
    assert judge(z, relative, sem, widest=0.1) == state


def test_an_outlier_that_is_not_recognised_is_not_judged():
    problem = TwoLayer(activation="z**2 + z", width=400, dim=200, samples=400, batch="reuse")
    line = verdict(compare(np.random.default_rng(0), problem, trials=3, bulk="mp"))
    assert "Not found: outlier" in line
    assert "With 3 trials the error bars are rough" in line
    assert "Agree: s1" not in line


def test_an_error_bar_too_wide_to_decide_is_called_unclear(result):
    scattered = []
    for factor, trial in zip((0.2, 2.2, 0.7, 1.4, 0.3, 1.6, 1.9, 0.4), result.trials, strict=True):
        seen = dataclasses.replace(trial.observation, outliers=factor * trial.observation.outliers)
        scattered.append(dataclasses.replace(trial, observation=seen))
    line = verdict(dataclasses.replace(result, trials=tuple(scattered)))
    assert "Unclear, the error bars being too wide: s1" in line
    assert "Agree: cos²1" in line
