"""The JSON document of ``rmt-spikes phases`` (docs/phases.md)."""

from __future__ import annotations

from typing import Any

from rmt_spikes.problem import TwoLayer
from theory.phase_grid import PhaseGrid
from theory.phases import Phases, line

FIELDS = ("activation", "target", "noise", "batch", "loss", "readout")


def phases_document(
    problem: TwoLayer, exact: Phases | None, reason: str | None, seen: PhaseGrid | None
) -> dict[str, Any]:
    """``exact`` is null where no partition exists, and ``reason`` says why; ``finite_size`` null without a width."""
    return {
        "schema": 1,
        "model": {name: getattr(problem, name) for name in FIELDS} | {"phi": problem.phi},
        "exact": None if exact is None else _exact(exact),
        "reason": reason,
        "finite_size": None if seen is None else _finite_size(seen, problem),
    }


def _exact(exact: Phases) -> dict[str, Any]:
    return {
        "regions": [
            {
                "inequalities": region.inequalities,
                "lower": region.lower,
                "upper": region.upper,
                "outliers": region.outliers,
                "at_least": region.outliers_at_least,
                "learned": region.learned,
            }
            for region in exact.regions
        ],
        "critical_lines": [f"α2 = {line(k)}" for k in exact.critical_lines],
        "terms": [
            {
                "k": term.k,
                "fate": term.fate,
                "reason": term.reason,
                "carries_target": term.carries_target,
                "coefficient": {
                    "exact": None if term.coefficient.exact is None else str(term.coefficient.exact),
                    "value": term.coefficient.value,
                    "error_bound": term.coefficient.error_bound,
                },
            }
            for term in exact.terms
        ],
        "batch_reuse_index": exact.batch_reuse_index,
        "learned_from": exact.learned_from,
        "complete": exact.complete,
    }


def _finite_size(seen: PhaseGrid, problem: TwoLayer) -> dict[str, Any]:
    return {
        "width": problem.width,
        "gamma": problem.gamma,
        "alpha1": seen.alpha1.tolist(),
        "alpha2": seen.alpha2.tolist(),
        "outliers": seen.outliers.tolist(),
        "captured": seen.captured.tolist(),
    }
