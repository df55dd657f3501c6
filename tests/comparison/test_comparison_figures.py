"""The figure: what is drawn is what was found."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from rmt_spikes import TwoLayer
from rmt_spikes.comparison import compare
from rmt_spikes.figures import comparison_figure
from rmt_spikes.plots import plot_bulk, plot_outliers, plot_overlaps
from theory import MarchenkoPastur


@pytest.fixture(scope="module")
def result():
    problem = TwoLayer(width=300, dim=150, samples=300, alpha1=0.3, alpha2=0.3, target="z")
    return compare(np.random.default_rng(1), problem, trials=3)


@pytest.mark.parametrize("plot", [plot_bulk, plot_outliers, plot_overlaps])
def test_a_plot_returns_the_axes_it_was_given(result, plot):
    ax = Figure().add_subplot()
    assert plot(result, ax) is ax


def test_the_bulk_plot_holds_a_normalised_histogram_under_the_predicted_density(result):
    ax = plot_bulk(result, Figure().add_subplot())
    assert sum(bar.get_width() * bar.get_height() for bar in ax.patches) == pytest.approx(1)
    (s0, initial), (s, density) = ax.lines[0].get_data(), ax.lines[1].get_data()
    np.testing.assert_allclose(initial, MarchenkoPastur(2.0).pdf(s0))
    np.testing.assert_allclose(density, result.prediction.bulk.pdf(s))


def test_the_outlier_plot_holds_every_trial_and_the_predicted_place(result):
    ax = plot_outliers(result, Figure().add_subplot())
    drawn = [line.get_xdata() for line in ax.lines]
    seen = [t.observation.outliers[0] for t in result.trials]
    assert any(np.array_equal(x, seen) for x in drawn)
    assert any(np.allclose(x, result.prediction.outliers[0].singular_value) for x in drawn)


def test_a_figure_has_two_panels_with_outliers_and_one_without(result):
    assert len(comparison_figure(result).axes) == 2
    none = compare(
        np.random.default_rng(1), TwoLayer(activation="abs", width=60, dim=40, samples=60), trials=1, bulk="mp"
    )
    assert len(comparison_figure(none).axes) == 1
