"""The finite-size theory: reference numbers, closed forms, convergence, and an independent witness."""

from functools import partial

import numpy as np
import pytest
from theory_witness import population

import theory
from theory import MarchenkoPastur
from theory.model import Model
from theory.population import population_spikes
from theory.spikes import FINE, Resolution, empirical_readout_rule, readout_rule

# on the bulk of W0, where everything is in closed form: the strengths do not know the bulk
predict = partial(theory.predict, bulk="mp")

SIZES = {"width": 1000, "dim": 500, "samples": 1000}
EXPONENTS = {"alpha1": "0.35", "alpha2": "0.45"}
GENERIC = {"target": "z + (z**2 - 1)/2", **SIZES, **EXPONENTS}
HE3 = {"activation": "tanh", "target": "He(3, z)/sqrt(6)", "batch": "reuse", **SIZES, **EXPONENTS}

LARGE = {**HE3, "width": 3000, "dim": 1500, "samples": 3000}

SMOOTH = [  # theory.md, section 9: fields, theory s1, cos²
    ({"activation": "softplus", "target": "z", "alpha1": 0.3, "alpha2": 0.3}, "8.723", "0.799"),
    ({"activation": "softplus", "target": "z", "alpha1": 0.3, "alpha2": 0.3, "batch": "reuse"}, "9.287", "0.673"),
    ({"activation": "softplus", "target": "He(2, z)/sqrt(2)", "batch": "reuse"}, "10.881", "0.000"),
    ({"activation": "tanh", "target": "tanh", "alpha1": 0.4, "batch": "reuse"}, "12.932", "0.706"),
]


@pytest.mark.parametrize(("fields", "s1", "overlap"), SMOOTH)
def test_the_theory_column_is_reproduced_to_its_digits(fields, s1, overlap):
    p = predict(**{**SIZES, **EXPONENTS, **fields})
    assert f"{p.outliers[0].singular_value:.3f}" == s1
    assert f"{p.outliers[0].target_overlap_squared:.3f}" == overlap
    assert p.quadrature_error < 1e-5
    # the table says "edge": nothing else clears it by more than a hair
    assert all(o.singular_value < p.bulk.upper * 1.002 for o in p.outliers[1:])


RELU = {  # our converged values; the table's are 19.015, .706, 3.523, .019 and 18.417, .588, 3.811, .012
    "independent": ((19.0419, 0.7067, 3.5362, 0.0189), (19.015, 0.706, 3.523, 0.019)),
    "reuse": ((18.4625, 0.5872, 3.8166, 0.0120), (18.417, 0.588, 3.811, 0.012)),
}


@pytest.mark.parametrize("batch", RELU)
def test_the_kinked_rows_lie_within_the_error_of_the_tables_unsplit_quadrature(batch):
    p = predict(activation="relu", batch=batch, **GENERIC)
    first, second = p.outliers[:2]
    found = (first.singular_value, first.target_overlap_squared, second.singular_value, second.target_overlap_squared)
    converged, printed = RELU[batch]
    np.testing.assert_allclose(found, converged, atol=1e-4)
    np.testing.assert_allclose(found[::2], printed[::2], rtol=4e-3)
    np.testing.assert_allclose(found[1::2], printed[1::2], atol=1.5e-3)


def test_a_third_harmonic_is_learned_by_reuse_alone():
    """The table prints 15.785 for N = 3000: that is the strength θ1; its singular value is 15.880."""
    small, large = predict(**HE3), predict(**LARGE)
    assert small.outliers[0].singular_value == pytest.approx(9.778, abs=1.5e-3)
    assert small.outliers[0].target_overlap_squared == pytest.approx(0.021, abs=1e-3)
    first, second = large.outliers
    assert first.strength == pytest.approx(15.785, abs=1e-3)
    assert first.singular_value == pytest.approx(15.880, abs=2e-3)
    assert second.singular_value == pytest.approx(2.527, abs=2e-3)
    assert second.target_overlap_squared == pytest.approx(0.165, abs=1e-3)
    assert large.information_exponent == 3
    assert predict(**{**HE3, "batch": "independent"}).outliers[0].target_overlap_squared < 1e-12


@pytest.mark.parametrize("fields", [HE3, {**HE3, "target": "tanh"}, LARGE])
def test_a_witness_on_plain_gauss_hermite_grids_agrees(fields):
    theta, omega = population(fields)
    p = predict(**fields)
    np.testing.assert_allclose(p.spikes.strengths[:2], theta, rtol=4e-3)
    np.testing.assert_allclose(p.spikes.strengths[0], theta[0], rtol=5e-5)
    np.testing.assert_allclose(np.abs(p.spikes.overlaps[0]), omega[0], rtol=1e-3)
    wrong = predict(**fields, scale2=1.01).spikes.strengths[0]
    assert abs(wrong / theta[0] - 1) > 1e-3


CASES = [
    {"activation": "relu", **GENERIC},
    {"activation": "relu", "batch": "reuse", **GENERIC},
    {"activation": "tanh(z + 0.8)", "batch": "reuse", "noise": 0.5, **GENERIC},
    {"activation": "softplus", "batch": "reuse", **GENERIC, "target": "sign"},
    {"activation": "tanh(5*z)", "batch": "reuse", **GENERIC, "target": "z"},
]


@pytest.mark.parametrize("fields", CASES, ids=lambda f: f["activation"] + " " + f["target"])
def test_a_finer_quadrature_changes_nothing(fields):
    model, p = Model.of(fields), predict(fields)
    count = len(p.outliers)
    finer = population_spikes(model, Resolution(48, 72, 14, 9))
    assert count >= 1
    np.testing.assert_allclose(p.spikes.strengths[:count], finer.strengths[:count], rtol=1e-4)
    np.testing.assert_allclose(np.abs(p.spikes.overlaps[:count]), np.abs(finer.overlaps[:count]), atol=1e-3)
    assert p.quadrature_error < 1e-3


@pytest.mark.parametrize("fields", [LARGE, {**LARGE, "samples": 1000}, {**HE3, "target": "exp(2*z)/10"}])
def test_the_quadrature_error_is_honest(fields):
    p = predict(**fields)
    finer = population_spikes(Model.of(fields), Resolution(64, 100, 16, 9)).strengths[: len(p.outliers)]
    change = np.abs(p.spikes.strengths[: len(p.outliers)] / finer - 1).max()
    assert 1e-5 < change < 1.5 * p.quadrature_error


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
@pytest.mark.parametrize("noise", [0, 0.7])
def test_one_step_has_its_closed_form(activation, noise):
    """θ = η1 μ1 b √(N E a²), b² = c*_1² + φ m2, overlap c*_1/b (theory.md, section 3)."""
    c1, m2 = np.exp(0.5), np.exp(2) - np.exp(1) + noise**2
    mu1 = {"relu": 0.5, "tanh": 0.605705509602159, "gelu": 0.5}[activation]
    p = predict(
        activation=activation, target="exp(z) - sqrt(e)", noise=noise, width=600, dim=400, samples=800, alpha1=0.2,
        steps=1, scale1=1.3,
    )  # fmt: skip
    b = np.sqrt(c1**2 + 0.5 * m2)
    np.testing.assert_allclose(p.spikes.strengths, [1.3 * 600**0.2 * mu1 * b], rtol=1e-12)
    np.testing.assert_allclose(np.abs(p.spikes.overlaps), [c1 / b], rtol=1e-12)
    law = MarchenkoPastur(1.5)
    (outlier,) = p.outliers
    assert outlier.singular_value == law.singular_value(outlier.strength)
    assert outlier.target_overlap_squared == pytest.approx((c1 / b) ** 2 * law.right(outlier.strength))
    assert outlier.left_overlap_squared == law.left(outlier.strength)
    assert p.quadrature_error < 1e-12


def test_a_second_step_of_no_size_is_one_step():
    two = predict(activation="relu", batch="reuse", **{**GENERIC, "alpha2": 0}, scale2=1e-9).spikes
    one = predict(activation="relu", **GENERIC, steps=1).spikes
    assert two.strengths[0] == pytest.approx(one.strengths[0], rel=1e-8)
    assert abs(two.overlaps[0]) == pytest.approx(abs(one.overlaps[0]), rel=1e-8)


def test_a_linear_network_has_its_closed_form():
    """σ = z, correlation loss: q = y, so that rows are a (η1 + η2)-combinations of β1 and β2; with independent
    batches θ² = (η1² + η2²) b² + 2 η1 η2 c*_1²."""
    for batch in ("independent", "reuse"):
        p = predict(activation="z", loss="correlation", batch=batch, noise=0.4, **GENERIC)
        eta1, eta2, c1, m2, phi = 1000**0.35, 1000**0.45, 1.0, 1.5 + 0.16, 0.5
        b2 = c1**2 + phi * m2
        cross = b2 if batch == "reuse" else c1**2
        expected = np.sqrt((eta1**2 + eta2**2) * b2 + 2 * eta1 * eta2 * cross)
        assert p.spikes.strengths[0] == pytest.approx(expected, rel=1e-9)
        assert len(p.outliers) == 1
        assert abs(p.spikes.overlaps[0]) == pytest.approx((eta1 + eta2) * c1 / expected, rel=1e-9)


def test_a_rademacher_readout_has_at_most_two_left_vectors():
    gaussian = predict(activation="relu", batch="reuse", **GENERIC)
    rademacher = predict(activation="relu", batch="reuse", readout="rademacher", **GENERIC)
    assert len(gaussian.spikes.strengths) > 2
    assert len(rademacher.spikes.strengths) <= 2
    assert "Rademacher readout: a takes two values, so there are at most two left vectors" in rademacher.notes
    a = np.array([1, -1, 1, 1]) / np.sqrt(1000)
    assert rademacher.left_vectors(a).shape == (4, 2)


def test_the_correlation_loss_drops_the_networks_own_output():
    squared, correlation = (predict(activation="relu", loss=loss, **GENERIC) for loss in ("squared", "correlation"))
    assert correlation.outliers[0].singular_value > 1.002 * squared.outliers[0].singular_value


def test_an_even_activation_leaves_no_leading_outlier():
    p = predict(activation="cos", **GENERIC)
    assert any("c_1 = E σ'(h) = 0: the first step makes no rank-one spike" in note for note in p.notes)
    for text in ("abs", "sqrt(z**2)"):
        assert predict(activation=text, **{**GENERIC, "target": "z**2"}).outliers == ()


def test_known_reasons_are_noted():
    reuse = predict(**HE3).notes
    assert any("c*_1 = E z σ*(z) = 0" in note and "only a reused batch" in note for note in reuse)
    assert any("critical exponents" in note for note in reuse)
    one = predict(**HE3, steps=1).notes
    assert any("one step does not see β*" in note for note in one)
    assert predict(activation="softplus", target="z", alpha1=0.3, alpha2=0.3, **SIZES).notes == ()


def test_a_target_too_heavy_for_the_quadrature_is_noted():
    p = predict(activation="tanh", **{**GENERIC, "target": "exp(3*z)/100"})
    assert p.quadrature_error > 5e-3
    assert any("the quadrature has converged to" in note for note in p.notes)


@pytest.mark.parametrize("activation", ["exp", "z**20"])
def test_an_activation_that_overflows_is_refused_without_a_warning(activation):
    with pytest.raises(ValueError, match=r"overflows? after the first step for σ = .* grows too fast"):
        predict(activation=activation, batch="reuse", **GENERIC)


def test_leading_pads_with_the_edge():
    p = predict(activation="tanh", **{**GENERIC, "target": "z"}, steps=1)
    first, second, third = p.leading(3)
    assert (first,) == p.outliers
    for empty in (second, third):
        assert (empty.strength, empty.singular_value) == (0.0, p.bulk.upper)
        assert empty.target_overlap_squared == empty.left_overlap_squared == 0.0


@pytest.mark.parametrize("activation", ["relu", "tanh(z + 0.8)"])
def test_left_vectors_on_a_gaussian_readout_are_orthonormal(activation):
    p = predict(activation=activation, batch="reuse", **GENERIC)
    a = np.random.default_rng(1).standard_normal(200_000) / np.sqrt(1000)
    U = p.left_vectors(a)
    assert U.shape == (200_000, len(p.outliers))
    np.testing.assert_allclose(U.T @ U, np.eye(len(p.outliers)), atol=0.03)
    assert (U[:, 0] @ (a / np.linalg.norm(a))) ** 2 > 0.9  # near a itself


def test_readout_rules_carry_the_law_of_a():
    gaussian = Model.of(activation="relu", **GENERIC)
    x, w = readout_rule(gaussian, FINE.a)
    for p, moment in enumerate([1, 0, 1, 0, 3, 0, 15]):
        assert w @ (x * np.sqrt(1000)) ** p == pytest.approx(moment, abs=1e-10)
    a = np.random.default_rng(4).standard_normal(1000) / np.sqrt(1000)
    x, w = empirical_readout_rule(a)
    assert len(x) <= FINE.a
    for p in range(7):
        assert w @ x**p == pytest.approx(np.mean(a**p), rel=1e-9, abs=1e-12 * np.mean(np.abs(a) ** p))
    assert w @ np.abs(x) == pytest.approx(np.mean(np.abs(a)), rel=1e-12)
    x, w = empirical_readout_rule(np.array([0.5, -0.5, 0.5, 0.0]))
    np.testing.assert_allclose(x, [-0.5, 0.5])
    np.testing.assert_allclose(w, [0.25, 0.5])
