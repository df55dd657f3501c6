"""The analyses of a sweep as tables for the terminal."""

from __future__ import annotations

from typing import Any

import numpy as np
from rich.markup import escape
from rich.table import Table

from rmt_spikes.sweeps.agreement import Agreement
from rmt_spikes.sweeps.gap import Gap
from rmt_spikes.sweeps.phase import Panel
from rmt_spikes.sweeps.reading import where_text
from rmt_spikes.sweeps.scaling import Counts, PowerLaw, Scaling
from rmt_spikes.tables import _table, number
from rmt_spikes.verdict import STANDARD_ERRORS

NAMES = {"singular_value": "s", "target_overlap": "cos²(v, β*)"}
SHOWN = 10
NONE = "–"


def scaling_table(result: Scaling) -> Table:
    """One row a power law: exponents of simulation, of the theory at the same widths, of the limit."""
    table = _table("where", "quantity", "widths", "exponent", "theory, same N", "z", "χ²/dof", "N → ∞")
    table.add_column("remarks")
    for law in result.laws:
        limit = NONE if law.limit.exponent is None else str(law.limit.exponent)
        table.add_row(escape(where_text(law.where)) or "all", f"{NAMES[law.quantity]} {law.outlier + 1}",
                      str(law.widths.size), *_line_cells(law), limit, escape(_remarks(law)))  # fmt: skip
    return table


def _line_cells(law: PowerLaw) -> tuple[str, str, str, str]:
    if law.line is None or law.theory_line is None or law.z is None:
        return NONE, NONE, NONE, NONE
    reduced = law.line.reduced_chi2
    return (
        f"{law.line.slope:.4f} ± {law.line.error:.4f}",
        f"{law.theory_line.slope:.4f}",
        f"{law.z:+.1f}",
        NONE if reduced is None else f"{reduced:.2f}",
    )


def _remarks(law: PowerLaw) -> str:
    parts = [law.limit.remark] if law.limit.remark else []
    parts += [f"{count} of the widths: {reason}" for reason, count in law.left_out.items()]
    if law.widths.size < 2:
        parts.append("no line through fewer than two widths")
    if law.rough:
        parts.append(f"{law.rough} points with an error above 30 %")
    return "; ".join(parts)


def counts_table(result: Scaling) -> Table:
    """Number of outliers along N."""
    table = _table("where", "N", "outliers, simulation", "theory", "N → ∞")
    for counts in result.counts:
        for i, width in enumerate(counts.widths):
            table.add_row(escape(where_text(counts.where)) or "all", f"{width:.0f}", _mean(counts, i),
                          _whole(counts.predicted[i]), _whole(counts.limit[i]))  # fmt: skip
    return table


def _mean(counts: Counts, i: int) -> str:
    return _with_error(float(counts.means[i]), float(counts.sems[i]), 2)


def _with_error(mean: float, sem: float, decimals: int = 4) -> str:
    if not np.isfinite(mean):
        return NONE
    return number(mean, decimals) + (f" ± {number(sem, decimals)}" if np.isfinite(sem) else "")


def _whole(value: float) -> str:
    return f"{value:.0f}" if np.isfinite(value) else NONE


def phase_table(panels: tuple[Panel, ...]) -> Table:
    """One row a panel: how many of its cells differ from the finite-size theory, decided and undecided apart."""
    table = _table("where", "cells compared", "undecided", "count differs", "… if undecided", "captured differs",
                   "… if undecided", "exact partition")  # fmt: skip
    for panel in panels:
        loose = panel.undecided
        cells = [panel.compared, panel.compared & loose]
        cells += [
            part for mask in (panel.count_differs, panel.captured_differs) for part in (mask & ~loose, mask & loose)
        ]
        lines = panel.exact and ", ".join(f"k = {k}" for k in panel.exact.critical_lines)
        exact = f"lines {lines}" if lines else ("no critical line" if panel.exact else f"none: {panel.reason}")
        table.add_row(
            escape(where_text(panel.where)) or "all", *(str(int(mask.sum())) for mask in cells), escape(exact)
        )
    return table


def cells_table(panels: tuple[Panel, ...], most: int = SHOWN) -> Table:
    """The worst cells of all panels, decided ones first."""
    table = _table("where", "α1", "α2", "quantity", "simulation", "theory", "z", "undecided")
    found = [(panel, cell) for panel in panels for cell in panel.differing]
    found.sort(key=lambda pair: (pair[1].undecided, -abs(pair[1].mean - pair[1].predicted)))
    for panel, cell in found[:most]:
        z = f"{cell.z:+.1f}" if np.isfinite(cell.z) else "all trials"
        table.add_row(escape(where_text(panel.where)) or "all", cell.alpha1, cell.alpha2, cell.quantity,
                      _with_error(cell.mean, cell.sem), number(cell.predicted), z,
                      "yes" if cell.undecided else "no")  # fmt: skip
    return table


def gap_table(result: Gap, most: int | None = None) -> Table:
    """One row a combination."""
    table = _table("where", "reuse", "independent", "gap", "theory", "z")
    for i, where in enumerate(result.where[:most]):
        z = float(result.z[i])
        table.add_row(
            escape(where_text(where)) or "all",
            *(_with_error(float(side.mean[i]), float(side.sem[i])) for side in (result.reuse, result.independent)),
            _with_error(float(result.gap[i]), float(result.sem[i])),
            number(float(result.predicted[i])) if np.isfinite(result.predicted[i]) else NONE,
            f"{z:+.1f}" if np.isfinite(z) else NONE,
        )
    return table


def agreement_lines(result: Agreement) -> list[str]:
    """How many numbers agree, and how many are due to."""
    total = result.all_z.size
    lines = [
        f"agreement: {result.within} of {total} numbers within 3 standard errors of the theory"
        + (f" ({100 * result.within / total:.1f} %)" if total else "")
        + f"; with {result.trials} trials a correct theory has {100 * result.expected_within:.1f} %"
    ]
    skipped = sum(result.not_compared.values())
    if skipped:
        lines.append(f"not compared: {skipped} (too few trials, no scatter, or a population overlap of 0)")
    return lines


def agreement_table(result: Agreement) -> Table:
    """One row a quantity."""
    table = _table("quantity", "compared", "within 3 s.e.", "… or 2 %", "mean z", "s.d. of z", "not compared")
    for name, z in result.z.items():
        within = int(np.sum(np.abs(z) <= STANDARD_ERRORS))
        spread = (f"{z.mean():+.2f}", f"{z.std():.2f}") if z.size else (NONE, NONE)
        table.add_row(
            name, str(z.size), str(within), str(result.agreeing[name]), *spread, str(result.not_compared[name])
        )
    return table


def worst_table(result: Agreement) -> Table:
    """The numbers farthest off in standard errors."""
    table = _table("where", "quantity", "no.", "simulation", "theory", "z")
    for one in result.worst:
        sem = np.nan if one.observed.sem is None else one.observed.sem
        table.add_row(escape(where_text(one.where)) or "all", one.quantity, _plus_one(one.number),
                      _with_error(one.observed.mean, sem), number(one.predicted), f"{one.z:+.1f}")  # fmt: skip
    return table


def _plus_one(value: Any) -> str:
    return NONE if value is None else str(value + 1)
