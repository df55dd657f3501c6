"""Finite size: the grid is the point-wise theory, and the outliers are born where the strengths say."""

import numpy as np
import pytest

from theory.bulk import MarchenkoPastur
from theory.growth import resized, strengths_along
from theory.model import Model
from theory.phase_grid import phase_grid
from theory.population import population_spikes
from theory.spikes import FINE

BASE = {"width": 2000, "dim": 1000, "samples": 2500, "alpha1": 0}


def model(activation, target="z", batch="independent", **others):
    return Model.of({**BASE, "activation": activation, "target": target, "batch": batch, **others})


@pytest.mark.parametrize(
    ("case", "N"),
    [
        (model("softplus", "z + He(2, z)/2", "reuse", noise=0.3), 2000),
        (model("relu", "z + He(2, z)/2"), 1e6),
        (model("tanh", "He(3, z)/sqrt(6)", "reuse", loss="correlation"), 4000),
        (model("tanh(z + 0.8)", "z", "reuse", readout="rademacher"), 4000),
    ],
)
def test_the_grid_is_the_theory_at_each_point(case, N):
    grid = phase_grid(case, N, 5)
    bulk = MarchenkoPastur(case.gamma)
    rng = np.random.default_rng(1)
    for i, j in rng.integers(0, 5, (4, 2)):
        spikes = population_spikes(resized(case, N, float(grid.alpha1[j]), float(grid.alpha2[i])), FINE)
        seen = spikes.strengths > bulk.threshold
        captured = sum(o**2 * bulk.right(t) for t, o in zip(spikes.strengths, spikes.overlaps, strict=True))
        assert grid.outliers[i, j] == seen.sum()
        assert grid.captured[i, j] == pytest.approx(captured, rel=1e-7, abs=1e-12)
        k = seen.sum()
        assert grid.strengths[i, j, :k] == pytest.approx(spikes.strengths[:k], rel=1e-7)


def test_a_grid_of_the_wrong_batch_is_noticed():
    fresh, reused = (phase_grid(model("softplus", "z", batch), 2000, 3) for batch in ("independent", "reuse"))
    assert np.abs(fresh.captured - reused.captured).max() > 0.01


def test_progress_is_told_after_each_column():
    told = []
    phase_grid(model("softplus"), 1000, 3, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_an_outlier_is_born_where_its_strength_crosses_the_threshold():
    case = model("tanh(z + 0.8)")
    grown = strengths_along(case, "0.35", "0.45", [1e4, 1e6, 1e8])
    assert grown.counts == (2, 2, 3)
    assert grown.births[:2].tolist() == [0, 0]
    born = grown.births[2]
    theta = population_spikes(resized(case, born, "0.35", "0.45")).strengths[2]
    assert theta == pytest.approx(case.gamma**0.25, rel=1e-5)
    assert np.isnan(grown.births[3])
    # a rule that interpolated linearly in N between 1e6 and 1e8 would be far off
    assert not 0.3 < born / 5e7 < 3


def test_rounding_is_not_sold_as_outliers():
    """At N = 10^12 the quadrature of a kinked σ under reuse leaves strengths above the threshold that are noise."""
    case = model("relu", "z", "reuse")
    raw = population_spikes(resized(case, 1e12, "0.35", "0.45")).strengths
    grown = strengths_along(case, "0.35", "0.45", [1e11, 1e12])
    assert np.sum(raw > grown.threshold) > 3
    assert grown.counts == (3, 3)


@pytest.mark.parametrize(("N", "grid", "what"), [(2000, 1, "grid"), (2000, True, "grid"), (3, 5, "N = 3")])
def test_bad_grids_are_refused(N, grid, what):
    with pytest.raises(ValueError, match=rf"{what}.*not accepted: give"):
        phase_grid(model("tanh"), N, grid)


@pytest.mark.parametrize("widths", [[1e4], [1e6, 1e4], [2, 1e4]])
def test_bad_widths_are_refused(widths):
    with pytest.raises(ValueError, match="at least two, increasing, from 8 on"):
        strengths_along(model("tanh"), 0.3, 0.4, widths)


def test_the_width_of_the_problem_is_the_width_of_the_grid():
    case = model("softplus")
    assert phase_grid(case, grid=2).N == 2000
    np.testing.assert_array_equal(phase_grid(case, grid=2).strengths, phase_grid(case, 2000, 2).strengths)
    with pytest.raises(ValueError, match="N = 7 is not accepted"):
        phase_grid(case, 7, 2)
