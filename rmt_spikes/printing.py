"""What the commands share: one JSON document on standard output, a console of a fixed width in pipes."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

PIPED_WIDTH = 10_000  # nothing is cut off from a table that goes into a file or a pipe

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


def print_json(document: dict[str, Any]) -> None:
    """One JSON document, without NaN or infinities."""
    plain = "utf" not in (sys.stdout.encoding or "").lower()
    click.echo(json.dumps(document, indent=2, ensure_ascii=plain, allow_nan=False))


def console(stderr: bool = False) -> Any:
    """A rich console."""
    from rich.console import Console

    found = Console(stderr=stderr, highlight=False, soft_wrap=True, markup=False)
    if not found.is_terminal:
        found.width = PIPED_WIDTH
    return found
