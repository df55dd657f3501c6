"""What is remembered between predictions: pure parts, shared where the second step size alone differs."""

import dataclasses

import numpy as np
import pytest

import theory.dyson.networks.bulk
import theory.population
import theory.second_step
from theory import predict
from theory.dyson.law import SingularValues
from theory.fluctuations import outlier_fluctuations
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


def test_fluctuations_of_a_column_share_their_batch(averages):
    theory.second_step._batch.cache_clear()
    apart = []
    for alpha2 in ("0.1", "0.35"):
        given = {**FIELDS, "alpha2": alpha2}
        theory.second_step._batch.cache_clear()
        apart.append(outlier_fluctuations(given, predict(given, bulk="mp")))
    together = [outlier_fluctuations(g, predict(g, bulk="mp")) for g in ({**FIELDS, "alpha2": "0.1"}, given)]
    assert together == apart
    assert apart[0] != apart[1]
    assert theory.second_step._batch.cache_info().misses == 1


@pytest.mark.parametrize("batch", ["independent", "reuse"])
def test_the_dyson_bulk_gives_the_same_numbers_whatever_was_computed_before(batch):
    given = {**FIELDS, "batch": batch}
    alone = predict(given)
    outliers, upper = alone.outliers, alone.bulk.upper
    for changed in ({"alpha2": "0.4"}, {"scale2": 0.3}):
        other = predict({**given, **changed})
        assert other.bulk.upper != upper
        alone.emergence.outliers(other.spikes, alone.width)
    again = predict(given)
    assert (again.outliers, again.bulk.upper) == (outliers, upper)
    assert alone.emergence.outliers(alone.spikes, alone.width)[0] == outliers
    fresh = dataclasses.replace(alone.spikes, rows=dataclasses.replace(alone.spikes.rows))
    assert alone.emergence.outliers(fresh, alone.width)[0] == outliers


def test_the_inside_of_the_bulk_is_solved_when_asked_for(monkeypatch):
    solved = []
    real = SingularValues.bands.func
    monkeypatch.setattr(SingularValues.bands, "func", lambda law: (solved.append(law), real(law))[1])
    p = predict(FIELDS)
    assert p.outliers
    assert p.bulk.upper > 0
    assert not solved
    assert 0 < p.bulk_quantile(0.5) < p.bulk.upper
    assert len(solved) == 1
    assert p.bulk.mass == pytest.approx(1, abs=3e-3)


def test_a_bulk_that_comes_to_no_mass_of_one_is_tried_again_and_then_refused(monkeypatch):
    efforts = []
    real = theory.dyson.networks.bulk.SingularValues

    def short_of_mass(*given, **effort):
        efforts.append(effort["points"])
        return real(*given, **{**effort, "accepted": 1e-16})

    p = predict(FIELDS)
    monkeypatch.setattr(theory.dyson.networks.bulk, "SingularValues", short_of_mass)
    with pytest.raises(
        ValueError, match=r"the bulk of the updated weights could not be solved \(the law found has mass"
    ):
        p.bulk_quantile(0.5)
    assert efforts == [60, 240]
