"""``rmt-spikes experiments``: which published results there are, and the parameters of one.

Only Click is imported here; everything else on use.
"""

from __future__ import annotations

import re
from typing import Any

import click

from rmt_spikes.printing import console, json_option, print_json


@click.command("experiments")
@click.argument("name", metavar="[NAME]", required=False, default=None)
@json_option
def command(name: str | None, as_json: bool) -> None:
    """The published results that `rmt-spikes run` sets beside simulation; with NAME the parameters of one."""
    from rmt_spikes.experiments import get, names

    if name is not None:
        return _one(get(name), as_json)
    found: list[Any] = []
    for known in names():
        try:
            found.append(get(known))
        except Exception as error:  # whatever a user's own file raises
            reason = f"{type(error).__name__}: {error}"
            click.echo(f"rmt-spikes: experiments/{known}.py cannot be loaded: {reason}", err=True)
    if as_json:
        return print_json({"schema": 1, "experiments": [_head(one) for one in found]})
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("name", "title", "of", "trials"):
        table.add_column(heading, justify="right" if heading == "trials" else "left")
    for one in found:
        table.add_row(one.name, one.title, short_citation(one.citation), str(one.trials))
    screen = console()
    screen.print(table)
    screen.print("citation, what it assumes and parameters of one: rmt-spikes experiments NAME")


def short_citation(citation: str) -> str:
    """First authors and years.

    >>> short_citation("J. Ba, D. Wu and G. Yang, How it Learns, 2022; B. Moniri and H. Hassani, Two Steps, 2026")
    'Ba et al. 2022; Moniri and Hassani 2026'
    """
    found = []
    for paper in citation.split("; "):
        first, *rest, year = paper.split(", ")
        names = re.sub(r"\b\w\. ", "", first)
        # without an "and" it is one author, and then the title, or the first of more than two
        more = " et al." if " and " not in first and len(rest) > 1 else ""
        found.append(f"{names}{more} {year}")
    return "; ".join(found)


def _head(experiment: Any) -> dict[str, Any]:
    keys = ("name", "title", "citation", "assumes", "trials")
    return {key: getattr(experiment, key) for key in keys}


def _one(experiment: Any, as_json: bool) -> None:
    import inspect

    from rmt_spikes.experiments._values import described, plain_parameters

    if as_json:
        return print_json({"schema": 1, **_head(experiment), "parameters": plain_parameters(experiment.parameters())})
    from rich import box
    from rich.table import Table

    screen = console()
    screen.print(f"{experiment.name}: {experiment.title}\n{experiment.citation}\n{experiment.assumes}")
    rows = described(experiment)
    helped = any(text for _, _, text in rows)
    if not helped:
        # what a class says of its fields, without what it raises and its example
        screen.print("\n" + (inspect.getdoc(experiment.parameters) or "").split("\nRaises")[0].split("\n>>>")[0])
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("parameter", "default", "meaning")[: 3 if helped else 2]:
        table.add_column(heading)
    for row in rows:
        table.add_row(*row[: 3 if helped else 2])
    screen.print(table)
    screen.print(f"{experiment.trials} trials; run it with: rmt-spikes run {experiment.name} --set {rows[0][0]}=…")
