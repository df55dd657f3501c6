"""Figures and files of a comparison: the spectrum, ready for a paper, as PNG and PDF, and the numbers as JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from rmt_spikes.comparison import Comparison
from rmt_spikes.files import write_whole
from rmt_spikes.plots import BULK, SIMULATION, THEORY, plot_bulk, plot_outliers, plot_overlaps
from rmt_spikes.verdict import MARCHENKO_PASTUR

STYLE: Any = {
    "font.size": 9,
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "pdf.fonttype": 42,  # text stays text
}


def comparison_figure(result: Comparison) -> Figure:
    """The spectrum: bulk under its density, outliers over their predicted places, overlaps in an inset."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(layout="constrained")
        FigureCanvasAgg(figure)
        draw_comparison(result, figure)
        return figure


def draw_comparison(result: Comparison, figure: Figure) -> None:
    """The same in a given figure, which gets the size it needs."""
    figure.set_size_inches(7.2, 3.3)
    if not result.prediction.outliers:
        plot_bulk(result, figure.add_subplot())
    else:
        left, right = figure.subplots(1, 2, width_ratios=(3, 2.4))
        plot_bulk(result, left)
        plot_outliers(result, right)
        right.spines["left"].set_visible(False)
        columns = 2 * len(result.prediction.outliers)
        inset = right.inset_axes((0.5 - min(0.46, 0.1 * columns), 0.71, min(0.92, 0.2 * columns), 0.25))
        plot_overlaps(result, inset)
    _legend(result, figure)


def _legend(result: Comparison, figure: Figure) -> None:
    handles: list[Any] = [
        Patch(color=BULK, label="bulk, simulation"),
        Line2D([], [], color=THEORY, label="theory"),
        Line2D([], [], color=THEORY, lw=1, ls=(0, (4, 3)), alpha=0.55, label="bulk of W0"),
        Line2D([], [], color=SIMULATION, marker="o", lw=1.2, ms=4.5, label="outliers: mean ± s.e."),
        Line2D([], [], color=SIMULATION, marker="o", lw=0, mfc="none", ms=3.2, label="each trial"),
    ]
    shown = handles if result.prediction.outliers else handles[:3]
    if result.prediction.emergence.name == MARCHENKO_PASTUR:
        del shown[2]  # the theory's bulk is that of W0
    figure.legend(handles=shown, loc="outside lower center", ncols=len(shown), frameon=False, fontsize="small")
    figure.suptitle(_caption(result), fontsize="small", x=0.012, ha="left")


def _caption(result: Comparison) -> str:
    problem = result.problem
    parts = [f"σ = {problem.activation}", f"σ* = {problem.target}"]
    parts += [f"N = {problem.width}", f"d = {problem.dim}", f"n = {problem.samples}", f"α₁ = {problem.alpha1}"]
    if problem.noise:
        parts.insert(2, f"σ_ε = {problem.noise:g}")
    if problem.steps == 2:
        parts += [f"α₂ = {problem.alpha2}", f"{problem.batch} batch"]
    count = len(result.trials)
    text = ", ".join([*parts, f"{count} trial{'s' * (count != 1)}"])
    return text if len(text) < 130 else text[:127] + "…"


def save_comparison(result: Comparison, document: dict[str, Any], folder: Path) -> list[Path]:
    """Write spectrum.png, spectrum.pdf and comparison.json, each whole or not at all; returns their paths."""
    figure = comparison_figure(result)
    contents = {"comparison.json": (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()}
    for suffix in ("png", "pdf"):
        # without a date, so that the same result is the same file
        metadata = {"CreationDate": None} if suffix == "pdf" else {"Software": None}
        buffer = io.BytesIO()
        with matplotlib.rc_context(STYLE):
            figure.savefig(buffer, format=suffix, dpi=200, metadata=metadata)
        contents[f"spectrum.{suffix}"] = buffer.getvalue()
    for name, content in contents.items():
        write_whole(folder / name, content)
    return [folder / name for name in contents]
