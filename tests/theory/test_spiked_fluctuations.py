"""Standard deviations of outliers and of overlaps: the delta method against closed forms and against random matrices.

A simulated standard deviation has itself a relative standard error of about 1/√(2m) after m draws.
"""

import numpy as np
import pytest

from theory import MarchenkoPastur
from theory.bulk_rules import BulkRule, marchenko_pastur_rule, semicircle_rule, singular_value_rule
from theory.rectangular_fluctuations import gaussian_variances, rectangular_outlier
from theory.spiked_fluctuations import additive_outlier, covariance_outlier, covariance_sds, wigner_sds

DRAWS = 500


def z_scores(draws, sds):
    """How far the sample's standard deviations are from ``sds``, in standard errors."""
    m, centred = len(draws), draws - draws.mean(axis=0)
    variance = (centred**2).mean(axis=0)
    # the standard error of a variance from the sample's own fourth moment
    error = np.sqrt(((centred**4).mean(axis=0) - variance**2) / m)
    return (variance - np.square(sds)) / error


def top(M):
    values, vectors = np.linalg.eigh(M)
    return values[-1], vectors[:, -1]


def unit(rng, size):
    v = rng.standard_normal(size)
    return v / np.linalg.norm(v)


# closed forms


@pytest.mark.parametrize("theta", [1.3, 2.0, 5.0])
def test_the_semicircle_gives_the_wigner_formulas(theta):
    law, p = additive_outlier(theta, semicircle_rule(), 170), 170
    assert (law.location, law.overlap) == pytest.approx((theta + 1 / theta, 1 - theta**-2))
    assert (law.location_sd, law.overlap_sd) == pytest.approx(wigner_sds(theta, p))
    covariance = law.correlation * law.location_sd * law.overlap_sd
    assert covariance == pytest.approx(2 * law.overlap / (p * theta * (theta**2 - 1)))


@pytest.mark.parametrize(("gamma", "ell"), [(0.5, 4.0), (0.25, 1.0), (1.6, 2.0), (1.0, 3.0)])
def test_marchenko_pastur_gives_pauls_formula(gamma, ell):
    n = 600
    law = covariance_outlier(ell, marchenko_pastur_rule(gamma), gamma * n)
    assert law.location == pytest.approx((1 + ell) * (1 + gamma / ell))
    assert law.overlap == pytest.approx((1 - gamma / ell**2) / (1 + gamma / ell))
    assert (law.location_sd, law.overlap_sd) == pytest.approx(covariance_sds(ell, gamma, n))
    assert law.location_sd == pytest.approx(np.sqrt(2) * (1 + ell) * np.sqrt(1 - gamma / ell**2) / np.sqrt(n))


def test_the_reference_covariance_spike_is_met():
    """peers.md: n = 600, p = 300, ℓ = 4: simulated .278, formula .284; with a spurious √γ .201."""
    sd = covariance_sds(4, 0.5, 600)[0]
    assert sd == pytest.approx(0.284, abs=5e-4)
    assert sd * np.sqrt(0.5) == pytest.approx(0.201, abs=5e-4)


@pytest.mark.parametrize(("N", "d", "theta"), [(200, 300, 1.6), (300, 200, 2.1), (250, 250, 1.3), (50, 400, 6.0)])
def test_the_gaussian_rectangle_collapses_to_its_closed_form(N, d, theta):
    law, classical = rectangular_outlier(theta, singular_value_rule(N / d), N, d), MarchenkoPastur(N / d)
    assert law.location == pytest.approx(classical.singular_value(theta))
    assert (law.left, law.right) == pytest.approx((classical.left(theta), classical.right(theta)))
    found = law.location_sd, law.left_sd / law.left, law.right_sd / law.right
    assert np.square(found) == pytest.approx(gaussian_variances(theta, N, d), rel=1e-9)
    assert np.linalg.eigvalsh(law.covariance).min() > 0


def test_the_slope_is_the_derivative_of_the_location():
    """Hellmann–Feynman: ds1/dθ = ⟨u1, u⟩⟨v1, v⟩."""
    rule, h = singular_value_rule(0.7), 1e-4
    ahead, behind = (rectangular_outlier(1.5 + step, rule, 140, 200).location for step in (h, -h))
    assert rectangular_outlier(1.5, rule, 140, 200).slope == pytest.approx((ahead - behind) / (2 * h), rel=1e-7)


def test_a_large_spike_sees_one_gaussian_entry():
    """sd s1 → d^{−1/2}, that of uᵀXv."""
    assert gaussian_variances(1e4, 60, 90)[0] == pytest.approx(1 / 90, rel=1e-6)


def test_transposition_exchanges_the_overlaps():
    """Yᵀ has entries of variance 1/d = γ/N: everything of 1/γ, times √γ."""
    N, d, theta = 120, 300, 1.4
    root = np.sqrt(N / d)
    law = rectangular_outlier(theta, singular_value_rule(N / d), N, d)
    flipped = rectangular_outlier(theta / root, singular_value_rule(d / N), d, N)
    swap = np.array([[root, 0, 0], [0, 0, 1], [0, 1, 0]])
    assert law.covariance == pytest.approx(swap @ flipped.covariance @ swap.T)


@pytest.mark.parametrize("size", [2, 4])
def test_variances_fall_like_one_over_the_size(size):
    small, large = (rectangular_outlier(1.5, singular_value_rule(0.5), 100 * k, 200 * k) for k in (1, size))
    assert small.covariance == pytest.approx(size * large.covariance)


# random matrices


def test_a_spiked_wigner_matrix_fluctuates_as_said():
    p, theta, rng, draws = 150, 2.5, np.random.default_rng(1), []
    for _ in range(DRAWS):
        G = rng.standard_normal((p, p)) / np.sqrt(2 * p)
        M = G + G.T
        M[0, 0] += theta
        value, vector = top(M)
        draws.append([value, vector[0] ** 2])
    draws, sds = np.array(draws), np.array(wigner_sds(theta, p))
    assert np.abs(z_scores(draws, sds)).max() < 3.5
    assert np.abs(z_scores(draws, sds / np.sqrt(2))).min() > 5  # complex Hermitian matrices
    law = additive_outlier(theta, semicircle_rule(), p)
    assert np.corrcoef(draws.T)[0, 1] == pytest.approx(law.correlation, abs=4 / np.sqrt(DRAWS))


def test_a_spiked_covariance_fluctuates_as_paul_says_without_a_root_of_gamma():
    p, n, ell, rng, draws = 90, 180, 4.0, np.random.default_rng(2), []
    for _ in range(DRAWS):
        X = rng.standard_normal((p, n)) / np.sqrt(n)
        X[0] *= np.sqrt(1 + ell)
        value, vector = top(X @ X.T)
        draws.append([value, vector[0] ** 2])
    draws, sds = np.array(draws), np.array(covariance_sds(ell, p / n, n))
    assert np.abs(z_scores(draws, sds)).max() < 3.5
    assert z_scores(draws, sds * np.sqrt(p / n))[0] > 5
    law = covariance_outlier(ell, marchenko_pastur_rule(p / n), p)
    assert np.corrcoef(draws.T)[0, 1] == pytest.approx(law.correlation, abs=4 / np.sqrt(DRAWS))


def singular_triplet(Y, u, v):
    U, s, Vt = np.linalg.svd(Y, full_matrices=False)
    return s[0], (U[:, 0] @ u) ** 2, (Vt[0] @ v) ** 2


def agrees(draws, law):
    """Standard deviations and correlations, and the controls: a direction's own part dropped, sides exchanged."""
    sds = np.sqrt(np.diag(law.covariance))
    assert np.abs(z_scores(draws, sds)).max() < 3.5
    correlations = law.covariance / np.outer(sds, sds)
    assert np.abs(np.corrcoef(draws.T) - correlations).max() < 4 / np.sqrt(len(draws))


def test_a_gaussian_rectangle_fluctuates_as_said_for_localised_vectors():
    N, d, theta, rng = 60, 240, 1.5, np.random.default_rng(3)
    u, v, draws = np.eye(N)[0], np.eye(d)[0], []
    for _ in range(DRAWS):
        draws.append(singular_triplet(rng.standard_normal((N, d)) / np.sqrt(d) + theta * np.outer(u, v), u, v))
    draws, law = np.array(draws), rectangular_outlier(theta, singular_value_rule(N / d), N, d)
    agrees(draws, law)
    # the entry uᵀXv alone; a spurious √γ; the sides exchanged
    assert z_scores(draws, [1 / np.sqrt(d), law.right_sd, law.left_sd])[0] < -3.5
    assert np.abs(z_scores(draws, [law.location_sd * np.sqrt(N / d), law.right_sd, law.left_sd])).min() > 3.5


def test_a_bulk_that_is_no_gaussian_one_follows_the_same_formulas():
    """Singular values fixed, evenly spread on [.2, 1.2]; u and v uniform: only the Haar covariances are left."""
    N, d, theta, rng = 80, 130, 1.9, np.random.default_rng(5)
    s = np.linspace(0.2, 1.2, N)
    X, draws = np.hstack([np.diag(s), np.zeros((N, d - N))]), []
    for _ in range(DRAWS):
        u, v = unit(rng, N), unit(rng, d)
        draws.append(singular_triplet(X + theta * np.outer(u, v), u, v))
    draws, law = np.array(draws), rectangular_outlier(theta, BulkRule(s, np.full(N, 1 / N), 1.2), N, d)
    agrees(draws, law)
    mean_error = draws.std(axis=0) / np.sqrt(DRAWS)
    expected = np.array([law.location, law.left, law.right])
    assert (np.abs(draws.mean(axis=0) - expected) < 4 * mean_error + 2 / d).all()
    gaussian = rectangular_outlier(theta, singular_value_rule(N / d), N, d)
    assert np.abs(z_scores(draws, np.sqrt(np.diag(gaussian.covariance)))).max() > 5


def test_a_fixed_symmetric_bulk_follows_the_same_formulas():
    p, theta, rng, draws = 120, 1.6, np.random.default_rng(6), []
    values = np.cos(np.pi * (np.arange(p) + 0.5) / p)
    for _ in range(DRAWS):
        v = unit(rng, p)
        value, vector = top(np.diag(values) + theta * np.outer(v, v))
        draws.append([value, (vector @ v) ** 2])
    draws, law = np.array(draws), additive_outlier(theta, BulkRule(values, np.full(p, 1 / p), 1.0), p)
    assert law.location == pytest.approx(np.sqrt(1 + theta**2))  # the arcsine law: G = 1/√(z² − 1)
    assert np.abs(z_scores(draws, [law.location_sd, law.overlap_sd])).max() < 3.5
    assert np.abs(z_scores(draws, wigner_sds(theta, p))).max() > 5


def test_two_separate_spikes_fluctuate_as_if_alone():
    N, d, strengths, rng, draws = 110, 170, (3.5, 1.7), np.random.default_rng(7), []
    for _ in range(DRAWS):
        Y = rng.standard_normal((N, d)) / np.sqrt(d)
        Y[0, 0] += strengths[0]
        Y[1, 1] += strengths[1]
        U, s, Vt = np.linalg.svd(Y, full_matrices=False)
        draws.append([x for k in (0, 1) for x in (s[k], U[k, k] ** 2, Vt[k, k] ** 2)])
    laws = [rectangular_outlier(theta, singular_value_rule(N / d), N, d) for theta in strengths]
    sds = np.sqrt(np.concatenate([np.diag(law.covariance) for law in laws]))
    assert np.abs(z_scores(np.array(draws), sds)).max() < 3.5
    assert np.abs(z_scores(np.array(draws), sds[[3, 4, 5, 0, 1, 2]])).max() > 5


# refusals


def test_a_spike_below_the_threshold_is_sent_to_the_edge_law():
    message = r"{} = .* makes no outlier: the threshold is {}.*theory.edge_law"
    with pytest.raises(ValueError, match=message.format("theta", r"1")):
        additive_outlier(0.9, semicircle_rule(), 100)
    with pytest.raises(ValueError, match=message.format("ell", r"0\.70")):
        covariance_outlier(0.6, marchenko_pastur_rule(0.5), 100)
    with pytest.raises(ValueError, match=message.format("theta", r"0\.84")):
        rectangular_outlier(0.8, singular_value_rule(0.5), 100, 200)
    with pytest.raises(ValueError, match=message.format("theta", "1")):
        wigner_sds(1.0, 100)
    with pytest.raises(ValueError, match=message.format("ell", r"0\.707107")):
        covariance_sds(0.7, 0.5, 100)
    with pytest.raises(ValueError, match=message.format("theta", r"0\.840896")):
        gaussian_variances(0.8, 100, 200)


@pytest.mark.parametrize("bad", [0, -1.0, np.nan, np.inf])
def test_strengths_and_sizes_must_be_positive(bad):
    with pytest.raises(ValueError, match=r"theta = .* is not accepted: give the strength of the spike"):
        additive_outlier(bad, semicircle_rule(), 100)
    with pytest.raises(ValueError, match=r"ell = .* is not accepted: give the spike"):
        covariance_outlier(bad, marchenko_pastur_rule(0.5), 100)
    with pytest.raises(ValueError, match=r"N = .* is not accepted: give the number of rows"):
        rectangular_outlier(2.0, singular_value_rule(0.5), bad, 100)
    with pytest.raises(ValueError, match=r"gamma = .* is not accepted: give the ratio N/d"):
        singular_value_rule(bad)


def test_a_rule_that_is_no_law_is_refused():
    with pytest.raises(ValueError, match=r"the weights sum to 0.8: give the law's mass 1"):
        BulkRule(np.array([0.0, 1.0]), np.array([0.4, 0.4]), 1.0)
    with pytest.raises(ValueError, match=r"give two finite vectors of one length"):
        BulkRule(np.array([0.0, 1.0]), np.array([1.0]), 1.0)
    with pytest.raises(ValueError, match=r"edge = 0.5 is not accepted: the largest of the values is 1"):
        BulkRule(np.array([0.0, 1.0]), np.array([0.5, 0.5]), 0.5)
    with pytest.raises(ValueError, match=r"a singular value -1 is negative"):
        rectangular_outlier(2.0, BulkRule(np.array([-1.0, 1.0]), np.array([0.5, 0.5]), 1.0), 10, 20)
