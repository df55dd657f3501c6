"""The largest value of a bulk: its scale against the classical ones, and its law against random matrices."""

import numpy as np
import pytest
from scipy.linalg import eigvalsh
from scipy.stats import kstest

from theory import MarchenkoPastur
from theory.bulk_rules import marchenko_pastur_rule, semicircle_rule
from theory.edge_law import LargestValue, SoftEdge, edge_from_density, edge_from_stieltjes, edge_law, edge_shift
from theory.tracy_widom import TracyWidom


def semicircle(x):
    return np.sqrt(np.clip(4 - x**2, 0, None)) / (2 * np.pi)


def marchenko_pastur(gamma):
    """Density of the p eigenvalues of a Wishart matrix, γ = p/n ≤ 1."""
    lower, upper = (1 - np.sqrt(gamma)) ** 2, (1 + np.sqrt(gamma)) ** 2
    return lambda x: np.sqrt(np.clip((upper - x) * (x - lower), 0, None)) / (2 * np.pi * gamma * x)


def johnstone_scale(n, p):
    """Johnstone (2001), over n: (√n + √p)(1/√n + 1/√p)^{1/3}/n."""
    return (np.sqrt(n) + np.sqrt(p)) * (1 / np.sqrt(n) + 1 / np.sqrt(p)) ** (1 / 3) / n


def test_the_semicircle_has_curvature_one():
    found = edge_from_density(semicircle, 2.0, 0.4)
    assert found.curvature == pytest.approx(1, abs=1e-9)
    assert edge_law(found.edge, found.curvature, 1000).scale == pytest.approx(1000 ** (-2 / 3))


@pytest.mark.parametrize("gamma", [0.2, 0.5, 0.9])
def test_wishart_matrices_have_johnstones_scale(gamma):
    n = 1000
    p, edge = round(gamma * n), (1 + np.sqrt(gamma)) ** 2
    found = edge_from_density(marchenko_pastur(gamma), edge, 0.1 * edge)
    assert edge_law(edge, found.curvature, p).scale == pytest.approx(johnstone_scale(n, p), rel=1e-5)
    # the number of samples in place of the number of values is another scale
    assert abs(edge_law(edge, found.curvature, n).scale / johnstone_scale(n, p) - 1) > 0.05


@pytest.mark.parametrize("gamma", [0.4, 1.0, 2.3])
def test_singular_values_have_the_scale_of_their_squares_over_twice_the_edge(gamma):
    d = 900
    N = round(gamma * d)
    law = MarchenkoPastur(gamma)
    found = edge_from_density(law.density, law.upper, 0.1)
    expected = johnstone_scale(d, N) / (2 * law.upper)
    assert edge_law(law.upper, found.curvature, min(N, d)).scale == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("rule", [semicircle_rule(), marchenko_pastur_rule(0.4)], ids=["semicircle", "MP"])
def test_the_stieltjes_transform_knows_edge_and_curvature(rule):
    density = semicircle if rule.edge == 2 else marchenko_pastur(0.4)
    z = rule.edge + np.array([0.001, 0.002, 0.004, 0.008, 0.016, 0.03, 0.05])
    slope = -np.array([rule.weights @ (x - rule.values) ** -2 for x in z])
    found = edge_from_stieltjes(z, slope)
    assert found.edge == pytest.approx(rule.edge, abs=1e-5)
    assert found.curvature == pytest.approx(edge_from_density(density, rule.edge, 0.2).curvature, rel=3e-3)


def largest_singular_value(rng, N, d, spike=0.0):
    X = rng.standard_normal((N, d)) / np.sqrt(d)
    X[0, 0] += spike
    return np.sqrt(eigvalsh(X @ X.T, subset_by_index=[N - 1, N - 1])[0])


def rectangle(N, d):
    """Edge, curvature and shift of the singular values of a Gaussian N×d matrix, from det J = 1 − γA²B².

    At z² = (1 + t)(γ + t)/t, AB = 1/t.
    """
    bulk, gamma = MarchenkoPastur(N / d), N / d
    soft = edge_from_density(bulk.density, bulk.upper, 0.1)
    t = np.sqrt(gamma) * (1 + np.geomspace(0.01, 0.1, 8))
    return soft, edge_shift(np.sqrt((1 + t) * (gamma + t) / t), np.log(1 - gamma / t**2), soft, min(N, d))


@pytest.mark.parametrize(("N", "d"), [(150, 250), (400, 300), (200, 1000)])
def test_the_stability_operator_takes_half_a_row_and_half_a_column_away(N, d):
    """Ma's (2012) centring √(N − ½) + √(d − ½), to first order."""
    soft, shift = rectangle(N, d)
    assert shift == pytest.approx(-(1 + np.sqrt(N / d)) / (4 * np.sqrt(N / d) * d), rel=1e-3)
    exact = (np.sqrt(N - 0.5) + np.sqrt(d - 0.5)) / np.sqrt(d) - soft.edge
    assert shift == pytest.approx(exact, rel=4 / min(N, d))


def test_the_largest_singular_value_of_w0_follows_its_law_and_a_spiked_one_does_not():
    N, d, rng = 120, 200, np.random.default_rng(4)
    soft, shift = rectangle(N, d)
    law = edge_law(soft.edge + shift, soft.curvature, N)
    drawn = np.array([largest_singular_value(rng, N, d) for _ in range(1200)])
    assert kstest(drawn, law.cdf).pvalue > 0.01
    assert abs(drawn.mean() - law.mean()) < 4 * law.std() / np.sqrt(1200)
    spiked = [largest_singular_value(rng, N, d, 1.25 * (N / d) ** 0.25) for _ in range(100)]
    assert kstest(spiked, law.cdf).pvalue < 1e-4
    # without the shift; with the number of columns taken for the number of values
    assert kstest(drawn, edge_law(soft.edge, soft.curvature, N).cdf).pvalue < 0.01
    assert kstest(drawn, edge_law(law.edge, soft.curvature, d).cdf).pvalue < 1e-4


def test_the_law_is_a_shifted_and_scaled_tracy_widom():
    law, standard = LargestValue(3.0, 0.2, 2), TracyWidom(2)
    x, q = np.array([[2.0, 2.5], [3.1, 4.0]]), np.array([0.01, 0.5, 0.99])
    assert law.cdf(x) == pytest.approx(standard.cdf((x - 3) / 0.2))
    assert law.sf(x) == pytest.approx(1 - law.cdf(x))
    assert law.pdf(x) == pytest.approx((law.cdf(x + 1e-5) - law.cdf(x - 1e-5)) / 2e-5, rel=1e-6, abs=1e-9)
    assert law.cdf(law.ppf(q)) == pytest.approx(q)
    assert law.isf(q) == pytest.approx(law.ppf(1 - q))
    draws = law.rvs(np.random.default_rng(0), 4000)
    assert abs(draws.mean() - law.mean()) < 4 * law.std() / np.sqrt(4000)
    assert law.var() == pytest.approx(0.04 * standard.var())


@pytest.mark.parametrize("arguments", [(np.nan, 1.0), (np.inf, 1.0)])
def test_an_infinite_edge_is_refused(arguments):
    with pytest.raises(ValueError, match=r"edge = .* is not accepted: give the finite upper end of the bulk"):
        LargestValue(*arguments)


@pytest.mark.parametrize("scale", [0, -1.0, np.nan, np.inf])
def test_an_impossible_scale_is_refused(scale):
    with pytest.raises(ValueError, match=r"scale = .* is not accepted: give \(p c\)\^\(−2/3\)"):
        LargestValue(2.0, scale)


def test_another_class_is_refused_at_once():
    with pytest.raises(ValueError, match="beta = 3 is not accepted"):
        LargestValue(2.0, 1.0, 3)


@pytest.mark.parametrize("curvature", [0, -1.0, np.nan, np.inf])
def test_an_edge_without_curvature_is_refused(curvature):
    with pytest.raises(ValueError, match=r"curvature = .* is not accepted: give c > 0 .* no soft edge"):
        edge_law(2.0, curvature, 100)


@pytest.mark.parametrize("count", [0, -3, np.nan])
def test_an_empty_bulk_is_refused(count):
    with pytest.raises(ValueError, match=r"count = .* is not accepted: give the number of values"):
        edge_law(2.0, 1.0, count)


def test_a_misplaced_edge_is_noticed():
    with pytest.raises(ValueError, match=r"c² = .* is not positive: the density does not vanish like a square root"):
        edge_from_density(semicircle, 3.0, 0.5)
    with pytest.raises(ValueError, match=r"width = -1 is not accepted"):
        edge_from_density(semicircle, 2.0, -1)


def test_points_on_the_support_or_too_few_are_refused():
    with pytest.raises(ValueError, match=r"G'\(z\) must be finite and negative: give points above the edge"):
        edge_from_stieltjes([2.1, 2.2], [-1.0, 0.5])
    with pytest.raises(ValueError, match=r"give two or more points of each"):
        edge_from_stieltjes([2.1], [-1.0])


def test_a_shift_needs_points_above_the_edge():
    with pytest.raises(ValueError, match=r"give three or more points of each, all above the edge"):
        edge_shift([1.9, 2.1, 2.2], [0.1, 0.2, 0.3], SoftEdge(2.0, 1.0), 100)
