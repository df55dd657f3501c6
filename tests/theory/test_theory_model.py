"""The fields of a problem: read from keywords, mappings and objects alike, validated once."""

from fractions import Fraction
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

import theory
from theory.model import Model

# on the bulk of W0, where everything is in closed form: the strengths do not know the bulk
predict = partial(theory.predict, bulk="mp")
predict_draw = partial(theory.predict_draw, bulk="mp")

FIELDS = {
    "activation": "tanh",
    "target": "z",
    "width": 300,
    "dim": 200,
    "samples": 400,
    "alpha1": "0.3",
    "alpha2": 0.45,
}


def test_objects_mappings_and_keywords_are_the_same_problem():
    models = [Model.of(FIELDS), Model.of(**FIELDS), Model.of(SimpleNamespace(**FIELDS, extra=1))]
    models.append(Model.of({**FIELDS, "width": 7}, width=300))
    assert all(model == models[0] for model in models)
    assert (models[0].phi, models[0].gamma) == (0.5, 1.5)
    assert models[0].count.ratio == Fraction(9, 4)
    assert (models[0].noise, models[0].reuse, models[0].squared, models[0].readout) == (0, False, True, "gaussian")


def test_step_sizes_are_powers_of_the_width():
    model = Model.of(FIELDS, scale1=2, scale2=3)
    assert model.eta1 == pytest.approx(2 * 300**0.3)
    assert model.eta2 == pytest.approx(3 * 300**0.45)
    one = Model.of(FIELDS, steps=1, batch="reuse")
    assert (one.eta2, one.reuse, one.count.total) == (0.0, False, 1)


@pytest.mark.parametrize(
    ("activation", "moments"),
    [
        ("relu", (0.5, 1 / np.sqrt(2 * np.pi), 0.25)),
        ("z**3", (3.0, 0.0, 18.0)),
        ("exp(z/2)", (np.exp(1 / 8) / 2, np.exp(1 / 8) / 4, (np.exp(1 / 2) - np.exp(1 / 4)) / 4)),
        (
            "relu(z - 1.5)",
            (0.06680720126885807, 0.12951759566589174, 0.06680720126885807 * (1 - 0.06680720126885807)),
        ),
    ],
)
def test_activation_moments_have_their_closed_forms(activation, moments):
    np.testing.assert_allclose(Model.of(FIELDS, activation=activation).activation_moments, moments, atol=1e-13)


@pytest.mark.parametrize(
    ("target", "moments"),
    [
        ("z + z**2/2", (1.0, 0.5, 1.75 + 0.09)),
        ("sign", (np.sqrt(2 / np.pi), 0.0, 1.09)),
        ("exp(z)", (np.exp(0.5), np.exp(0.5), np.exp(2) + 0.09)),
    ],
)
def test_target_moments_have_their_closed_forms_and_the_noise(target, moments):
    np.testing.assert_allclose(Model.of(FIELDS, target=target, noise=0.3).target_moments, moments, atol=1e-12)


WRONG = {
    ("batch", "both"): r"batch = 'both' is not accepted: give 'independent' or 'reuse'",
    ("loss", "hinge"): r"loss = 'hinge' is not accepted: give 'squared' or 'correlation'",
    ("readout", "uniform"): r"readout = 'uniform' is not accepted: give 'gaussian' or 'rademacher'",
    ("steps", 3): "steps = 3 is not accepted: give 1 or 2",
    ("noise", np.nan): "noise = nan is not accepted",
    ("noise", -0.1): "noise = -0.1 is not accepted",
    ("noise", np.inf): "noise = inf is not accepted",
    ("width", -1): "width = -1 is not accepted: give a finite number",
    ("width", 0): "width = 0 is not accepted",
    ("dim", None): "dim = None is not accepted",
    ("samples", "many"): "samples = 'many' is not accepted",
    ("scale1", 0): "scale1 = 0 is not accepted",
    ("scale2", 1j): "scale2 = 1j is not accepted",
    ("alpha1", 0.5): r"alpha1 = 0.5 is outside \[0, 1/2\)",
    ("alpha2", "x"): "alpha2 = 'x' is no number",
    ("activation", "sign"): "the activation 'sign' jumps at z = 0",
    ("activation", "2"): "the activation '2' is constant",
    ("target", "1/z"): "'1/z' is not a finite real number at z = 0",
    ("target", "0*z"): "the target .* is zero and there is no noise: there is nothing to learn",
}


@pytest.mark.parametrize("name_and_value", WRONG, ids=str)
def test_a_bad_field_is_named(name_and_value):
    name, value = name_and_value
    with pytest.raises(ValueError, match=WRONG[name_and_value]) as caught:
        predict({**FIELDS, name: value})
    assert "\n" not in str(caught.value)


def test_unknown_and_missing_fields_are_type_errors():
    with pytest.raises(TypeError, match="unknown field 'widht': the fields are activation, target, width"):
        predict(FIELDS, widht=3)
    with pytest.raises(TypeError, match="unknown field 'nose': the fields are"):
        predict({**FIELDS, "nose": 0.1})
    with pytest.raises(TypeError, match="missing width, alpha1: give a problem such as"):
        predict({k: v for k, v in FIELDS.items() if k not in ("width", "alpha1")})
    with pytest.raises(TypeError, match="missing activation"):
        predict()
    with pytest.raises(TypeError, match="an expression must be text"):
        predict(FIELDS, activation=np.tanh)


def arrays():
    rng = np.random.default_rng(0)
    return {
        "a": rng.standard_normal(300) / np.sqrt(300), "beta": np.eye(200)[0], "X1": rng.standard_normal((400, 200)),
        "y1": rng.standard_normal(400), "X2": rng.standard_normal((400, 200)), "y2": rng.standard_normal(400),
    }  # fmt: skip


def test_a_draw_needs_its_second_batch_unless_it_is_the_first():
    D = arrays()
    first = {name: D[name] for name in ("a", "beta", "X1", "y1")}
    with pytest.raises(ValueError, match="two steps on independent batches need X2 and y2: give the second batch"):
        predict_draw(FIELDS, **first)
    assert len(predict_draw({**FIELDS, "batch": "reuse"}, **first).spikes.strengths) > 0
    assert len(predict_draw({**FIELDS, "steps": 1}, **first).spikes.strengths) == 1


def test_a_draw_of_the_wrong_shape_or_with_nan_is_refused():
    D = arrays()
    with pytest.raises(ValueError, match=r"X1 has shape \(200, 400\): for this problem give \(400, 200\)"):
        predict_draw(FIELDS, **{**D, "X1": D["X1"].T})
    with pytest.raises(ValueError, match=r"y2 has shape \(399,\): for this problem give \(400,\)"):
        predict_draw(FIELDS, **{**D, "y2": D["y2"][1:]})
    with pytest.raises(ValueError, match="a has values that are not finite"):
        predict_draw(FIELDS, **{**D, "a": D["a"] * np.nan})
    with pytest.raises(ValueError, match="the readout a is zero"):
        predict_draw(FIELDS, **{**D, "a": 0 * D["a"]})
