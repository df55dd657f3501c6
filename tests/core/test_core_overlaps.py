"""Squared overlaps and the matching of observed with predicted vectors."""

import numpy as np
import pytest

from rmt_spikes import squared_overlaps
from rmt_spikes.overlaps import match


def test_an_orthonormal_basis_shares_out_the_whole_of_a_direction():
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    np.testing.assert_allclose(squared_overlaps(basis, rng.standard_normal((3, 6))).sum(axis=0), 1)


def test_length_and_sign_do_not_matter_even_near_overflow():
    v, w = np.array([3.0, 4.0]), np.array([[1.0, 0.0]])
    for factor in (1, -1, 1e-300, 1e300):
        np.testing.assert_allclose(squared_overlaps(factor * v, w), [[0.36]])


@pytest.mark.parametrize(
    ("vectors", "directions", "message"),
    [
        ([[1.0, 0.0], [0.0, 0.0]], [1.0, 0.0], r"vectors\[1\] is the zero vector, which has no direction"),
        ([1.0, 0.0], [0.0, 0.0], r"directions\[0\] is the zero vector"),
        ([1.0, np.nan], [1.0, 0.0], "vectors has entries that are not finite"),
        ([1.0, 0.0, 0.0], [1.0, 0.0], r"vectors have 3 entries and directions 2: give rows .* pass U.T"),
        (np.ones((2, 2, 2)), [1.0, 0.0], r"vectors has shape \(2, 2, 2\): give a vector or a matrix"),
    ],
)
def test_vectors_without_a_direction_are_refused(vectors, directions, message):
    with pytest.raises(ValueError, match=message):
        squared_overlaps(vectors, directions)


def test_matching_undoes_a_permutation():
    rng = np.random.default_rng(1)
    basis = np.linalg.qr(rng.standard_normal((7, 7)))[0]
    order = rng.permutation(7)
    np.testing.assert_array_equal(match(squared_overlaps(basis, basis[order])), order)


def test_matching_maximises_the_total_and_not_the_first_overlap():
    np.testing.assert_array_equal(match([[0.9, 0.8], [0.7, 0.0]]), [1, 0])


def test_a_prediction_left_over_is_marked():
    np.testing.assert_array_equal(match([[0.1, 0.9, 0.2]]), [-1, 0, -1])


@pytest.mark.parametrize("overlaps", [[0.5, 0.5], [[1.5]], [[np.nan]], [[-0.1]]])
def test_what_is_no_matrix_of_overlaps_is_refused(overlaps):
    with pytest.raises(ValueError, match=r"not a matrix with entries in \[0, 1\]: give the result of squared"):
        match(overlaps)
