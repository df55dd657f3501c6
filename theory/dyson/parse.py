"""Text → matrix expression, as on a command line: ``W + 0.3*D*(W*X.T)*X``, ``inv(X*X.T + I)*Y*Y.T``.

Accepted are declared names, ``I`` (the identity of the size that fits) or ``I(n)``, numbers, + - * / **, ``.T``,
``inv(E)``, ``outer(u, v)`` of declared vectors and ``sqrt(number)``.  Declarations are in `theory.dyson.declare`.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy
from sympy.matrices.expressions.matexpr import MatrixExpr

from theory.dyson.dimensions import Dimension
from theory.dyson.grammar import (
    describe,
    literal,
    refusal,
    scalar_operation,
    square_root,
    syntax_tree,
    unaccepted_operator,
    unknown,
)
from theory.dyson.matrices import Declared, outer
from theory.dyson.tree import read
from theory.dyson.vectors import Vector

LARGEST_MATRIX_POWER = 12
ACCEPTED = "declared names, I, I(n), numbers, + - * / **, .T, inv(E), outer(u, v), sqrt(number)"
RESERVED = ("I", "T", "inv", "outer", "sqrt")


@dataclass(frozen=True)
class AnyIdentity:
    """A multiple of an identity whose dimension is still open."""

    scale: sympy.Expr


Value = Any  # a SymPy number, a matrix expression, a Vector or an AnyIdentity


def parse_expression(text: str, declared: Mapping[str, Any]) -> MatrixExpr:
    """The SymPy expression of a text in declared matrices, shapes checked.

    ValueError, in one line, for text outside the grammar, and for a matrix or vector declared but not used.

    >>> from theory.dyson.declare import declare
    >>> names = declare(["n=200", "d=100", "X=gaussian(n, d, 1/d)"])
    >>> parse_expression("X.T*X + 2*I", names)
    2*I + X.T*X
    """
    tree = syntax_tree(text, ACCEPTED)
    try:
        result = _Reader(text, declared).value(tree)
    except RecursionError:
        raise refusal(text, "it is nested too deeply; write it more simply") from None
    if not isinstance(result, MatrixExpr):
        raise refusal(text, "it is no matrix; use a declared matrix, and I(n) for an identity alone")
    read(result)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    idle = [name for name, thing in declared.items() if isinstance(thing, (Declared, Vector)) and name not in used]
    if idle:
        raise refusal(text, f"declared but not used: {', '.join(idle)}; use them or leave their declarations out")
    return result


class _Reader:
    """The value of each node of a syntax tree."""

    def __init__(self, text: str, declared: Mapping[str, Any]) -> None:
        self.text = text
        self.declared = declared

    def value(self, node: ast.AST) -> Value:
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                return literal(value, node, self.text)
            case ast.Name(id=name):
                return self.name(name)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.value(operand)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.product(sympy.Integer(-1), self.value(operand))
            case ast.BinOp(left=left, op=op, right=right):
                return self.combined(op, self.value(left), self.value(right))
            case ast.Attribute(value=inner, attr="T"):
                return self.transposed(self.value(inner))
            case ast.Attribute(attr=attribute):
                raise refusal(self.text, f"the attribute .{attribute} is not accepted, only .T is")
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self.call(name, args)
        raise refusal(self.text, f"{describe(node)} is not accepted; accepted are {ACCEPTED}")

    def name(self, name: str) -> Value:
        if name in self.declared:
            return self.declared[name]
        if name == "I":
            return AnyIdentity(sympy.Integer(1))
        remedy = f"declared are {', '.join(self.declared) or 'none'}"
        raise unknown(name, [*self.declared, *RESERVED], self.text, remedy)

    def combined(self, op: ast.operator, left: Value, right: Value) -> Value:
        if isinstance(left, Vector) or isinstance(right, Vector):
            raise refusal(self.text, "a vector enters by outer(u, v) only")
        if isinstance(left, (MatrixExpr, AnyIdentity)) or isinstance(right, (MatrixExpr, AnyIdentity)):
            return self.matrices(op, left, right)
        return scalar_operation(op, left, right, self.text)

    def matrices(self, op: ast.operator, left: Any, right: Any) -> Value:
        match op:
            case ast.Add():
                return self.sum(left, right)
            case ast.Sub():
                return self.sum(left, self.product(sympy.Integer(-1), right))
            case ast.Mult() | ast.MatMult():
                return self.product(left, right)
            case ast.Div():
                if isinstance(right, (MatrixExpr, AnyIdentity)):
                    raise refusal(self.text, "it divides by a matrix; write inv(E) on the side where it stands")
                return self.product(left, scalar_operation(op, sympy.Integer(1), right, self.text))
            case ast.Pow():
                return self.power(left, right)
        raise unaccepted_operator(op, self.text)

    def sum(self, left: Any, right: Any) -> Value:
        if isinstance(left, AnyIdentity) and isinstance(right, AnyIdentity):
            return AnyIdentity(left.scale + right.scale)
        for one, other in ((left, right), (right, left)):
            if isinstance(one, AnyIdentity) and isinstance(other, MatrixExpr):
                if other.rows != other.cols:
                    raise refusal(self.text, f"I is added to {other} of shape {other.rows}×{other.cols}: not square")
                return one.scale * sympy.Identity(other.rows) + other
        if not (isinstance(left, MatrixExpr) and isinstance(right, MatrixExpr)):
            raise refusal(self.text, "a number is added to a matrix; write the number times I")
        return left + right

    def product(self, left: Any, right: Any) -> Value:
        for one, other in ((left, right), (right, left)):
            if isinstance(one, AnyIdentity):
                return (
                    AnyIdentity(one.scale * other.scale)
                    if isinstance(other, AnyIdentity)
                    else (one.scale * other if isinstance(other, MatrixExpr) else AnyIdentity(one.scale * other))
                )
        return left * right

    def power(self, base: Any, exponent: Any) -> Value:
        largest = LARGEST_MATRIX_POWER
        if not (isinstance(exponent, sympy.Integer) and abs(exponent) <= largest):
            raise refusal(self.text, f"a power of a matrix must be a whole number between -{largest} and {largest}")
        if isinstance(base, AnyIdentity):
            return AnyIdentity(scalar_operation(ast.Pow(), base.scale, exponent, self.text))
        if base.rows != base.cols:
            raise refusal(self.text, f"a power needs a square matrix, and {base} ({base.rows}×{base.cols}) is not")
        return base**exponent

    def transposed(self, value: Value) -> Value:
        if isinstance(value, Vector):
            raise refusal(self.text, "a vector enters by outer(u, v) only")
        return value.T if isinstance(value, MatrixExpr) else value

    def call(self, name: str, args: list[ast.expr]) -> Value:
        values = [self.value(arg) for arg in args]
        match name, values:
            case "inv", [MatrixExpr() | AnyIdentity() as inner]:
                return self.power(inner, sympy.Integer(-1))
            case "outer", [Vector() as u, Vector() as v]:
                return outer(u, v)
            case "I", [Dimension() as dimension]:
                return sympy.Identity(dimension)
            case "sqrt", [sympy.Expr() as inner] if not isinstance(inner, MatrixExpr):
                return square_root(inner, self.text)
        usage = {
            "inv": "inv takes one matrix, as in inv(X*X.T + I)",
            "outer": "outer takes two declared vectors, as in outer(u, v)",
            "I": "I takes a declared dimension, as in I(n)",
            "sqrt": "sqrt takes one number",
        }
        if name in usage:
            raise refusal(self.text, usage[name])
        raise unknown(name, usage, self.text, f"accepted are {ACCEPTED}")
