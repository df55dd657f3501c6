"""``rmt-spikes run``: one experiment, theory beside simulation.

Only Click is imported here; everything else on use.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rmt_spikes.printing import console, json_option, print_json


def _folder(context: click.Context, option: click.Parameter, value: str | None) -> Path | None:
    """An empty text is no folder, though `Path` takes it for the current one."""
    if value == "":
        raise click.BadParameter("the folder's name is empty: give one")
    return None if value is None else Path(value)


@click.command("run")
@click.argument("name", metavar="NAME")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A parameter, such as width=400.")
@click.option("--trials", type=int, default=None, help="Independent draws.", show_default="the experiment's own")
@click.option("--seed", default=0, help="Seed of all randomness, a whole number ≥ 0.")
@click.option("--workers", default="auto", help="Processes that share the trials: a number, or auto for the cores.")
@click.option("--out", type=click.Path(), callback=_folder, help="Folder for result.json, figure.png and .pdf.",
              show_default=False)  # fmt: skip
@json_option
def command(
    name: str,
    settings: tuple[str, ...],
    trials: int | None,
    seed: int,
    workers: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Run the experiment NAME (rmt-spikes experiments lists them) and set its theory beside its simulation."""
    from rmt_spikes import fields
    from rmt_spikes.experiments import _documents, get
    from rmt_spikes.experiments._values import read_settings
    from rmt_spikes.files import prepare_folder
    from rmt_spikes.workers import budget, read

    experiment = get(name)
    if trials is not None:
        fields.trials(trials)
    fields.seed(seed)
    wanted = read(workers) or budget()
    parameters = read_settings(experiment, settings)
    made = out is not None and prepare_folder(out, _documents.FILES)
    try:
        result = _result(experiment, parameters, trials, seed, wanted)
    except BaseException:
        if made and out is not None:
            out.rmdir()
        raise
    document = _documents.document(result, seed)
    written = [] if out is None else _documents.save(result, document, out)
    if as_json:
        return print_json(document)
    _print(result, seed)
    if written:
        click.echo(f"wrote {', '.join(map(str, written))}")


def _result(experiment: Any, parameters: Any, trials: int | None, seed: int, workers: int) -> Any:
    import numpy as np

    from rmt_spikes.experiments import run
    from rmt_spikes.progress import bar

    with bar(console(stderr=True), workers) as progress:
        return run(np.random.default_rng(seed), experiment, parameters, trials, workers, progress)


def _print(result: Any, seed: int) -> None:
    from rmt_spikes.experiments._documents import table
    from rmt_spikes.experiments._values import differences

    screen, experiment = console(), result.experiment
    screen.print(f"{experiment.title}\n{experiment.citation}")
    changed = differences(experiment.parameters(), result.parameters)
    screen.print(f"parameters: {changed + ', the others at' if changed else 'all at'} their defaults")
    screen.print(
        f"{result.trials} trial{'s' * (result.trials != 1)}, seed {seed}, {result.seconds:.1f} s; "
        "simulation: mean ± standard error"
    )
    screen.print(table(result))
    screen.print(f"{result.verdict}: {result.text}")
