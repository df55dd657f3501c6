"""The path from far outside down to the upper end of a law."""

import numpy as np
import pytest

from theory.dyson.dimensions import Dimension
from theory.dyson.law import SingularValues
from theory.dyson.matrices import Diagonal, Gaussian
from theory.dyson.path import along_powers, along_tangent, approached, far_point, newton, slope, walk

N, d = Dimension("N", 3000), Dimension("d", 1000)
NOISE = Gaussian("X", N, d, 1 / d)


def law(*places, weight=1e-3, noise=1.0):
    rows = Diagonal("D", N, [1.0, *places], weights=[1 - weight * len(places), *[weight] * len(places)])
    return SingularValues(noise * rows * NOISE)


@pytest.mark.parametrize("places", [(1.5,), (4.0,), (30.0,), (1000.0,), (4.0, 4.6), (9.0, 300.0)], ids=str)
def test_islands_of_few_rows_are_met(places):
    assert law(*places, weight=1e-5).upper > max(places)


def test_the_upper_end_is_that_of_marchenko_and_pastur():
    assert law(weight=0.0).upper == pytest.approx(1 + np.sqrt(3), rel=1e-12)
    assert law(weight=0.0, noise=1e-3).upper == pytest.approx(1e-3 * (1 + np.sqrt(3)), rel=1e-12)
    assert law(weight=0.0, noise=1.01).upper != pytest.approx(1 + np.sqrt(3), rel=1e-3)


@pytest.mark.parametrize("way", [1, 1j], ids=["real", "imaginary"])
def test_far_outside_the_solution_goes_along_powers(way):
    equation = law(4.0).explorer.equation
    point, nearer = far_point(equation, 1e3 * way), far_point(equation, 600.0 * way)
    tangent = slope(equation, point)
    size = np.abs(nearer.T)
    off, off_by_tangent = (
        np.max(np.abs(guess(point, tangent, 600.0 * way) - nearer.T) / size)
        for guess in (along_powers, along_tangent)
    )
    assert off < 1e-3
    assert off_by_tangent > 0.1


def test_a_solution_approached_is_that_of_the_walk():
    equation = law(4.0).explorer.equation
    far = far_point(equation, 20j)
    for share in (0.6, 0.02):  # the second is too far for powers
        wanted = walk(equation, far, share * 20j)
        np.testing.assert_allclose(approached(equation, far, share * 20j).T, wanted.T, rtol=1e-10)
    assert np.abs(newton(equation, 12j, far.T).T - far.T).max() > 1e-3
