"""``rmt-spikes show``: what the store of a sweep holds, and its answers to the usual questions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rmt_spikes.commands.sweep import require_packages
from rmt_spikes.printing import console, json_option, print_json

FORMATS = (".png", ".pdf")
QUESTIONS = ("phase", "scaling", "gap", "agreement")


@click.command("show")
@click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
@click.option("--plot", type=click.Choice(QUESTIONS), help="A question: its tables, and with --out its figure.",
              show_default=False)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path), help="Figure of --plot, a .png or .pdf file.", show_default=False
)
@json_option
def command(path: Path, as_json: bool, plot: str | None, out: Path | None) -> None:
    """What the store PATH of a sweep holds: specification, cells, agreement with theory; or one question."""
    require_packages()
    _check(path, plot, out)
    data = _loaded(path)
    if plot is None:
        return _summary(path, data, as_json)
    result = _answer(plot, data, out)
    if as_json:
        return print_json(_document(plot, result))
    screen = console()
    for part in _printed(plot, result):
        screen.print(part)
    if out is not None:
        click.echo(f"wrote {out}")


def _loaded(path: Path) -> Any:
    """The dataset in memory but for its largest variable, which no question is about."""
    from rmt_spikes.sweeps.store import open_sweep

    return open_sweep(path, verify=True).drop_vars("spectrum", errors="ignore").load()


def _check(path: Path, plot: str | None, out: Path | None) -> None:
    """ValueError for what cannot be done, before anything is opened."""
    if not path.exists():
        raise ValueError(f"{str(path)!r} is not there: give the store that rmt-spikes sweep --store has written")
    if out is None:
        return
    if plot is None:
        raise ValueError(f"--out {out} needs a figure to write: give --plot with one of {', '.join(QUESTIONS)}")
    if out.suffix not in FORMATS:
        raise ValueError(f"--out {out.name} is not accepted: give a file that ends in {' or '.join(FORMATS)}")
    if out.is_dir():
        raise ValueError(f"--out {str(out)!r} is a folder: give a file in it, such as {out / (plot + '.png')}")
    from rmt_spikes.files import prepare_folder

    prepare_folder(out.parent)


def _summary(path: Path, data: Any, as_json: bool) -> None:
    from rmt_spikes.sweeps.experiment_agreement import is_of_experiment
    from rmt_spikes.sweeps.summary import read_failures, summarise, summary_document, summary_lines

    summary = summarise(data, read_failures(path))
    if is_of_experiment(data):
        return _experiment(summary, data, as_json)
    if as_json:
        return print_json(summary_document(summary))
    screen = console()
    for line in summary_lines(summary):
        screen.print(line, markup=False)
    if summary.agreement is None:
        return screen.print("agreement: not known, it needs at least two trials")
    from rmt_spikes.sweeps import tables

    for line in tables.agreement_lines(summary.agreement):
        screen.print(line, markup=False)
    screen.print(tables.agreement_table(summary.agreement))


def _experiment(summary: Any, data: Any, as_json: bool) -> None:
    """A sweep of an experiment: how many of each quantity's numbers agree."""
    from rmt_spikes.experiments import get
    from rmt_spikes.sweeps import experiment_agreement as agreement
    from rmt_spikes.sweeps.summary import summary_document, summary_lines

    cells = list(agreement.numbers(data))
    found = agreement.counts(cells, get(summary.fixed["name"]).keys) if cells else []
    if as_json:
        part = agreement.counts_part(found) if found else None
        return print_json({**summary_document(summary), "agreement": part})
    screen = console()
    for line in summary_lines(summary):
        screen.print(line, markup=False)
    if not found:
        return screen.print("agreement: not known, it needs trials")
    screen.print(agreement.counts_table(found))
    for line in agreement.disagreement_lines(cells):
        screen.print(line, markup=False)


def _answer(plot: str, data: Any, out: Path | None) -> Any:
    """The analysis, and its figure where one is asked for."""
    from rmt_spikes.sweeps.experiment_agreement import is_of_experiment

    if is_of_experiment(data):
        raise ValueError(
            f"--plot {plot} is a question to a sweep of [model], and this one is of an [experiment]: leave --plot "
            "out, or draw from the dataset"
        )
    result = _analysis(plot)(data)
    if out is not None:
        from rmt_spikes.sweeps.drawing import save

        figure = _figure(plot)
        save(lambda: figure(result), out)
    return result


def _analysis(plot: str) -> Any:
    if plot == "phase":
        from rmt_spikes.sweeps.phase import phase

        return phase
    if plot == "scaling":
        from rmt_spikes.sweeps.scaling import scaling

        return scaling
    if plot == "gap":
        from rmt_spikes.sweeps.gap import gap

        return gap
    from rmt_spikes.sweeps.agreement import agreement

    return agreement


def _figure(plot: str) -> Any:
    if plot == "phase":
        from rmt_spikes.sweeps.plots_phase import phase_figure

        return phase_figure
    if plot == "scaling":
        from rmt_spikes.sweeps.plots_scaling import scaling_figure

        return scaling_figure
    if plot == "gap":
        from rmt_spikes.sweeps.plots_gap import gap_figure

        return gap_figure
    from rmt_spikes.sweeps.plots_agreement import agreement_figure

    return agreement_figure


def _document(plot: str, result: Any) -> dict[str, Any]:
    from rmt_spikes.sweeps import documents

    return getattr(documents, f"{plot}_document")(result)


def _printed(plot: str, result: Any) -> list[Any]:
    from rmt_spikes.sweeps import tables

    if plot == "phase":
        some = any(panel.differing for panel in result)
        return [tables.phase_table(result), tables.cells_table(result) if some else "no cell differs"]
    if plot == "scaling":
        return [tables.scaling_table(result), tables.counts_table(result)]
    if plot == "gap":
        return [tables.gap_table(result)]
    return [*tables.agreement_lines(result), tables.agreement_table(result), tables.worst_table(result)]
