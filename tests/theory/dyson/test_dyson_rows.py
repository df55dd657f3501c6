"""Rows on a solved bulk: against W0's closed form, against the pencil's own terms of low rank, and against draws."""

import numpy as np
import pytest
import sympy

from theory import predict
from theory.dyson.dimensions import Dimension
from theory.dyson.law import SingularValues
from theory.dyson.matrices import Diagonal, Gaussian, LowRank
from theory.dyson.rows import BulkOfRows
from theory.dyson.sources import Source
from theory.dyson.vectors import direction, function_vector
from theory.spikes import Rows

N, d = Dimension("N", 900), Dimension("d", 500)
FIELDS = {
    "activation": "softplus", "target": "z + (z**2 - 1)/2", "width": 900, "dim": 500, "samples": 700,
    "alpha1": 0.35, "alpha2": 0.45,
}  # fmt: skip
ATOMS, WEIGHTS = np.array([-1.5, -0.5, 0.4, 2.0]), np.array([0.2, 0.3, 0.4, 0.1])


def profiled(strength=0.8):
    """W + strength·D_a Θ on four readouts, and a spike with the entries of a as left vector."""
    readout = Source("a", N, ATOMS, WEIGHTS)
    W, theta = Gaussian("W", N, d, 1 / d), Gaussian("Theta", N, d, 1 / d)
    bulk = W + strength * Diagonal("A", N, readout) * theta
    spike = LowRank("spike", [(2.5 * function_vector(N, readout), direction("b", d))])
    return bulk, spike, readout


def rows_of_spike(scale=2.5):
    # row i of the spike is scale·a_i/√N times the unit vector b
    entries = scale * ATOMS / np.sqrt(900)
    return Rows(ATOMS, WEIGHTS, np.outer(entries, entries), entries, entries)


def test_on_the_bulk_of_w0_rows_follow_benaych_georges_and_nadakuditi():
    closed = predict(**FIELDS, bulk="mp")
    bulk = BulkOfRows(SingularValues(Gaussian("W", N, d, 1 / d)), np.zeros(1))
    found = bulk.outliers(closed.spikes.rows)
    assert len(found) == len(closed.outliers) >= 1
    for one, expected in zip(found, closed.outliers, strict=True):
        assert one.value == pytest.approx(expected.singular_value, rel=1e-9)
        assert one.target_overlap_squared == pytest.approx(expected.target_overlap_squared, rel=1e-7)
        assert one.first_overlap_squared == pytest.approx(expected.first_overlap_squared, rel=1e-7)
        assert one.left_overlap_squared == pytest.approx(expected.left_overlap_squared, rel=1e-7)


def test_rows_and_a_term_of_low_rank_in_the_pencil_are_two_ways_to_one_outlier():
    bulk, spike, readout = profiled()
    whole = SingularValues(bulk + spike).outliers(
        left={"a": function_vector(N, readout)}, right={"b": direction("b", d)}
    )
    (one,) = BulkOfRows(SingularValues(bulk), ATOMS).outliers(rows_of_spike())
    assert one.value == pytest.approx(whole[0].value, rel=1e-9)
    assert one.target_overlap_squared == pytest.approx(whole[0].right["b"], rel=1e-7)
    # the best function of a is not a itself: neurons with large |a| have noisier rows
    assert one.left_overlap_squared > whole[0].left["a"] * (1 + 1e-4)
    with_a = one.left_overlap_squared * (900 * WEIGHTS @ (one.left * ATOMS)) ** 2 / (900 * WEIGHTS @ ATOMS**2)
    assert with_a == pytest.approx(whole[0].left["a"], rel=1e-7)


def test_outlier_and_overlap_are_those_of_draws_and_not_of_a_bulk_without_the_profile():
    bulk, spike, _ = profiled()
    predicted = SingularValues(bulk + spike).outliers(right={"b": direction("b", d)})[0]
    rng, values = np.random.default_rng(5), []
    for _ in range(6):
        a = rng.permutation(np.repeat(ATOMS, (900 * WEIGHTS).round().astype(int)))
        M = rng.standard_normal((900, 500)) + 0.8 * a[:, None] * rng.standard_normal((900, 500))
        M /= np.sqrt(500)
        M[:, 0] += 2.5 * a / np.sqrt(900)
        _, s, Vt = np.linalg.svd(M, full_matrices=False)
        values.append((s[0], Vt[0, 0] ** 2))
    mean, sem = np.mean(values, axis=0), np.std(values, axis=0, ddof=1) / np.sqrt(6)
    assert np.all(np.abs(mean - [predicted.value, predicted.right["b"]]) < 4 * sem)
    (wrong,) = BulkOfRows(SingularValues(Gaussian("W", N, d, 1 / d)), np.zeros(1)).outliers(rows_of_spike())
    assert abs(mean[0] - wrong.value) > 8 * sem[0]


def test_no_outlier_below_the_threshold_of_the_wider_bulk():
    bulk, _, _ = profiled()
    assert BulkOfRows(SingularValues(bulk), ATOMS).outliers(rows_of_spike(0.5)) == ()


def test_zero_times_a_matrix_changes_nothing():
    bulk, _, _ = profiled()
    extra = Gaussian("E", N, d, 1 / d)
    assert SingularValues(bulk + sympy.Integer(0) * extra).upper == pytest.approx(SingularValues(bulk).upper)
