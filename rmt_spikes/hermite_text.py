"""Hermite coefficients as lines of text and as LaTeX."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import mpmath
import sympy

from theory import HermiteExpansion
from theory.hermite_precision import DigitsCoefficient
from theory.parseval import Remainder


def exact_lines(expansion: HermiteExpansion, kth: sympy.Expr | None, remainder: Remainder) -> list[str]:
    """One line a coefficient, then the general one, E f² and what of it lies beyond the degree."""
    lines = [f"c_{c.k} = {_exact_or_bounded(c.exact, c.value, c.error_bound)}" for c in expansion]
    lines.append(f"c_k = {'no closed form in k known' if kth is None else kth}")
    whole = _exact_or_bounded(remainder.second_moment_exact, remainder.second_moment, None)
    beyond = _exact_or_bounded(remainder.exact, remainder.value, remainder.error_bound)
    lines.append(f"E f² = {whole},  beyond degree {remainder.degree}: {beyond}")
    if remainder.exact is not None and remainder.exact != 0:
        lines[-1] += f" ≈ {remainder.value:.6g}"
    return lines


def _exact_or_bounded(exact: sympy.Expr | None, value: float, error: float | None) -> str:
    if exact is not None:
        return str(exact)
    bound = "" if error is None else f" ± {error:.1e}"
    return f"{value:.15g}{bound} (no closed form known)"


def digit_lines(coefficients: Iterable[DigitsCoefficient], digits: int) -> list[str]:
    """One line a coefficient, with the bound on its error where it is not an exact zero."""
    return [
        f"c_{c.k} = {c.text(digits)}" + ("" if c.exact == 0 else f"   error < {power_of_ten(c.shown_error(digits))}")
        for c in coefficients
    ]


def power_of_ten(error: mpmath.mpf) -> str:
    """The next power of ten above.

    >>> power_of_ten(mpmath.mpf("3e-61"))
    '1e-60'
    """
    return "0" if error == 0 else f"1e{int(mpmath.floor(mpmath.log10(error))) + 1}"


def latex(expansion: HermiteExpansion, kth: sympy.Expr | None) -> str:
    r"""An ``align*`` of c_0 … c_K, and of c_k where it is known."""
    rows = [f"c_{{{c.k}}} &= {_latex_value(c)}" for c in expansion]
    if kth is not None:
        rows.append(f"c_k &= {sympy.latex(kth)}")
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def _latex_value(c: Any) -> str:
    if c.exact is not None:
        return sympy.latex(c.exact)
    power = power_of_ten(mpmath.mpf(c.error_bound))[2:]
    return f"{sympy.latex(sympy.Float(c.value, 15))} \\pm 10^{{{power}}}"
