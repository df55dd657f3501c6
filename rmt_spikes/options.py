"""The options of MODEL on the command line, shared by its commands.  Only Click is imported here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

MODEL: dict[str, tuple[Any, str]] = {
    "activation": ("softplus", "σ: a name (relu, tanh, …) or an expression in z."),
    "target": ("z + (z**2 - 1)/2", "σ*: a name or an expression in z."),
    "noise": (0.0, "Standard deviation of the label noise."),
    "width": (2000, "N, number of neurons."),
    "dim": (1000, "d, input dimension."),
    "samples": (2000, "n, samples per batch."),
    "steps": (2, "Gradient steps, 1 or 2."),
    "alpha1": ("2/5", "Exponent of the first step size, in [0, 1/2): 0.45 or 9/20."),
    "alpha2": ("9/20", "Exponent of the second step size."),
    "scale1": (1.0, "C1 in η1 = C1 N^α1."),
    "scale2": (1.0, "C2 in η2 = C2 N^α2."),
    "batch": ("independent", "Batch of the second step: reuse or independent."),
    "loss": ("squared", "squared (residual y − f) or correlation (residual y)."),
    "init": ("sphere", "Rows of W0: sphere or gaussian."),
    "readout": ("gaussian", "Readout a: gaussian or rademacher."),
    "dtype": ("float64", "float64 or float32, in the simulation."),
}


def some_model_options(*names: str) -> Callable[[Callable], Callable]:
    """A decorator that adds these options of MODEL to a command."""

    def add(command: Callable) -> Callable:
        for name in reversed(names):
            default, text = MODEL[name]
            command = click.option(f"--{name}", default=default, help=text)(command)
        return command

    return add


model_options = some_model_options(*MODEL)
bulk_option = click.option(
    "--bulk",
    type=click.Choice(["dyson", "mp"]),
    default="dyson",
    help="The bulk of the theory: of the updated weights (Dyson equation), or of W0 (Marchenko–Pastur).",
)
