"""All singular values: identities, the stated error bound, and the switch to LAPACK's own."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg

from rmt_spikes import eigenvalues, leading_triplets, singular_values
from rmt_spikes.spectra import GROWTH, _by_gram

EPSILON = np.finfo(np.float64).eps

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


@pytest.mark.parametrize(("precision", "dtype"), [("float64", np.float64), ("float32", np.float32)])
def test_the_gram_route_keeps_the_stated_bound_and_the_bound_is_needed(precision, dtype):
    epsilon = float(np.finfo(dtype).eps)
    s = np.logspace(0, -6.5, 12)
    error = np.abs(_by_gram(with_values(s, 40, 20), 0, precision)[:12] - s)
    assert (error < np.minimum(GROWTH * epsilon / (2 * s), (GROWTH * epsilon) ** 0.5) + GROWTH * epsilon).all()
    assert error[-1] > 100 * epsilon


@pytest.mark.parametrize("tol", [1e-6, 1e-9, 1e-12, 1e-14])
@pytest.mark.parametrize("smallest", [0.1, 1e-4, 1e-8, 0.0])
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_tolerance_is_met(tol, smallest, precision):
    s = np.array([5.0, 2.0, 1.0, 5 * smallest])
    np.testing.assert_allclose(singular_values(with_values(s, 60, 4), tol, precision), s, atol=5 * tol, rtol=0)


def test_blocks_of_rows_and_layouts_do_not_matter(monkeypatch):
    A = gaussian(3, 90, 40)
    expected = linalg.svdvals(A)
    monkeypatch.setattr("rmt_spikes.spectra.BLOCK", 7 * 40)
    frozen = A.copy()
    frozen.flags.writeable = False
    for layout in (A, np.asfortranarray(A), A.T, A[::-1], np.repeat(A, 2, axis=1)[:, ::2], frozen, A.T[:, ::-1]):
        np.testing.assert_allclose(singular_values(layout), expected, rtol=1e-12)
        np.testing.assert_allclose(singular_values(layout, precision="float32"), expected, rtol=1e-4)
        single = layout.astype(np.float32)
        np.testing.assert_allclose(singular_values(single), linalg.svdvals(single.astype(float)), rtol=1e-12)
    whole = (10 * A).astype(np.int16)
    np.testing.assert_allclose(singular_values(whole), linalg.svdvals(whole.astype(float)), rtol=1e-12)
    np.testing.assert_array_equal(frozen, A)


def test_float32_is_not_copied_as_a_whole(monkeypatch):
    monkeypatch.setattr("rmt_spikes.spectra.BLOCK", 2**14)
    A = gaussian(0, 20_000, 100).astype(np.float32)
    tracemalloc.start()
    singular_values(A)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < A.nbytes / 4


def test_eigenvalues_agree_with_lapack_and_squares_with_singular_values():
    A = gaussian(4, 50, 50)
    A = A + A.T
    np.testing.assert_allclose(eigenvalues(A), linalg.eigvalsh(A)[::-1], atol=1e-13 * linalg.norm(A))
    np.testing.assert_allclose(np.sort(np.abs(eigenvalues(A)))[::-1], singular_values(A), atol=1e-9 * linalg.norm(A))
    np.testing.assert_allclose(eigenvalues(1e200 * A), 1e200 * eigenvalues(A), rtol=1e-10)
    assert eigenvalues(A).sum() == pytest.approx(np.trace(A))


def test_a_matrix_that_is_not_symmetric_is_refused_and_rounding_is_not():
    A = gaussian(4, 30, 30)
    A = A + A.T
    eigenvalues(A + 1e-12 * gaussian(5, 30, 30)), eigenvalues(A.astype(np.float32))
    with pytest.raises(ValueError, match=r"A is not symmetric: .* differ by up to .*give \(A \+ A.T\)/2"):
        eigenvalues(A + 1e-6 * gaussian(5, 30, 30))
    with pytest.raises(ValueError, match=r"A has shape \(2, 3\): give a square matrix, or take singular_values"):
        eigenvalues(np.ones((2, 3)))


@pytest.mark.parametrize("tol", [0.0, -1.0, 1.0, np.nan, "1"])
def test_a_tolerance_out_of_range_is_refused(tol):
    with pytest.raises(ValueError, match=r"tol = .* is outside \[1e-15, 1\)"):
        singular_values(np.eye(3), tol)


def test_an_unknown_precision_is_refused():
    with pytest.raises(ValueError, match=r"precision = 'half': give .float32. or .float64."):
        singular_values(np.eye(3), precision="half")


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


@pytest.mark.parametrize("compute", [singular_values, eigenvalues, lambda A: leading_triplets(A, 1)])
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
