"""Phase diagrams of a sweep: the simulation as dots on the theory of the same cells as areas, in the same colours.

Where both agree a dot melts into its area; where they do not it stands out, and a ring marks it if the difference is
more than chance: a red square for a decided cell, a white ring for one whose count is undecided between draws.  The
captured target is coloured by its root, the cosine, so that small overlaps show.  Dashed: critical lines
α2 = k(1/2 − α1) of the limit.
"""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, PowerNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MultipleLocator

from rmt_spikes.sweeps.drawing import check_panels, new_figure, wrapped
from rmt_spikes.sweeps.phase import Mask, Panel
from rmt_spikes.sweeps.reading import Array, where_text

COLOURS = matplotlib.colormaps["cividis"]
OUTLINE = [withStroke(linewidth=2.4, foreground="black")]
RING: dict[str, Any] = {"mfc": "none", "mew": 1.3, "path_effects": OUTLINE}
DIFFERS: dict[str, Any] = {"marker": "s", "mec": "#ff2a2a", **RING}
UNDECIDED: dict[str, Any] = {"marker": "o", "mec": "white", **RING}
LINE = "#111111"


def plot_counts(panel: Panel, ax: Axes, most: float) -> Axes:
    """Number of outliers: mean over trials on the finite-size theory's; ``most`` is the top of the colours."""
    return _plot(panel, ax, panel.count.mean, panel.theory_count, panel.count_differs, Normalize(0, most))


def plot_captured(panel: Panel, ax: Axes, most: float) -> Axes:
    """‖P β*‖² of the outliers' right vectors: mean over trials on the theory's."""
    return _plot(panel, ax, panel.captured.mean, panel.theory_captured, panel.captured_differs, _by_cosine(most))


def phase_figure(panels: tuple[Panel, ...]) -> Figure:
    """Counts above, captured target below; one column a panel, wrapped after four."""
    check_panels(len(panels), "panels")
    columns = min(len(panels), 4)
    bands = -(-len(panels) // columns)
    figure = new_figure(max(4.4, 2.55 * columns + 0.9), 5.6 * bands + 0.3)
    axes = figure.subplots(2 * bands, columns, squeeze=False)
    tops = _top_count(panels), _top(panels, "captured", "theory_captured", 0.01)
    for ax in axes.ravel():
        ax.set_visible(False)
    for i, panel in enumerate(panels):
        column = axes[2 * (i // columns) : 2 * (i // columns) + 2, i % columns]
        for ax, plot, top in zip(column, (plot_counts, plot_captured), tops, strict=True):
            ax.set_visible(True)
            plot(panel, ax, top)
            ax.set_ylabel(r"$\alpha_2$" if i % columns == 0 else "")
        column[0].set_title(wrapped(where_text(panel.where), 34), fontsize="small")
        column[0].set_xlabel("")
    for row in range(2 * bands):
        _colourbar(figure, axes[row], tops[row % 2], row % 2)
    columns_of_legend = 3 if columns > 2 else 2  # what the figure's width holds
    figure.legend(handles=_handles(panels), loc="outside lower center", ncols=columns_of_legend, frameon=False,
                  fontsize="small")  # fmt: skip
    return figure


def _plot(panel: Panel, ax: Axes, seen: Array, theory: Array, differs: Mask, norm: Normalize) -> Axes:
    look: dict[str, Any] = {"cmap": COLOURS, "norm": norm}
    x, y = np.meshgrid(panel.alpha1, panel.alpha2)
    ax.pcolormesh(_edges(panel.alpha1), _edges(panel.alpha2), np.ma.masked_invalid(theory), rasterized=True, **look)
    there = np.isfinite(seen)
    size = min(60.0, 5200 / max(len(panel.alpha1), len(panel.alpha2)) ** 2)
    ax.scatter(x[there], y[there], c=seen[there], s=size, edgecolors="black", linewidths=0.35, **look)
    for mark, ring in ((differs & panel.undecided, UNDECIDED), (differs & ~panel.undecided, DIFFERS)):
        ax.plot(x[mark], y[mark], ls="none", ms=1.45 * size**0.5, **ring)
    _critical_lines(panel, ax)
    low, high = _edges(panel.alpha1), _edges(panel.alpha2)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MultipleLocator(0.1))
    ax.set(xlim=(low[0], low[-1]), ylim=(high[0], high[-1]), xlabel=r"$\alpha_1$")
    return ax


def _by_cosine(most: float) -> PowerNorm:
    return PowerNorm(0.5, 0, most, clip=True)


def _critical_lines(panel: Panel, ax: Axes) -> None:
    if panel.exact is None:
        return
    alpha1 = np.array([0.0, 0.5])
    for k in panel.exact.critical_lines:
        ax.plot(alpha1, k * (0.5 - alpha1), color="white", lw=1.9, solid_capstyle="butt")
        ax.plot(alpha1, k * (0.5 - alpha1), color=LINE, lw=1.0, ls=(0, (3, 2)))


def _edges(centres: Array) -> Array:
    """Boundaries of the cells around increasing or decreasing centres."""
    if centres.size == 1:
        return np.array([centres[0] - 0.01, centres[0] + 0.01])
    middle = (centres[1:] + centres[:-1]) / 2
    return np.concatenate([[2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]])


def _top_count(panels: tuple[Panel, ...]) -> float:
    """One more than the theory has anywhere: a single cell with many more would leave one colour to all others."""
    theory = np.concatenate([panel.theory_count.ravel() for panel in panels])
    return min(_top(panels, "count", "theory_count", 1.0), np.fmax.reduce(theory, initial=0.0) + 1)


def _top(panels: tuple[Panel, ...], seen: str, theory: str, least: float) -> float:
    values = [part for panel in panels for part in (getattr(panel, seen).mean, getattr(panel, theory))]
    finite = np.concatenate([part[np.isfinite(part)] for part in values] + [np.array([least])])
    return float(finite.max())


def _colourbar(figure: Figure, axes: Any, top: float, row: int) -> None:
    label = r"$\|P\,\beta_*\|^2$ captured" if row else "number of outliers"
    scale = ScalarMappable(_by_cosine(top) if row else Normalize(0, top), COLOURS)
    end: Any = "neither" if row else "max"  # dots with more have the last colour
    bar = figure.colorbar(scale, ax=list(axes), label=label, fraction=0.04, pad=0.01, extend=end)
    ticks = [tick for tick in (0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if tick <= top]
    bar.set_ticks(ticks if row else list(range(int(top) + 1)))
    if row:
        bar.set_ticklabels([f"{tick:g}" for tick in ticks])


def _handles(panels: tuple[Panel, ...]) -> list[Line2D]:
    grey: dict[str, Any] = {"marker": "s", "ls": "none", "mec": "none", "mfc": "#8a8a8a", "ms": 8}
    dot: dict[str, Any] = {"marker": "o", "ls": "none", "mec": "black", "mfc": "#8a8a8a", "mew": 0.5, "ms": 6}
    handles = [
        Line2D([], [], label="area: theory of the cell at its N", **grey),
        Line2D([], [], label="dot: simulation, mean over trials", **dot),
    ]
    if any(panel.exact is not None for panel in panels):
        handles.append(Line2D([], [], color=LINE, lw=1.0, ls=(0, (3, 2)),
                              label=r"critical lines as $N\to\infty$"))  # fmt: skip
    differs = [(panel.count_differs | panel.captured_differs, panel.undecided) for panel in panels]
    if any((mask & ~loose).any() for mask, loose in differs):
        handles.append(Line2D([], [], ls="none", ms=7, label="differs by > 3 s.e.", **DIFFERS))
    if any((mask & loose).any() for mask, loose in differs):
        label = "differs, but undecided between draws"
        handles.append(Line2D([], [], ls="none", ms=8, label=label, **UNDECIDED))
    return handles
