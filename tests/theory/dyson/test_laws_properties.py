"""Identities between laws of expressions, and laws that are refused instead of returned."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from theory.dyson import laws
from theory.dyson.dimensions import Dimension
from theory.dyson.law import Eigenvalues, SingularValues
from theory.dyson.matrices import Diagonal, Gaussian, outer
from theory.dyson.path import PathError
from theory.dyson.quantile_laws import FiniteSizeEdge
from theory.dyson.spectrum import SpectrumError
from theory.dyson.vectors import direction

few = settings(max_examples=2, deadline=None, derandomize=True, database=None)
ratio = st.floats(0.3, 0.6)  # where no band is nearly split: those take seconds
Q = np.array([0.05, 0.3, 0.6, 0.9])


def matrices(rows, cols, inner=1.3):
    n, d, m = Dimension("n", rows), Dimension("d", cols), Dimension("m", inner)
    D = Diagonal("D", n, [0.5, 2], weights=[0.3, 0.7])
    return Gaussian("X", n, d, 1 / d), Gaussian("Y", n, d, 0.4 / d), Gaussian("Z", d, m, 1 / m), D


def same(one, other, factor=1.0):
    np.testing.assert_allclose(one.edges, factor * np.array(other.edges), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(one.pdf(one.isf(Q)), other.pdf(one.isf(Q) / factor) / factor, rtol=1e-6, atol=1e-9)


@few
@given(ratio)
def test_factored_is_expanded(r):
    X, Y, Z, D = matrices(1, r)
    same(SingularValues(D * (X + Y) * Z), SingularValues(D * X * Z + D * Y * Z))


@few
@given(ratio)
def test_singular_values_of_the_transpose_are_the_same(r):
    X, Y, _, D = matrices(1, r)
    same(SingularValues(D * X + Y), SingularValues((D * X + Y).T))


@few
@given(ratio, st.floats(0.2, 5))
def test_a_factor_scales_the_law(r, c):
    X, Y, _, D = matrices(1, r)
    same(SingularValues(c * (D * X + Y)), SingularValues(D * X + Y), c)


@few
@given(ratio)
def test_adding_zero_and_permuting_terms_changes_nothing(r):
    X, Y, _Z, D = matrices(1, r)
    law = SingularValues(D * X + Y)
    same(SingularValues(D * X + Y + 0 * X), law)
    same(SingularValues(Y + D * X), law)
    nothing = Diagonal("O", X.rows, [0.0])
    same(SingularValues(D * X + nothing * X + Y), law)


@few
@given(ratio, st.floats(0.1, 100))
def test_only_ratios_of_sizes_matter(r, scale):
    (X, Y, Z, D), (X2, Y2, Z2, D2) = matrices(1, r), matrices(scale, scale * r, scale * 1.3)
    same(SingularValues((D * X + Y) * Z), SingularValues((D2 * X2 + Y2) * Z2))


@few
@given(ratio)
def test_independent_gaussians_add_their_variances(r):
    X, Y, *_ = matrices(1, r)
    same(SingularValues(X + Y), SingularValues(X), np.sqrt(1.4))


def test_control_a_dropped_term_is_another_law():
    X, Y, Z, D = matrices(1, 0.6)
    with pytest.raises(AssertionError):
        same(SingularValues(D * (X + Y) * Z), SingularValues(D * X * Z))
    with pytest.raises(AssertionError):
        same(SingularValues(D * X + Y), SingularValues(X + Y))


def test_z_on_the_support_is_refused():
    law = laws.marchenko_pastur(10, 4)
    with pytest.raises(ValueError, match=r"z = 1 lies on the support, .*: give z off it, or with an imaginary part"):
        law.stieltjes(1.0)
    assert law.stieltjes(1 + 0.1j).imag > 0
    assert law.stieltjes(-1.0).real > 0


def test_quantiles_of_no_fraction_are_refused():
    with pytest.raises(ValueError, match=r"give fractions from 0 to 1"):
        laws.semicircle(1).isf(-0.1)


def test_a_law_that_lacks_mass_fails_loudly():
    """Projections of ranks .3 n and .4 n add up to an atom of mass .1 at 1, inside a gap, which is not found."""
    n = Dimension("n", 10)
    X, Y = (Gaussian(name, n, Dimension(f"r{name}", rank), 1 / n) for name, rank in (("X", 3), ("Y", 4)))
    law = Eigenvalues(X * (X.T * X) ** -1 * X.T + Y * (Y.T * Y) ** -1 * Y.T)
    with pytest.raises(SpectrumError, match=r"the law found has mass 0.90000 instead of 1"):
        law.cdf(0.5)


def test_an_atom_above_the_band_is_told_by_the_path():
    with pytest.raises(PathError, match=r"the solution could not be followed to z = |no end in sight"):
        _ = Eigenvalues(laws.jacobi(5, 3, 4).expression, budget=20_000).bands


def test_a_missing_inverse_is_told_by_the_path():
    X = Gaussian("X", Dimension("n", 4), Dimension("d", 7), 1)
    with pytest.raises(
        PathError, match=r"no physical solution found|could not be followed|no finite scale|unbounded"
    ):
        _ = Eigenvalues((X.T * X) ** -1).support


def test_an_unbounded_diagonal_warns_that_its_edge_is_a_finite_size_one():
    with pytest.warns(
        FiniteSizeEdge, match=r"the law of D is unbounded: the edge is a finite-size one, of 500 values"
    ):
        laws.deformed_semicircle(500, stats.norm())


def test_what_is_not_symmetric_is_refused_by_algebra():
    n = Dimension("n", 10)
    G = Gaussian("G", n, n, 1 / n)
    with pytest.raises(ValueError, match=r"eigenvalues need a symmetric expression, and G is not"):
        Eigenvalues(G)
    b, c = direction("b", n), direction("c", n)
    with pytest.raises(ValueError, match=r"symmetrise it"):
        Eigenvalues(G + G.T + outer(b, c))
    Eigenvalues(G + G.T + outer(b, c) + outer(c, b))


@pytest.mark.parametrize("effort", [{}, {"points": 24, "doublings": 0, "tolerance": 1e-7}])
def test_the_density_falls_to_zero_at_its_edges_however_coarse_it_is(effort):
    n, d = Dimension("n", 90), Dimension("d", 50)
    law = SingularValues(Gaussian("X", n, d, 1 / d), **effort)
    inside = law.pdf(np.linspace(law.lower, law.upper, 1001))
    assert law.pdf([law.lower, law.upper]) == pytest.approx([0, 0], abs=1e-6)
    assert inside.max() == pytest.approx(law.pdf(1.0 + 0 * law.lower), rel=0.2)
    assert np.abs(np.diff(inside)).max() < 0.1


@pytest.mark.parametrize(("weight", "atom", "scale"), [(0.002, 100.0, 1.0), (0.02, 100.0, 1.0), (0.5, 3.0, 0.002)])
def test_a_light_band_far_out_is_found(weight, atom, scale):
    p = Dimension("p", 1000)
    G, D = Gaussian("G", p, p, 0.5 / p), Diagonal("D", p, [0, atom], weights=[1 - weight, weight])
    law = Eigenvalues(D + scale * (G + G.T))
    assert len(law.edges) == 2
    width = 2 * scale * np.sqrt(weight)  # to first order in the distance of the atoms
    place = atom + scale**2 * (1 - weight) / atom
    assert law.upper == pytest.approx(place + width, abs=0.02 * width)
    assert law.edges[1][0] == pytest.approx(place - width, abs=0.02 * width)


def test_numpy_numbers_multiply_symbols():
    X = Gaussian("X", Dimension("n", 4), Dimension("d", 7), 1)
    assert np.float64(2) * X == 2.0 * X
    assert X * np.float64(2) == X * 2.0
