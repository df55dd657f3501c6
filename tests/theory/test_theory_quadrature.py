"""Rules for N(0, 1) and for discrete laws: exact where they claim to be, against SciPy elsewhere."""

import itertools

import numpy as np
import pytest
import scipy.integrate
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.quadrature import fine_normal_rule, gauss_rule, normal_rule, panel_rule, smoothed


def double_factorial_moment(p):
    """E z^p."""
    return 0.0 if p % 2 else float(scipy.special.factorial2(p - 1)) if p else 1.0


KINKS = [(), (0.0,), (-1.5, 0.3), (50.0,), (-3.0, -1.0, 0.0, 2.0)]


@pytest.mark.parametrize("kinks", KINKS)
@pytest.mark.parametrize("p", range(13))
def test_moments_of_the_normal_law_are_exact(kinks, p):
    scale = double_factorial_moment(p + p % 2)
    for x, w in (normal_rule(12, kinks), fine_normal_rule(kinks)):
        assert w.sum() == pytest.approx(1, abs=1e-14)
        assert (w > 0).all()
        assert w @ x**p == pytest.approx(double_factorial_moment(p), abs=1e-11 * scale)


def test_a_kink_is_integrated_only_by_a_rule_that_knows_it():
    """E (z − 1.5)₊ = φ(1.5) − 1.5 Φ(−1.5)."""
    true = np.exp(-1.125) / np.sqrt(2 * np.pi) - 1.5 * scipy.special.ndtr(-1.5)

    def error(kinks):
        x, w = normal_rule(20, kinks)
        return abs(w @ np.maximum(x - 1.5, 0) - true)

    assert error((1.5,)) < 1e-14
    assert error(()) > 1e-4
    assert error((1.4,)) > 1e-6


@pytest.mark.parametrize("m", [20, 100, 400])
def test_rules_of_any_order_are_finite(m):
    """numpy's hermegauss is NaN at 400 nodes."""
    x, w = normal_rule(m)
    assert np.isfinite(x).all()
    assert np.isfinite(w).all()
    assert w @ np.cos(x) == pytest.approx(np.exp(-0.5), abs=1e-14)


def test_normal_rule_agrees_with_scipys_gauss_hermite():
    x, w = normal_rule(20)
    nodes, weights = scipy.special.roots_hermitenorm(20)
    weights /= weights.sum()
    kept = weights > 1e-15
    np.testing.assert_allclose(x, nodes[kept], atol=1e-9)
    np.testing.assert_allclose(w, weights[kept], rtol=1e-7)


@given(
    st.lists(st.floats(-50, 50), min_size=1, max_size=40),
    st.integers(1, 8),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None)
def test_a_gauss_rule_is_exact_below_degree_twice_its_order(points, m, seed):
    points = np.array(points)
    weights = np.random.default_rng(seed).uniform(0.1, 1, len(points))
    nodes, mass = gauss_rule(points, weights, m)
    assert len(nodes) <= min(m, len(points))
    assert (mass > -1e-15).all()
    scale = np.abs(points).max() or 1.0
    assert nodes.min() >= points.min() - 1e-7 * scale
    assert nodes.max() <= points.max() + 1e-7 * scale
    for degree in range(2 * m):
        expected = weights @ (points / scale) ** degree
        assert mass @ (nodes / scale) ** degree == pytest.approx(expected, abs=1e-9 * weights.sum())


def test_a_gauss_rule_is_not_exact_at_twice_its_order():
    points, weights = np.linspace(-1, 1, 9), np.full(9, 1 / 9)
    nodes, mass = gauss_rule(points, weights, 3)
    assert abs(mass @ nodes**6 - weights @ points**6) > 1e-4


def test_a_law_of_few_atoms_is_returned_whole():
    nodes, mass = gauss_rule(np.array([3.0, -1.0, 3.0, 0.5]), np.array([0.1, 0.2, 0.3, 0.4]), 10)
    np.testing.assert_allclose(nodes, [-1, 0.5, 3], atol=1e-14)
    np.testing.assert_allclose(mass, [0.2, 0.4, 0.4], atol=1e-14)


def test_a_large_sample_keeps_its_own_moments():
    sample = np.random.default_rng(3).standard_normal(5000)
    nodes, mass = gauss_rule(sample, np.full(5000, 1 / 5000), 16)
    for p in range(9):
        assert mass @ nodes**p == pytest.approx(np.mean(sample**p), abs=1e-10 * np.mean(np.abs(sample) ** p) + 1e-12)


def test_panels_integrate_polynomials_to_twice_their_order():
    x, w = panel_rule([-1.0, 0.5, 3.0], order=4)
    assert w @ x**7 == pytest.approx((3**8 - 1) / 8, rel=1e-14)


SMOOTH = {
    "tanh(z + 0.8)": lambda z: np.tanh(z + 0.8),
    "tanh(5 z)": lambda z: np.tanh(5 * z),
    "5/cosh²(5 z)": lambda z: 5 / np.cosh(np.clip(5 * z, -300, 300)) ** 2,
    "tanh(20 z)": lambda z: np.tanh(20 * z),
    "softplus(10 z)": lambda z: np.logaddexp(0, 10 * z),
    "sin(5 z)": lambda z: np.sin(5 * z),
    "z³/100": lambda z: z**3 / 100,
}
KINKY = {
    "relu": (lambda z: np.maximum(z, 0), (0.0,)),
    "step at 1.5": (lambda z: 1.0 * (z > 1.5), (1.5,)),
    "|z² − 1|": (lambda z: np.abs(z**2 - 1), (-1.0, 1.0)),
    "far kink": (lambda z: np.abs(z - 30), (30.0,)),
    "unsorted kinks": (lambda z: np.abs(z - 1) + np.abs(z + 2), (1.0, -2.0)),
}
MEANS = np.array([[-6.0, -1.3, 0.0], [0.4, 2.2, 31.0]])


def by_scipy(f, breaks, mean, sd):
    edges = np.unique([*np.linspace(-9, 9, 37), *(b for b in breaks if -9 < b < 9)])
    pieces = itertools.pairwise(edges)
    density = np.sqrt(2 * np.pi)
    return sum(
        scipy.integrate.quad(lambda x: f(mean + sd * x) * np.exp(-x * x / 2) / density, lo, hi, epsabs=1e-13)[0]
        for lo, hi in pieces
    )


@pytest.mark.parametrize("sd", [0.05, 0.7, 1.0, 4.0])
@pytest.mark.parametrize("name", SMOOTH)
def test_smoothing_an_analytic_function_agrees_with_scipy(name, sd):
    f = SMOOTH[name]
    expected = np.vectorize(lambda m: by_scipy(f, [-m / sd], m, sd))(MEANS)
    np.testing.assert_allclose(
        smoothed(f, (), MEANS, sd), expected, rtol=0, atol=3e-8 if name == "tanh(20 z)" else 1e-8
    )


@pytest.mark.parametrize("sd", [0.05, 0.7, 4.0])
@pytest.mark.parametrize("name", KINKY)
def test_smoothing_a_kinked_function_agrees_with_scipy(name, sd):
    f, kinks = KINKY[name]
    expected = np.vectorize(lambda m: by_scipy(f, [(k - m) / sd for k in kinks], m, sd))(MEANS)
    np.testing.assert_allclose(smoothed(f, kinks, MEANS, sd), expected, rtol=1e-11, atol=1e-11)


def test_smoothing_many_means_equals_smoothing_each():
    means = np.linspace(-40, 40, 3001)
    together = smoothed(SMOOTH["tanh(5 z)"], (), means, 0.8)
    np.testing.assert_allclose(
        together[::250], [smoothed(SMOOTH["tanh(5 z)"], (), m, 0.8) for m in means[::250]], atol=1e-9
    )


def test_no_spread_is_no_smoothing():
    for f, kinks in ((np.tanh, ()), KINKY["relu"]):
        np.testing.assert_array_equal(smoothed(f, kinks, MEANS, 0.0), f(MEANS))


def test_ignoring_a_kink_is_seen():
    f, kinks = KINKY["step at 1.5"]
    assert np.abs(smoothed(f, (), MEANS, 1.0) - smoothed(f, kinks, MEANS, 1.0)).max() > 1e-4


def test_what_overflows_is_not_finite_and_raises_no_warning():
    with np.errstate(over="ignore"):
        assert not np.isfinite(smoothed(np.exp, (), np.array([0.0, 800.0]), 1.0)).all()
