"""Closed forms against the finite-size theory, along N: relative errors that fall like N^{−δ}."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sympy

from theory.expansion import self_moment
from theory.gaussian_labels import NOISE, PHI, GaussianLabels
from theory.growth import resized
from theory.model import Model
from theory.population import population_spikes, sample_nodes
from theory.spikes import FINE
from theory.symbolic import ALPHA1, ALPHA2, SYMBOLS, N, leading_outliers, self_interaction

BENCHMARK = "sqrt(e)*(sin(z) + cos(z)) - 1"
CUBIC = "z + He(2, z)/3 + He(3, z)/8"
WIDTHS = (1e8, 1e10)
DOCS = (Path(__file__).parents[2] / "docs" / "phases.md").read_text()


def ratios(sigma, target, batch, noise, most=3, scale=1.0, widths=WIDTHS):
    """θ over its closed form, and the error of |ω|, shape (2, terms, widths)."""
    living = leading_outliers(sigma, target, batch, most)
    fields = {"width": 2000, "dim": 1000, "samples": 2500, "alpha1": 0, "noise": noise, "batch": batch}
    model = Model.of(activation=sigma, target=target, **fields)
    table = []
    for width in widths:
        spikes = population_spikes(resized(model, width, "0.3", "0.4"))
        row = []
        for k, outlier in enumerate(living):
            theta, omega = outlier.numbers(N=width, alpha1="0.3", alpha2="0.4", phi="0.4", noise=noise)
            row.append((spikes.strengths[k] / (scale * theta), abs(spikes.overlaps[k]) - abs(omega)))
        table.append(row)
    return np.transpose(table)


def errors(*arguments, **options):
    strength, overlap = ratios(*arguments, **options)
    return np.abs(strength - 1), np.abs(overlap)


@pytest.mark.parametrize("batch", ["independent", "reuse"])
def test_four_terms_along_all_widths_as_the_documentation_shows_them(batch):
    widths = (1e4, 1e6, 1e8, 1e10)
    ratio, _ = ratios(BENCHMARK, "z", batch, 0.3, most=4 if batch == "independent" else 3, widths=widths)
    rows = re.findall(r"^\| 10\^\d+ \|(.*)\|$", DOCS, re.M)
    shown = np.array([[float(cell) for cell in row.split("|")] for row in rows])
    assert pytest.approx(shown[:, :3] if batch == "independent" else shown[:, 3:], abs=6e-4) == ratio[:3].T
    assert np.all(np.diff(np.abs(ratio - 1), axis=1) < 0)
    assert np.abs(ratio[:, -1] - 1).max() < 0.03


@pytest.mark.parametrize("batch", ["independent", "reuse"])
@pytest.mark.parametrize(
    ("sigma", "target", "noise"),
    [
        (BENCHMARK, "z + He(2, z)/4", 0.0),
        (CUBIC, "He(2, z)/2 + He(3, z)/4", 0.2),
        ("z + He(3, z)/8", "z + z**2/4", 0.1),
        ("z + He(2, z)/2 + He(3, z)/6", "z + z**2/4", 0.0),
    ],
)
def test_strengths_and_overlaps_converge_to_the_closed_forms(sigma, target, noise, batch):
    strength, overlap = errors(sigma, target, batch, noise)
    assert strength[:, -1].max() < 0.035
    assert overlap[:, -1].max() < 0.01
    # between N = 10^8 and 10^10 the parameter N^{−δ} falls by 0.40
    assert np.all(strength[:, -1] < 0.62 * strength[:, -2])


def test_a_wrong_constant_does_not_converge():
    """He_2's √2 in place of √3 for the second left vector, say."""
    strength, _ = errors(BENCHMARK, "z", "independent", 0.3, scale=np.sqrt(2 / 3))
    assert strength[1, -1] > 0.2


def test_the_naive_self_interaction_does_not_converge(monkeypatch):
    """φ μ1 μ2 y = −φ y in place of φ E[σ'σ''] y = −φ y/e at k = 1."""
    case = (BENCHMARK, "He(2, z)/2 + He(3, z)/4", "reuse", 0.0, 2)
    right = errors(*case)[0][1]
    assert right[-1] < 0.1
    assert right[-1] < 0.62 * right[-2]

    def naive(sigma, k, i, p):
        found = self_moment(sigma, k, i, p)
        return replace(found, exact=sympy.Integer(-1)) if (k, i) == (1, 1) else found

    monkeypatch.setattr("theory.symbolic.self_moment", naive)
    assert errors(*case)[0][1][-1] > 0.3


def test_the_leading_strength_is_the_known_one():
    """Reuse: both steps add β1, so θ_0 = μ1 b (N^α1 + N^α2) and ω_0 = c*_1/b."""
    (leading,) = leading_outliers("z + He(3, z)/6", "z", "reuse", 1)
    b = sympy.sqrt(1 + PHI * (1 + NOISE**2))
    assert sympy.simplify(leading.strength**2 - (b * (N**ALPHA1 + N**ALPHA2)) ** 2) == 0
    assert sympy.simplify(leading.overlap**2 - 1 / b**2) == 0


def test_self_interaction_of_the_benchmark():
    assert self_interaction(BENCHMARK) == -sympy.exp(-1)
    assert self_interaction("z + He(2, z)/2") == 1


def test_killed_terms_do_not_appear():
    assert [outlier.k for outlier in leading_outliers("z + He(3, z)/8", "z", "reuse")] == [0, 2]
    assert leading_outliers("He(2, z)", "z", "reuse") == ()


def test_singular_value_overlap_and_latex():
    (leading,) = leading_outliers("z", "z", "independent", 1)
    theta, omega = leading.numbers(N=1e4, alpha1=0, alpha2=0.3, phi=0.5)
    values = {"phi": 0.5, "noise": 0, "N": 10**4, "alpha1": 0, "alpha2": 0.3, "gamma": 2}
    point = {SYMBOLS[name]: value for name, value in values.items()}
    value = float(leading.singular_value.subs(point))
    assert value == pytest.approx(np.sqrt((1 + theta**2) * (2 + theta**2)) / theta)
    overlap = float(leading.target_overlap_squared.subs(point))
    assert overlap == pytest.approx(omega**2 * (1 - (2 + theta**2) / (theta**2 * (theta**2 + 1))))
    assert leading.latex().startswith(r"\theta_0 \simeq N^{\alpha_{2}}")


def test_label_moments_are_those_of_the_quadrature():
    model = Model.of(
        activation="tanh", target="z + z**2/4", noise=0.3, width=10, dim=10, samples=25, alpha1=0
    )  # φ = 0.4
    law = GaussianLabels(sympy.Poly(sympy.sympify("z + z**2/4", {"z": sympy.Symbol("z", real=True)})))
    z, t, y, w = sample_nodes(model, FINE)
    g = float(law.c1) * z + np.sqrt(model.phi * model.m2) * t
    for i, j, r in [(1, 0, 1), (2, 1, 0), (2, 2, 0), (3, 2, 1), (4, 3, 1)]:
        exact = float(law(i, j, r).subs({PHI: 0.4, NOISE: 0.3}))
        assert w @ (y**i * g**j * z**r) == pytest.approx(exact, rel=1e-6)  # nodes of weight below 1e-13 are dropped


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("tanh", "z"), "no closed form for σ = 'tanh'.*use theory.predict"),
        (("relu", "z"), "kink"),
        (("z", "tanh"), "the target 'tanh' is no polynomial"),
        (("z", "z", "both"), "give 'independent' or 'reuse'"),
        (("z", "z", "reuse", 5), "give a number of terms from 1 to 4"),
    ],
)
def test_what_has_no_closed_form_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        leading_outliers(*arguments)


def test_unknown_quantities_are_refused():
    with pytest.raises(TypeError, match="unknown quantity 'M'"):
        leading_outliers("z", "z", most=1)[0].numbers(M=3)
