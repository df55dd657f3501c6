"""Declarations as text: dimensions, numbers, Gaussian matrices, diagonals, vectors.

N=2000                                  a dimension (any positive number serves as one), or arithmetic of earlier ones
W=gaussian(N, d, 1/d)                   independent entries N(0, 1/d)
D=diag(n, atoms=[1, 3], weights=[.5, .5])
D=diag(n, uniform(0, 2))                also normal(mean, sd), exponential(mean), beta(a, b), gamma(shape, scale)
b=direction(d)                          a unit vector, orthogonal to all else
o=ones(n)                               the unit vector 1/√n
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sympy
from scipy import stats

from theory.dyson.dimensions import Dimension, number
from theory.dyson.grammar import describe, literal, refusal, scalar_operation, square_root, syntax_tree, unknown
from theory.dyson.matrices import Diagonal, Gaussian
from theory.dyson.parse import RESERVED
from theory.dyson.vectors import direction, function_vector

DISTRIBUTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "uniform": (2, lambda lower, upper: stats.uniform(lower, upper - lower)),
    "normal": (2, lambda mean, sd: stats.norm(mean, sd)),
    "exponential": (1, lambda mean: stats.expon(scale=mean)),
    "beta": (2, lambda a, b: stats.beta(a, b)),
    "gamma": (2, lambda shape, scale: stats.gamma(shape, scale=scale)),
}
KINDS = ("gaussian", "diag", "direction", "ones")
ACCEPTED = (
    "NAME=number, NAME=gaussian(rows, cols, variance), NAME=diag(n, atoms=[…], weights=[…]), "
    f"NAME=diag(n, {'|'.join(DISTRIBUTIONS)}(…)), NAME=direction(n), NAME=ones(n)"
)


def declare(texts: Iterable[str]) -> dict[str, Any]:
    """What a sequence of declarations declares, by name; each may use the dimensions declared before it.

    >>> declare(["N=200", "d=N/2", "W=gaussian(N, d, 1/d)"])["W"].variance
    0.01
    """
    declared: dict[str, Any] = {}
    for text in texts:
        name, given = _split(text)
        if name in declared:
            raise refusal(text, f"{name} is declared twice; choose another name")
        declared[name] = _declared(name, syntax_tree(given, ACCEPTED), given, declared)
    return declared


def _split(text: str) -> tuple[str, str]:
    if not isinstance(text, str):
        raise TypeError(f"a declaration must be text such as 'N=2000', not {type(text).__name__}")
    name, equals, given = (part.strip() for part in text.partition("="))
    if not equals or not name.isidentifier() or name.startswith("_") or len(name) > 20:
        raise refusal(text, f"a declaration is a short name, = and what it is; accepted are {ACCEPTED}")
    if name in (*RESERVED, *KINDS, *DISTRIBUTIONS):
        raise refusal(text, f"{name} has a meaning of its own; choose another name")
    return name, given


def _declared(name: str, tree: ast.expr, text: str, declared: Mapping[str, Any]) -> Any:
    if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id != "sqrt"):
        value = number(_number(tree, text, declared))
        return Dimension(name, value) if value > 0 else sympy.Float(value)
    kind, args = tree.func.id, tree.args
    named = {keyword.arg: keyword.value for keyword in tree.keywords}
    match kind, len(args), sorted(map(str, named)):
        case "gaussian", 3, []:
            rows, cols = (_dimension(arg, text, declared) for arg in args[:2])
            return Gaussian(name, rows, cols, _number(args[2], text, declared))
        case "diag", 2, [] | ["weights"]:
            return Diagonal(name, _dimension(args[0], text, declared), **_law(args[1], named, text, declared))
        case "diag", 1, ["atoms"] | ["atoms", "weights"]:
            return Diagonal(name, _dimension(args[0], text, declared), **_law(named["atoms"], named, text, declared))
        case "direction", 1, []:
            return direction(name, _dimension(args[0], text, declared))
        case "ones", 1, []:
            return function_vector(_dimension(args[0], text, declared), 1.0, name=name)
    if kind in KINDS:
        raise refusal(text, f"these arguments of {kind} are not accepted; accepted are {ACCEPTED}")
    raise unknown(kind, KINDS, text, f"accepted are {ACCEPTED}")


def _law(
    node: ast.expr, named: Mapping[str | None, ast.expr], text: str, declared: Mapping[str, Any]
) -> dict[str, Any]:
    weights = _numbers(named["weights"], text, declared) if "weights" in named else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return {"law": _distribution(node.func.id, node, text, declared), "weights": weights}
    return {"law": _numbers(node, text, declared), "weights": weights}


def _distribution(name: str, node: ast.Call, text: str, declared: Mapping[str, Any]) -> Any:
    if name not in DISTRIBUTIONS:
        raise unknown(name, DISTRIBUTIONS, text, f"distributions are {', '.join(DISTRIBUTIONS)}")
    count, make = DISTRIBUTIONS[name]
    if len(node.args) != count or node.keywords:
        raise refusal(text, f"{name} takes {count} numbers; {len(node.args)} came")
    return make(*(number(_number(arg, text, declared)) for arg in node.args))


def _numbers(node: ast.expr, text: str, declared: Mapping[str, Any]) -> list[float]:
    if not isinstance(node, ast.List) or not node.elts:
        raise refusal(text, "atoms and weights are lists of numbers, as in [1, 3]")
    return [number(_number(part, text, declared)) for part in node.elts]


def _dimension(node: ast.expr, text: str, declared: Mapping[str, Any]) -> Dimension:
    name = node.id if isinstance(node, ast.Name) else None
    if name is not None and isinstance(declared.get(name), Dimension):
        return declared[name]
    known = [key for key, thing in declared.items() if isinstance(thing, Dimension)]
    shown = ast.get_source_segment(text.strip(), node)
    raise refusal(text, f"{shown} is no declared dimension; declare it before, as in n=2000 (so far: {known})")


def _number(node: ast.expr, text: str, declared: Mapping[str, Any]) -> sympy.Expr:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return literal(value, node, text)
        case ast.Name(id=name):
            if isinstance(declared.get(name), (Dimension, sympy.Float)):
                return declared[name]
            raise unknown(name, declared, text, "a number is made of numbers and of dimensions declared before")
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, text, declared)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _number(operand, text, declared)
        case ast.BinOp(left=left, op=op, right=right):
            return scalar_operation(op, _number(left, text, declared), _number(right, text, declared), text)
        case ast.Call(func=ast.Name(id="sqrt"), args=[inner], keywords=[]):
            return square_root(_number(inner, text, declared), text)
    raise refusal(text, f"{describe(node)} is no number; use numbers, declared dimensions, + - * / ** and sqrt")
