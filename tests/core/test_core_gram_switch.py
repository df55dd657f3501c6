"""The switch to the Gram matrix: it keeps the space exactly, is made where it pays, and is checked against A."""

from types import SimpleNamespace

import numpy as np
import pytest

from rmt_spikes import gram_switch, leading_triplets
from rmt_spikes.lanczos import TripletSpace
from rmt_spikes.operators import linear

ROWS, COLUMNS, K = 1300, 600, 6


@pytest.fixture
def counts(monkeypatch):
    """Blocks multiplied by A, and Gram matrices formed, since the start of the test."""
    seen, grow, gram = SimpleNamespace(blocks=0, grams=0), TripletSpace.grow, gram_switch.gram

    def counted_grow(space):
        seen.blocks += 1
        grow(space)

    def counted_gram(*arguments):
        seen.grams += 1
        return gram(*arguments)

    monkeypatch.setattr(TripletSpace, "grow", counted_grow)
    monkeypatch.setattr(gram_switch, "gram", counted_gram)
    return seen


def bulk(rows=ROWS, columns=COLUMNS):
    """A matrix whose leading values lie in the edge."""
    return np.random.default_rng(3).standard_normal((rows, columns)) / columns**0.5


def with_outliers(strengths):
    rng, A = np.random.default_rng(4), bulk()
    U = np.linalg.qr(rng.standard_normal((ROWS, len(strengths))))[0]
    V = np.linalg.qr(rng.standard_normal((COLUMNS, len(strengths))))[0]
    return A + (U * strengths) @ V.T


def check(A, found, tol, k=K):
    U, s, Vt, residuals = found
    exact = np.linalg.svd(A.astype(np.float64), compute_uv=False)[:k]
    assert np.abs(s - exact).max() <= tol * exact[0] + 1e-14 * exact[0]
    assert residuals.max() <= tol * exact[0]
    assert np.abs(U.T @ U - np.eye(k)).max() < 1e-6
    assert np.abs(Vt @ Vt.T - np.eye(k)).max() < 1e-6


@pytest.mark.parametrize("restarted", [False, True])
def test_the_space_on_a_is_carried_over_to_its_gram_matrix_exactly(restarted):
    A = linear(bulk())
    space = TripletSpace(A, np.float64, 8, 64, np.random.default_rng(0))
    for _ in range(6):
        space.grow()
    if restarted:
        space.ritz()
        space.restart(20)
        space.grow()
    G = gram_switch._gram(A, np.float64)
    pairs = gram_switch._continued(space, G)
    for _ in range(2):  # the second time after a block on G
        V, T = pairs.V.columns, pairs.T[: pairs.count, : pairs.count]
        left = A.array.T @ (A.array @ V) - V @ T
        left[:, -8:] -= pairs.next @ pairs.F
        assert np.abs(left).max() < 1e-12
        pairs.grow()


@pytest.mark.parametrize("layout", [np.ascontiguousarray, np.asfortranarray])
@pytest.mark.parametrize("wide", [False, True])
def test_values_in_the_edge_are_found_on_the_gram_matrix(counts, layout, wide):
    A = layout(bulk().T if wide else bulk())
    check(A, leading_triplets(A, K, tol=1e-10), 1e-10)
    assert counts.grams == 1
    assert counts.blocks < 10


@pytest.mark.parametrize("tol", [1e-5, 1e-10])
def test_float32_entries_are_served_in_the_arithmetic_of_the_tolerance(counts, tol):
    A = bulk().astype(np.float32)
    check(A, leading_triplets(A, K, tol=tol), tol)
    assert counts.grams == 1


def test_extreme_scales_are_served(counts):
    A = np.ldexp(bulk(), 500)
    assert leading_triplets(A, K).s == pytest.approx(np.ldexp(np.linalg.svd(bulk())[1][:K], 500), rel=1e-10)
    assert counts.grams == 1


def test_a_repeated_value_is_found_in_all_its_copies(counts):
    rng = np.random.default_rng(5)
    U, V = (np.linalg.qr(rng.standard_normal((size, COLUMNS)))[0] for size in (ROWS, COLUMNS))
    s = np.concatenate([np.ones(12), np.linspace(0.99, 0.1, COLUMNS - 12)])
    A = (U * s) @ V.T
    check(A, leading_triplets(A, 14), 1e-10, 14)
    assert counts.grams == 1


def test_well_separated_values_never_form_it(counts):
    A = with_outliers(np.linspace(40.0, 80.0, K))
    check(A, leading_triplets(A, K), 1e-10)
    assert counts.grams == 0


def test_a_tolerance_below_its_rounding_never_forms_it(counts):
    A = with_outliers([300.0])
    check(A, leading_triplets(A, K, tol=1e-13), 1e-13)
    assert counts.grams == 0
    check(A, leading_triplets(A, K, tol=1e-10), 1e-10)  # and the control: a looser one does
    assert counts.grams == 1


def test_an_array_smaller_than_its_gram_matrix_never_forms_it(counts):
    A = bulk(1000).astype(np.float32)  # 4 bytes an entry against 8 in the float64 that the tolerance takes
    check(A, leading_triplets(A, K, tol=1e-10), 1e-10)
    assert counts.grams == 0


@pytest.mark.parametrize("error", [1e-2, 1e-9])
def test_a_wrong_gram_matrix_is_noticed_and_mended(counts, monkeypatch, error):
    gram, outcomes, by_gram = gram_switch.gram, [], gram_switch.by_gram

    def wrong(*arguments):
        G = gram(*arguments)
        G[range(len(G)), range(len(G))] *= 1 + error * np.linspace(0, 1, len(G))
        return G

    def watched(*arguments):
        outcomes.append(by_gram(*arguments))
        return outcomes[-1]

    monkeypatch.setattr(gram_switch, "gram", wrong)
    monkeypatch.setattr(gram_switch, "by_gram", watched)
    A = bulk()
    check(A, leading_triplets(A, K), 1e-10)
    assert outcomes == [None]
    assert counts.blocks > 15
