"""``rmt-spikes phases``: the exact phase diagram in (α1, α2), and the one that is seen at width N."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from rmt_spikes.options import some_model_options
from rmt_spikes.printing import console, json_option, print_json

FORMATS = (".png", ".pdf")


@click.command("phases")
@some_model_options("activation", "target", "noise", "dim", "samples", "batch", "loss", "readout")
@click.option("--width", type=int, help="N: adds the diagram at this width, for these d and n.", show_default=False)
@click.option("--grid", default=60, help="Points a side of that diagram.")
@click.option("--out", type=click.Path(path_type=Path), help="Figure, a .png or .pdf file.", show_default=False)
@json_option
def command(as_json: bool, width: int | None, grid: int, out: Path | None, **fields: Any) -> None:
    """Where in (α1, α2) how many outliers are, and where β* is learned: exactly, and at width N."""
    from rmt_spikes.files import prepare_folder
    from rmt_spikes.problem import TwoLayer

    if width is None and click.get_current_context().get_parameter_source("grid") is not ParameterSource.DEFAULT:
        raise ValueError(f"--grid {grid} is of no use without --width: give the N of the diagram, as in --width 2000")
    problem = TwoLayer(**fields if width is None else {**fields, "width": width})
    if out is not None:
        if out.suffix not in FORMATS:
            raise ValueError(f"--out {out.name} is not accepted: give a file that ends in {' or '.join(FORMATS)}")
        prepare_folder(out.parent)
    from theory.phase_grid import check_grid

    check_grid(grid)
    exact, reason = _exact(problem)
    if exact is None and width is None:
        raise ValueError(f"{reason} (with --width)")
    seen = None if width is None else _at_width(problem, grid)
    if out is not None:
        from rmt_spikes.plots_phases import save_phases

        save_phases(problem, exact, seen, out)
    if as_json:
        from rmt_spikes.commands.phases_document import phases_document

        return print_json(phases_document(problem, exact, reason, seen))
    _print(problem, exact, reason, seen)
    if out is not None:
        click.echo(f"wrote {out}")


def _exact(problem: Any) -> tuple[Any, str | None]:
    """The exact partition, or why there is none."""
    from theory.expansion import NoExpansion
    from theory.phases import phases

    try:
        return phases(problem), None
    except NoExpansion as error:
        return None, str(error)


def _at_width(problem: Any, grid: int) -> Any:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from theory.phase_grid import phase_grid

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task("α1", total=grid)
        return phase_grid(problem, problem.width, grid, progress=lambda done, total: bar.update(task, completed=done))


def _print(problem: Any, exact: Any, reason: str | None, seen: Any) -> None:
    from rmt_spikes.commands import phases_tables

    out = console()
    out.print(phases_tables.problem_line(problem), markup=False)
    if exact is None:
        out.print(f"no exact partition: {reason}", markup=False)
    else:
        out.print(phases_tables.terms_table(exact))
        out.print(phases_tables.regions_table(exact))
        out.print(phases_tables.learning_line(problem, exact), markup=False)
    if seen is not None:
        for text in phases_tables.finite_size_lines(seen):
            out.print(text, markup=False)
