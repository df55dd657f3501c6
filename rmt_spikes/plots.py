"""Plots of a comparison.  A plot takes a result and an ``ax`` and returns the ``ax``; colours mean the same in all.

Theory is dark blue, simulation orange-brown on grey.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from rmt_spikes.comparison import Comparison
from rmt_spikes.verdict import MARCHENKO_PASTUR
from theory import MarchenkoPastur

THEORY, SIMULATION, BULK = "#1f3b73", "#c8553d", "#c9ced6"


def plot_bulk(result: Comparison, ax: Axes) -> Axes:
    """Histogram of all bulk values of all trials under the predicted density, and that of W0's bulk, dashed, where it
    is another."""
    law = result.prediction.bulk
    values = result.bulk
    top = max(law.upper, float(values.max()))
    bins = np.linspace(0.0, top, int(np.clip(values.size ** (1 / 3) * 4, 8, 90)))
    ax.hist(values, bins=list(bins), density=True, color=BULK, label="simulation")
    if result.prediction.emergence.name != MARCHENKO_PASTUR:
        initial = MarchenkoPastur(result.problem.width / result.problem.dim)
        s = np.linspace(initial.lower, initial.upper, 801)
        ax.plot(s, initial.pdf(s), color=THEORY, lw=1, ls=(0, (4, 3)), alpha=0.55, label="Marchenko–Pastur (W0)")
    s = np.linspace(law.lower, law.upper, 801)
    ax.plot(s, law.pdf(s), color=THEORY, lw=1.6, label="theory")
    _tick(ax, law.upper)
    ax.set(xlabel="singular value", ylabel="density", xlim=(0, top * 1.04), ylim=(0, None))
    return ax


def plot_outliers(result: Comparison, ax: Axes) -> Axes:
    """Each trial's outliers as dots, their mean with its standard error, and a tick at the predicted place."""
    height = np.linspace(0.12, 0.4, len(result.trials))
    for k, outlier in enumerate(result.prediction.outliers):
        seen = [t.observation.outliers[k] for t in result.trials]
        mean = result.singular_value(k)
        ax.plot(seen, height, "o", ms=3.2, mfc="none", mec=SIMULATION, mew=0.8)
        ax.errorbar(mean.mean, 0.06, xerr=mean.sem, fmt="o", ms=4.5, color=SIMULATION, capsize=2.5, lw=1.2)
        ax.plot([outlier.singular_value] * 2, [0, 0.46], color=THEORY, lw=1.4, zorder=1)
        _tick(ax, outlier.singular_value)
        ax.annotate(f"$s_{k + 1}$", (outlier.singular_value, 0.47), ha="center", va="bottom", color=THEORY)
    places = [outlier.singular_value for outlier in result.prediction.outliers]
    places += [float(t.observation.outliers[k]) for t in result.trials for k in range(len(places))]
    if places:
        if max(places) > 3 * min(places):
            ax.set_xscale("log")
            ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            ax.xaxis.set_minor_formatter(NullFormatter())
            ax.set_xlim(min(places) / 1.25, max(places) * 1.25)
        else:
            room = 0.15 * (max(places) - min(places)) + 0.1
            ax.set_xlim(min(places) - room, max(places) + room)
    ax.set(ylim=(0, 1), yticks=[], xlabel="outliers")
    return ax


def plot_overlaps(result: Comparison, ax: Axes) -> Axes:
    """Squared overlaps of right vectors with β* and of left vectors with the predicted ones, theory as open bars."""
    outliers = result.prediction.outliers
    labels: list[str] = []
    for k, outlier in enumerate(outliers):
        pairs = (
            (outlier.target_overlap_squared, result.target_overlap(k), rf"$v_{k + 1},\beta_*$"),
            (outlier.left_overlap_squared, result.left_overlap(k), rf"$u_{k + 1}$"),
        )
        for predicted, seen, label in pairs:
            x = len(labels)
            ax.bar(x, predicted, width=0.62, fill=False, edgecolor=THEORY, lw=1.2)
            ax.errorbar(x, seen.mean, yerr=seen.sem, fmt="o", ms=3.2, color=SIMULATION, capsize=2, lw=1)
            labels.append(label)
    ax.set(xticks=range(len(labels)), ylim=(0, 1.06), yticks=[0, 0.5, 1])
    ax.set_xticklabels(labels)
    ax.set_title("squared overlaps", fontsize="small", pad=3)
    return ax


def _tick(ax: Axes, place: float) -> None:
    """A predicted place: a triangle under the axis."""
    ax.tick_params(axis="x", pad=7)
    ax.plot([place], [-0.03], marker="^", ms=5, color=THEORY, clip_on=False, transform=ax.get_xaxis_transform())
