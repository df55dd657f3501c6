"""``rmt-spikes hermite``: Hermite coefficients as a table, exactly, in digits, in LaTeX, as a plot.

Only Click is imported here; everything else on use.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rmt_spikes.printing import console, json_option, print_json


@click.command("hermite")
@click.argument("expression", metavar="EXPR")
@click.option("--degree", default=10, help="Highest k.")
@click.option("--digits", type=int, help="Print each coefficient to so many significant digits.")
@click.option("--exact", is_flag=True, help="Print closed forms, c_k for every k where it is known, and E f².")
@click.option("--latex", is_flag=True, help="Print the coefficients as LaTeX.")
@click.option(
    "--plot", type=click.Path(path_type=Path), metavar="FILE", help="Draw f and its partial sums, PNG or PDF."
)
@json_option
def command(
    expression: str, degree: int, digits: int | None, exact: bool, latex: bool, plot: Path | None, as_json: bool
) -> None:
    """Hermite coefficients c_k = E[f(z) He_k(z)]/k! of EXPR, a name or an expression in z."""
    from theory.hermite import hermite_coefficients

    if plot is not None:
        _check_plot(plot)
    expansion = hermite_coefficients(expression, degree)
    found: dict[str, Any] = {}
    if digits is not None:
        from theory.hermite_precision import hermite_digits

        found["digits"] = hermite_digits(expression, degree, digits)
    if exact or latex:
        found["kth"] = _kth(expression)
    if plot is not None:
        from rmt_spikes.plots_hermite import save_hermite

        save_hermite(expression, expansion, plot)
    if as_json:
        return print_json(_document(expansion, found, digits, latex))
    _print(expansion, found, digits, exact, latex)
    if plot is not None:
        click.echo(f"wrote {plot}")


def _check_plot(plot: Path) -> None:
    if plot.suffix.lower() not in (".png", ".pdf"):
        raise ValueError(
            f"--plot {str(plot)!r} has the suffix {plot.suffix!r}: give a name that ends in .png or .pdf"
        )
    if not plot.parent.is_dir() or plot.is_dir():
        raise ValueError(f"--plot {str(plot)!r} is not a file in an existing folder: give another name")


def _kth(expression: str) -> Any:
    from theory.hermite_symbolic import kth_coefficient

    try:
        return kth_coefficient(expression)
    except ValueError:
        return None  # no closed form in k, which is said where it would stand


def _print(expansion: Any, found: dict[str, Any], digits: int | None, exact: bool, latex: bool) -> None:
    from rmt_spikes import hermite_text, tables

    exponent = expansion.information_exponent
    shown = f"none up to degree {len(expansion) - 1}" if exponent is None else exponent
    if not latex:
        text = f"f(z) = {expansion.expression},  parity: {expansion.parity},  information exponent: {shown}"
        console().print(text, markup=False)
    if exact:
        from theory.parseval import parseval_remainder

        remainder = parseval_remainder(expansion.expression, len(expansion) - 1)
        click.echo("\n".join(hermite_text.exact_lines(expansion, found["kth"], remainder)))
    if digits is not None:
        click.echo("\n".join(hermite_text.digit_lines(found["digits"], digits)))
    if latex:
        click.echo(hermite_text.latex(expansion, found["kth"]))
    if not (exact or latex or digits is not None):
        console().print(tables.hermite_table(expansion))


def _document(expansion: Any, found: dict[str, Any], digits: int | None, latex: bool) -> dict[str, Any]:
    from rmt_spikes import documents, hermite_text
    from theory.parseval import parseval_remainder

    document = documents.hermite_document(expansion)
    remainder = parseval_remainder(expansion.expression, len(expansion) - 1)
    document["parseval"] = documents.parseval_fields(remainder)
    if "kth" in found:
        document["kth"] = None if found["kth"] is None else str(found["kth"])
    if digits is not None:
        for row, c in zip(document["coefficients"], found["digits"], strict=True):
            error = hermite_text.power_of_ten(c.shown_error(digits))
            row["digits"] = {"text": c.text(digits), "certain": c.digits, "error": error}
    if latex:
        document["latex"] = hermite_text.latex(expansion, found["kth"])
    return document
