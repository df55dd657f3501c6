"""The conditional prediction against two gradient steps written in plain NumPy, and the population theory against the
mean of conditional ones.  Differences are paired: theory and simulation share the draw."""

from functools import partial

import numpy as np
import pytest
from theory_witness import draw, leading, trained

import theory
from theory.spikes import vectors_at

# on the bulk of W0, where everything is in closed form: the strengths do not know the bulk
predict = partial(theory.predict, bulk="mp")
predict_draw = partial(theory.predict_draw, bulk="mp")

BASE = {"width": 600, "dim": 300, "samples": 600, "alpha1": "0.35", "alpha2": "0.45"}
CASES = {
    "kinked": {"activation": "relu", "target": "z + (z**2 - 1)/2", "batch": "reuse"},
    "fresh batch": {"activation": "relu", "target": "z + (z**2 - 1)/2", "batch": "independent"},
    "E y not 0": {"activation": "tanh(z + 0.8)", "target": "z + z**2/2", "batch": "reuse"},
    "correlation": {"activation": "tanh", "target": "tanh", "loss": "correlation"},
    "Rademacher": {"activation": "softplus", "target": "z", "readout": "rademacher", "batch": "reuse"},
    "one step, noise": {"activation": "gelu", "target": "z", "steps": 1, "noise": 0.5},
}
DRAWS = 12


@pytest.fixture(scope="module", params=CASES)
def runs(request):
    """For each draw: fields, simulated (s, cos², U), the draw, the prediction."""
    fields = {**BASE, **CASES[request.param]}
    found = []
    for rng in np.random.default_rng(7).spawn(DRAWS):
        W0, a, beta, batches = draw(rng, fields)
        seen = leading(trained(fields, W0, a, batches), beta)
        found.append((seen, (a, beta, *batches), predict_draw(fields, a, beta, *batches)))
    return fields, found


def test_the_leading_outlier_of_each_draw_is_predicted(runs):
    _, found = runs
    s = np.array([[seen[0][0], p.outliers[0].singular_value] for seen, _, p in found])
    overlap = np.array([[seen[1][0], p.outliers[0].target_overlap_squared] for seen, _, p in found])
    assert abs(np.mean(s[:, 1] - s[:, 0])) < 0.01 * s[:, 0].mean()
    assert abs(np.mean(overlap[:, 1] - overlap[:, 0])) < 0.01
    # the prediction follows the draw: what is left is less than the spread between draws
    assert np.std(s[:, 1] - s[:, 0]) < 0.7 * np.std(s[:, 0])


def test_a_prediction_with_a_step_ten_per_cent_off_is_rejected(runs):
    fields, found = runs
    step = "scale1" if fields.get("steps") == 1 else "scale2"
    for scale in (0.9, 1.1):
        wrong = [predict_draw({**fields, step: scale}, *arrays).outliers[0] for _, arrays, _ in found[:3]]
        s1 = np.array([seen[0][0] for seen, _, _ in found[:3]])
        assert abs(np.mean([o.singular_value for o in wrong] - s1)) > 0.01 * s1.mean()


def test_left_vectors_are_orthonormal_and_those_of_the_simulation(runs):
    _, found = runs
    overlaps = []
    for (_, _, U), arrays, p in found:
        V = p.left_vectors(arrays[0])
        assert V.shape == (BASE["width"], len(p.outliers))
        np.testing.assert_allclose(V.T @ V, np.eye(V.shape[1]), atol=2e-3)
        overlaps.append([(U[:, 0] @ V[:, 0]) ** 2, p.outliers[0].left_overlap_squared])
    seen, predicted = np.mean(overlaps, axis=0)
    assert seen > (0.95 if predicted > 0.97 else 0.9)
    assert seen == pytest.approx(predicted, abs=0.015)


def test_the_loss_and_the_self_interaction_matter_to_the_simulation():
    """Negative controls across cases: the wrong switch is rejected by the same draws."""
    for name, switch in (("correlation", {"loss": "squared"}), ("kinked", {"loss": "correlation"})):
        fields, off = {**BASE, **CASES[name]}, []
        for rng in np.random.default_rng(7).spawn(4):
            W0, a, beta, batches = draw(rng, fields)
            s1 = leading(trained(fields, W0, a, batches), beta)[0][0]
            off.append(predict_draw({**fields, **switch}, a, beta, *batches).outliers[0].singular_value / s1 - 1)
        assert abs(np.mean(off)) > 0.012


@pytest.mark.parametrize("name", ["E y not 0", "fresh batch", "correlation"])
def test_the_population_is_the_mean_of_conditional_predictions(name):
    fields = {**CASES[name], "width": 1200, "dim": 600, "samples": 1200, "alpha1": "0.3", "alpha2": "0.3"}
    p = predict(fields)
    found = []
    for rng in np.random.default_rng(3).spawn(16):
        _, a, beta, batches = draw(rng, fields)
        outlier = predict_draw(fields, a, beta, *batches).leading(1)[0]
        found.append([outlier.singular_value, outlier.target_overlap_squared])
    expected = np.array([p.outliers[0].singular_value, p.outliers[0].target_overlap_squared])
    mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / 4
    assert (np.abs(mean - expected) < 3 * error + 2 / fields["width"] * expected).all()
    wrong = predict({**fields, "scale1": 1.2}).outliers[0].singular_value
    assert abs(mean[0] - wrong) > 4 * error[0]


def test_every_neuron_as_its_own_node_gives_the_same_as_the_gauss_rule():
    """The conditional kernel summed over all N readouts, without compressing their law."""
    from theory.conditional import conditional_spikes
    from theory.model import Model
    from theory.response import Response
    from theory.spikes import second_step_weights

    fields = {**BASE, "width": 200, **CASES["kinked"]}
    _, a, beta, (X, y) = draw(np.random.default_rng(5), fields)
    model = Model.of(fields)
    found = conditional_spikes(model, a, beta, X, y)
    everyone = (a, np.full(len(a), 1 / len(a)))
    beta1 = X.T @ y / len(y)
    g = X @ beta1 - (X**2).sum(axis=1) / len(y) * y
    response = Response.of(model, mean_label=float(y.mean()), m2=float(np.mean(y**2)))
    v = second_step_weights(model, response, everyone, y, g) @ X / len(y)
    rows = a[:, None] * (model.eta1 * 0.5 * beta1 + model.eta2 * v)
    U, s, Vt = np.linalg.svd(rows, full_matrices=False)
    np.testing.assert_allclose(found.strengths[:2], s[:2], rtol=2e-3)
    np.testing.assert_allclose(np.abs(found.overlaps[:2]), np.abs(Vt[:2] @ beta), atol=2e-3)
    assert (np.abs(np.sum(vectors_at(found.rows.a, found.left, a)[:, :2] * U[:, :2], axis=0)) > 0.995).all()
