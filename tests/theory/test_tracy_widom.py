"""Tracy–Widom laws: against published digits, Painlevé II, 30-digit determinants and random matrices."""

import mpmath as mp
import numpy as np
import pytest
from scipy.linalg import eigvalsh_tridiagonal
from scipy.stats import kstest
from tracy_widom_witness import distribution_functions, hastings_mcleod

from theory.airy_determinants import soft_edge
from theory.airy_left_tail import hastings_mcleod_series, left_tail
from theory.tracy_widom import AIRY_UNITS, TracyWidom

BETAS = [1, 2, 4]

F1_VALUES = (  # the project's reference figures (peers.md), s = −5 … 3
    *(0.00027791775492, 0.00756767859880, 0.06960011886737, 0.27432019790922, 0.58378989551973),
    *(0.83190806620295, 0.95142123691155, 0.98959757108483, 0.99829348034988),
)
F1_QUANTILES = {0.5: -1.2685746165811, 0.9: 0.4501432890582, 0.95: 0.9793160534696, 0.99: 2.0234492813802}
# Bornemann (2010), "On the numerical evaluation of distributions in random matrix theory", table of moments; β = 4
# in Tracy & Widom's scaling, 2^{1/6} times ours
MOMENTS = {
    1: (-1.206533574582, 1.607781034581, 0.29346452408, 0.1652429384),
    2: (-1.771086807411, 0.8131947928329, 0.224084203610, 0.0934480876),
    4: (-2.306884893241, 0.5177237207726, 0.16550949435, 0.0491951565),
}
TRACY_WIDOM_UNITS = {1: 1.0, 2: 1.0, 4: 2 ** (1 / 6)}


@pytest.fixture(scope="module")
def painleve():
    return hastings_mcleod()


def test_f1_has_the_reference_values_and_quantiles():
    law = TracyWidom(1)
    assert law.cdf(np.arange(-5, 4)) == pytest.approx(F1_VALUES, abs=1e-14)
    assert law.ppf(list(F1_QUANTILES)) == pytest.approx(list(F1_QUANTILES.values()), abs=1e-12)


@pytest.mark.parametrize("beta", BETAS)
def test_every_law_solves_painleve_to_1e_12(beta, painleve):
    s = np.linspace(-10, 4, 141)
    expected = distribution_functions(painleve, s)
    cdf = TracyWidom(beta).cdf(s / AIRY_UNITS[beta])
    assert np.abs(cdf - expected[beta]).max() < 1e-12
    # the promised relative accuracy of the left tail
    assert np.abs(cdf / expected[beta] - 1).max() < 2e-9
    for other in set(BETAS) - {beta}:
        assert np.abs(cdf - expected[other]).max() > 0.1


def test_the_density_of_f2_solves_painleve(painleve):
    """(log F2)'' = −q²: the density is F2 ∫_s^∞ q², the integral beyond 8 being below 1e-15."""
    s = np.linspace(-9, 4, 131)
    expected = distribution_functions(painleve, s)[2] * -(painleve * painleve).integ(lbnd=8.0)(s)
    assert np.abs(TracyWidom(2).pdf(s) - expected).max() < 1e-12
    assert np.abs(TracyWidom(1).pdf(s) - expected).max() > 0.05


def complements(s, nodes=40):
    """1 − F of the three laws at the Airy scale with 30 digits, Gauss–Legendre nodes by Newton."""
    with mp.workdps(30):
        points, weights = [], []
        for start in np.polynomial.legendre.leggauss(nodes)[0]:
            x = mp.findroot(lambda x: mp.legendre(nodes, x), mp.mpf(float(start)))
            slope = nodes * mp.legendre(nodes - 1, x) / (1 - x * x)
            points.append(x)
            weights.append(2 / ((1 - x * x) * slope**2))
        length = mp.mpf(17) - min(s, 0)
        y = [length * (x + 1) / 2 for x in points]
        root = [mp.sqrt(length * w / 2) for w in weights]
        A = mp.matrix(nodes)
        for i in range(nodes):
            for j in range(i + 1):
                A[i, j] = A[j, i] = root[i] * root[j] * mp.airyai(y[i] + y[j] + s)
        minus, plus = mp.det(mp.eye(nodes) - A), mp.det(mp.eye(nodes) + A)
        return {1: float(1 - minus), 2: float(1 - minus * plus), 4: float(1 - (minus + plus) / 2)}


@pytest.mark.parametrize("s", [-2, 3])
def test_thirty_digit_determinants_agree_in_both_tails(s):
    for beta, exact in complements(s).items():
        law = TracyWidom(beta)
        assert law.cdf(s / AIRY_UNITS[beta]) == pytest.approx(1 - exact, abs=1e-14)
        assert law.sf(s / AIRY_UNITS[beta]) == pytest.approx(exact, rel=1e-11)


@pytest.mark.parametrize("beta", BETAS)
def test_the_moments_are_the_published_ones(beta):
    law, unit = TracyWidom(beta), TRACY_WIDOM_UNITS[beta]
    mean, var, skewness, kurtosis = MOMENTS[beta]
    assert law.mean() * unit == pytest.approx(mean, abs=2e-12)
    assert law.var() * unit**2 == pytest.approx(var, abs=2e-12)
    assert law.std() == pytest.approx(np.sqrt(law.var()))
    assert law.skewness() == pytest.approx(skewness, abs=2e-11)
    assert law.kurtosis() == pytest.approx(kurtosis, abs=2e-10)


def test_the_three_means_move_towards_the_airy_zero():
    """In one scaling for every β, β = ∞ is the first zero of Ai, −2.338, and the variance falls to 0."""
    means, variances = ([getattr(TracyWidom(beta), name)() for beta in BETAS] for name in ("mean", "var"))
    assert -2.3381 < means[2] < means[1] < means[0]
    assert variances[2] < variances[1] < variances[0]


@pytest.mark.parametrize("beta", BETAS)
def test_interpolation_and_determinants_agree(beta):
    s = np.random.default_rng(1).uniform(-7, 18, 60)
    law, unit = TracyWidom(beta), AIRY_UNITS[beta]
    direct = [soft_edge(beta, x, nodes=70) for x in s]
    assert np.abs(law.cdf(s / unit) - [p.cdf for p in direct]).max() < 3e-14
    assert np.abs(law.pdf(s / unit) / unit - [p.pdf for p in direct]).max() < 1e-13
    assert np.abs(law.sf(s / unit) / [p.sf for p in direct] - 1).max() < 1e-10


@pytest.mark.parametrize("beta", BETAS)
def test_the_density_is_the_derivative_and_has_mass_one(beta):
    law = TracyWidom(beta)
    s = np.concatenate([np.linspace(-6, 5, 45), [-9.5, 17.0]])
    h, stencil = 0.02, {1: 3 / 4, 2: -3 / 20, 3: 1 / 60}
    slope = sum(c * (law.cdf(s + k * h) - law.cdf(s - k * h)) for k, c in stencil.items()) / h
    assert np.abs(slope - law.pdf(s)).max() < 1e-9
    x, w = np.polynomial.legendre.leggauss(120)
    assert 12 * w @ law.pdf(12 * x) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("beta", BETAS)
def test_quantiles_invert_both_tails(beta):
    law = TracyWidom(beta)
    q = np.array([[1e-300, 1e-50, 1e-9, 0.03], [0.5, 0.8319, 0.97, 1 - 1e-9]])
    assert law.cdf(law.ppf(q)) == pytest.approx(q, rel=1e-11)
    tail = np.array([1e-300, 1e-30, 1e-5, 0.2, 0.9])
    assert law.sf(law.isf(tail)) == pytest.approx(tail, rel=1e-9)
    assert (np.diff(law.isf(tail)) < 0).all()
    assert law.ppf([0, 1]).tolist() == [-np.inf, np.inf]
    assert law.isf([0, 1]).tolist() == [np.inf, -np.inf]


@pytest.mark.parametrize("beta", BETAS)
def test_far_away_nothing_overflows(beta):
    law, far = TracyWidom(beta), np.array([-np.inf, -1e9, -60.0, 300.0, 1e9, np.inf])
    assert law.cdf(far).tolist() == [0, 0, 0, 1, 1, 1]
    assert law.sf(far).tolist() == [1, 1, 1, 0, 0, 0]
    assert law.pdf(far).tolist() == [0] * 6
    assert law.cdf(0.0).shape == ()
    assert law.cdf(np.zeros((2, 3))).shape == (2, 3)


def test_the_series_on_the_left_has_the_published_coefficients():
    """Tracy & Widom (1994), equation 1.15, with s³ = −t³."""
    assert hastings_mcleod_series()[:4] == (1, -1 / 8, -73 / 128, -10657 / 1024)


@pytest.mark.parametrize("beta", BETAS)
def test_the_left_tail_takes_over_without_a_jump(beta):
    value, slope = left_tail(beta, -7.0)
    point = soft_edge(beta, -7.0)
    assert np.exp(value) == pytest.approx(point.cdf, rel=1e-8)
    assert slope == pytest.approx(point.pdf / point.cdf, rel=1e-8)


@pytest.mark.parametrize("beta", BETAS)
def test_draws_follow_the_law_and_not_its_neighbour(beta):
    law = TracyWidom(beta)
    draws = law.rvs(np.random.default_rng(3), 4000)
    assert kstest(draws, law.cdf).pvalue > 0.01
    assert kstest(draws, TracyWidom({1: 2, 2: 4, 4: 2}[beta]).cdf).pvalue < 1e-6
    assert law.rvs(np.random.default_rng(3), (2, 5)).shape == (2, 5)
    assert np.array_equal(law.rvs(np.random.default_rng(3), 4000), draws)


def largest_of_the_beta_ensemble(rng, beta, n, spike=0.0):
    """Dumitriu & Edelman (2002): N(0, 2) and χ_{β(n−k)} over √(βn), support [−2, 2]; e_1 carries the spike."""
    diagonal = rng.normal(0, np.sqrt(2), n) / np.sqrt(beta * n)
    beside = np.sqrt(rng.chisquare(beta * np.arange(n - 1, 0, -1)) / (beta * n))
    diagonal[0] += spike
    return eigvalsh_tridiagonal(diagonal, beside, select="i", select_range=(n - 1, n - 1))[0]


@pytest.mark.parametrize("beta", BETAS)
def test_the_largest_eigenvalue_of_each_ensemble_follows_its_law_at_one_scale(beta):
    """One scale n^{2/3} for the three β: the point of the convention."""
    n, rng = 400, np.random.default_rng(beta)
    scaled = [n ** (2 / 3) * (largest_of_the_beta_ensemble(rng, beta, n) - 2) for _ in range(300)]
    assert kstest(scaled, TracyWidom(beta).cdf).pvalue > 0.01
    spiked = [n ** (2 / 3) * (largest_of_the_beta_ensemble(rng, beta, n, 1.5) - 2) for _ in range(300)]
    assert kstest(spiked, TracyWidom(beta).cdf).pvalue < 1e-6
    wrong = {1: 2 ** (1 / 6), 2: 2 ** (2 / 3), 4: 2 ** (2 / 3)}[beta]
    assert kstest(np.array(scaled) * wrong, TracyWidom(beta).cdf).pvalue < 1e-3


@pytest.mark.parametrize("beta", [0, 3, -1, 2.5, True, "1", None])
def test_other_classes_are_refused(beta):
    with pytest.raises(ValueError, match=r"beta = .* is not accepted: give 1 \(real matrices\), 2 \(complex\) or 4"):
        TracyWidom(beta)


@pytest.mark.parametrize("q", [-0.1, 1.1, np.nan])
@pytest.mark.parametrize("method", ["ppf", "isf"])
def test_what_is_no_probability_is_refused(method, q):
    with pytest.raises(ValueError, match=r"q = .* is not accepted: give a probability in \[0, 1\]"):
        getattr(TracyWidom(1), method)([0.5, q])


@pytest.mark.parametrize("method", ["cdf", "sf", "pdf"])
def test_nan_is_refused(method):
    with pytest.raises(ValueError, match=r"s = nan is not accepted: give a real number"):
        getattr(TracyWidom(2), method)(np.nan)
