"""Matrix expression → linear system → pencil.

The expression is applied to the input from right to left.  What it acts on is a *form*, a sum of terms (diagonal,
Gaussian or low rank) of single variables:

    sum       the forms of the terms, one after the other
    diagonal  multiplies the coefficients; a form with Gaussian terms becomes a variable first
    Gaussian  needs a multiple of a single variable: any other form becomes a variable v, −v + form = 0
    low rank  u vᵀ: diagonal coefficients go to v; a form with other terms becomes a variable first
    inverse   E⁻¹ form is a new variable y with E y − form = 0

Equal forms become one variable, so that common subexpressions are shared.  (Derived in docs/dyson.md; as in
Haagerup & Thorbjørnsen 2005 and Belinschi, Mai & Speicher 2017, without self-adjointness.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from theory.dyson.labels import constant, product, times
from theory.dyson.layout import Layout, layout
from theory.dyson.matrices import Diagonal, Gaussian, LowRank
from theory.dyson.pencil import (
    DiagonalTerm,
    GaussianTerm,
    LinearSystem,
    LowRankTerm,
    Pencil,
    hermitise,
)
from theory.dyson.sources import Array
from theory.dyson.tree import Inverse, Leaf, Node, Product, Sum, read


@dataclass(frozen=True, eq=False)
class Form:
    """Terms by variable: diagonals (values, label); Gaussians (variable, matrix, transposed) → coefficient; low ranks
    (variable, left, right, label)."""

    diagonals: dict[int, tuple[Array, str]]
    gaussians: dict[tuple[int, int, bool], float] = field(default_factory=dict)
    low_ranks: tuple[tuple[int, Array, Array, str], ...] = ()

    def key(self) -> tuple[Any, ...]:
        diagonals = sorted((c, _bytes(values)) for c, (values, _) in self.diagonals.items())
        low_ranks = sorted((c, _bytes(left), _bytes(right)) for c, left, right, _ in self.low_ranks)
        return tuple(diagonals), tuple(sorted(self.gaussians.items())), tuple(low_ranks)

    def scaled(self, factor: float) -> Form:
        return Form(
            {c: (factor * values, times(factor, label)) for c, (values, label) in self.diagonals.items()},
            {use: factor * coefficient for use, coefficient in self.gaussians.items()},
            tuple((c, factor * left, right, times(factor, label)) for c, left, right, label in self.low_ranks),
        )

    def plus(self, other: Form) -> Form:
        diagonals, gaussians = dict(self.diagonals), dict(self.gaussians)
        for c, (values, label) in other.diagonals.items():
            if c in diagonals:
                label = _joined(diagonals[c], (values, label))
                values = diagonals[c][0] + values
            diagonals[c] = (values, label)
        for use, coefficient in other.gaussians.items():
            gaussians[use] = gaussians.get(use, 0.0) + coefficient
        return Form(
            {c: term for c, term in diagonals.items() if term[0].any()},
            {use: coefficient for use, coefficient in gaussians.items() if coefficient},
            self.low_ranks + other.low_ranks,
        )

    def single(self) -> tuple[int, float] | None:
        """(variable, c) if the form is c times one variable."""
        if len(self.diagonals) != 1 or self.gaussians or self.low_ranks:
            return None
        ((variable, (values, _)),) = self.diagonals.items()
        return (variable, float(values[0])) if (values == values[0]).all() else None


def linearise(expr: Any) -> LinearSystem:
    """The linear system of a SymPy expression in declared matrices.

    >>> from theory.dyson.dimensions import Dimension
    >>> n, d = Dimension("n", 200), Dimension("d", 100)
    >>> X = Gaussian("X", n, d, 1 / d)
    >>> linearise(X * X.T * X).col_names
    ('in', 'v1', 'v2')
    """
    node = read(expr)
    return _System(layout(node)).of(node)


def pencil(expr: Any) -> Pencil:
    """The pencil of the singular values of an expression."""
    return hermitise(linearise(expr))


class _System:
    """The equations collected while an expression is applied; column 0 is the input, row 0 the output."""

    def __init__(self, parts: Layout) -> None:
        self.layout = parts
        self.spaces = parts.spaces()
        self.cols: list[int] = []
        self.equations: list[tuple[int, Form]] = []
        self.variables: dict[Any, int] = {}
        self.applied: dict[Any, Form] = {}

    def of(self, node: Node) -> LinearSystem:
        self.cols = [self.space(node.cols)]
        result = self.apply(node, self.unit(0))
        return self.system([(self.space(node.rows), result), *self.equations])

    def space(self, dimension: Any) -> int:
        return self.layout.dimensions.index(dimension)

    def unit(self, variable: int, scale: float = 1.0) -> Form:
        return Form({variable: (np.full(len(self.spaces[self.cols[variable]].weights), scale), "")}).scaled(1.0)

    def apply(self, node: Node, form: Form) -> Form:
        key = (node, form.key())
        if key not in self.applied:
            self.applied[key] = self._apply(node, form)
        return self.applied[key]

    def _apply(self, node: Node, form: Form) -> Form:
        match node:
            case Sum(terms, _, cols):
                if len(terms) > 1 and form.gaussians:  # once for all terms
                    form = self.unit(self.variable(form, self.space(cols)))
                result = Form({})
                for scale, part in terms:
                    result = result.plus(self.apply(part, form).scaled(scale))
                return result
            case Product(factors):
                for part in reversed(factors):
                    form = self.apply(part, form)
                return form
            case Inverse(of, rows):
                return self.invert(of, form, self.space(rows))
            case Leaf(symbol, transposed):
                rule: dict[type, Callable[..., Form]] = {
                    Diagonal: self.diagonal,
                    Gaussian: self.gaussian,
                    LowRank: self.low_rank,
                }
                return rule[type(symbol)](symbol, transposed, form)

    def diagonal(self, symbol: Diagonal, transposed: bool, form: Form) -> Form:
        if form.gaussians:
            form = self.unit(self.variable(form, self.space(symbol.rows)))
        values = self.layout.values(symbol.field)
        return Form(
            {c: (values * old, product(symbol.name, label)) for c, (old, label) in form.diagonals.items()},
            {},
            tuple((c, left * values, right, product(symbol.name, label)) for c, left, right, label in form.low_ranks),
        )

    def gaussian(self, symbol: Gaussian, transposed: bool, form: Form) -> Form:
        if not (form.diagonals or form.gaussians or form.low_ranks):
            return form
        single = form.single()
        if single is None:
            single = self.variable(form, self.space(symbol.rows if transposed else symbol.cols)), 1.0
        return Form({}, {(single[0], self.layout.gaussians.index(symbol), transposed): single[1]})

    def low_rank(self, symbol: LowRank, transposed: bool, form: Form) -> Form:
        if form.gaussians or form.low_ranks:
            form = self.unit(self.variable(form, self.space(symbol.rows if transposed else symbol.cols)))
        pairs = [pair[::-1] if transposed else pair for pair in symbol.pairs]
        left = np.array([self.layout.vector(u) for u, _ in pairs])
        right = np.array([self.layout.vector(v) for _, v in pairs])
        name = f"({symbol.name})ᵀ" if transposed else symbol.name
        return Form(
            {},
            {},
            tuple((c, left, right * values, product(name, label)) for c, (values, label) in form.diagonals.items()),
        )

    def invert(self, node: Node, form: Form, space: int) -> Form:
        y = self.new_column(space)
        place = self.reserve(space)
        self.equations[place] = (space, self.apply(node, self.unit(y)).plus(form.scaled(-1.0)))
        return self.unit(y)

    def variable(self, form: Form, space: int) -> int:
        """The variable that stands for a form: the one it already has, or a new one."""
        key = (space, form.key())
        if key not in self.variables:
            single = form.single()
            if single is not None and single[1] == 1.0:
                return single[0]
            self.variables[key] = self.new_column(space)
            place = self.reserve(space)
            self.equations[place] = (space, form.plus(self.unit(self.variables[key], -1.0)))
        return self.variables[key]

    def new_column(self, space: int) -> int:
        self.cols.append(space)
        return len(self.cols) - 1

    def reserve(self, space: int) -> int:
        """Room for the equation of the newest variable, so that row k belongs to column k."""
        self.equations.append((space, Form({})))
        return len(self.equations) - 1

    def system(self, rows: list[tuple[int, Form]]) -> LinearSystem:
        return LinearSystem(
            spaces=self.spaces,
            row_spaces=tuple(space for space, _ in rows),
            col_spaces=tuple(self.cols),
            matrices=self.layout.matrices(),
            diagonals=tuple(
                DiagonalTerm(r, c, values, label)
                for r, (_, form) in enumerate(rows)
                for c, (values, label) in form.diagonals.items()
            ),
            gaussians=tuple(
                GaussianTerm(r, c, matrix, coefficient, transposed)
                for r, (_, form) in enumerate(rows)
                for (c, matrix, transposed), coefficient in form.gaussians.items()
            ),
            low_ranks=tuple(
                LowRankTerm(r, c, left, right, label)
                for r, (_, form) in enumerate(rows)
                for c, left, right, label in form.low_ranks
            ),
            row_names=("out", *(f"e{k}" for k in range(1, len(rows)))),
            col_names=("in", *(f"v{k}" for k in range(1, len(rows)))),
        )


def _bytes(values: Array) -> bytes:
    return (values + 0.0).tobytes()  # −0.0 and 0.0 are one


def _joined(one: tuple[Array, str], two: tuple[Array, str]) -> str:
    """The label of a sum; two constants stay one."""
    if not one[1] and not two[1]:
        return ""
    return " + ".join(label or constant(float(values[0])) for values, label in (one, two))
