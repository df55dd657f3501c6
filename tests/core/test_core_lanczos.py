"""Leading triplets against LAPACK, on easy matrices and on those that defeat a plain Krylov space."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg

from rmt_spikes import leading_triplets, threads
from rmt_spikes.krylov import converge, proved
from rmt_spikes.lanczos import TripletSpace
from rmt_spikes.operators import linear


def gaussian(m, n, seed=0):
    return np.random.default_rng(seed).standard_normal((m, n))


def with_values(s, m, n, seed=0):
    left = linalg.qr(gaussian(m, len(s), seed), mode="economic")[0]
    return left * s @ linalg.qr(gaussian(n, len(s), seed + 1), mode="economic")[0].T


def spiked(theta, m=1500, n=1000, seed=0):
    u, v = gaussian(m, 1, seed + 1), gaussian(n, 1, seed + 2)
    return gaussian(m, n, seed) / np.sqrt(n) + theta * (u / linalg.norm(u)) @ (v / linalg.norm(v)).T


def assert_leading(A, k, **options):
    U, s, Vt, residuals = leading_triplets(A, k, **options)
    wanted = linalg.svdvals(A)
    np.testing.assert_allclose(s, wanted[:k], atol=1e-13 * wanted[0])
    np.testing.assert_allclose(U.T @ U, np.eye(k), atol=1e-12)
    np.testing.assert_allclose(Vt @ Vt.T, np.eye(k), atol=1e-12)
    true = np.hypot(linalg.norm(A @ Vt.T - U * s, axis=0), linalg.norm(A.T @ U - Vt.T * s, axis=0))
    assert (true <= residuals + 1e-14 * wanted[0]).all()
    assert (residuals <= 1e-10 * wanted[0] * (1 + 1e-3)).all()
    assert (U[np.abs(U).argmax(axis=0), range(k)] > 0).all()


CASES = {
    "small, dense": (lambda: gaussian(60, 40), 5),
    "one row": (lambda: gaussian(1, 900), 1),
    "square": (lambda: gaussian(600, 600), 3),
    "tall": (lambda: gaussian(3000, 450), 4),
    "wide": (lambda: gaussian(450, 3000), 4),
    "many wanted": (lambda: gaussian(500, 450), 200),
    "large spike": (lambda: spiked(4.0), 3),
    "spike just above the threshold, 1.5^(1/4) = 1.107": (lambda: spiked(1.2), 3),
    "spike below the threshold": (lambda: spiked(1.0), 2),
    "identity": (lambda: np.eye(600), 7),
    "zero": (lambda: np.zeros((600, 500)), 4),
    "diagonal with a value four times": (lambda: np.diag(np.r_[np.linspace(0, 3, 596), np.full(4, 5.0)]), 3),
    "value four times": (lambda: with_values(np.r_[np.full(4, 5.0), np.linspace(3, 0, 496)], 800, 500), 6),
    "second value twice": (lambda: with_values(np.r_[6, 5, 5, np.linspace(3, 0, 497)], 500, 800), 3),
    "rank two, five wanted": (lambda: with_values(np.array([3.0, 2.0]), 700, 500), 5),
    "two clusters": (lambda: with_values(np.r_[np.full(30, 2.0), np.full(470, 1.0)], 500, 500), 5),
    "value twelve times, more than a block": (
        lambda: with_values(np.r_[np.full(12, 5.0), np.linspace(3, 0, 488)], 600, 500),
        20,
    ),
    "spikes of a million": (lambda: 1e6 * spiked(1.0, 600, 500) * np.r_[1.0, np.full(499, 1e-6)], 4),
    "cluster of nine within a millionth": (
        lambda: with_values(np.r_[5 + 1e-6 * np.arange(9)[::-1], np.linspace(3, 0, 491)], 600, 500),
        6,
    ),
    "close to overflow": (lambda: 1e300 * spiked(4.0, 600, 500), 2),
    "close to underflow": (lambda: 1e-250 * spiked(4.0, 600, 500), 2),
}


@pytest.mark.parametrize("case", CASES)
def test_triplets_agree_with_lapack_and_residuals_are_honest(case):
    make, k = CASES[case]
    A = make()
    scale = max(np.abs(A).max(), 1e-300)
    if not 1e-100 < scale < 1e100:
        np.testing.assert_allclose(leading_triplets(A, k).s / scale, leading_triplets(A / scale, k).s, rtol=1e-12)
        A = A / scale
    assert_leading(A, k)


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 40), st.integers(2, 40), st.integers(0, 10**6), st.floats(0.01, 100))
def test_rotation_and_scale_move_the_triplets_along(m, n, seed, factor):
    A = gaussian(m, n, seed)
    Q = linalg.qr(gaussian(m, m, seed + 1))[0]
    before, after = leading_triplets(A, 1), leading_triplets(factor * Q @ A, 1)
    np.testing.assert_allclose(after.s, factor * before.s, rtol=1e-12)
    if n == 1 or np.diff(linalg.svdvals(A)[:2])[0] < -1e-3:
        assert abs(after.Vt @ before.Vt.T) == pytest.approx(1, abs=1e-9)
        assert abs(after.U.T @ Q @ before.U) == pytest.approx(1, abs=1e-9)


def test_the_tolerance_is_met_at_any_level():
    A = spiked(1.3, 900, 600)
    for tol in (1e-3, 1e-6, 1e-13):
        assert (leading_triplets(A, 2, tol=tol).residuals <= tol * linalg.norm(A, 2) + 1e-14).all()


def test_the_same_call_gives_the_same_triplets_and_leaves_the_global_seed_alone():
    A = spiked(1.3, 900, 600)
    np.random.seed(5)  # noqa: NPY002
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    first, second = leading_triplets(A, 2), leading_triplets(A, 2)
    np.testing.assert_allclose(first.U, second.U, atol=1e-12)
    np.testing.assert_array_equal(state, np.random.get_state()[1])  # noqa: NPY002


def test_another_start_vector_gives_the_same_triplets_and_signs():
    A = spiked(3.0, 900, 600)
    first, second = leading_triplets(A, 1), leading_triplets(A, 1, rng=np.random.default_rng(9))
    np.testing.assert_allclose(first.U, second.U, atol=1e-9)
    np.testing.assert_allclose(first.Vt, second.Vt, atol=1e-9)


def near_edge(theta_over_threshold=1.35, m=1500, n=1000, seed=0):
    """An outlier about 5 % above the edge 1 + (m/n)^(1/2) of the singular values."""
    return spiked(theta_over_threshold * (m / n) ** 0.25, m, n, seed)


def test_an_outlier_near_the_edge_is_found_where_a_randomised_range_finder_loses_it():
    A, rng = near_edge(), np.random.default_rng(3)
    edge = 1 + 1.5**0.5
    _, s, Vt, residuals = leading_triplets(A, 1)
    assert 0.03 < s[0] / edge - 1 < 0.07
    assert residuals[0] <= 1e-10 * s[0] * 1.001
    Q = linalg.qr(A @ rng.standard_normal((1000, 11)), mode="economic")[0]
    for _ in range(2):  # power iterations; ten columns more than wanted
        Q = linalg.qr(A @ linalg.qr(A.T @ Q, mode="economic")[0], mode="economic")[0]
    lost = linalg.svd(Q.T @ A)
    assert lost[1][0] < 0.99 * s[0]
    assert abs(lost[2][0] @ Vt[0]) < 0.9


def test_float32_within_its_reach_is_multiplied_as_it_is_and_residuals_are_measured_in_float64():
    A = near_edge().astype(np.float32)
    found = leading_triplets(A, 4, tol=1e-5)
    double = A.astype(float)
    true = np.hypot(linalg.norm(double @ found.Vt.T - found.U * found.s, axis=0),
                    linalg.norm(double.T @ found.U - found.Vt.T * found.s, axis=0))  # fmt: skip
    np.testing.assert_allclose(found.residuals, true, rtol=1e-6)
    assert (true < 1.2e-5 * found.s[0]).all()
    np.testing.assert_allclose(found.s, linalg.svdvals(double)[:4], rtol=1e-6)


@pytest.mark.parametrize("tol", [1e-5, 1e-9])
def test_float32_is_never_copied_as_a_whole(tol):
    A = gaussian(12_000, 420).astype(np.float32)
    A[:, 0] *= 5
    tracemalloc.start()
    leading_triplets(A, 1, tol=tol)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    basis = 8 * (12_000 + 420) * 150
    assert peak < basis + 2 * 2**20 * 8  # the basis, and a strip each for two threads


def test_threads_change_nothing_but_rounding_and_read_only_arrays_are_left_alone(monkeypatch):
    monkeypatch.setattr("rmt_spikes.products.SHARED", 0)
    A = spiked(1.3, 900, 600)
    A.flags.writeable = False
    before, found = A.copy(), []
    for workers in (1, 3):
        with threads.limited(workers):
            found.append(leading_triplets(A, 2))
    np.testing.assert_allclose(found[0].s, found[1].s, rtol=1e-13)
    np.testing.assert_allclose(found[0].U[:, 0], found[1].U[:, 0], atol=1e-9)
    np.testing.assert_array_equal(A, before)


def test_copies_beyond_the_block_are_missed_without_the_proof_and_found_with_it():
    values = np.r_[np.full(6, 5.0), 3.0 * 0.6 ** np.arange(94)]
    A = linear(with_values(values, 120, 100))
    without, proof = (TripletSpace(A, np.float64, 3, 40, np.random.default_rng(1)) for _ in range(2))
    np.testing.assert_allclose(converge(without, 5, 1e-8, 50)[:4], [5, 5, 5, 3], rtol=1e-12)
    proved(proof, 5, 1e-8, 50)
    np.testing.assert_allclose(proof.s[:5], 5, rtol=1e-12)


def test_the_block_recurrence_holds_before_and_after_a_restart():
    A = gaussian(90, 70)
    space = TripletSpace(linear(A), np.float64, 5, 30, np.random.default_rng(1))
    for _ in range(9):
        if space.count + 5 > 30:
            space.ritz()
            space.restart(12)
        space.grow()
        U, V, B = space.U.columns, space.V.columns, space.B[: space.count, : space.count]
        np.testing.assert_allclose(A @ V, U @ B, atol=1e-12)
        np.testing.assert_allclose(V.T @ V, np.eye(space.count), atol=1e-13)
        np.testing.assert_allclose(U.T @ U, np.eye(space.count), atol=1e-13)
        rest = A.T @ U - V @ B.T
        np.testing.assert_allclose(rest[:, :-5], 0, atol=1e-12)
        np.testing.assert_allclose(rest[:, -5:], space.next @ space.F, atol=1e-12)
        _, bounds = space.ritz()
        np.testing.assert_allclose(bounds, linalg.norm(rest @ space.P, axis=0), atol=1e-12)


def test_a_residual_that_stays_above_the_tolerance_is_reported(monkeypatch):
    monkeypatch.setattr("rmt_spikes.lanczos.PASSES", 3)
    with pytest.raises(ValueError, match=r"the residuals of 2 vectors stay at .* above tol = 1e-10: raise tol, or"):
        leading_triplets(gaussian(600, 500), 2)


def test_float32_is_converted_and_layouts_do_not_matter():
    A = spiked(3.0, 900, 600)
    single = A.astype(np.float32)
    assert leading_triplets(single, 1).U.dtype == np.float64
    np.testing.assert_allclose(leading_triplets(single, 1).s, linalg.norm(single.astype(float), 2), rtol=1e-13)
    for layout in (np.asfortranarray(A), np.repeat(A, 2, axis=1)[:, ::2]):
        np.testing.assert_allclose(leading_triplets(layout, 1).s, leading_triplets(A, 1).s, rtol=1e-13)


@pytest.mark.parametrize("k", [0, -1, 4, 1.0, True, None])
def test_a_count_out_of_range_is_refused(k):
    with pytest.raises(ValueError, match=r"k = .* is not a whole number from 1 to min\(m, n\) = 3"):
        leading_triplets(np.ones((3, 5)), k)


@pytest.mark.parametrize("tol", [0.0, -1.0, 1.0, np.nan, "1"])
def test_a_tolerance_out_of_range_is_refused(tol):
    with pytest.raises(ValueError, match=r"tol = .* is outside \[1e-14, 1\): give one such as 1e-10"):
        leading_triplets(np.ones((3, 5)), 1, tol=tol)


def test_a_seed_in_place_of_a_generator_is_refused():
    with pytest.raises(TypeError, match=r"rng = 3 is not a numpy Generator: give .* or None"):
        leading_triplets(np.ones((3, 5)), 1, rng=3)
