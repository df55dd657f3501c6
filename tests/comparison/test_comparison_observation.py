"""An outlier is recognised by its vector, not by its rank."""

import numpy as np
import pytest

from rmt_spikes.observation import observe


def spiked(rng, strengths, N=300, d=200):
    """Noise of variance 1/d with spikes along known orthonormal directions."""
    U, _ = np.linalg.qr(rng.standard_normal((N, len(strengths))))
    V, _ = np.linalg.qr(rng.standard_normal((d, len(strengths))))
    return rng.standard_normal((N, d)) / np.sqrt(d) + (U * strengths) @ V.T, U, V


def test_an_outlier_is_matched_by_overlap_when_the_order_is_swapped():
    W, U, V = spiked(np.random.default_rng(0), [4.0, 6.0])
    seen = observe(W, V[:, 0], U)  # predicted order: the weaker one first
    assert seen.ranks.tolist() == [1, 0]
    assert seen.outliers[0] < seen.outliers[1]
    assert seen.target_overlaps[0] > 0.8 > 0.1 > seen.target_overlaps[1]
    assert (seen.left_overlaps > 0.8).all()


def test_matching_by_rank_would_have_failed_that_test():
    W, U, _ = spiked(np.random.default_rng(0), [4.0, 6.0])
    left = np.linalg.svd(W)[0][:, :2]
    assert (np.einsum("ik,ik->k", left, U) ** 2 < 0.1).all()


def test_the_bulk_is_what_no_prediction_claims():
    W, U, V = spiked(np.random.default_rng(1), [3.0, 5.0])
    seen = observe(W, V[:, 0], U[:, :1])
    assert seen.singular_values.size == 200
    assert seen.bulk.size == 199
    assert seen.bulk[0] == pytest.approx(np.linalg.svd(W, compute_uv=False)[0])  # the 5.0 spike, not predicted


def test_without_predictions_the_whole_spectrum_is_bulk():
    W, _, V = spiked(np.random.default_rng(2), [3.0])
    seen = observe(W, V[:, 0], np.empty((300, 0)))
    assert seen.bulk.size == 200
    assert seen.outliers.size == seen.target_overlaps.size == 0


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match="give left as 30 rows and beta with 20 entries"):
        observe(np.ones((30, 20)), np.ones(30), np.ones((30, 1)))
