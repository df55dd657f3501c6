"""Text → syntax tree against an allow-list: shared by declarations and expressions; nothing is ever executed."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable
from typing import Any

import sympy

from theory.dyson.dimensions import number
from theory.expressions import LARGEST_NUMBER, LARGEST_POWER, _describe, _number, _refusal
from theory.expressions import syntax_tree as formula

refusal = _refusal
describe = _describe


def syntax_tree(text: str, accepted: str) -> ast.expr:
    """The tree of a formula; ValueError, in one line, if it is empty, too long or no formula."""
    if not isinstance(text, str):
        raise TypeError(f"text is needed, such as 'X.T*X', not {type(text).__name__}")
    return formula(text, f"accepted are {accepted}", accepted)


def literal(value: int | float, node: ast.AST, text: str) -> sympy.Expr:
    """A number as it is written, within 1e-30 … 1e30."""
    _number(value, ast.get_source_segment(text.strip(), node) or "", text)
    return sympy.Float(value) if isinstance(value, float) else sympy.Integer(value)


def scalar_operation(op: ast.operator, left: sympy.Expr, right: sympy.Expr, text: str) -> sympy.Expr:
    """left op right for numbers and dimensions; every result must be a finite real number below 1e30."""
    match op:
        case ast.Add():
            return checked(left + right, text)
        case ast.Sub():
            return checked(left - right, text)
        case ast.Mult():
            return checked(left * right, text)
        case ast.Div():
            if number(right) == 0:
                raise refusal(text, "it divides by zero")
            return checked(left / right, text)
        case ast.Pow():
            if abs(number(right)) > LARGEST_POWER:
                raise refusal(text, f"a power of a number must be between -{LARGEST_POWER} and {LARGEST_POWER}")
            if number(left) == 0 and number(right) < 0:
                raise refusal(text, "it divides by zero")
            return checked(left**right, text)
    raise unaccepted_operator(op, text)


def checked(value: sympy.Expr, text: str) -> sympy.Expr:
    try:
        size = abs(number(value))
    except (ValueError, OverflowError):
        raise refusal(text, "it has a number that is not finite and real") from None
    if size > LARGEST_NUMBER:
        raise refusal(text, "it has a number above 1e30")
    return value


def unaccepted_operator(op: ast.operator, text: str) -> ValueError:
    hint = "; write ** for a power" if isinstance(op, ast.BitXor) else ""
    return refusal(text, f"the operator {type(op).__name__} is not accepted here{hint}")


def unknown(name: str, known: Iterable[str], text: str, remedy: str) -> ValueError:
    near = difflib.get_close_matches(name, list(known), n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return refusal(text, f"unknown name {name!r}; {hint}{remedy}")


def square_root(value: Any, text: str) -> sympy.Expr:
    return checked(sympy.sqrt(value), text)
