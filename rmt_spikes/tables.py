"""Results as rich tables for the terminal."""

from __future__ import annotations

from math import isfinite

from rich import box
from rich.table import Table

from rmt_spikes.comparison import Comparison
from rmt_spikes.estimates import Estimate
from rmt_spikes.problem import TwoLayer
from rmt_spikes.verdict import (
    NOT_FOUND,
    Agreement,
    BulkAgreement,
    bulk_agreements,
    found,
    kolmogorov_distance,
    left_agreement,
    overlap_agreement,
    singular_value_agreement,
)
from theory import HermiteExpansion, Prediction
from theory.fluctuations import OutlierFluctuation


def model_line(problem: TwoLayer) -> str:
    """The problem on two lines."""
    steps = f"η1 = N^{problem.alpha1}" + (
        f", η2 = N^{problem.alpha2}, {problem.batch} batch" if problem.steps == 2 else ""
    )
    noise = f" + noise {problem.noise:g}" if problem.noise else ""
    return (
        f"σ = {problem.activation},  target = {problem.target}{noise},  {steps}\n"
        f"N = {problem.width}, d = {problem.dim}, n = {problem.samples}"
    )


def count_line(prediction: Prediction) -> str:
    """The asymptotic count beside the finite-size one."""
    count = prediction.count
    asymptotic = f"{count.total} outlier{'s' * (count.total != 1)} in the limit"
    if count.ratio is not None:
        asymptotic += f" (1 + ⌊{count.ratio}⌋{', critical' * count.critical})"
    exponent = prediction.information_exponent
    return (
        f"{asymptotic}, {len(prediction.outliers)} at this N;  information exponent of the target: "
        f"{'none found' if exponent is None else exponent}"
    )


def prediction_table(prediction: Prediction, fluctuations: tuple[OutlierFluctuation, ...]) -> Table:
    """One row an outlier: strength, singular value, squared overlaps; s.d. over draws, – where it is not known."""
    table = _table("outlier", "strength θ", "singular value", "s.d.", "cos² with β*", "s.d.", "left overlap²")
    for k, (outlier, fluctuation) in enumerate(zip(prediction.outliers, fluctuations, strict=True), start=1):
        table.add_row(
            str(k),
            f"{outlier.strength:.4g}",
            number(outlier.singular_value),
            _known(fluctuation.singular_value_sd),
            number(outlier.target_overlap_squared),
            _known(fluctuation.target_overlap_sd),
            number(outlier.left_overlap_squared),
        )
    return table


def bulk_line(prediction: Prediction) -> str:
    """The bulk's law, its ends and its largest value."""
    name = {"dyson": "Dyson", "marchenko-pastur": "Marchenko–Pastur"}[prediction.emergence.name]
    return (
        f"bulk ({name}): {prediction.bulk.lower:.4f} … {prediction.bulk.upper:.4f}, largest value near "
        f"{prediction.largest_bulk_value:.4f}"
    )


def comparison_table(result: Comparison) -> Table:
    """One row a quantity: theory, simulation, error, z-score, and the mean of the theory given each draw.

    The bulk's rows: its largest value beside the upper quantile ½/min(N, d), its quantiles, and the Kolmogorov
    distance of all bulk values to the predicted law.
    """
    table = _table("quantity", "theory", "simulation", "error", "z", "given draws", "agrees")
    for k in range(len(result.prediction.outliers)):
        recognised = found(result, k)
        table.add_row(f"s{k + 1}", *_cells(singular_value_agreement(result, k), recognised))
        table.add_row(f"cos²(v{k + 1}, β*)", *_cells(overlap_agreement(result, k), recognised))
        table.add_row(f"left overlap² {k + 1}", *_cells(left_agreement(result, k), recognised))
    for judged in bulk_agreements(result):
        table.add_row(judged.name, *_bulk_cells(judged))
    table.add_row("bulk, Kolmogorov", "0", f"{kolmogorov_distance(result):.4f}")
    return table


def hermite_table(expansion: HermiteExpansion) -> Table:
    """One row a coefficient."""
    table = _table("k", "c_k exact", "c_k", "√k! c_k", "error bound")
    for c in expansion:
        exact = "–" if c.exact is None else str(c.exact)
        table.add_row(str(c.k), exact, f"{c.value:.15g}", f"{c.orthonormal:.15g}", f"{c.error_bound:.1e}")
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", overflow="fold")
    return table


def _cells(judged: Agreement, recognised: bool) -> tuple[str, ...]:
    return (
        number(judged.predicted),
        text(judged.observed),
        "–" if judged.relative_error is None else f"{number(100 * judged.relative_error, 1, '+')} %",
        "–" if judged.z is None else number(judged.z, 1, "+"),
        number(judged.conditional.mean),
        judged.state if recognised else NOT_FOUND,
    )


def _bulk_cells(judged: BulkAgreement) -> tuple[str, ...]:
    return (
        number(judged.predicted),
        text(judged.observed),
        "–" if judged.relative_error is None else f"{number(100 * judged.relative_error, 1, '+')} %",
        "–" if judged.z is None else number(judged.z, 1, "+"),
        "",
        judged.state,
    )


def _known(sd: float) -> str:
    return number(sd) if isfinite(sd) else "–"


def text(value: Estimate) -> str:
    """mean ± standard error, or the mean alone where there is no error bar."""
    return number(value.mean) if value.sem is None else f"{number(value.mean)} ± {number(value.sem)}"


def number(x: float, decimals: int = 4, sign: str = "") -> str:
    """Fixed decimals, or a power of ten where these would be too many digits.

    >>> number(1.25), number(5.8e44), number(0.5, 1, "+")
    ('1.2500', '5.8e+44', '+0.5')
    """
    return f"{x:{sign}.{decimals}f}" if abs(x) < 1e6 else f"{x:{sign}.4g}"
