"""The JSON documents of ``rmt-spikes show`` (docs/sweeps.md): a ``kind`` a question, null for what does not exist."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rmt_spikes.sweeps.agreement import Agreement
from rmt_spikes.sweeps.gap import Gap
from rmt_spikes.sweeps.lines import Line
from rmt_spikes.sweeps.phase import Panel
from rmt_spikes.sweeps.reading import Means
from rmt_spikes.sweeps.scaling import PowerLaw, Scaling
from rmt_spikes.verdict import STANDARD_ERRORS

SCHEMA = 1


def finite(value: Any) -> Any:
    """Arrays as nested lists, and null where a number does not exist.

    >>> finite(np.array([[1.0, np.nan]]))
    [[1.0, None]]
    """
    if isinstance(value, np.ndarray):
        return finite(value.tolist())
    if isinstance(value, list):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def scaling_document(result: Scaling) -> dict[str, Any]:
    counts = [
        {"where": part.where, **{name: finite(getattr(part, name)) for name in
                                 ("widths", "means", "sems", "predicted", "limit")}}
        for part in result.counts
    ]  # fmt: skip
    return {"schema": SCHEMA, "kind": "sweep-scaling", "laws": [_law(law) for law in result.laws], "counts": counts}


def _law(law: PowerLaw) -> dict[str, Any]:
    return {
        "where": law.where,
        "outlier": law.outlier,
        "quantity": law.quantity,
        **{name: finite(getattr(law, name)) for name in ("widths", "means", "sems", "predicted")},
        "left_out": law.left_out,
        "simulation": _line(law.line),
        "theory": _line(law.theory_line),
        "limit": {
            "exponent": None if law.limit.exponent is None else str(law.limit.exponent),
            "remark": law.limit.remark,
        },
        "z": finite(law.z),
        "p_value": finite(law.p_value),
        "rough_points": law.rough,
    }


def _line(line: Line | None) -> dict[str, Any] | None:
    if line is None:
        return None
    return {"exponent": line.slope, "error": line.error, "intercept": line.intercept, "chi2": line.chi2,
            "points": line.points}  # fmt: skip


def phase_document(panels: tuple[Panel, ...]) -> dict[str, Any]:
    """Tables [i][j] belong to ``alpha2[i]``, ``alpha1[j]``."""
    return {"schema": SCHEMA, "kind": "sweep-phase", "panels": [_panel(panel) for panel in panels]}


def _panel(panel: Panel) -> dict[str, Any]:
    return {
        "where": panel.where,
        "alpha1": list(panel.labels[0]),
        "alpha2": list(panel.labels[1]),
        "outliers": {**_means(panel.count), "theory": finite(panel.theory_count)},
        "captured": {
            **_means(panel.captured),
            "theory": finite(panel.theory_captured),
            "error": finite(panel.captured_error),
        },
        "undecided": panel.undecided.tolist(),
        "cells_compared": int(panel.compared.sum()),
        "differing": [{**vars(cell), "sem": finite(cell.sem), "z": finite(cell.z)} for cell in panel.differing],
        "critical_lines": None if panel.exact is None else list(panel.exact.critical_lines),
        "reason": panel.reason,
    }


def _means(means: Means) -> dict[str, Any]:
    return {"mean": finite(means.mean), "sem": finite(means.sem), "trials": means.trials.tolist()}


def gap_document(result: Gap) -> dict[str, Any]:
    rows = [
        {
            "where": where,
            **{name: finite(float(getattr(result, name)[i])) for name in ("gap", "sem", "predicted", "z")},
            "reuse": {"mean": finite(float(result.reuse.mean[i])), "sem": finite(float(result.reuse.sem[i]))},
            "independent": {
                "mean": finite(float(result.independent.mean[i])),
                "sem": finite(float(result.independent.sem[i])),
            },
        }
        for i, where in enumerate(result.where)
    ]
    return {"schema": SCHEMA, "kind": "sweep-gap", "gaps": rows}


def agreement_document(result: Agreement) -> dict[str, Any]:
    return {"schema": SCHEMA, "kind": "sweep-agreement", **agreement_part(result)}


def agreement_part(result: Agreement) -> dict[str, Any]:
    """What the summary holds too."""
    return {
        "trials": result.trials,
        "compared": result.all_z.size,
        "within": result.within,
        "expected_share_within": result.expected_within,
        "quantities": {
            name: {
                "compared": z.size,
                "within": int(np.sum(np.abs(z) <= STANDARD_ERRORS)),
                "agreeing": result.agreeing[name],
                "mean_z": finite(float(z.mean())) if z.size else None,
                "sd_z": finite(float(z.std())) if z.size else None,
                "not_compared": result.not_compared[name],
            }
            for name, z in result.z.items()
        },
        "worst": [
            {
                "quantity": one.quantity,
                "where": one.where,
                "number": one.number,
                "mean": one.observed.mean,
                "sem": one.observed.sem,
                "trials": one.observed.trials,
                "predicted": one.predicted,
                "z": one.z,
            }
            for one in result.worst
        ],
    }
