"""W1 and W2 as expressions against the gradient steps themselves: the matrix that an expression draws has the bulk
and the outliers of the trained weights.  No solver takes part, so that what is tested is the modelling."""

import dataclasses

import numpy as np
import pytest

from rmt_spikes import TwoLayer, draw, leading_triplets, singular_values, train
from theory.dyson.networks import second_reused
from theory.dyson.networks.first_step import first_step
from theory.dyson.networks.laws import OUTLIERS
from theory.dyson.networks.second_reused import second_step_reused_in_full
from theory.dyson.networks.second_step import second_step
from theory.dyson.sampling import balanced_atoms, evaluate
from theory.dyson.sampling import draw as draw_expression
from theory.model import Model

FRACTIONS, DRAWS = np.array([0.1, 0.25, 0.5, 0.75, 0.9]), 6
TOLERANCE = 0.008  # of bulk quantiles at N = 500, beside the errors of both means
GENERIC = {"width": 500, "dim": 250, "samples": 400, "alpha1": "0.4", "alpha2": "0.45"}


def figures(W, beta, powers):
    """Two leading values, bulk quantiles; squared overlaps of the first right vector with β*, of the second left one
    with a∘a."""
    U, s, Vt, _ = leading_triplets(W, 2)
    bulk = np.quantile(singular_values(W)[2:], 1 - FRACTIONS, method="hazen")
    overlaps = [(Vt[0] @ beta) ** 2, (powers @ U[:, 1]) ** 2 / (powers @ powers)]
    return np.array([*s, *overlaps]), bulk


def trained(problem, seed=1):
    draws = [draw(rng, problem) for rng in np.random.default_rng(seed).spawn(DRAWS)]
    return [figures(train(one, problem), one.beta, one.a**2) for one in draws]


def drawn(network, seed=2):
    out = []
    for rng in np.random.default_rng(seed).spawn(DRAWS):
        one = draw_expression(rng, network.expression, balanced_atoms)
        squares = network.left["a2"].parts[""]
        a2 = squares.values[one.atoms[squares.sources[0].digest]]
        beta = one.directions[network.right["beta"].dimension, "beta"]
        out.append(figures(evaluate(network.expression, one), beta, a2))
    return out


def compared(seen, found):
    """(difference, standard error) of leading figures and of the bulk quantiles."""
    both = []
    for part in (0, 1):
        a, b = (np.array([one[part] for one in side]) for side in (seen, found))
        both.append((b.mean(axis=0) - a.mean(axis=0), np.sqrt((a.var(axis=0) + b.var(axis=0)) / (DRAWS - 1))))
    return both


def agree(seen, found):
    (leading, leading_error), (bulk, bulk_error) = compared(seen, found)
    close = np.abs(leading) < 3.5 * leading_error + 0.02
    return close.all() and (np.abs(bulk) < 3.5 * bulk_error + TOLERANCE).all()


CASES = {
    "relu": {"activation": "relu"},
    "E y is not 0, with noise": {"activation": "tanh(z + 0.8)", "target": "z + z**2/2", "noise": 0.5},
    "wide input, Rademacher readout": {"activation": "relu", "width": 400, "dim": 600, "readout": "rademacher"},
    "few samples, correlation loss": {"activation": "softplus", "samples": 200, "dim": 300, "loss": "correlation"},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("batch", ["independent", "reuse"])
def test_the_expression_of_w2_draws_trained_weights(case, batch):
    problem = TwoLayer(**{**GENERIC, **CASES[case], "batch": batch})
    assert agree(trained(problem), drawn(second_step(Model.of(problem), OUTLIERS)))


def test_the_full_version_of_a_reused_batch_draws_trained_weights():
    problem = TwoLayer(**{**GENERIC, "activation": "tanh(z + 0.8)", "target": "z + z**2/2", "batch": "reuse"})
    assert agree(trained(problem), drawn(second_step_reused_in_full(Model.of(problem), OUTLIERS)))


@pytest.mark.parametrize("activation", ["relu", "z"])
def test_the_expression_of_w1_draws_trained_weights(activation):
    problem = TwoLayer(**{**GENERIC, "activation": activation, "steps": 1, "alpha1": "0.45"})
    assert agree(trained(problem), drawn(first_step(Model.of(problem), OUTLIERS)))


def test_a_dropped_term_is_noticed(monkeypatch):
    problem = TwoLayer(**{**GENERIC, "activation": "relu", "batch": "reuse", "alpha1": "0.45"})
    model, seen = Model.of(problem), trained(problem)
    assert agree(seen, drawn(second_step(model, OUTLIERS)))
    kept = second_reused._version_A
    changes = {
        "no linear part": lambda terms: {"on_H": 0 * terms.on_H},
        "no mean": lambda terms: {"mean": 0 * terms.mean},
    }
    for change in changes.values():

        def wrong(*args, change=change):
            terms = kept(*args)
            return dataclasses.replace(terms, **change(terms))

        monkeypatch.setattr(second_reused, "_version_A", wrong)
        assert not agree(seen, drawn(second_step(model, OUTLIERS)))


def test_the_bulk_is_the_expression_without_its_outliers():
    problem = TwoLayer(**{**GENERIC, "activation": "relu", "batch": "reuse"})
    network = second_step(Model.of(problem), OUTLIERS, outliers=2)
    assert network.bulk.shape[0].size == 498
    whole, bulk = [], []
    for rng in np.random.default_rng(4).spawn(DRAWS):
        whole.append(singular_values(evaluate(network.expression, draw_expression(rng, network.expression)))[2:])
        bulk.append(singular_values(evaluate(network.bulk, draw_expression(rng, network.bulk))))
    difference = np.mean(whole, axis=0) - np.mean(bulk, axis=0)
    error = np.sqrt((np.var(whole, axis=0) + np.var(bulk, axis=0)) / (DRAWS - 1))
    places = [25, 60, 125, 190, 220]
    assert (np.abs(difference[places]) < 4 * error[places] + 0.004).all()
