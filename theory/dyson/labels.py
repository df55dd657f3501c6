"""Labels of the entries of a linear system: "0.3·D X", "−Xᵀ", "D + 2", as text and as LaTeX."""

from __future__ import annotations

import re

import sympy

PIECES = re.compile(r"(?P<number>\d[\d.]*(?:e[+-]?\d+)?)|(?P<name>[^\W\dᵀ][^\Wᵀ]*)|(?P<sign>[ᵀ·−])")
SIGNS = {"ᵀ": r"^{\top}", "·": r"\,", "−": "-"}


def constant(value: float) -> str:
    """A number to four digits, with a minus sign.

    >>> constant(-0.25)
    '−0.25'
    """
    return f"{value:.4g}".replace("-", "−", 1) if value < 0 else f"{value:.4g}"


def times(factor: float, label: str) -> str:
    """The label of a multiple; the empty label is a constant, shown by its value.

    >>> times(-1, "D + 2"), times(0.3, "−X"), times(2, "")
    ('−(D + 2)', '0.3·(−X)', '')
    """
    if factor == 1 or not label:
        return label
    inner = f"({label})" if " + " in label or label.startswith("−") else label
    return f"−{inner}" if factor == -1 else f"{constant(factor)}·{inner}"


def product(name: str, label: str) -> str:
    """A matrix times what it stands before."""
    inner = f"({label})" if " + " in label or label.startswith("−") else label
    return f"{name} {inner}".strip()


def transposed(label: str) -> str:
    """The label of the transpose.

    >>> transposed("−0.3·W")
    '−(0.3·W)ᵀ'
    """
    return f"−({label[1:]})ᵀ" if label.startswith("−") and " " not in label else f"({label})ᵀ"


def total(labels: list[str]) -> str:
    """The sum of labels; a minus sign goes to the sum.

    >>> total(["D", "−X", "1"])
    'D − X + 1'
    """
    return " + ".join(labels).replace("+ −", "− ")


def latex(label: str) -> str:
    r"""The label in LaTeX, names as SymPy writes those of symbols.

    >>> latex("−0.3·D [beta_1]Xᵀ")
    '-0.3\\, D [\\beta_{1}]X^{\\top}'
    """

    def piece(match: re.Match[str]) -> str:
        if match["name"]:
            return sympy.latex(sympy.Symbol(match["name"]))
        return match["number"] or SIGNS[match["sign"]] + " " * (match["sign"] == "·")

    return PIECES.sub(piece, label)
