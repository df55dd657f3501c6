"""What is remembered between predictions: pure parts, shared where the second step size alone differs."""

import numpy as np
import pytest

import theory.population
from theory import predict
from theory.model import Model
from theory.population import REMEMBERED, rows_in_second_step
from theory.spikes import COARSE, FINE

FIELDS = {
    "activation": "tanh", "target": "z + (z**2 - 1)/2", "width": 200, "dim": 100, "samples": 150, "alpha1": "0.3",
    "alpha2": "0.2", "batch": "reuse",
}  # fmt: skip


def _numbers(**changes):
    p = predict(**{**FIELDS, **changes}, bulk="mp")
    numbers = [
        (o.strength, o.singular_value, o.target_overlap_squared, o.left_overlap_squared, *o.readout_overlaps_squared)
        for o in p.outliers
    ]
    return numbers, p.quadrature_error, p.notes, p.left_vectors(np.linspace(-0.1, 0.1, 7)).tobytes()


@pytest.fixture
def averages(monkeypatch):
    """The list of (model, resolution) for which an average over the sample is taken, from nothing remembered."""
    theory.population._second_step.cache_clear()
    calls = []
    real = theory.population.sample_nodes
    monkeypatch.setattr(theory.population, "sample_nodes", lambda *given: (calls.append(given), real(*given))[1])
    return calls


def test_a_column_of_the_diagram_takes_one_average_a_resolution(averages):
    for alpha2 in ("0.1", "0.2", "0.35"):
        for scale2 in (0.5, 2.0):
            predict(**{**FIELDS, "alpha2": alpha2, "scale2": scale2}, bulk="mp")
    assert [resolution for _, resolution in averages] == [FINE, COARSE]


@pytest.mark.parametrize(
    "change",
    [
        {"activation": "softplus"}, {"target": "z"}, {"noise": 0.3}, {"width": 201}, {"dim": 101}, {"samples": 151},
        {"alpha1": "0.31"}, {"scale1": 1.1}, {"batch": "independent"}, {"loss": "correlation"},
        {"readout": "rademacher"},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_whatever_else_is_changed_is_averaged_anew(averages, change):
    before = _numbers()
    changed = _numbers(**change)
    assert len(averages) == 4
    theory.population._second_step.cache_clear()
    assert _numbers(**change) == changed != before


def test_numbers_are_the_same_whatever_was_computed_before(averages):
    alone = []
    for alpha2 in ("0.05", "0.2", "0.45"):
        theory.population._second_step.cache_clear()
        alone.append(_numbers(alpha2=alpha2))
    assert [_numbers(alpha2=alpha2) for alpha2 in ("0.05", "0.2", "0.45")] == alone
    assert alone[0] != alone[1] != alone[2]


def test_what_is_shared_cannot_be_written_to():
    rows = rows_in_second_step(Model.of(FIELDS))(1.0)
    with pytest.raises(ValueError, match="read-only"):
        rows.a[0] = 0.0
    with pytest.raises(ValueError, match="read-only"):
        theory.population._second_step(Model.of(FIELDS).without_second_size, FINE).gram[0, 0] = 0.0


def test_what_is_remembered_is_bounded_in_number_and_in_bytes():
    assert theory.population._second_step.cache_info().maxsize == REMEMBERED
    one = theory.population._second_step(Model.of(FIELDS).without_second_size, FINE)
    assert REMEMBERED * sum(array.nbytes for array in vars(one).values()) < 10_000_000
