"""``python -m benchmarks``: tables on standard output, the same as a JSON document in a file; nothing is asserted."""

import json
from pathlib import Path

import click

from benchmarks.groups import ALL, selected
from benchmarks.settings import SETTINGS, chosen
from benchmarks.tables import plain

FOLDER = Path("bench-output")


@click.command(epilog="Rows of PyTorch need its CPU build: pip install torch, from PyTorch's index of CPU wheels.")
@click.option("--size", default="default", show_default=True, help=f"One of {', '.join(SETTINGS)}.")
@click.option("--only", multiple=True, metavar="NAME", help=f"Only this group; repeatable: {', '.join(ALL)}.")
@click.option("--width", type=int, help="N, in place of the size's.")
@click.option("--dim", type=int, help="d")
@click.option("--samples", type=int, help="n")
@click.option("--rounds", type=int, help="Measured rounds, after one that is not.")
@click.option("--threads", type=int, help="Threads of NumPy, SciPy, Numba and PyTorch.  [default: 2]")
@click.option("--json", "path", type=click.Path(path_type=Path, dir_okay=False), help="Where the document goes.")
@click.option("--merge", is_flag=True, help="Replace only the groups measured now in the document that is there.")
def main(size, only, path, merge, **by_hand):
    """Measure ours against bare matrix products, NumPy, PyTorch, SciPy and scikit-learn, alternately in one run.

    Every ratio is ours/theirs: the median of the rounds' ratios, with the smallest and the largest.
    """
    try:
        settings = chosen(size, **by_hand)
        groups = selected(only, size)
    except (ValueError, TypeError) as error:
        raise click.UsageError(str(error)) from None
    path = path or FOLDER / f"benchmarks-{settings.name.replace(' ', '-')}.json"
    if merge and not path.exists():
        raise click.UsageError(f"--merge needs a document to merge into, and {path} does not exist")
    from benchmarks.document import measured, merged, write  # here, so that bad input is told at once

    document = measured(settings, ())
    if merge:
        try:
            document = merged(json.loads(path.read_text()), document)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
    for name in groups:  # written after each, so that an interrupted run keeps what it has
        click.echo(f"{name} …", err=True)
        document = merged(document, measured(settings, (name,)))
        write(document, path)
    click.echo(plain(json.loads(path.read_text())))
    click.echo(f"\nwrote {path}")


if __name__ == "__main__":
    main()
