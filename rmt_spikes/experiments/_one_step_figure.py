"""Panels of the experiment one_step: a bulk with far spikes, and a quantity over the rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rmt_spikes.plots import BULK, SIMULATION, THEORY

TICKS = tuple(mantissa * 10.0**power for power in range(-3, 5) for mantissa in (1, 3))
SMALLEST = 1e-3  # in units of the bulk's upper end; below it a logarithm shows only zeros


def plot_spectrum(ax: Any, values: np.ndarray, law: Any, spikes: Sequence[float], name: str) -> None:
    """The density of ln s, for spikes are far from the bulk; ``values`` (trials, all), descending."""
    bulk = values[:, len(spikes) :].ravel()
    kept = np.log(bulk[bulk > SMALLEST * law.upper])
    s = np.geomspace(max(law.lower, SMALLEST * law.upper), law.upper, 500)
    density = s * law.pdf(s)
    top = 1.12 * density.max()
    bins = 60
    share = np.full(kept.size, bins / (np.ptp(kept) * bulk.size))
    ax.hist(kept, bins=bins, weights=share, color=BULK, label="bulk, simulation")
    ax.plot(np.log(s), density, color=THEORY, lw=1.4, label="bulk and spikes, theory")
    for k, spike in enumerate(spikes):
        ax.plot([np.log(spike)] * 2, [0, 0.4 * top], color=THEORY, lw=1.4)
        height = np.linspace(0.04, 0.3, len(values)) * top
        ax.plot(np.log(values[:, k]), height, "o", ms=3, mfc="none", mec=SIMULATION, mew=0.8,
                label="spikes, each draw" if k == 0 else None)  # fmt: skip
    ticks = [tick for tick in TICKS if s[0] < tick < 1.3 * values.max()]
    ax.set(xlabel=name, ylabel="density of its logarithm", ylim=(0, 1.3 * top))
    ax.set_xticks(np.log(ticks), [f"{tick:g}" for tick in ticks])
    ax.legend(fontsize=7, loc="upper left")


def plot_over_rates(ax: Any, line: tuple, points: tuple, seen: tuple, mark: str, label: str) -> None:
    """A curve, predicted points as dashes, and (η, mean, standard error) of the simulation."""
    first = not ax.lines
    ax.plot(*line, color=THEORY, lw=0.9, label="theory, bulk of $W_0$" if first else None)
    ax.plot(*points, "_", ms=11, mew=1.6, color=THEORY, label="theory, bulk of $W_1$" if first else None)
    etas, mean, error = seen
    ax.errorbar(etas, mean, None if np.isnan(error).any() else error, fmt=mark, ms=4, lw=1, capsize=2,
                color=SIMULATION, mfc="none", label=label)  # fmt: skip


def decades(ax: Any) -> None:
    """η on a logarithmic axis; ticks of all logarithmic axes at 1, 2, 5, 10, …"""
    from matplotlib.ticker import LogLocator

    ax.set(xlabel=r"$\eta$", xscale="log")
    for axis in (ax.xaxis, ax.yaxis):
        if axis.get_scale() == "log":
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.set_major_formatter("{x:g}")
            axis.set_minor_formatter("")
