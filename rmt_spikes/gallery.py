"""The gallery: every experiment at its defaults on one static page, with figure, numbers, verdict and citation.

    python -m rmt_spikes.gallery --out docs/gallery

Writes index.html, and for each experiment NAME.png and NAME.json.  The page needs no script and no other address, and
for one seed it is the same but for the times.  An experiment with a ``trend`` is also run along it, and the page says
how far off each quantity is at each size; its negative control is given in words.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from rmt_spikes.experiments import Experiment, Quantity, Result, _plots, document, get, names, refuted, run
from rmt_spikes.files import prepare_folder, write_whole
from rmt_spikes.gallery_page import page

DPI = 160


@dataclass(frozen=True, eq=False)
class Entry:
    """One experiment of the page: its result, the numbers that its control refutes, its results along the trend."""

    result: Result
    refuted: tuple[Quantity, ...]
    trend: tuple[Result, ...]


def entry(experiment: Experiment, seed: int, workers: int, quick: bool = False, trials: int | None = None) -> Entry:
    """Run one experiment, at its quick parameters where asked; the trend starts from the same parameters."""
    parameters = experiment.quick if quick and experiment.quick is not None else experiment.parameters()

    def once(parameters: object) -> Result:
        return run(np.random.default_rng(seed), experiment, parameters, trials, workers)

    result = once(parameters)
    along = () if experiment.trend is None else tuple(once(one) for one in experiment.trend(parameters))
    return Entry(result, refuted(result), along)


def write(entries: list[Entry], seed: int, out: Path) -> None:
    """The page and its files, each whole or not at all; the page last."""
    for one in entries:
        name = one.result.experiment.name
        text = json.dumps(document(one.result, seed), indent=2, ensure_ascii=False, allow_nan=False)
        write_whole(out / f"{name}.json", f"{text}\n".encode())
        write_whole(out / f"{name}.png", _plots.contents(_plots.plot(one.result), "png", DPI))
    write_whole(out / "index.html", page(entries, seed).encode())


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("docs/gallery"), help="Folder of the page.")
@click.option("--seed", default=0, help="Seed of all randomness.")
@click.option("--workers", default="auto", help="Processes that share the trials of an experiment.")
@click.option("--quick", is_flag=True, help="The parameters of the tests instead of the defaults.")
@click.option("--trials", type=int, default=None, help="Instead of each experiment's own number.")
@click.option("--only", multiple=True, metavar="NAME", help="This experiment alone; may be given again.")
def command(out: Path, seed: int, workers: str, quick: bool, trials: int | None, only: tuple[str, ...]) -> None:
    """Run the experiments and write the gallery."""
    from rmt_spikes import fields
    from rmt_spikes.workers import budget, read

    fields.seed(seed)
    if trials is not None:
        fields.trials(trials)
    chosen, wanted = [get(name) for name in only or names()], read(workers) or budget()
    prepare_folder(out)
    entries = []
    for experiment in chosen:
        entries.append(entry(experiment, seed, wanted, quick, trials))
        result = entries[-1].result
        click.echo(f"{experiment.name}: {result.verdict}, {result.seconds:.1f} s", err=True)
    write(entries, seed, out)
    click.echo(f"wrote {out / 'index.html'}")


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0, or 2 with one line for bad input."""
    try:
        command.main(args=arguments, prog_name="rmt_spikes.gallery", standalone_mode=False)
        return 0
    except (ValueError, click.ClickException) as error:
        message = error.format_message() if isinstance(error, click.ClickException) else str(error)
        click.echo(f"rmt_spikes.gallery: {message}", err=True)
        return 2


if __name__ == "__main__":
    sys.exit(main())
