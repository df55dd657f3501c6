"""What the figures of sweeps share: colours and marks of outliers, one file, a heading.

Theory is drawn as a line or an area, simulation as marks with error bars, in one colour an outlier: Okabe and Ito's,
which colour-blind readers and grey prints tell apart, each with a mark of its own.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from rmt_spikes.figures import STYLE
from rmt_spikes.files import write_whole
from rmt_spikes.sweeps.reading import Array

SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7f7f7f")
MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")
MOST_PANELS = 12


def new_figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def check_panels(count: int, what: str) -> None:
    """ValueError if there are more panels than can be read."""
    if count > MOST_PANELS:
        raise ValueError(
            f"{count} {what} are too many for one figure, which holds {MOST_PANELS}: sweep fewer values, or choose "
            "some from Python with .sel(...) on the dataset"
        )


def series(index: int) -> dict[str, Any]:
    """Colour and mark of a series."""
    return {"color": SERIES[index % len(SERIES)], "marker": MARKS[index % len(MARKS)]}


def width_ticks(ax: Axes, widths: Array) -> None:
    """A logarithmic axis of widths, with ticks at them, at some where there are many."""
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator(list(widths[:: -(-len(widths) // 6)])))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlim(widths.min() / 1.12, widths.max() * 1.12)


def wrapped(text: str, room: int = 44) -> str:
    """A panel's title on as many lines as it needs, broken at commas.

    >>> wrapped("batch = reuse, target = He(3, z)/sqrt(6)", room=20)
    'batch = reuse,\\ntarget = He(3, z)/sqrt(6)'
    """
    lines = [""]
    for part in text.replace(", ", ",\0").split("\0"):
        joined = f"{lines[-1]} {part}".strip()
        if len(joined) > room and lines[-1] and " = " in part:
            lines.append(part)
        else:
            lines[-1] = joined
    return "\n".join(lines)


def save(draw: Callable[[], Figure], path: Path) -> None:
    """Draw in the house's style and write the figure, whole or not at all, in the format of the file's suffix."""
    suffix = path.suffix[1:]
    metadata = {"CreationDate": None} if suffix == "pdf" else {"Software": None}  # the same result, the same file
    buffer = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        draw().savefig(buffer, format=suffix, dpi=200, metadata=metadata)
    write_whole(path, buffer.getvalue())
