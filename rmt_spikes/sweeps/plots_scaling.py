"""Scaling plots: means with error bars on log-log axes, the theory at the same widths, the slope of the limit."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from rmt_spikes.sweeps.drawing import check_panels, new_figure, series, width_ticks, wrapped
from rmt_spikes.sweeps.reading import where_text
from rmt_spikes.sweeps.scaling import QUANTITIES, PowerLaw, Scaling

LABELS = {"singular_value": "singular value", "target_overlap": r"squared overlap $\cos^2(v, \beta_*)$"}
GREY = "#666666"


def plot_power_laws(laws: list[PowerLaw], ax: Axes) -> Axes:
    """All outliers of one quantity in one combination of the other axes."""
    for law in laws:
        if not law.widths.size:
            continue
        look = series(law.outlier)
        ax.plot(law.widths, law.predicted, color=look["color"], lw=1.3, zorder=2)
        ax.errorbar(law.widths, law.means, law.sems, fmt=look["marker"], color=look["color"], ms=4.2, capsize=2.5,
                    lw=1.0, mfc="white", zorder=3)  # fmt: skip
        if law.limit.exponent is not None:
            middle = np.exp(np.log(law.widths).mean())
            height = np.exp(np.log(law.predicted).mean())
            ax.plot(law.widths, height * (law.widths / middle) ** float(law.limit.exponent), color=GREY, lw=0.9,
                    ls=(0, (4, 2.5)), zorder=1)  # fmt: skip
    ax.set(xscale="log", yscale="log", xlabel="width $N$")
    _ticks(ax)
    return ax


def scaling_figure(result: Scaling) -> Figure:
    """One column a combination of the other axes: singular values above, overlaps below, exponents in the legends."""
    wheres = [counts.where for counts in result.counts]
    check_panels(len(wheres), "combinations of the other axes")
    columns = min(len(wheres), 4)
    bands = -(-len(wheres) // columns)
    figure = new_figure(max(4.6, 3.1 * columns), 5.4 * bands)
    axes = figure.subplots(2 * bands, columns, squeeze=False, sharey="row")
    for i, where in enumerate(wheres):
        for row, quantity in enumerate(QUANTITIES):
            ax = axes[2 * (i // columns) + row, i % columns]
            laws = [law for law in result.laws if law.where == where and law.quantity == quantity]
            plot_power_laws(laws, ax)
            width_ticks(ax, result.counts[i].widths)
            ax.set_ylabel(LABELS[quantity] if i % columns == 0 else "")
            _legend(laws, ax, f"{wrapped(where_text(where), 36)}\n\n" if row == 0 and where else "")
    for row in axes:
        _ticks(row[0])  # the axes of a row share it
    for unused in _unused(axes, len(wheres), columns):
        unused.set_visible(False)
    figure.legend(handles=_handles(), loc="outside lower center", ncols=3, frameon=False, fontsize="small")
    return figure


def _unused(axes: Any, count: int, columns: int) -> list[Axes]:
    rest = count % columns
    return [ax for row in axes[-2:] for ax in row[rest:]] if rest else []


def _legend(laws: list[PowerLaw], ax: Axes, heading: str) -> None:
    """Each outlier's exponents: simulated, the theory's at the same widths, the limit's."""
    handles = []
    for law in laws:
        if not law.widths.size:
            continue
        look = series(law.outlier)
        label = f"outlier {law.outlier + 1}: "
        if law.line is None or law.theory_line is None:
            label += f"seen at {law.widths.size} width"
        else:
            limit = "–" if law.limit.exponent is None else f"{float(law.limit.exponent):.3g}"
            label += f"{law.line.slope:.3f}±{law.line.error:.3f} | {law.theory_line.slope:.3f} | {limit}"
        handles.append(Line2D([], [], lw=1.3, ms=4.2, mfc="white", label=label, **look))
    if not handles:
        ax.set_title(heading.strip(), fontsize=7.5)
        ax.text(0.5, 0.5, "no outlier is predicted\nor its overlap is 0", ha="center", va="center", color=GREY,
                transform=ax.transAxes, fontsize="small")  # fmt: skip
        return
    ax.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False, fontsize=7.5,
              title=f"{heading}exponent: simulation | theory | limit", title_fontsize=7.5,
              handlelength=1.4)  # fmt: skip


def _handles() -> list[Line2D]:
    return [
        Line2D([], [], color="black", marker="o", mfc="white", lw=0, ms=4.2, label="simulation, mean ± s.e."),
        Line2D([], [], color="black", lw=1.3, label="theory at the same N"),
        Line2D([], [], color=GREY, lw=0.9, ls=(0, (4, 2.5)), label=r"slope of the limit $N\to\infty$"),
    ]


def _ticks(ax: Axes) -> None:
    """On the axis of singular values or overlaps: at 1, 2, 5 of a decade, fewer over many decades, even ones within
    a small part of one."""
    low, high = ax.get_ylim()
    if high < 4 * low:
        ax.yaxis.set_major_locator(MaxNLocator(5))
    else:
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 200 * low else (1,)))
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
