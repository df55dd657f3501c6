"""Classical laws as expressions against closed forms and polynomial roots coded here alone, at generic parameters."""

from itertools import pairwise
from math import comb

import closed_forms as exact
import numpy as np
import pytest

from theory import MarchenkoPastur
from theory.dyson import laws

TOLERANCE = 1e-6
WRONG = 1e-3

# law, closed form (edges, density), what the atom at 0 weighs
CASES = {
    "semicircle": [((1, v), exact.semicircle(v), 0) for v in (0.7, 1.0, 2.3)],
    "marchenko_pastur": [
        ((10, 4, 1.3), exact.marchenko_pastur(0.4, 1.3), 0),
        ((10, 7), exact.marchenko_pastur(0.7), 0),
        ((4, 10, 0.8), exact.marchenko_pastur(2.5, 0.8), 0.6),
    ],
    "rectangular": [((k, 1000), exact.rectangular(k / 1000), 0) for k in (300, 650, 1700)],
    "jacobi": [(s, exact.jacobi(*s), atom) for s, atom in (((10, 7, 4), 0.6), ((10, 9, 3), 0.7), ((5, 9, 6), 0))],
    "f_ratio": [
        (s, exact.f_ratio(*s), atom) for s, atom in (((10, 12, 4), 0.6), ((7, 9, 4), 3 / 7), ((5, 20, 8), 0))
    ],
    "inverse_wishart": [((10, p), exact.inverse_wishart(p / 10), 0) for p in (2, 4, 6.5)],
    "semicircle_plus_marchenko_pastur": [
        ((10, p, v), exact.semicircle_plus_marchenko_pastur(p / 10, v), 0) for p, v in ((4, 0.5), (7, 0.2), (3, 1.4))
    ],
    "deformed_semicircle": [
        ((1, atoms, weights, v), exact.deformed_semicircle(atoms, weights, v), 0)
        for atoms, weights, v in (([-2, 1], [0.3, 0.7], 0.6), ([-1, 1], [0.4, 0.6], 1.3), ([0, 3], [0.5, 0.5], 0.3))
    ],
    "generalised_marchenko_pastur": [
        ((10, p, atoms, weights), exact.generalised_marchenko_pastur(p / 10, atoms, weights), max(0, 1 - 10 / p))
        for p, atoms, weights in ((4, [1, 4], [0.5, 0.5]), (2, [1, 6], [0.7, 0.3]), (25, [1, 3], [0.4, 0.6]))
    ],
    "gaussian_product": [
        (sizes, exact.gaussian_product([sizes[0] / n for n in sizes[1:]]), atom)
        for sizes, atom in (((4, 6, 9), 0), ((4, 3, 9), 0.25), ((3, 4, 5, 7), 0))
    ],
    "information_plus_noise": [
        ((10, p, values, weights, v), (None, exact.information_plus_noise(p / 10, values, weights, v)), 0)
        for p, values, weights, v in (
            (4, [1, 3], [0.4, 0.6], 0.5),
            (7, [0.5, 2], [0.5, 0.5], 1),
            (3, [1, 2], [0.8, 0.2], 0.3),
        )
    ],
    "conjugate_kernel": [
        (given, (None, exact.conjugate_kernel(*given)), 0)
        for given in ((5, 4, 7, 0.6, 0.5), (3, 4, 5, 0.9, 0.1), (4, 2, 9, 0.5, 0.3))
    ],
}
FLAT = [(name, *case) for name, cases in CASES.items() for case in cases]


def off(law, density):
    """Largest error of the density away from edges."""
    places = [a + (b - a) * np.linspace(0.1, 0.9, 5) for a, b in law.edges]
    return max(np.abs(law.pdf(x) - density(x)).max() for x in places)


@pytest.fixture(scope="module")
def solved():
    known = {}

    def of(name, given):
        return known.setdefault((name, repr(given)), getattr(laws, name)(*given))

    return of


@pytest.mark.parametrize(("name", "given", "form", "atom"), FLAT, ids=lambda x: x if isinstance(x, str) else "")
def test_a_law_agrees_with_its_closed_form(solved, name, given, form, atom):
    law, (edges, density) = solved(name, given), form
    assert off(law, density) < TOLERANCE
    if edges is not None:
        np.testing.assert_allclose(np.ravel(law.edges), edges, rtol=TOLERANCE, atol=TOLERANCE)
    assert sum(a.mass for a in law.atoms if a.x == 0) == pytest.approx(atom, abs=1e-7)
    assert law.mass == pytest.approx(1, abs=1e-7)
    assert law.residual < 1e-9


@pytest.mark.parametrize("name", ["information_plus_noise", "conjugate_kernel"])
def test_the_density_of_a_polynomial_ends_at_the_edges(solved, name):
    given, (_, density), _ = CASES[name][0]
    law = solved(name, given)
    for (a, b), inside in [(pair, sign) for pair in law.edges for sign in (1, -1)]:
        end, step = (a, 1e-5) if inside == 1 else (b, -1e-5)
        assert density(end + step) > 1e-4
        assert density(end - step) < 1e-6


# the same laws with a term dropped, or a variance or profile of another matrix
DROPPED = {
    "semicircle": laws.semicircle(1, 0.75),
    "marchenko_pastur": laws.marchenko_pastur(10, 4, 1.35),
    "rectangular": laws.rectangular(320, 1000),
    "jacobi": laws.jacobi(10, 7.3, 4),
    "f_ratio": laws.f_ratio(10, 13, 4),
    "inverse_wishart": laws.inverse_wishart(10, 2.2),
    "semicircle_plus_marchenko_pastur": laws.marchenko_pastur(10, 4),
    "deformed_semicircle": laws.semicircle(1, 0.6),
    "generalised_marchenko_pastur": laws.generalised_marchenko_pastur(10, 4, [1, 4], [0.45, 0.55]),
    "gaussian_product": laws.gaussian_product(4, 6.5, 9),
    "information_plus_noise": laws.information_plus_noise(10, 4, [1, 3.1], [0.4, 0.6], 0.5),
    "conjugate_kernel": laws.conjugate_kernel(5, 4, 7, 0.6, 0.45),
}


@pytest.mark.parametrize("name", CASES)
def test_control_a_wrong_law_is_told_from_the_closed_form(name):
    edges, density = CASES[name][0][1]
    if edges is not None:
        assert max(abs(DROPPED[name].upper - edges[-1]), abs(DROPPED[name].lower - edges[0])) > WRONG
    if name not in ELSEWHERE:
        assert off(DROPPED[name], density) > WRONG


# the support of the wrong law goes beyond that of the right one, whose formula is not defined there
ELSEWHERE = {"deformed_semicircle"}


@pytest.mark.parametrize("k", [2, 3])
def test_square_products_are_fuss_catalan(k):
    law = laws.gaussian_product(*[1] * (k + 1))
    assert law.upper == pytest.approx(np.sqrt((k + 1) ** (k + 1) / k**k), rel=1e-9)
    moments = law.moments(6)[::2]
    fuss = [comb((k + 1) * m, m) / (k * m + 1) for m in range(4)]
    np.testing.assert_allclose(moments, fuss, rtol=1e-9)


def test_moments_are_combinatorial():
    catalan = [comb(2 * m, m) / (m + 1) for m in range(5)]
    np.testing.assert_allclose(laws.semicircle(1).moments(8)[::2], catalan, rtol=1e-10)
    narayana = [sum(comb(k, r) * comb(k, r - 1) / k * 0.4 ** (r - 1) for r in range(1, k + 1)) for k in range(1, 6)]
    np.testing.assert_allclose(laws.marchenko_pastur(10, 4).moments(5)[1:], narayana, rtol=1e-10)
    assert not np.allclose(laws.marchenko_pastur(10, 4.1).moments(5)[1:], narayana, rtol=1e-3)


def test_the_anticommutator_is_symmetric_with_its_second_moment():
    # E tr (S M + M S)² = 2 φ(S²)φ(M²) + 2 φ(M)² φ(S²) for free S, M and centred S: 2·1.4 + 2
    law = laws.anticommutator(10, 4)
    assert law.lower == pytest.approx(-law.upper)
    np.testing.assert_allclose(law.moments(3)[1:], [0, 4.8, 0], atol=1e-9)


def test_wishart_differences_turn_their_sign_with_their_order():
    one, other = laws.wishart_difference(10, 7, 4), laws.wishart_difference(7, 10, 4)
    np.testing.assert_allclose(one.edges, -np.array(other.edges)[:, ::-1], rtol=1e-9)
    assert one.pdf(0.3) == pytest.approx(other.pdf(-0.3), rel=1e-7)


def test_separable_covariances_swap_their_sides():
    """√Σ Xᵀ T X √Σ and √T X Σ Xᵀ √T have the same values but for zeros, here scaled by p/n."""
    one = laws.separable_covariance(10, 4, [1, 4], [0.5, 3])
    other = laws.separable_covariance(4, 10, [0.5, 3], [1, 4])
    x = np.linspace(1, 12, 7)
    np.testing.assert_allclose(0.4 * one.pdf(x), other.pdf(x * 2.5) * 2.5, rtol=1e-5, atol=1e-7)


CLOSED = [(0.4, 400, 1000), (2.3, 2300, 1000), (1.0, 1000, 1000)]


@pytest.mark.parametrize(("gamma", "n", "p"), CLOSED)
def test_the_closed_form_has_the_access_of_the_engine(gamma, n, p):
    closed, law = MarchenkoPastur(gamma), laws.rectangular(n, p)
    q = np.array([0.02, 0.1, 0.5, 0.9])
    np.testing.assert_allclose(closed.edges, law.edges, atol=1e-12)
    np.testing.assert_allclose(closed.pdf(law.isf(q)), law.pdf(law.isf(q)), rtol=1e-9)
    np.testing.assert_allclose(closed.cdf(law.isf(q)), 1 - q, atol=1e-6)
    np.testing.assert_allclose(closed.ppf(closed.cdf(law.isf(q))), law.isf(q), rtol=1e-12)
    np.testing.assert_allclose(closed.order_statistics(5), law.order_statistics(5), rtol=1e-5)
    np.testing.assert_allclose(closed.moments(6), law.moments(6), atol=1e-9)
    for z in (1 + 1j, -3, 1 - 2j, -1 + 0.3j, 0.5j):
        assert closed.stieltjes(z) == pytest.approx(law.stieltjes(z), abs=1e-10)
    assert (closed.mass, closed.atoms) == (1, ())


def test_values_drawn_from_the_closed_form_follow_it():
    law = MarchenkoPastur(0.4)
    x = np.sort(law.rvs(np.random.default_rng(0), 4000))
    steps = np.arange(4000) / 4000
    assert np.abs(law.cdf(x) - steps).max() < 1.95 / np.sqrt(4000)
    assert np.abs(MarchenkoPastur(0.5).cdf(x) - steps).max() > 1.95 / np.sqrt(4000)


def test_the_closed_form_refuses_what_it_has_no_answer_for():
    law = MarchenkoPastur(0.4)
    with pytest.raises(ValueError, match="give fractions from 0 to 1"):
        law.ppf(1.5)
    with pytest.raises(ValueError, match="give z off it, or with an imaginary part"):
        law.stieltjes(1.0)


REFUSED = [
    (lambda: laws.jacobi(2, 3, 6), "XᵀX \\+ YᵀY has no inverse: p = 6 is not below n \\+ m = 5; give more samples"),
    (lambda: laws.f_ratio(9, 3, 4), "YᵀY has no inverse: p = 4 is not below m = 3"),
    (lambda: laws.inverse_wishart(3, 4), "XᵀX has no inverse: p = 4 is not below n = 3"),
    (lambda: laws.gaussian_product(3), "at least two sizes"),
    (lambda: laws.information_plus_noise(3, 4, [1]), "p ≤ n; 3×4 came: give the transpose"),
    (
        lambda: laws.generalised_marchenko_pastur(5, 4, [-1, 2]),
        "the law of sigma is that of a covariance; it falls to -1",
    ),
    (lambda: laws.spiked_covariance(5, 4, -2), "needs ℓ > −1; -2 came"),
    (lambda: laws.semicircle(10, -1), "the variance of G must not be negative"),
    (lambda: laws.deformed_semicircle(10, [1, 2], [0.5, 0.6]), "must sum to 1, not 1.1; divide them by their sum"),
]


@pytest.mark.parametrize(("made", "message"), REFUSED, ids=range(len(REFUSED)))
def test_a_law_that_does_not_exist_is_refused(made, message):
    with pytest.raises(ValueError, match=message):
        made()


def test_quantiles_increase_through_gaps_and_atoms():
    law = laws.deformed_semicircle(1, [-2, 1], [0.3, 0.7], 0.3)
    assert len(law.edges) == 2
    q = law.ppf(np.linspace(0, 1, 50))
    assert all(a < b for a, b in pairwise(q))
    assert law.cdf(law.edges[0][1]) == pytest.approx(0.3, abs=1e-8)
