"""Plots of a phase diagram.  A plot takes a result and an ``ax`` and returns the ``ax``.

Regions of the exact partition are shaded by their count and hatched where β* is not learned; over them the critical
lines, and the curves on which an outlier is born at width N.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MultipleLocator

from rmt_spikes.figures import STYLE
from rmt_spikes.files import write_whole
from rmt_spikes.plots import SIMULATION, THEORY
from rmt_spikes.problem import TwoLayer
from theory.phase_grid import PhaseGrid
from theory.phases import Phases, Region

SHADES = matplotlib.colormaps["Blues"]
ALPHA1 = np.linspace(0, 0.5, 501)
SMALLEST_LABELLED = 0.008  # area of a region that still has room for its count


def plot_partition(exact: Phases, ax: Axes) -> Axes:
    """The exact regions with their counts, and the critical lines."""
    for index, region in enumerate(exact.regions):
        low, high = _edges(region)
        shade = SHADES(0.04 + 0.5 * index / 8)
        ax.fill_between(ALPHA1, low, high, where=(high > low).tolist(), facecolor=shade, lw=0)
        if not region.learned:
            ax.fill_between(ALPHA1, low, high, facecolor="none", edgecolor="#9aa7bd", hatch="////", lw=0)
        if index:
            inside = low < 0.5
            ax.plot(ALPHA1[inside], low[inside], color=THEORY, lw=1.2)
        _label(ax, region, low, high)
    return _square(ax)


def plot_births(seen: PhaseGrid, ax: Axes) -> Axes:
    """The curves θ_k = γ^{1/4} at width N: above curve k there are k outliers."""
    for k in range(seen.strengths.shape[-1]):
        theta = seen.strengths[..., k]
        if theta.min() < seen.threshold < theta.max():
            logs = np.log(np.maximum(theta, 1e-12) / seen.threshold)
            curve = ax.contour(seen.alpha1, seen.alpha2, logs, [0.0], colors=SIMULATION, linewidths=1.6)
            longest = max(curve.allsegs[0], key=len)
            x, y = longest[len(longest) // 2]
            box = {"boxstyle": "circle,pad=0.15", "fc": "white", "ec": SIMULATION, "lw": 0.8}
            ax.text(x, y, f"{k + 1}", ha="center", va="center", color=SIMULATION, bbox=box, fontsize=7.5)
    return _square(ax)


def plot_captured(seen: PhaseGrid, ax: Axes) -> Axes:
    """Σ_k cos²(v_k, β*) over the outliers at width N, with the births over it."""
    scale: Any = {"cmap": "Blues", "vmin": 0.0, "vmax": max(float(seen.captured.max()), 0.01)}
    colours = ax.pcolormesh(seen.alpha1, seen.alpha2, seen.captured, shading="nearest", rasterized=True, **scale)
    figure = ax.get_figure()
    assert figure is not None
    figure.colorbar(colours, ax=ax, label=r"$\|P\,\beta_*\|^2$ captured by the outliers")
    return plot_births(seen, ax)


def phases_figure(problem: TwoLayer, exact: Phases | None, seen: PhaseGrid | None) -> Figure:
    """One panel for the exact partition with the births over it, one for the captured target."""
    with matplotlib.rc_context(STYLE):
        panels = (exact is not None) + (seen is not None)
        figure = Figure(figsize=(8.2, 4.1) if panels == 2 else (4.6, 4.4), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(1, panels, squeeze=False)[0]
        if exact is not None:
            plot_partition(exact, axes[0])
        if seen is not None:
            if exact is not None:
                plot_births(seen, axes[0])
            plot_captured(seen, axes[-1])
        handles = _handles(exact, seen)
        figure.legend(
            handles=handles,
            loc="outside lower center",
            ncols=3 if panels == 2 else 1,
            frameon=False,
            fontsize="small",
        )
        figure.suptitle(_caption(problem, seen), fontsize="small", x=0.012, ha="left")
        return figure


def save_phases(problem: TwoLayer, exact: Phases | None, seen: PhaseGrid | None, path: Path) -> None:
    """Write the figure, whole or not at all, in the format of the file's suffix."""
    figure = phases_figure(problem, exact, seen)
    suffix = path.suffix[1:]
    metadata = {"CreationDate": None} if suffix == "pdf" else {"Software": None}
    buffer = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(buffer, format=suffix, dpi=200, metadata=metadata)
    write_whole(path, buffer.getvalue())


def _edges(region: Region) -> tuple[Any, Any]:
    low = np.clip(region.lower * (0.5 - ALPHA1), 0, 0.5)
    high = np.full_like(ALPHA1, 0.5) if region.upper is None else np.clip(region.upper * (0.5 - ALPHA1), 0, 0.5)
    return low, high


def _label(ax: Axes, region: Region, low: Any, high: Any) -> None:
    """The count at the centroid of the region, if there is room."""
    room = high - low
    area = float(room.sum() * (ALPHA1[1] - ALPHA1[0]))
    if area < SMALLEST_LABELLED:
        return
    x = float(room @ ALPHA1 / room.sum())
    y = float(room @ (low + high) / 2 / room.sum())
    text = f"{'≥ ' * region.outliers_at_least}{region.outliers}"
    box = {"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.75}
    ax.text(x, y, text, ha="center", va="center", color=THEORY, bbox=box, fontsize=9, fontweight="bold")


def _square(ax: Axes) -> Axes:
    ax.set(xlim=(0, 0.5), ylim=(0, 0.5), aspect="equal", xlabel=r"$\alpha_1$", ylabel=r"$\alpha_2$")
    ax.xaxis.set_major_locator(MultipleLocator(0.1))
    ax.yaxis.set_major_locator(MultipleLocator(0.1))
    return ax


def _handles(exact: Phases | None, seen: PhaseGrid | None) -> list[Any]:
    handles: list[Any] = []
    if exact is not None:
        label = r"critical lines $\alpha_2 = k(1/2 - \alpha_1)$, counts as $N \to \infty$"
        handles.append(Line2D([], [], color=THEORY, lw=1.2, label=label))
        if not all(region.learned for region in exact.regions):
            handles.append(
                Patch(facecolor="none", edgecolor="#9aa7bd", hatch="////", lw=0, label=r"$\beta_*$ not learned")
            )
    if seen is not None:
        handles.append(Line2D([], [], color=SIMULATION, lw=1.6, label=f"birth of the k-th outlier at N = {seen.N:g}"))
    return handles


def _caption(problem: TwoLayer, seen: PhaseGrid | None) -> str:
    parts = [f"σ = {problem.activation}", f"σ* = {problem.target}", f"{problem.batch} batch"]
    if seen is not None:
        parts += [f"φ = {problem.phi:g}", f"γ = {problem.gamma:g}"]
    room = 120 if seen is not None else 66
    text = ",  ".join(parts)
    return text if len(text) < room else text[: room - 3] + "…"
