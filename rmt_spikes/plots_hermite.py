"""Plots of a Hermite expansion: f under its partial sums, and the orthonormal coefficients √k! c_k as stems."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rmt_spikes.figures import STYLE
from rmt_spikes.files import write_whole
from rmt_spikes.plots import BULK, SIMULATION, THEORY
from theory import HermiteExpansion, RealFunction, function

MOST_SUMS = 3


def plot_partial_sums(f: RealFunction, expansion: HermiteExpansion, ax: Axes) -> Axes:
    """f on [−3, 3] and Σ_{k ≤ K} c_k He_k for a few K at which a new term comes in."""
    z = np.linspace(-3, 3, 1201)
    ends = [c.k for c in expansion if not c.vanishes] or [0]
    picks = np.unique(np.linspace(0, len(ends) - 1, min(MOST_SUMS, len(ends))).round().astype(int))
    shades = np.linspace(0.35, 1.0, len(picks))
    for pick, shade in zip(picks, shades, strict=True):
        total = np.polynomial.hermite_e.hermeval(z, expansion.values[: ends[pick] + 1])
        ax.plot(z, total, color=SIMULATION, alpha=shade, lw=1.1, label=f"K = {ends[pick]}")
    values = f(z)
    # a jump is drawn as a gap
    for kink in f.kinks:
        at = int(np.searchsorted(z, kink))
        if 0 < at < len(z) - 1 and abs(values[at + 1] - values[at - 1]) > 0.2:
            values[at] = np.nan
    ax.plot(z, values, color=THEORY, lw=1.8, label="f", zorder=0)
    room = 0.15 * np.ptp(values[np.isfinite(values)]) + 0.05
    ax.set(xlabel="z", xlim=(-3, 3), ylim=(np.nanmin(values) - room, np.nanmax(values) + room))
    ax.legend(frameon=False, fontsize="small")
    return ax


def plot_coefficients(expansion: HermiteExpansion, ax: Axes) -> Axes:
    """√k! c_k as stems; open dots where it is zero exactly or within its bound."""
    k, height = np.arange(len(expansion)), expansion.orthonormal
    zero = np.array([c.vanishes for c in expansion])
    ax.axhline(0, color=BULK, lw=0.8)
    ax.vlines(k, 0, height, color=THEORY, lw=1.4)
    ax.plot(k[~zero], height[~zero], "o", ms=4.5, color=THEORY)
    ax.plot(k[zero], height[zero], "o", ms=4.5, mfc="white", mec=THEORY, label="zero")
    if zero.any():
        ax.legend(frameon=False, fontsize="small")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel="k", ylabel=r"$\sqrt{k!}\,c_k$")
    return ax


def hermite_figure(f: RealFunction, expansion: HermiteExpansion) -> Figure:
    """The two plots side by side."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 3.0), layout="constrained")
        FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2, width_ratios=(3, 2.4))
        plot_partial_sums(f, expansion, left)
        plot_coefficients(expansion, right)
        text = f"f(z) = {f.text}"
        figure.suptitle(text if len(text) < 110 else text[:107] + "…", fontsize="small", x=0.012, ha="left")
        return figure


def save_hermite(text: str, expansion: HermiteExpansion, path: Path) -> None:
    """Write the figure, whole or not at all, in the format of the suffix, .png or .pdf."""
    suffix = path.suffix.lower().removeprefix(".")
    metadata = {"CreationDate": None} if suffix == "pdf" else {"Software": None}
    buffer = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        hermite_figure(function(text), expansion).savefig(buffer, format=suffix, dpi=200, metadata=metadata)
    try:
        write_whole(path, buffer.getvalue())
    except OSError as error:
        raise ValueError(f"cannot write {str(path)!r} ({error.strerror}): give another name") from None
