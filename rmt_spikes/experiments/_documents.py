"""A result as a JSON document (schema 1: fields may be added, never renamed), as a table, and as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rmt_spikes.experiments import _plots
from rmt_spikes.experiments._frame import Quantity, Result
from rmt_spikes.experiments._values import plain_parameters

if TYPE_CHECKING:
    from rich.table import Table

SCHEMA = 1
FILES = ("result.json", *(f"figure.{suffix}" for suffix in _plots.SUFFIXES))
ANSWERS = {True: "yes", False: "NO", None: "unclear"}


def document(result: Result, seed: int | None = None) -> dict[str, Any]:
    """What ``rmt-spikes run --json`` prints."""
    experiment = result.experiment
    return {
        "schema": SCHEMA,
        "experiment": experiment.name,
        "title": experiment.title,
        "citation": experiment.citation,
        "assumes": experiment.assumes,
        "parameters": plain_parameters(result.parameters),
        "trials": result.trials,
        "seed": seed,
        "quantities": [_quantity(one) for one in result.quantities],
        "verdict": result.verdict,
        "text": result.text,
        "seconds": round(result.seconds, 2),
    }


def _quantity(one: Quantity) -> dict[str, Any]:
    seen = one.observed
    return {
        "name": one.name,
        "label": one.label,
        "predicted": one.predicted,
        "observed": {"mean": seen.mean, "sem": seen.sem, "trials": seen.trials},
        "z": one.z,
        "agrees": one.agrees,
        "asymptotic": one.asymptotic,
    }


HEADINGS = ("quantity", "at", "theory", "simulation", "z", "agrees")


def rows(result: Result) -> list[tuple[str, ...]]:
    """One row a quantity, as text, under `HEADINGS`."""
    return [
        (one.name, one.label, number(one.predicted), estimate(one), z_text(one.z), answer(one))
        for one in result.quantities
    ]  # fmt: skip


def answer(one: Quantity) -> str:
    """yes, NO or unclear; a miss of what is asymptotic is called that."""
    return "asymptotic" if one.asymptotic and not one.agrees else ANSWERS[one.agrees]


def z_text(z: float | None) -> str:
    """
    >>> z_text(1.234), z_text(-1e7), z_text(None)
    ('+1.2', '-1e+07', '–')
    """
    return "–" if z is None else f"{z:+.1f}" if abs(z) < 1000 else f"{z:+.0e}"


def number(value: float) -> str:
    """
    >>> number(1.23456), number(123456.0), number(1.2e-7), number(0.0)
    ('1.2346', '1.235e+05', '1.200e-07', '0.0000')
    """
    return f"{value:.4f}" if value == 0 or 1e-2 <= abs(value) < 1e4 else f"{value:.3e}"


def estimate(one: Quantity) -> str:
    """Mean ± standard error."""
    seen = one.observed
    return number(seen.mean) + ("" if seen.sem is None else f" ± {seen.sem:.1e}")


def table(result: Result) -> Table:
    """The rows for the terminal; the column of labels only where there are any."""
    from rich import box
    from rich.table import Table

    kept = [i for i in range(len(HEADINGS)) if i != 1 or any(one.label for one in result.quantities)]
    found = Table(box=box.SIMPLE_HEAD)
    for i in kept:
        found.add_column(HEADINGS[i], justify="right" if 1 < i < 5 else "left")
    for row in rows(result):
        found.add_row(*(row[i] for i in kept))
    return found


def save(result: Result, written: dict[str, Any], folder: Path) -> list[Path]:
    """Write result.json, figure.png and figure.pdf, each whole or not at all; returns their paths."""
    from rmt_spikes.files import write_whole

    figure = _plots.plot(result)
    numbers = (json.dumps(written, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
    contents = (numbers, *(_plots.contents(figure, suffix) for suffix in _plots.SUFFIXES))
    for name, content in zip(FILES, contents, strict=True):
        write_whole(folder / name, content)
    return [folder / name for name in FILES]
