"""The command line ``rmt-spikes``: predict, compare, hermite, exponents, phases, law, sweep, show,
experiments, run.

Results go to standard output, progress and errors to standard error.  Bad input is one line and exit code 2.
Only Click and the options are imported here; everything else on use, so that ``--help`` is quick.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from rmt_spikes.commands import experiments, exponents, hermite, law, phases, run, show, sweep
from rmt_spikes.options import bulk_option, model_options
from rmt_spikes.printing import console as _console
from rmt_spikes.printing import json_option
from rmt_spikes.printing import print_json as _print_json

BAD_INPUT, INTERRUPTED = 2, 130
LONG = 20.0  # seconds: what is expected to take more is announced


@click.group(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rmt-spikes")
def cli() -> None:
    """What do one or two gradient steps do to the spectrum of a two-layer network's weights, and does the theory
    say so?"""


@cli.command()
@model_options
@bulk_option
@json_option
def predict(as_json: bool, bulk: str, **fields: Any) -> None:
    """Predict the outliers of the updated weights, their overlaps and the bulk, without simulating."""
    from rmt_spikes.problem import TwoLayer

    problem = TwoLayer(**fields)
    import theory
    from rmt_spikes import documents

    prediction = theory.predict(problem, bulk=bulk)
    if as_json:
        return _print_json(documents.prediction_document(problem, prediction))
    from rmt_spikes import tables
    from theory.fluctuations import outlier_fluctuations

    console = _console()
    _print_prediction(console, problem, prediction)
    if prediction.outliers:
        console.print(tables.prediction_table(prediction, outlier_fluctuations(problem, prediction)))
    console.print(tables.bulk_line(prediction))


@cli.command()
@model_options
@click.option("--trials", default=8, help="Independent draws.")
@click.option("--seed", default=0, help="Seed of all randomness, a whole number ≥ 0.")
@click.option(
    "--workers", default="auto", help="Processes that share the trials: a number, or auto for the quickest."
)
@click.option("--memory-budget", default=None, help="Memory for the matrices of all workers, such as 4GB.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for comparison.json, spectrum.png and .pdf.")
@bulk_option
@json_option
def compare(
    as_json: bool,
    trials: int,
    seed: int,
    workers: str,
    memory_budget: str | None,
    out: Path | None,
    bulk: str,
    **fields: Any,
) -> None:
    """Simulate the steps and set the theory beside them, with error bars and a verdict."""
    from rmt_spikes import fields as checked
    from rmt_spikes.files import prepare_folder
    from rmt_spikes.memory import check_memory, step_budget
    from rmt_spikes.problem import TwoLayer
    from rmt_spikes.workers import read

    checked.trials(trials)
    checked.seed(seed)
    wanted = read(workers)
    problem = TwoLayer(**fields)
    check_memory(problem, min(wanted or 1, trials))
    budget = checked.memory("memory_budget", memory_budget)
    step_budget(problem, budget)
    made = out is not None and prepare_folder(out)
    from rmt_spikes import documents
    from rmt_spikes.figures import save_comparison

    try:
        result = _run(problem, trials, seed, bulk, wanted, budget)
    except BaseException:
        if made and out is not None:
            out.rmdir()
        raise
    document = documents.comparison_document(result, seed)
    written = [] if out is None else save_comparison(result, document, out)
    if as_json:
        return _print_json(document)
    _print_comparison(result, document["verdict"], seed)
    if written:
        click.echo(f"wrote {', '.join(map(str, written))}")


for module in (hermite, exponents, phases, law, sweep, show, experiments, run):
    cli.add_command(module.command)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit code is 0, 2 for bad input, 130 when interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without Greek letters shows question marks
    try:
        code = cli.main(args=arguments, prog_name="rmt-spikes", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0  # Click returns what a command exits with
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return BAD_INPUT
    except click.ClickException as error:
        return _fail(error.format_message(), BAD_INPUT)
    except ValueError as error:
        return _fail(str(error), BAD_INPUT)
    except MemoryError as error:
        return _fail(f"out of memory ({error}): reduce width, dim, samples or workers", 1)
    except (KeyboardInterrupt, click.Abort) as stop:
        reason = stop.__cause__ if isinstance(stop, click.Abort) else stop  # Click's own hides what was raised
        return _fail(str(reason or "") or "interrupted; nothing was written", INTERRUPTED)
    except RuntimeError as error:
        from rmt_spikes.trials import WorkerLost

        if not isinstance(error, WorkerLost):
            raise
        return _fail(str(error), 1)
    except BrokenPipeError:
        # the reader of standard output has gone; keep Python's own flush at exit from complaining
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _fail(f"cannot write the output ({error.strerror})", 1)


def _fail(message: str, code: int) -> int:
    click.echo(f"rmt-spikes: {' '.join(message.split())}", err=True)
    return code


def _run(problem: Any, trials: int, seed: int, bulk: str, wanted: int | None, budget: int | None) -> Any:
    import numpy as np

    from rmt_spikes.comparison import compare as run
    from rmt_spikes.progress import bar
    from rmt_spikes.workers import plan

    chosen = plan(problem, trials, wanted, budget)
    if chosen.seconds > LONG:
        click.echo(f"about {chosen}", err=True)
    with bar(_console(stderr=True), chosen.workers) as progress:
        return run(np.random.default_rng(seed), problem, trials, progress, bulk, chosen.workers, budget)


def _print_prediction(console: Any, problem: Any, prediction: Any) -> None:
    from rmt_spikes import tables

    console.print(tables.model_line(problem))
    console.print(tables.count_line(prediction))
    for note in prediction.notes:
        console.print(f"note: {note}")


def _print_comparison(result: Any, verdict: str, seed: int) -> None:
    from rmt_spikes import tables

    console = _console()
    _print_prediction(console, result.problem, result.prediction)
    trials = len(result.trials)
    console.print(f"{trials} trial{'s' * (trials != 1)}, seed {seed}; simulation: mean ± standard error")
    console.print(tables.comparison_table(result))
    if result.prediction.outliers:
        found = ", ".join(f"{k + 1} in {result.identified(k)}" for k in range(len(result.prediction.outliers)))
        console.print(f"outliers recognised by their left vectors: {found} of {trials} trials")
        predicted = sum(outlier.target_overlap_squared for outlier in result.prediction.outliers)
        console.print(
            f"‖P β*‖² captured by the outliers: theory {predicted:.4f}, simulation {tables.text(result.captured)}"
        )
    console.print(verdict)


if __name__ == "__main__":
    sys.exit(main())
