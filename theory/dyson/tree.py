"""SymPy matrix expression → a small tree in which every transpose stands at a leaf and every scalar is a float.

One visitor for SymPy's nodes, whatever form SymPy has rewritten the expression to, and the one place where shapes are
checked: SymPy itself leaves symbolic shapes unchecked.  Linearisation, symmetry and sampling walk this tree.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sympy
from sympy.matrices.expressions.matexpr import MatrixExpr
from sympy.matrices.expressions.special import GenericIdentity, GenericZeroMatrix

from theory.dyson.dimensions import Dimension, number
from theory.dyson.matrices import Declared, Diagonal

LARGEST_POWER = 40
SUPPORTED = (
    "Gaussian, Diagonal, LowRank, Identity(dimension), numbers, sums, products, transposes, whole powers and inverses"
)


@dataclass(frozen=True)
class Leaf:
    """A declared matrix or its transpose."""

    symbol: Declared
    transposed: bool
    rows: Dimension
    cols: Dimension


@dataclass(frozen=True)
class Sum:
    """Σ c_k E_k; zero without terms."""

    terms: tuple[tuple[float, Node], ...]
    rows: Dimension
    cols: Dimension


@dataclass(frozen=True)
class Product:
    """E_1 E_2 …; the identity of ``rows`` without factors."""

    factors: tuple[Node, ...]
    rows: Dimension
    cols: Dimension


@dataclass(frozen=True)
class Inverse:
    """E⁻¹."""

    of: Node
    rows: Dimension
    cols: Dimension


Node = Leaf | Sum | Product | Inverse


def read(expr: Any) -> Node:
    """The tree of a SymPy matrix expression in declared matrices.

    TypeError for anything else; ValueError, naming the two factors and their shapes, where shapes do not fit.
    """
    if not isinstance(expr, MatrixExpr):
        raise TypeError(f"a matrix expression is needed, not {type(expr).__name__} {expr}; supported are {SUPPORTED}")
    try:
        return _read(expr)
    except RecursionError:
        raise ValueError("the expression is nested too deeply; write it more simply") from None


def transpose(node: Node) -> Node:
    """The tree of the transpose: products reversed, the transposes again at the leaves."""
    match node:
        case Leaf(symbol, transposed, rows, cols):
            return Leaf(symbol, not transposed and not is_own_transpose(symbol), cols, rows)
        case Sum(terms, rows, cols):
            return Sum(tuple((c, transpose(part)) for c, part in terms), cols, rows)
        case Product(factors, rows, cols):
            return Product(tuple(transpose(part) for part in reversed(factors)), cols, rows)
        case Inverse(of, rows, cols):
            return Inverse(transpose(of), cols, rows)


def is_own_transpose(symbol: Declared) -> bool:
    return not isinstance(symbol.T, sympy.Transpose)


def leaves(node: Node) -> Iterator[Leaf]:
    """All leaves from left to right, with repetitions."""
    match node:
        case Leaf():
            yield node
        case Sum(terms):
            for _, part in terms:
                yield from leaves(part)
        case Product(factors):
            for part in factors:
                yield from leaves(part)
        case Inverse(of):
            yield from leaves(of)


def is_diagonal(node: Node) -> bool:
    """Whether a tree is a diagonal matrix by its form."""
    match node:
        case Leaf(symbol):
            return isinstance(symbol, Diagonal)
        case Sum(terms):
            return all(is_diagonal(part) for _, part in terms)
        case Product(factors):
            return all(is_diagonal(part) for part in factors)
        case Inverse(of):
            return is_diagonal(of)


def shape_text(expr: Any) -> str:
    rows, cols = expr.shape
    return f"{expr} ({rows}×{cols})"


def _read(expr: MatrixExpr) -> Node:
    match expr:
        case Declared():
            return Leaf(expr, False, *expr.shape)
        case sympy.Identity() if not isinstance(expr, GenericIdentity):
            return Product((), _sized(expr.rows, expr), _sized(expr.cols, expr))
        case sympy.ZeroMatrix() if not isinstance(expr, GenericZeroMatrix):
            return Sum((), _sized(expr.rows, expr), _sized(expr.cols, expr))
        case sympy.MatAdd():
            return _sum(expr)
        case sympy.MatMul():
            return _product(expr)
        case sympy.Transpose():
            return transpose(_read(expr.arg))
        case sympy.MatPow():  # Inverse is one too
            return _power(expr)
    raise TypeError(
        f"{type(expr).__name__} {expr} is not supported in a random-matrix expression; supported are {SUPPORTED}"
    )


def _sized(dimension: Any, expr: MatrixExpr) -> Dimension:
    if not isinstance(dimension, Dimension):
        raise TypeError(f"{expr} has the shape {dimension}, not a Dimension: declare Dimension('n', size) and use it")
    return dimension


def _sum(expr: sympy.MatAdd) -> Node:
    first, *others = expr.args
    for other in others:
        if other.shape != first.shape:
            raise ValueError(f"shapes do not fit in a sum: {shape_text(first)} + {shape_text(other)}")
    return Sum(tuple(_scaled(_read(part)) for part in expr.args), *_shape(expr))


def _scaled(node: Node) -> tuple[float, Node]:
    """A term of a sum: the scalar of a product goes to the sum."""
    return node.terms[0] if isinstance(node, Sum) and len(node.terms) == 1 else (1.0, node)


def _product(expr: sympy.MatMul) -> Node:
    matrices = [part for part in expr.args if isinstance(part, MatrixExpr)]
    for left, right in itertools.pairwise(matrices):
        if left.cols != right.rows:
            raise ValueError(f"shapes do not fit in a product: {shape_text(left)} times {shape_text(right)}")
    scale = number(sympy.Mul(*(part for part in expr.args if not isinstance(part, MatrixExpr))))
    factors: list[Node] = []
    for part in matrices:
        inner = _read(part)
        factors += inner.factors if isinstance(inner, Product) else [inner]
    rows, cols = _shape(expr)
    node = factors[0] if len(factors) == 1 else Product(tuple(factors), rows, cols)
    return node if scale == 1 else Sum(((scale, node),), rows, cols)


def _power(expr: sympy.MatPow) -> Node:
    base, exponent = expr.args
    if not (exponent.is_Integer and abs(exponent) <= LARGEST_POWER):
        raise ValueError(
            f"the power {expr} has the exponent {exponent}; whole numbers from −{LARGEST_POWER} to {LARGEST_POWER} "
            "are accepted, other functions only of diagonals: Diagonal(name, dimension, source, function)"
        )
    if base.rows != base.cols:
        kind = "an inverse" if exponent < 0 else "a power"
        raise ValueError(f"{kind} needs a square matrix, and {shape_text(base)} is not")
    node = _read(base)
    rows, cols = _shape(expr)
    if exponent < 0:
        node = Inverse(node, rows, cols)
    factors = (node,) * abs(int(exponent))
    return node if len(factors) == 1 else Product(factors, rows, cols)


def _shape(expr: MatrixExpr) -> tuple[Dimension, Dimension]:
    return _sized(expr.rows, expr), _sized(expr.cols, expr)
