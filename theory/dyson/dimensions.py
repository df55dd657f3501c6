"""Named dimensions: SymPy integer symbols that carry a size, so that shapes are written and checked in them.

Two dimensions of equal size stay distinct: a product X Y needs the columns of X to *be* the rows of Y.
"""

from __future__ import annotations

import math
from typing import Any

import sympy


class Dimension(sympy.Symbol):
    """A dimension ``name`` of ``size`` n_t > 0.

    Only ratios of sizes matter to a law, so that 0.5 and 1 serve as well as 1000 and 2000; a matrix can be drawn at
    whole sizes only.

    >>> n, d = Dimension("n", 2000), Dimension("d", 1000)
    >>> number(1 / sympy.sqrt(n * d) * sympy.sqrt(2))
    0.001
    """

    size: float

    def __new__(cls, name: str, size: float) -> Dimension:
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(f"a dimension is named by a word such as 'n', not {name!r}")
        value = number(size)
        if value <= 0:
            raise ValueError(f"the size of the dimension {name} must be positive; {value:g} came")
        self = sympy.Symbol.__xnew__(cls, name, integer=True, positive=True)
        self.size = value
        return self

    def _hashable_content(self) -> tuple[Any, ...]:
        return (*super()._hashable_content(), self.size)

    # SymPy's printers go by class name, and know another Dimension: that of physical units
    def _as_symbol(self, printer: Any) -> Any:
        return printer._print_Symbol(self)

    _sympystr = _latex = _pretty = _as_symbol

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (self.name, self.size), {}


def number(value: Any) -> float:
    """The float that a number, or an arithmetic expression of dimensions such as ``1/d``, stands for."""
    try:
        given = sympy.sympify(value, strict=True)
    except (sympy.SympifyError, TypeError):
        raise TypeError(f"a number or an arithmetic expression of dimensions is needed, not {value!r}") from None
    foreign = sorted(str(symbol) for symbol in given.free_symbols if not isinstance(symbol, Dimension))
    if foreign or not isinstance(given, sympy.Expr):
        raise ValueError(
            f"{given} is no number: {', '.join(foreign) or 'it'} has no value; use numbers and dimensions"
        )
    found = given.xreplace({symbol: sympy.Float(symbol.size, 17) for symbol in given.free_symbols})
    result = complex(found.evalf(17)) if found.is_number and not found.has(sympy.zoo, sympy.nan) else math.nan
    if not (math.isfinite(result.real) and result.imag == 0):
        raise ValueError(f"{given} is not a finite real number: {result}")
    return float(result.real)
