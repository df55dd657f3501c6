"""Classical outliers as special cases of one mechanism, and draws beside them."""

import numpy as np
import pytest
from sympy import Identity

from theory import MarchenkoPastur
from theory.dyson import laws
from theory.dyson.dimensions import Dimension
from theory.dyson.law import Eigenvalues, SingularValues
from theory.dyson.matrices import Diagonal, Gaussian, outer
from theory.dyson.sampling import balanced_atoms, sample
from theory.dyson.vectors import direction

# γ, ℓ, value and squared overlap of the spiked covariance (Baik & Silverstein 2006; Paul 2007)
SPIKED_COVARIANCE = [
    (0.25, 1, 2.5, 0.6),
    (0.25, 2, 3.375, 5 / 6),
    (0.25, 3, 13 / 3, 0.8974358974358974),
    (0.5, 4, 5.625, 0.8611111111111112),
]
# γ = N/d, θ, value, left and right squared overlap (Benaych-Georges & Nadakuditi 2012)
RECTANGULAR = [(2 / 3, 1.6, 2.1182737, 0.7126808, 0.6459504), (0.5, 2, 2.3717082, 0.8611111, 0.775)]


def overlap_with(law, name, side):
    dimension = law.expression.rows if side == "left" else law.expression.cols
    return law.outliers(**{side: {"p": direction(name, dimension)}})


@pytest.mark.parametrize(("gamma", "spike", "value", "overlap"), SPIKED_COVARIANCE)
def test_spiked_covariance(gamma, spike, value, overlap):
    (found,) = overlap_with(laws.spiked_covariance(1000, 1000 * gamma, spike), "b", "right")
    assert found.value == pytest.approx(value, rel=1e-10)
    assert found.right["p"] == pytest.approx(overlap, rel=1e-9)
    assert not found.marginal


@pytest.mark.parametrize("spike", [0.8, 2.0, 3.7])
def test_the_map_of_the_spiked_covariance_inverts(spike):
    """ℓ from the outlier λ: ℓ = (λ − 1 − γ + √((λ − 1 − γ)² − 4γ))/2."""
    gamma = 0.3
    (found,) = laws.spiked_covariance(1000, 300, spike).outliers()
    rest = found.value - 1 - gamma
    assert (rest + np.sqrt(rest**2 - 4 * gamma)) / 2 == pytest.approx(spike, rel=1e-9)


@pytest.mark.parametrize("gamma", [0.25, 0.6])
def test_no_outlier_below_the_bbp_threshold(gamma):
    assert not laws.spiked_covariance(1000, 1000 * gamma, 0.97 * gamma**0.5).outliers()
    assert len(laws.spiked_covariance(1000, 1000 * gamma, 1.03 * gamma**0.5).outliers()) == 1


@pytest.mark.parametrize(("gamma", "theta", "value", "left", "right"), RECTANGULAR)
def test_additive_rectangular(gamma, theta, value, left, right):
    law, closed = laws.spiked_rectangular(gamma * 1000, 1000, theta), MarchenkoPastur(gamma)
    (found,) = law.outliers(
        left={"u": direction("u", law.expression.rows)}, right={"v": direction("v", law.expression.cols)}
    )
    assert found.value == pytest.approx(value, abs=1e-7)
    assert found.left["u"] == pytest.approx(left, abs=1e-7)
    assert found.right["v"] == pytest.approx(right, abs=1e-7)
    assert found.value == pytest.approx(closed.singular_value(theta), rel=1e-10)
    # control: a spike ten per cent off
    assert abs(closed.singular_value(1.1 * theta) - found.value) > 1e-2


@pytest.mark.parametrize(("theta", "variance"), [(1.7, 1), (2.2, 1.6), (-1.3, 0.8)])
def test_spiked_wigner(theta, variance):
    """θ + v/θ with squared overlap 1 − v/θ², below the bulk for θ < 0."""
    (found,) = overlap_with(laws.spiked_wigner(1000, theta, variance), "b", "left")
    assert found.value == pytest.approx(theta + variance / theta, rel=1e-10)
    assert found.left["p"] == pytest.approx(1 - variance / theta**2, rel=1e-9)


def test_an_outlier_just_above_the_edge_is_marginal():
    (found,) = laws.spiked_wigner(1000, 1.05).outliers()
    assert found.marginal
    assert not laws.spiked_wigner(100_000, 1.05).outliers()[0].marginal  # count^(−2/3) has fallen


def test_outliers_stand_in_inner_gaps_and_below_the_lowest_edge():
    """D + S + θ b bᵀ: 1/θ = g(x), with g of the bulk; one θ may give a value in every gap."""
    n = Dimension("n", 1000)
    D, S, b = Diagonal("D", n, [-2, 2]), laws.wigner("G", n, 0.3), direction("b", n)
    bulk = Eigenvalues(D + S)
    for theta in (1.2, -1.2):
        found = [one.value for one in Eigenvalues(D + S + theta * outer(b, b)).outliers()]
        (low, high) = bulk.edges
        assert len(found) == 2
        outside = found[0] > high[1] if theta > 0 else found[-1] < low[0]
        inside = [x for x in found if low[1] < x < high[0]]
        assert outside
        assert len(inside) == 1
        for x in found:
            assert -bulk.stieltjes(x).real == pytest.approx(1 / theta, rel=1e-8)


def test_a_hidden_spike_needs_its_direction_to_be_named():
    law = laws.spiked_wigner(1000, 2)
    assert overlap_with(law, "other", "right")[0].right["p"] == 0
    with pytest.raises(ValueError, match="lives on m, the side asked about is n"):
        law.outliers(left={"p": direction("b", Dimension("m", 7))})


def kolmogorov(values, law):
    x, steps = np.sort(values), np.arange(len(values) + 1) / len(values)
    F = law.cdf(x)
    return max(np.abs(F - steps[1:]).max(), np.abs(F - steps[:-1]).max())


def test_a_draw_follows_its_law_and_not_another():
    """Eigenvalues are rigid: a distance of order (log n)/n, far below the n^(−1/2) of independent values."""
    n, m, d = Dimension("n", 900), Dimension("m", 500), Dimension("d", 300)
    X, Y, D = Gaussian("X", n, d, 1 / n), Gaussian("Y", m, d, 1 / m), Diagonal("D", n, [0.5, 2])
    expr = X.T * D * X + 0.7 * Y.T * Y
    values = np.linalg.eigvalsh(sample(np.random.default_rng(1), expr, balanced_atoms))
    assert kolmogorov(values, Eigenvalues(expr)) < 0.015
    assert kolmogorov(values, Eigenvalues(X.T * D * X + 0.6 * Y.T * Y)) > 0.015
    assert kolmogorov(values, Eigenvalues(1.25 * X.T * X + 0.7 * Y.T * Y)) > 0.015


def test_a_drawn_outlier_stands_where_it_should():
    """X (I − b bᵀ) + u bᵀ, correlated with the bulk: s.d. of the value about n^(−1/2)/2."""
    n, d = Dimension("n", 600), Dimension("d", 400)
    X, b, u = Gaussian("X", n, d, 1 / d), direction("b", d), direction("u", n)
    expr = X * (Identity(d) - outer(b, b)) + 2.5 * outer(u, b)
    (found,) = SingularValues(expr).outliers(right={"b": b})
    rng = np.random.default_rng(2)
    drawn = [SingularValues(expr).rvs(child)[0] for child in rng.spawn(6)]
    error = np.std(drawn, ddof=1) / np.sqrt(6)
    assert abs(np.mean(drawn) - found.value) < 4 * error
    # control: the closed form of a spike independent of the bulk
    assert abs(np.mean(drawn) - MarchenkoPastur(1.5).singular_value(2.7)) > 4 * error
