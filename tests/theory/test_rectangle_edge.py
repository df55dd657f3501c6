"""The largest singular value of W0 for its two kinds of rows: each centring against draws of both."""

import numpy as np
import pytest
from scipy.linalg import eigvalsh
from scipy.stats import kstest

from theory import MarchenkoPastur
from theory.edge_law import edge_from_density, edge_law
from theory.rectangle_edge import largest_with_gaussian_rows, largest_with_rows_of_length_one

N, D, DRAWS = 150, 250, 800


def largest(rng, on_sphere):
    X = rng.standard_normal((N, D))
    X /= np.linalg.norm(X, axis=1)[:, None] if on_sphere else np.sqrt(D)
    return np.sqrt(eigvalsh(X @ X.T, subset_by_index=[N - 1, N - 1])[0])


@pytest.mark.parametrize(("rows", "columns"), [(300, 500), (500, 300)])
def test_the_scale_is_that_of_the_bulks_own_curvature(rows, columns):
    bulk = MarchenkoPastur(rows / columns)
    curvature = edge_from_density(bulk.density, bulk.upper, 0.1).curvature
    expected = edge_law(bulk.upper, curvature, min(rows, columns)).scale
    assert largest_with_gaussian_rows(rows, columns).scale == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("on_sphere", [False, True], ids=["Gaussian", "sphere"])
def test_each_kind_of_rows_has_its_own_centring(on_sphere):
    rng = np.random.default_rng(11)
    drawn = np.array([largest(rng, on_sphere) for _ in range(DRAWS)])
    laws = largest_with_gaussian_rows(N, D), largest_with_rows_of_length_one(N, D)
    own, other = laws[on_sphere], laws[not on_sphere]
    error = own.std() / np.sqrt(DRAWS)
    assert abs(drawn.mean() - own.mean()) < 4 * error
    assert kstest(drawn, own.cdf).pvalue > 0.01
    assert abs(drawn.mean() - other.mean()) > 6 * error
    assert kstest(drawn, other.cdf).pvalue < 1e-6


def test_sizes_too_small_or_impossible_are_refused():
    with pytest.raises(ValueError, match=r"N = 0 is not accepted: give the number of rows"):
        largest_with_gaussian_rows(0, 5)
    with pytest.raises(ValueError, match=r"N = 2, d = 9 are not accepted: the edge is an asymptotic one"):
        largest_with_rows_of_length_one(2, 9)
