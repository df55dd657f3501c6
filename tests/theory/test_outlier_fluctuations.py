"""Standard deviations over draws: the delta method against closed forms, identities and predictions of many draws."""

import numpy as np
import pytest

from theory import predict
from theory.bulk import MarchenkoPastur
from theory.bulk_rules import singular_value_rule
from theory.conditional import conditional_spikes
from theory.fluctuations import outlier_fluctuations, quantile_rule
from theory.model import Model
from theory.population import population_spikes
from theory.rectangular_fluctuations import rectangular_outlier
from theory.second_step import averages, batch, rows_of
from theory.spike_gradients import spike_gradients
from theory.spikes import COARSE, Rows, spikes_from_rows
from theory.strength_fluctuations import spike_covariances

SIZES = {"width": 300, "dim": 150, "samples": 300}
TWO = {"activation": "softplus", "target": "z + (z**2 - 1)/2", "alpha1": 0.35, "alpha2": 0.4, "noise": 0.2}
SOURCES = ("readout", "batch", "second_batch", "beta1", "orthogonal")


def draw(rng, model):
    """A readout and batches of the model's law, with β* = e_1."""
    N, d, n = int(model.N), int(model.d), int(model.n)
    a = rng.standard_normal(N) if model.readout == "gaussian" else rng.choice([-1.0, 1.0], N)

    def one_batch():
        X = rng.standard_normal((n, d))
        return X, model.target(X[:, 0]) + model.noise * rng.standard_normal(n)

    first = one_batch()
    return a / np.sqrt(N), np.eye(d)[0], *first, *(first if model.reuse else one_batch())


@pytest.mark.parametrize(
    "change",
    [{}, {"batch": "reuse"}, {"steps": 1}, {"loss": "correlation"}, {"readout": "rademacher", "batch": "reuse"}],
    ids=str,
)
def test_the_averages_give_the_populations_rows(change):
    model = Model.of(**SIZES, **TWO, **change)
    a, weights, one = batch(model, COARSE)
    rows, expected = rows_of(model, a, weights, averages(model, one)), population_spikes(model, COARSE).rows
    np.testing.assert_allclose(rows.K, expected.K, rtol=1e-9, atol=1e-9 * np.abs(expected.K).max())
    np.testing.assert_allclose(rows.along, expected.along, rtol=1e-9, atol=1e-9 * np.abs(expected.along).max())
    np.testing.assert_allclose(rows.along_first, expected.along_first, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("k", [0, 1])
def test_gradients_of_the_eigenproblem_are_differences_of_it(k):
    rng = np.random.default_rng(2)
    a, weights = np.linspace(-1, 1, 7), rng.uniform(0.5, 1, 7)
    vectors, target = rng.standard_normal((7, 4)), rng.standard_normal(4)
    rows = Rows(a, weights, vectors @ vectors.T, vectors @ target, vectors @ target)
    dK, dt, dw = (rng.standard_normal(shape) for shape in ((7, 7), 7, 7))
    dK = dK + dK.T

    def at(h):
        moved = Rows(a, weights + h * dw, rows.K + h * dK, rows.along + h * dt, rows.along_first)
        found = spikes_from_rows(Model.of(**SIZES, **TWO), moved)
        return np.array([found.strengths[k], found.overlaps[k] * np.sign(found.overlaps[k])])

    sign = np.sign(spikes_from_rows(Model.of(**SIZES, **TWO), rows).overlaps[k])
    h = 1e-6
    for gradient, expected, factor in zip(
        spike_gradients(rows, SIZES["width"], k), (at(h) - at(-h)) / (2 * h), (1, sign), strict=True
    ):
        found = np.sum(gradient.K * dK) + gradient.along @ dt + gradient.weights @ dw
        # an eigenvector has either sign: so has ω
        assert abs(found) == pytest.approx(abs(factor * expected), rel=1e-6)


@pytest.mark.parametrize(("sizes", "noise"), [((300, 150, 300), 0.0), ((200, 170, 410), 0.7)])
def test_one_step_on_a_linear_target_has_closed_forms(sizes, noise):
    """θ = η1 μ1 ‖a‖ ‖β1‖ and ω = c/b, c = ⟨yz⟩, b² = c² + φ ⟨y²⟩ (1 + δ); y = z + ε."""
    N, d, n = sizes
    model = Model.of(activation="tanh", target="z", alpha1=0.3, steps=1, noise=noise, width=N, dim=d, samples=n)
    (found,) = spike_covariances(model)
    phi, m2 = d / n, 1 + noise**2
    b2 = 1 + phi * m2
    of_c, of_m2, both = 2 + noise**2, 2 * m2**2, 2 * m2  # n times the (co)variances of ⟨yz⟩ and ⟨y²⟩
    var_b2 = (4 * of_c + 4 * phi * both + phi**2 * of_m2) / n + 2 * (phi * m2) ** 2 / d
    relative = 1 / (2 * N) + var_b2 / (4 * b2**2)
    assert found.total[0, 0] == pytest.approx(found.strength**2 * relative, rel=1e-9)
    # δω = δc/b − δb²/(2b³)
    by_c, by_m2, by_delta = 1 / b2**0.5 - 1 / b2**1.5, -phi / (2 * b2**1.5), -phi * m2 / (2 * b2**1.5)
    var = (by_c**2 * of_c + 2 * by_c * by_m2 * both + by_m2**2 * of_m2) / n + by_delta**2 * 2 / d
    assert found.total[1, 1] == pytest.approx(var, rel=1e-9)


def test_relative_fluctuations_fall_with_the_root_of_the_size():
    """With all sizes four times as large and step sizes twice, the same problem on the scale of a neuron."""
    small, large = (
        spike_covariances(
            Model.of(**TWO, batch="reuse", width=300 * f**2, dim=150 * f**2, samples=300 * f**2, scale1=s1, scale2=s2)
        )[0]
        for f, s1, s2 in ((1, 1.0, 1.0), (2, 2 * 4**-0.35, 2 * 4**-0.4))
    )
    assert large.strength == pytest.approx(2 * small.strength, rel=1e-9)
    assert large.total[0, 0] == pytest.approx(small.total[0, 0], rel=1e-6)
    assert large.total[1, 1] == pytest.approx(small.total[1, 1] / 4, rel=1e-6)


def z_score(predicted, values):
    """Of log sd, with the error √((κ − 1)/4n) from the values' kurtosis."""
    centred = values - values.mean()
    error = np.sqrt((np.mean(centred**4) / np.mean(centred**2) ** 2 - 1) / (4 * len(values)))
    return np.log(predicted / values.std(ddof=1)) / error


def scatter(model, draws):
    """θ and |ω| of the leading spike given each of many synthetic draws: no derivative of the rows' formula."""
    rng = np.random.default_rng(5)
    drawn = [conditional_spikes(model, *draw(rng, model)) for _ in range(draws)]
    return np.array([(spikes.strengths[0], abs(spikes.overlaps[0])) for spikes in drawn]).T


def standard_deviations(covariance, *without):
    """Of θ and ω, with some sources left out."""
    kept = sum(getattr(covariance, name) for name in SOURCES if name not in without)
    return np.sqrt(np.diag(kept))


@pytest.mark.parametrize("how", ["independent", "reuse"])
def test_the_delta_method_knows_the_scatter_of_predictions_given_draws(how):
    """Two readouts ±1/√N, which many draws can be had of; what sampled readouts add is in the other tests."""
    model = Model.of(**SIZES, **TWO, batch=how, readout="rademacher")
    covariance = spike_covariances(model)[0]
    strengths, overlaps = scatter(model, 1000)
    sd, overlap_sd = standard_deviations(covariance)
    assert abs(z_score(sd, strengths)) < 3.5
    assert abs(z_score(overlap_sd, overlaps)) < 3.5
    correlation = covariance.total[0, 1] * np.sign(covariance.overlap) / (sd * overlap_sd)
    assert np.corrcoef(strengths, overlaps)[0, 1] == pytest.approx(correlation, abs=0.1)
    # controls: 15 % too wide, and sources left out (‖β1‖² alone is too small to be missed on fresh batches)
    assert z_score(1.15 * sd, strengths) > 3.5
    for name in ("second_batch", "orthogonal") if how == "independent" else ("batch", "beta1"):
        assert z_score(standard_deviations(covariance, name)[1], overlaps) < -3.5


def test_sampled_readouts_scatter_as_the_delta_method_says():
    model = Model.of(**SIZES, **TWO)
    covariance = spike_covariances(model)[0]
    strengths, _ = scatter(model, 100)
    assert abs(z_score(standard_deviations(covariance)[0], strengths)) < 3
    assert z_score(1.5 * standard_deviations(covariance)[0], strengths) > 3.5


def test_every_source_counts_and_a_reused_batch_is_one():
    fresh, reused = (spike_covariances(Model.of(**SIZES, **TWO, batch=how))[0] for how in ("independent", "reuse"))
    for name in SOURCES:
        assert getattr(fresh, name)[1, 1] > 0
        assert (getattr(reused, name)[1, 1] > 0) == (name != "second_batch")


def test_quantiles_make_a_rule_as_good_as_the_closed_one():
    gamma = 1.7
    exact = rectangular_outlier(2.0, singular_value_rule(gamma), 340, 200)
    found = rectangular_outlier(2.0, quantile_rule(MarchenkoPastur(gamma)), 340, 200)
    assert found.location == pytest.approx(exact.location, rel=1e-6)
    np.testing.assert_allclose(found.covariance, exact.covariance, rtol=1e-4)


def test_the_bulks_part_is_the_classical_one():
    """With the strength's own scatter taken out, what is left is that of a spike on W0's bulk."""
    problem = {**SIZES, "activation": "tanh", "target": "z", "alpha1": 0.3, "steps": 1}
    prediction = predict(problem, bulk="mp")
    (found,), (outlier,) = outlier_fluctuations(problem, prediction), prediction.outliers
    law = rectangular_outlier(outlier.strength, singular_value_rule(2.0), 300, 150)
    expected = np.hypot(law.slope * found.strength_sd, law.location_sd)
    assert found.singular_value_sd == pytest.approx(expected, rel=1e-5)
    assert found.left_overlap_sd > law.left_sd * (1 - 1e-5)
    assert found.reason == ""


def test_an_overlap_predicted_as_zero_scatters_as_a_square():
    problem = {**SIZES, "activation": "tanh", "target": "He(3, z)/sqrt(6)", "alpha1": 0.35, "alpha2": 0.4}
    prediction = predict(problem, bulk="mp")
    found = outlier_fluctuations(problem, prediction)[0]
    assert prediction.outliers[0].target_overlap_squared == pytest.approx(0, abs=1e-12)
    assert 0 < found.target_overlap_sd < 0.1


def test_marginal_outliers_have_a_reason_in_place_of_numbers():
    """A strength just above γ^{1/4} = 1.19, and one further up but within two standard deviations of it."""
    for scale, reason in ((0.37, "marginal"), (0.45, "within 2 standard deviations")):
        problem = {**SIZES, "activation": "tanh", "target": "z**3/4", "alpha1": 0.3, "steps": 1, "scale1": scale}
        (found,) = outlier_fluctuations(problem, predict(problem, bulk="mp"))
        assert np.isnan([found.singular_value_sd, found.target_overlap_sd, found.left_overlap_sd]).all()
        assert found.strength_sd > 0
        assert reason in found.reason


def test_no_outlier_has_no_fluctuation():
    problem = {**SIZES, "activation": "abs", "target": "z", "alpha1": 0.3, "steps": 1}
    assert outlier_fluctuations(problem, predict(problem, bulk="mp")) == ()


def test_a_prediction_of_another_problem_is_refused():
    problem = {**SIZES, **TWO}
    prediction = predict(problem, bulk="mp")
    with pytest.raises(ValueError, match=r"the problem has N = 400 and 150: give the problem that was predicted"):
        outlier_fluctuations({**problem, "width": 400}, prediction)
