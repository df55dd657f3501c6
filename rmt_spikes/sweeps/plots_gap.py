"""Plots of the batch-reuse gap: along one axis beside the theory, and all combinations against their prediction."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rmt_spikes.plots import SIMULATION, THEORY
from rmt_spikes.sweeps.drawing import new_figure, series, width_ticks
from rmt_spikes.sweeps.gap import Gap
from rmt_spikes.sweeps.reading import where_text

MOST_SERIES = 6
GAP = r"$\|P\beta_*\|^2_{\mathrm{reuse}} - \|P\beta_*\|^2_{\mathrm{independent}}$"
SYMBOLS = {"alpha1": r"$\alpha_1$", "alpha2": r"$\alpha_2$", "width": "width $N$", "dim": "$d$", "samples": "$n$",
           "noise": r"label noise $\sigma_\varepsilon$"}  # fmt: skip


def longest_axis(result: Gap) -> str | None:
    """The axis with most values among those of numbers; None if there is none with two."""
    values: dict[str, set[Any]] = {}
    for where in result.where:
        for name, value in where.items():
            if name.startswith("alpha") or name.endswith("_per_width") or not isinstance(value, str):
                values.setdefault(name, set()).add(value)
    longest = max(values, key=lambda name: len(values[name]), default=None)
    return longest if longest and len(values[longest]) > 1 else None


def plot_gap_along(result: Gap, axis: str, ax: Axes) -> Axes:
    """Gap against one axis, theory as lines; one series a combination of the rest, evenly chosen where many."""
    groups: dict[str, list[int]] = {}
    for i, where in enumerate(result.where):
        rest = where_text({name: value for name, value in where.items() if name != axis})
        groups.setdefault(rest, []).append(i)
    chosen = list(groups)
    if len(chosen) > MOST_SERIES:
        chosen = [chosen[i] for i in np.linspace(0, len(chosen) - 1, MOST_SERIES).round().astype(int)]
        ax.set_title(f"{len(chosen)} of {len(groups)} combinations", fontsize="small")
    for number, rest in enumerate(chosen):
        x = np.array([_number(result.where[i][axis]) for i in groups[rest]])
        order = np.argsort(x)
        members = np.array(groups[rest])[order]
        look = series(number)
        ax.plot(x[order], result.predicted[members], color=look["color"], lw=1.3)
        ax.errorbar(x[order], result.gap[members], result.sem[members], fmt=look["marker"], color=look["color"], ms=4,
                    mfc="white", capsize=2, lw=1, label=rest or "gap")  # fmt: skip
    ax.axhline(0, color="#999999", lw=0.7, zorder=0)
    ax.set(xlabel=SYMBOLS.get(axis, axis), ylabel=GAP)
    if axis == "width":
        width_ticks(ax, np.unique([where["width"] for where in result.where]))
    return ax


def plot_gap_against_theory(result: Gap, ax: Axes) -> Axes:
    """Every combination: simulated gap over predicted gap; on the diagonal they agree."""
    there = np.isfinite(result.gap) & np.isfinite(result.predicted)
    x, y, error = (part[there] for part in (result.predicted, result.gap, result.sem))
    ends = np.concatenate([x, y, [0.0]])
    span = np.array([ends.min(), ends.max()]) + np.array([-1, 1]) * (0.05 * np.ptp(ends) + 1e-3)
    ax.plot(span, span, color=THEORY, lw=1.2, label="simulation = theory")
    ax.errorbar(x, y, error, fmt="o", ms=3, color=SIMULATION, lw=0.7, mew=0, alpha=0.75, label="mean ± s.e.")
    ax.set(xlabel="gap, theory", ylabel="gap, simulation", xlim=span, ylim=span, aspect="equal")
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.yaxis.set_major_locator(MaxNLocator(6))
    ax.legend(frameon=False, fontsize=7.5, loc="upper left")
    return ax


def gap_figure(result: Gap) -> Figure:
    axis = longest_axis(result)
    figure = new_figure(8.0 if axis else 4.2, 4.4 if axis else 3.9)
    axes = figure.subplots(1, 2 if axis else 1, squeeze=False)[0]
    if axis:
        plot_gap_along(result, axis, axes[0])
        handles, labels = axes[0].get_legend_handles_labels()
        title = "left: lines theory, marks simulation ± s.e."
        figure.legend(handles, labels, title=title, loc="outside lower center", ncols=2, frameon=False,
                      fontsize="small", title_fontsize="small")  # fmt: skip
    plot_gap_against_theory(result, axes[-1])
    return figure


def _number(value: Any) -> float:
    from fractions import Fraction

    return float(Fraction(value)) if isinstance(value, str) else float(value)
