"""The phase diagram as text: terms, regions and what is seen at width N."""

from __future__ import annotations

import numpy as np
from rich.markup import escape
from rich.table import Table

from rmt_spikes.problem import TwoLayer
from rmt_spikes.tables import _table
from theory.phase_grid import PhaseGrid
from theory.phases import Phases


def problem_line(problem: TwoLayer) -> str:
    noise = f" + noise {problem.noise:g}" if problem.noise else ""
    return (
        f"σ = {problem.activation},  target = {problem.target}{noise},  {problem.batch} batch, "
        f"{problem.readout} readout"
    )


def terms_table(exact: Phases) -> Table:
    """One row a term N^{α2 − k(1/2 − α1)}: its fate and the coefficient that decides."""
    table = _table("term k")
    for name in ("fate", "carries β*", "why"):
        table.add_column(name, no_wrap=True)
    for term in exact.terms:
        table.add_row(
            str(term.k),
            term.fate,
            "yes" if term.carries_target and term.fate == "alive" else "no",
            escape(term.reason),
        )
    return table


def regions_table(exact: Phases) -> Table:
    """One row a region of the square, from the lower left corner on."""
    table = _table("region of 0 ≤ α1, α2 < 1/2", "outliers", "β*")
    for region in exact.regions:
        count = f"{'≥ ' * region.outliers_at_least}{region.outliers}"
        table.add_row(region.inequalities, count, "learned" if region.learned else "not learned")
    return table


def learning_line(problem: TwoLayer, exact: Phases) -> str:
    if exact.learned_from is None:
        text = f"β* is not learned by any of the {len(exact.terms)} terms"
    elif exact.learned_from == 0:
        text = "β* is learned by the leading outlier"
    else:
        text = f"β* is learned from the line k = {exact.learned_from} on"
    if problem.batch == "reuse":
        index = "none found" if exact.batch_reuse_index is None else exact.batch_reuse_index
        text += f";  J = min{{j ≥ 1: E[z y^(j+1)] ≠ 0}}: {index}"
    return text


def finite_size_lines(seen: PhaseGrid) -> list[str]:
    counts, points = np.unique(seen.outliers, return_counts=True)
    shares = ", ".join(f"{k} on {100 * p / seen.outliers.size:.1f} %" for k, p in zip(counts, points, strict=True))
    row, column = np.unravel_index(int(np.argmax(seen.captured)), seen.captured.shape)
    place = f"({seen.alpha1[column]:.2f}, {seen.alpha2[row]:.2f})"
    return [
        f"at N = {seen.N:g}, {len(seen.alpha1)}×{len(seen.alpha2)} points of [0, 0.49]²: outliers {shares}",
        f"largest ‖P β*‖² captured: {seen.captured[row, column]:.4f} at (α1, α2) = {place}",
    ]
