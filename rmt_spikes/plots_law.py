"""The plot of any law: histogram of its draws under its density, atoms as stems, outliers as ticks and dots."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from rmt_spikes.figures import STYLE
from rmt_spikes.files import write_whole
from rmt_spikes.law_simulation import LawComparison
from rmt_spikes.plots import BULK, SIMULATION, THEORY

AT_ATOM = 1e-6  # values this close to an atom, relative to the width, belong to it
CURVE, CUT = 600, 6.0  # points of a band's curve; the axis ends at so many times the typical density


def plot_law(law: Any, ax: Axes, values: Any = None, outliers: tuple[Any, ...] = (), points: bool = False) -> Axes:
    """Density of ``law`` over a histogram of ``values``; with ``points``, the places where it was solved.

    Mass at an atom is written beside a stem, and its values are left out of the histogram, which keeps its scale.
    """
    width = max(law.upper - law.lower, 1e-12)
    if values is not None:
        _histogram(law, ax, np.ravel(values), width, outliers)
    top = 0.0
    for band in law.bands:
        angles = np.linspace(band.arc.start, np.pi, CURVE + 2)[1:-1]
        x = band.arc.place(angles)
        rho = law.pdf(x)
        ax.plot(x, rho, color=THEORY, lw=1.6, label="theory" if band is law.bands[0] else None)
        typical = band.mass / (band.upper - band.lower)
        top = max(top, min(float(rho.max()), CUT * typical))
        if points:
            ax.plot(band.arc.place(band.theta), band.rho, ".", ms=3, color=THEORY)
    for atom in law.atoms:
        ax.plot([atom.x] * 2, [0, top], color=THEORY, lw=1.4, ls=(0, (4, 3)))
        ax.annotate(f"mass {atom.mass:.3g}", (atom.x, 1.03 * top), color=THEORY, va="bottom", fontsize="small")
    for outlier in outliers:
        ax.plot(
            [outlier.value],
            [-0.03],
            marker="^",
            ms=5,
            color=THEORY,
            clip_on=False,
            transform=ax.get_xaxis_transform(),
        )
    ax.tick_params(axis="x", pad=7)
    ax.set(ylabel="density", ylim=(0, 1.1 * top if top else None))
    return ax


def _histogram(law: Any, ax: Axes, values: Any, width: float, outliers: tuple[Any, ...]) -> None:
    for atom in law.atoms:
        values = values[np.abs(values - atom.x) > AT_ATOM * width]
    total = len(values) / max(1e-12, 1 - sum(atom.mass for atom in law.atoms))
    if not len(values):
        return
    lower, upper = (values.min(), values.max()) if not outliers else _bulk_range(law, width)
    bins = np.linspace(lower, upper, int(np.clip(len(values) ** (1 / 3) * 4, 8, 90)))
    heights, _ = np.histogram(values, bins)
    ax.stairs(heights / (total * (bins[1] - bins[0])), bins, fill=True, color=BULK, label="simulation")
    beyond = values[(values < bins[0]) | (values > bins[-1])]
    if len(beyond):
        ax.plot(
            beyond,
            np.full(len(beyond), 0.03),
            "o",
            ms=3.2,
            mfc="none",
            mec=SIMULATION,
            mew=0.8,
            transform=ax.get_xaxis_transform(),
            label="outliers, simulation",
        )


def _bulk_range(law: Any, width: float) -> tuple[float, float]:
    room = 0.05 * width
    return (law.lower - room if law.lower > 0 or not law.explorer.even else 0.0), law.upper + room


def law_figure(compared: LawComparison, title: str, kind: str, points: bool = False) -> Figure:
    """The law of an expression over its draws, with a legend."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(5.6, 3.2), layout="constrained")
        FigureCanvasAgg(figure)
        ax = figure.subplots()
        values = compared.values if compared.values.size else None
        plot_law(compared.law, ax, values, compared.outliers, points)
        ax.set_xlabel(kind)
        ax.legend(frameon=False, fontsize="small")
        figure.suptitle(title if len(title) < 100 else title[:97] + "…", fontsize="small", x=0.012, ha="left")
        return figure


def save_law(figure: Figure, path: Path) -> None:
    """Write the figure, whole or not at all, in the format of the suffix, .png or .pdf."""
    suffix = path.suffix.lower().removeprefix(".")
    metadata = {"CreationDate": None} if suffix == "pdf" else {"Software": None}
    buffer = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(buffer, format=suffix, dpi=200, metadata=metadata)
    try:
        write_whole(path, buffer.getvalue())
    except OSError as error:
        raise ValueError(f"cannot write {str(path)!r} ({error.strerror}): give another name") from None
