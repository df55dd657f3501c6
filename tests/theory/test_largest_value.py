"""The law of the largest value of a solved bulk against closed forms and against draws."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest

from theory.dyson.dimensions import Dimension
from theory.dyson.law import Eigenvalues, SingularValues
from theory.dyson.matrices import Diagonal, Gaussian
from theory.dyson.sampling import balanced_atoms, sample
from theory.largest_value import largest_value_law
from theory.rectangle_edge import largest_with_gaussian_rows

N, d, n = Dimension("N", 120), Dimension("d", 80), Dimension("n", 160)
W, T, X, S = (
    Gaussian("W", N, d, 1 / d),
    Gaussian("T", N, n, 1 / n),
    Gaussian("X", n, d, 1 / d),
    Gaussian("S", N, N, 1 / N),
)
A = Diagonal("A", N, [1.0, -0.5], weights=[0.5, 0.5])


@pytest.mark.parametrize(("rows", "columns"), [(150, 100), (100, 230), (300, 300)])
def test_a_gaussian_rectangle_has_johnstones_scale_and_mas_centring(rows, columns):
    left, right = Dimension("N", rows), Dimension("d", columns)
    law = largest_value_law(SingularValues(Gaussian("W", left, right, 1 / columns)))
    expected = largest_with_gaussian_rows(rows, columns)
    assert law.scale == pytest.approx(expected.scale, rel=1e-6)
    # √N − ½ expanded to first order
    assert law.edge == pytest.approx(expected.edge, abs=0.5 / min(rows, columns) ** 2)


def test_the_largest_eigenvalue_of_a_symmetric_matrix_has_the_shift_of_half_a_row():
    law = largest_value_law(Eigenvalues((S + S.T) / 2**0.5))
    assert law.scale == pytest.approx(120 ** (-2 / 3), rel=1e-6)
    assert law.edge == pytest.approx(2 - 1 / 240, abs=1e-4)


@pytest.mark.parametrize(
    ("law", "draws"),
    [
        (SingularValues(W + A * T * X), 600),
        (SingularValues(W * X.T * X / 2 + W), 600),
        (Eigenvalues(S + S.T + A), 600),
    ],
    ids=["profile and product", "correlated product", "deformed"],
)
def test_draws_of_an_expression_follow_the_law_of_its_edge(law, draws):
    found = largest_value_law(law)
    rng = np.random.default_rng(3)
    matrices = [sample(rng, law.expression, balanced_atoms) for _ in range(draws)]
    values = [np.linalg.eigvalsh(M)[-1] if isinstance(law, Eigenvalues) else np.linalg.norm(M, 2) for M in matrices]
    assert kstest(values, found.cdf).pvalue > 0.01
    # controls: half the scale, and the edge's shift with the other sign
    for wrong in (replace(found, scale=found.scale / 2), replace(found, edge=2 * law.upper - found.edge)):
        assert kstest(values, wrong.cdf).pvalue < 1e-3


def test_an_edge_that_is_no_root_and_an_island_are_refused():
    few = Diagonal("F", N, [0.0, 9.0], weights=[0.95, 0.05])
    with pytest.raises(ValueError, match=r"an island of about 6\.0 values: it follows single rows"):
        largest_value_law(SingularValues(W + few * T * X))
    with pytest.raises(ValueError, match=r"no soft edge .* use the quantile Spectrum\.largest_value"):
        largest_value_law(Eigenvalues(A + 0 * A))
