"""``rmt-spikes law``: the law of any expression in declared random matrices, over draws of it.

Only Click is imported here; everything else on use.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rmt_spikes.printing import console, json_option, print_json


@click.command("law")
@click.argument("expression", metavar="EXPR")
@click.option(
    "--set",
    "declarations",
    multiple=True,
    metavar="NAME=DECLARATION",
    help="A dimension (N=600), a matrix (W=gaussian(N, d, 1/d), D=diag(N, [1, 3], weights=[.5, .5])), "
    "a vector (b=direction(d)).",
)
@click.option("--eigenvalues", is_flag=True, help="Eigenvalues of a symmetric EXPR instead of singular values.")
@click.option("--trials", default=4, help="Draws to set beside the law; 0 for none.")
@click.option("--seed", default=0, help="Seed of all randomness, a whole number ≥ 0.")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR/FILE", help="Draw the law over its draws, PNG or PDF."
)
@click.option("--points", is_flag=True, help="Mark the points at which the density was solved.")
@json_option
def command(
    expression: str,
    declarations: tuple[str, ...],
    eigenvalues: bool,
    trials: int,
    seed: int,
    out: Path | None,
    points: bool,
    as_json: bool,
) -> None:
    """The law of the singular values, or eigenvalues, of EXPR, such as "W + 0.3*D*W*X.T*X": edges, atoms, quantiles
    and outliers, beside those of random draws."""
    from rmt_spikes import fields

    fields.whole("trials", trials, 0, 100_000, "from 0 to 100000", 4)
    fields.seed(seed)
    if out is not None:
        _check_file(out)
    law = _law(expression, declarations, eigenvalues)
    compared = _compared(law, trials, seed)
    kind = "eigenvalue" if eigenvalues else "singular value"
    if out is not None:
        from rmt_spikes.plots_law import law_figure, save_law

        save_law(law_figure(compared, expression, kind, points), out)
    if as_json:
        from rmt_spikes.law_tables import law_document

        return print_json(law_document(compared, expression, declarations, eigenvalues, seed))
    from rmt_spikes import law_tables

    click.echo("\n".join(law_tables.head_lines(compared, expression, kind)))
    console().print(law_tables.law_table(compared))
    click.echo(law_tables.check_line(compared))
    if out is not None:
        click.echo(f"wrote {out}")


def _check_file(out: Path) -> None:
    if out.suffix.lower() not in (".png", ".pdf"):
        raise ValueError(f"--out {str(out)!r} has the suffix {out.suffix!r}: give a name that ends in .png or .pdf")
    if not out.parent.is_dir() or out.is_dir():
        raise ValueError(f"--out {str(out)!r} is not a file in an existing folder: give another name")


def _law(expression: str, declarations: tuple[str, ...], eigenvalues: bool) -> Any:
    """The law; warnings, of a finite-size edge, go to standard error."""
    import warnings

    from theory.dyson.declare import declare
    from theory.dyson.law import Eigenvalues, SingularValues
    from theory.dyson.parse import parse_expression

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        matrix = parse_expression(expression, declare(declarations))
    for warning in caught:
        click.echo(f"note: {warning.message}", err=True)
    return (Eigenvalues if eigenvalues else SingularValues)(matrix)


def _compared(law: Any, trials: int, seed: int) -> Any:
    """ValueError, one line for the user, if the law is none or could not be solved."""
    import numpy as np

    from rmt_spikes.law_simulation import check_sizes, simulate
    from theory.dyson.path import PathError
    from theory.dyson.spectrum import SpectrumError

    if trials:
        check_sizes(law, trials)
    try:
        _ = law.bands
        return simulate(np.random.default_rng(seed), law, trials)
    except (PathError, SpectrumError, np.linalg.LinAlgError) as error:
        raise ValueError(f"the law could not be solved: {error}") from None
