"""All singular values: identities, the stated error bound, and the switch to LAPACK's own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg

from rmt_spikes import leading_triplets, singular_values
from rmt_spikes.spectra import EPSILON, _by_gram

sizes, seeds = st.integers(1, 30), st.integers(0, 10**6)
properties = settings(max_examples=25, deadline=None)


def gaussian(seed, m, n):
    return np.random.default_rng(seed).standard_normal((m, n))


def with_values(s, m, n, seed=0):
    k = len(s)
    return (
        linalg.qr(gaussian(seed, m, k), mode="economic")[0]
        * s
        @ linalg.qr(gaussian(seed + 1, n, k), mode="economic")[0].T
    )


@properties
@given(sizes, sizes, seeds)
def test_squares_sum_to_the_frobenius_norm_and_values_descend(m, n, seed):
    A = gaussian(seed, m, n)
    s = singular_values(A)
    assert len(s) == min(m, n)
    assert (np.diff(s) <= 0).all()
    assert (s**2).sum() == pytest.approx((A**2).sum(), rel=1e-12)


@properties
@given(sizes, sizes, seeds)
def test_rotations_and_transposition_change_nothing(m, n, seed):
    A = gaussian(seed, m, n)
    Q = linalg.qr(gaussian(seed + 1, m, m))[0]
    for B in (Q @ A, A.T):
        np.testing.assert_allclose(singular_values(B), singular_values(A), atol=2e-9 * linalg.norm(A))


@properties
@given(sizes, sizes, seeds, st.sampled_from([1e-250, 1e-3, -7.0, 1e250]))
def test_a_factor_scales_the_values(m, n, seed, factor):
    A = gaussian(seed, m, n)
    s = singular_values(A)
    np.testing.assert_allclose(singular_values(factor * A) / abs(factor), s, atol=2e-9 * s[0])


@properties
@given(st.integers(2, 30), sizes, seeds)
def test_dropping_a_row_interlaces_the_values(m, n, seed):
    A = gaussian(seed, m, n)
    s, fewer = singular_values(A), singular_values(A[1:])
    slack = 1e-8 * s[0]
    assert (fewer <= s[: len(fewer)] + slack).all()
    assert (fewer[: len(s) - 1] >= s[1:][: len(fewer)] - slack).all()


def test_the_gram_route_keeps_the_stated_bound_and_the_bound_is_needed():
    s = np.logspace(0, -6.5, 12)
    error = np.abs(_by_gram(with_values(s, 40, 20))[:12] - s)
    bound = EPSILON * s[0] ** 2 / (2 * s)
    assert (error < 10 * bound + 10 * EPSILON).all()
    assert error[-1] > 100 * EPSILON


@pytest.mark.parametrize("smallest", [1e-3, 1e-7, 1e-9, 1e-14, 0.0])
def test_small_values_are_right_to_a_billionth_of_the_largest_or_better(smallest):
    s = np.array([5.0, 2.0, 1.0, smallest])
    A = with_values(s, 30, 4)
    np.testing.assert_allclose(singular_values(A), s, atol=5e-9 if smallest > 1e-7 else 1e-14)


def test_float32_is_taken_in_float64():
    A = gaussian(1, 40, 30).astype(np.float32)
    np.testing.assert_allclose(singular_values(A), linalg.svdvals(A.astype(float)), rtol=1e-12)


def test_a_zero_matrix_has_zero_values():
    np.testing.assert_array_equal(singular_values(np.zeros((3, 5))), 0)


@pytest.mark.parametrize("compute", [singular_values, lambda A: leading_triplets(A, 1)])
@pytest.mark.parametrize(
    ("A", "error", "message"),
    [
        ([1.0, 2.0], ValueError, r"A has shape \(2,\): give a non-empty matrix with two dimensions"),
        (np.ones((0, 3)), ValueError, r"A has shape \(0, 3\): give a non-empty matrix"),
        ([[1.0, np.nan]], ValueError, "A has entries that are not finite: remove the NaN or infinite values"),
        ([[1.0, -np.inf]], ValueError, "not finite"),
        ([[1j]], TypeError, "A has dtype complex128: give a matrix of real numbers"),
        ([["a"]], TypeError, "give a matrix of real numbers"),
    ],
)
def test_what_is_not_a_finite_real_matrix_is_refused(compute, A, error, message):
    with pytest.raises(error, match=message):
        compute(A)
