"""A law beside its draws, as lines, a table and a JSON document."""

from __future__ import annotations

import math
from typing import Any

from rich.table import Table

from rmt_spikes.estimates import Estimate
from rmt_spikes.law_simulation import FRACTIONS, LawComparison
from rmt_spikes.tables import _table, number, text


def head_lines(compared: LawComparison, expression: str, kind: str) -> list[str]:
    """What, its bands and its atoms."""
    law = compared.law
    sizes = ", ".join(f"{dimension} = {dimension.size:g}" for dimension in law.layout.dimensions)
    bands = ", ".join(f"[{number(lower)}, {number(upper)}]" for lower, upper in law.edges) or "none"
    lines = [f"{kind}s of {expression},  {sizes}", f"bands: {bands}"]
    if law.atoms:
        lines.append("atoms: " + ", ".join(f"mass {number(atom.mass)} at {number(atom.x)}" for atom in law.atoms))
    return lines


def law_table(compared: LawComparison) -> Table:
    """One row a quantile or outlier: theory, simulation ± standard error, z-score."""
    table = _table("quantity", "theory", "simulation", "z")
    for q, value in compared.quantiles.items():
        table.add_row(f"{100 * q:g} % from the top", number(value), *_simulated(compared, value, q=q))
    for k, outlier in enumerate(compared.outliers):
        name = f"outlier {k + 1}{' (marginal)' * outlier.marginal}"
        table.add_row(name, number(outlier.value), *_simulated(compared, outlier.value, k=k))
    return table


def check_line(compared: LawComparison) -> str:
    trials = len(compared.values)
    draws = ""
    if trials:
        # values repel each other: their scatter is below the 1/p that separates a finite matrix from its limit
        size = compared.values.shape[1]
        draws = f";  {trials} draw{'s' * (trials != 1)}, mean ± standard error;\n"
        draws += f"the limit is met up to 1/{size} of the mass"
    return f"mass found {compared.law.mass:.9f}, residual below {_decade(compared.law.residual)}{draws}"


def _estimate(compared: LawComparison, q: float | None = None, k: int | None = None) -> Estimate | None:
    if not compared.values.size:
        return None
    return compared.simulated_quantile(q) if q is not None else compared.simulated_outlier(k or 0)


def _simulated(
    compared: LawComparison, value: float, q: float | None = None, k: int | None = None
) -> tuple[str, str]:
    found = _estimate(compared, q, k)
    if found is None:
        return "–", "–"
    z = found.z_score(value)
    return text(found), "–" if z is None else number(z, 1, "+")


def law_document(
    compared: LawComparison, expression: str, declarations: tuple[str, ...], eigenvalues: bool, seed: int
) -> dict[str, Any]:
    """The JSON document, schema 1; docs/json.md."""
    law = compared.law
    trials = len(compared.values)
    document: dict[str, Any] = {
        "schema": 1,
        "expression": expression,
        "declarations": list(declarations),
        "kind": "eigenvalues" if eigenvalues else "singular values",
        "edges": [[float(lower), float(upper)] for lower, upper in law.edges],
        "atoms": [{"x": float(atom.x), "mass": float(atom.mass)} for atom in law.atoms],
        "quantiles": {f"{q:g}": value for q, value in compared.quantiles.items()},
        "outliers": [{"value": float(o.value), "marginal": bool(o.marginal)} for o in compared.outliers],
        "mass": float(law.mass),
        "residual": float(law.residual),
        "observed": None,
    }
    if trials:
        document["observed"] = {
            "trials": trials,
            "seed": seed,
            "quantiles": {f"{q:g}": _fields(compared.simulated_quantile(q)) for q in FRACTIONS},
            "outliers": [_fields(compared.simulated_outlier(k)) for k in range(len(compared.outliers))],
        }
    return document


def _fields(found: Estimate) -> dict[str, float | None]:
    return {"mean": found.mean, "sem": found.sem}


def _decade(residual: float) -> str:
    """The power of ten above, 1e-12 at least: smaller ones are rounding, and differ from machine to machine."""
    return f"1e{math.ceil(math.log10(max(residual, 1e-12)))}"
