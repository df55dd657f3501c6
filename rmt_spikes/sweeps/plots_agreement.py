"""The z-values of a whole sweep: a histogram under the laws that a correct theory gives, and the worst numbers."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import norm, t

from rmt_spikes.plots import THEORY
from rmt_spikes.sweeps.agreement import Agreement
from rmt_spikes.sweeps.drawing import SERIES, new_figure, wrapped
from rmt_spikes.sweeps.reading import where_text

END = 6.0
LISTED = 6


def plot_z(result: Agreement, ax: Axes) -> Axes:
    """Stacked by quantity; what is beyond ±6 stands in the outermost bins."""
    shown = [(name, z) for name, z in result.z.items() if z.size]
    bins = np.linspace(-END, END, 49)
    width, total = bins[1] - bins[0], result.all_z.size
    ax.hist(
        [np.clip(z, -END, END) for _, z in shown], bins=list(bins), stacked=True,
        weights=[np.full(z.size, 1 / (width * max(total, 1))) for _, z in shown],
        color=[SERIES[(i + 1) % len(SERIES)] for i in range(len(shown))],
        label=[f"{name} ({z.size})" for name, z in shown], alpha=0.75,
    )  # fmt: skip
    x = np.linspace(-END, END, 481)
    ax.plot(x, t.pdf(x, result.trials - 1), color=THEORY, lw=1.6,
            label=f"Student, {result.trials - 1} degrees: due at {result.trials} trials")  # fmt: skip
    ax.plot(x, norm.pdf(x), color=THEORY, lw=1.0, ls=(0, (4, 2.5)), label="normal")
    ax.set(xlabel="z = (mean − theory)/s.e.", ylabel="density", xlim=(-END - 0.2, END + 0.2))
    beyond = int(np.sum(np.abs(result.all_z) > END))
    ax.set_title(
        f"{total} numbers, {result.within} within ±3, {beyond} beyond ±6 (in the end bins)", fontsize="small"
    )
    return ax


def plot_worst(result: Agreement, ax: Axes) -> Axes:
    """The worst numbers as text."""
    lines = []
    for one in result.worst[:LISTED]:
        number = "" if one.number is None else f", no. {one.number + 1}"
        lines.append(f"z = {one.z:+.1f}  {one.quantity}{number}\n" + wrapped(where_text(one.where), 40))
    ax.set_axis_off()
    ax.text(0, 1, "worst:\n\n" + "\n\n".join(lines), va="top", fontsize=7.5, transform=ax.transAxes, linespacing=1.3)
    return ax


def agreement_figure(result: Agreement) -> Figure:
    figure = new_figure(8.2, 4.0)
    left, right = figure.subplots(1, 2, width_ratios=(2.3, 1))
    plot_z(result, left)
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize="small")
    plot_worst(result, right)
    return figure
