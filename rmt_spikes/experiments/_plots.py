"""Figures of experiments: a Figure to draw in, its files, and the plot of a curve.  matplotlib on use only."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    from rmt_spikes.experiments._frame import Result

SIZE = (5.6, 3.6)  # inches: narrow enough to be read on a telephone; a figure may set another
SUFFIXES = ("png", "pdf")


def plot_curve(
    result: Result, key: str, ax: Axes, x: Any = None, label: str | None = None, color: str | None = None
) -> Axes:
    """Theory as a line, simulation as mean ± standard error, over ``x``, else `points`' values, else 0, 1, …"""
    import numpy as np

    from rmt_spikes.plots import SIMULATION, THEORY

    points = result.experiment.rules(result.parameters).points
    if x is None:
        x = points[key][1] if key in points else np.arange(result.predicted[key].size)
    mean, error = result.observed(key)
    name = key if label is None else label
    ax.plot(x, result.predicted[key], color=color or THEORY, lw=1.4, label=f"{name}, theory")
    ax.errorbar(x, mean, None if np.isnan(error).any() else error, fmt="o", ms=3.5, lw=1, capsize=2,
                color=color or SIMULATION, label=f"{name}, simulation")  # fmt: skip
    return ax


def plain_ticks(axis: Axis, digits: tuple[int, ...] = (1, 2, 5)) -> None:
    """Ticks of a logarithmic axis at these digits times powers of ten, written as plain numbers."""
    low, high = sorted(axis.get_view_interval())
    ticks = [t for k in range(-6, 6) for t in (digit * 10.0**k for digit in digits) if low <= t <= high]
    axis.set_ticks(ticks, [f"{t:g}" for t in ticks])
    axis.set_ticks([], minor=True)


def plot(result: Result) -> Figure:
    """The experiment's figure of a result."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from rmt_spikes.figures import STYLE

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=SIZE, layout="constrained")
        FigureCanvasAgg(figure)
        result.experiment.figure(result, figure)
        return figure


def contents(figure: Figure, suffix: str, dpi: int = 200) -> bytes:
    """The bytes of its PNG or PDF, the same for the same figure."""
    import matplotlib

    from rmt_spikes.figures import STYLE

    metadata: dict[str, Any] = {"CreationDate": None} if suffix == "pdf" else {"Software": None}
    buffer = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(buffer, format=suffix, dpi=dpi, metadata=metadata)
    return buffer.getvalue()
