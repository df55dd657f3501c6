"""Text → SymPy: the definitions of σ and σ*, parsed against an allow-list and never evaluated as Python.

A definition is a name (``"relu"``) or an expression in ``z`` (``"z + (z**2 - 1)/2"``, ``"He(3, z)/sqrt(6)"``).
Decimal numbers are read exactly, ``0.8`` as 4/5, so that exact Hermite coefficients stay exact.
"""

from __future__ import annotations

import ast
import difflib
import math
import re
import warnings
from collections.abc import Callable
from typing import Any

import sympy

from theory.elementary import Absolute, Sigmoid, Sign, Softplus, Z, hermite_polynomial

LONGEST_TEXT = 500
MOST_NODES = 200
LARGEST_POWER = 20
LARGEST_DEGREE = 40
LARGEST_NUMBER = 10**30
LARGEST_INTEGER = LARGEST_NUMBER**LARGEST_POWER  # in a numerator or denominator on the way
MOST_TERMS = 1000


def _is_relu(u: sympy.Expr) -> bool:
    """Whether u is c (v + |v|), c > 0: relu leaves it as it is, and nested ones do not pile up."""
    return any(
        u.coeff(part).is_positive and sympy.expand(u - u.coeff(part) * (part + part.args[0])) == 0
        for part in u.atoms(Absolute)
    )


FUNCTIONS: dict[str, Callable[[sympy.Expr], sympy.Expr]] = {
    "relu": lambda u: u if _is_relu(u) else (u + Absolute(u)) / 2,
    "abs": Absolute,
    "sign": Sign,
    "heaviside": lambda u: (1 + Sign(u)) / 2,
    "softplus": Softplus,
    "sigmoid": Sigmoid,
    "gelu": lambda u: u * (1 + sympy.erf(u / sympy.sqrt(2))) / 2,
    "silu": lambda u: u * Sigmoid(u),
    "erf": sympy.erf,
    "tanh": sympy.tanh,
    "exp": sympy.exp,
    "log": sympy.log,
    "sqrt": sympy.sqrt,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": lambda u: sympy.sin(u) / sympy.cos(u),
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "atan": sympy.atan,
}
NUMBERS: dict[str, sympy.Expr] = {"pi": sympy.pi, "e": sympy.E}
Variables = dict[str, sympy.Symbol]
ONE_VARIABLE: Variables = {"z": Z}


def accepted(variables: Variables = ONE_VARIABLE) -> str:
    """The grammar in words, for messages."""
    names = list(variables)
    return f"{', '.join(names)}, the numbers pi and e, + - * / **, He(k, {names[0]}) and {', '.join(FUNCTIONS)}"


ACCEPTED = accepted()


def parse(text: str) -> sympy.Expr:
    """The SymPy expression, in the real symbol `Z`, of a definition given as text.

    Raises TypeError for anything but text and ValueError, in one line, for text outside the grammar: unknown
    names, attributes, keywords, comparisons, powers above 20, degrees above 40, numbers above 10^30, more than
    500 characters or 200 nodes.

    >>> parse("0.5*He(2, z) + tanh(z + 0.8)")
    z**2/2 + tanh(z + 4/5) - 1/2
    >>> parse("relu")
    z/2 + Absolute(z)/2
    """
    if not isinstance(text, str):
        raise TypeError(f"an expression must be text such as 'tanh(z + 0.8)', not {type(text).__name__}")
    if text.strip() in FUNCTIONS:
        return FUNCTIONS[text.strip()](Z)
    return _parsed(text, ONE_VARIABLE)


def parse_variables(text: str, names: tuple[str, ...]) -> sympy.Expr:
    """The same grammar with other variables than z: real symbols of the names given, and no others.

    >>> parse_variables("z1*relu(z2) + 1/2", ("z1", "z2"))
    z1*(z2/2 + Absolute(z2)/2) + 1/2
    """
    if not isinstance(text, str):
        raise TypeError(f"an expression must be text such as 'sign(z1*z2)', not {type(text).__name__}")
    for name in names:
        if not re.fullmatch("[a-z][a-z0-9]{0,7}", name) or name in FUNCTIONS or name in NUMBERS:
            raise ValueError(f"{name!r} cannot name a variable: take a new short one such as z1")
    return _parsed(text, {name: sympy.Symbol(name, real=True) for name in names})


def _parsed(text: str, variables: Variables) -> sympy.Expr:
    tree = _syntax_tree(text, variables)
    try:
        expr = _build(tree, text, variables)
    except RecursionError:
        raise _refusal(text, "it is nested too deeply; write it more simply") from None
    if _degree(expr) > LARGEST_DEGREE:
        raise _refusal(text, f"its degree is above {LARGEST_DEGREE}; use a lower power")
    if any(_terms(part) > MOST_TERMS for part in sympy.preorder_traversal(expr)):
        raise _refusal(text, f"multiplied out it has more than {MOST_TERMS} terms; write it more simply")
    return expr


def _refusal(text: str, reason: str) -> ValueError:
    shown = text if len(text) <= 60 else text[:57] + "..."
    return ValueError(f"cannot read the expression {shown!r}: {reason}")


def _syntax_tree(text: str, variables: Variables) -> ast.expr:
    known = accepted(variables)
    return syntax_tree(text, f"give a name such as tanh or an expression in {known}", known)


def syntax_tree(text: str, wanted: str, known: str) -> ast.expr:
    """The tree of a formula; ValueError if it is empty (then what is ``wanted``), too long, or no formula (then what
    is ``known``)."""
    if not text.strip():
        raise _refusal(text, f"it is empty; {wanted}")
    if len(text) > LONGEST_TEXT:
        raise _refusal(text, f"it has {len(text)} characters; at most {LONGEST_TEXT} are accepted")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise _refusal(text, f"it is not a formula; accepted are {known}") from None
    if sum(1 for _ in ast.walk(tree)) > MOST_NODES:
        raise _refusal(text, f"it has more than {MOST_NODES} parts; write it more simply")
    return tree


def _build(node: ast.AST, text: str, variables: Variables) -> sympy.Expr:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            result = _number(value, ast.get_source_segment(text.strip(), node) or "", text)
        case ast.Name(id=name):
            result = _name(name, text, variables)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as op, operand=operand):
            inner = _build(operand, text, variables)
            result = -inner if isinstance(op, ast.USub) else inner
        case ast.BinOp(left=left, op=op, right=right):
            result = _combine(op, _build(left, text, variables), _build(right, text, variables), text)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            result = _call(name, args, text, variables)
        case _:
            raise _refusal(text, f"{_describe(node)} is not accepted; accepted are {accepted(variables)}")
    return _checked(result, text)


def _describe(node: ast.AST) -> str:
    names: dict[type, str] = {
        ast.Attribute: "an attribute (a dot)",
        ast.Subscript: "an index",
        ast.Compare: "a comparison",
        ast.Lambda: "a lambda",
        ast.Constant: "a constant that is no real number",
        ast.Call: "a call of anything but a plain name, or with keywords,",
        ast.IfExp: "a condition",
    }
    return names.get(type(node), f"a {type(node).__name__.lower()}")


def _number(value: int | float, literal: str, text: str) -> sympy.Expr:
    nonzero = value != 0 or any(digit in "123456789" for digit in literal.lower().split("e")[0])
    if abs(value) > LARGEST_NUMBER or (nonzero and abs(value) < 1 / LARGEST_NUMBER):
        raise _refusal(text, "it has a number outside 1e-30 … 1e30")
    # the literal rather than the float, which keeps 17 digits only
    return sympy.Rational(literal.replace("_", "")) if value and isinstance(value, float) else sympy.Integer(value)


def _name(name: str, text: str, variables: Variables) -> sympy.Expr:
    if name in variables:
        return variables[name]
    if name in NUMBERS:
        return NUMBERS[name]
    if name in FUNCTIONS or name == "He":
        call = "He(3, z)" if name == "He" else f"{name}(z)"
        raise _refusal(text, f"the function {name} needs an argument: write {call}")
    raise _refusal(text, _unknown(name, variables))


def _unknown(name: str, variables: Variables) -> str:
    near = difflib.get_close_matches(name, [*FUNCTIONS, *NUMBERS, "He", *variables], n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"unknown name {name!r}; {hint}accepted are {accepted(variables)}"


def _combine(op: ast.operator, left: Any, right: Any, text: str) -> sympy.Expr:
    match op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            if right == 0:
                raise _refusal(text, "it divides by zero")
            return left / right
        case ast.Pow():
            return _power(left, right, text)
    hint = "; write ** for a power" if isinstance(op, ast.BitXor) else ""
    raise _refusal(text, f"the operator {type(op).__name__} is not accepted{hint}")


def _power(base: sympy.Expr, exponent: sympy.Expr, text: str) -> sympy.Expr:
    if exponent.is_number:
        if not exponent.is_Rational or abs(exponent) > LARGEST_POWER or exponent.q > LARGEST_POWER:
            raise _refusal(text, f"a power must be a rational between -{LARGEST_POWER} and {LARGEST_POWER}")
        if base == 0 and exponent < 0:
            raise _refusal(text, "it divides by zero")
        return base**exponent
    if base.is_number and base.is_positive:
        return sympy.exp(sympy.log(base) * exponent)
    raise _refusal(text, "a power needs a constant exponent, or a positive constant base as in 2**z")


def _call(name: str, args: list[ast.expr], text: str, variables: Variables) -> sympy.Expr:
    if name == "He":
        if len(args) == 2 and isinstance(args[0], ast.Constant) and type(args[0].value) is int:
            k = args[0].value
            if k <= LARGEST_POWER:
                return hermite_polynomial(k, _build(args[1], text, variables))
        raise _refusal(text, f"He needs a whole number 0 … {LARGEST_POWER} and an argument, as in He(3, z)")
    if name not in FUNCTIONS:
        raise _refusal(text, _unknown(name, variables))
    if len(args) != 1:
        raise _refusal(text, f"{name} takes one argument, as in {name}(z); {len(args)} came")
    return FUNCTIONS[name](_build(args[0], text, variables))


def _checked(expr: sympy.Expr, text: str) -> sympy.Expr:
    """Refuse constants that are not finite, not real or absurdly large before they can grow further.

    √(z²) comes from SymPy as its own Abs, which is made ours so that its kink is seen.
    """
    expr = expr.replace(sympy.Abs, Absolute)
    if expr.has(sympy.zoo, sympy.nan, sympy.oo):
        raise _refusal(text, "it is not finite")
    if expr.has(sympy.I):
        raise _refusal(text, "it is not real")
    if any(max(abs(number.p), number.q) > LARGEST_INTEGER for number in expr.atoms(sympy.Rational)):
        raise _refusal(text, "it has a number with more than 600 digits")
    if expr.is_number:
        value = expr.evalf(15)
        if sympy.im(value) != 0:
            raise _refusal(text, "it is not real")
        if abs(value) > LARGEST_NUMBER:
            raise _refusal(text, "it has a number above 1e30")
    return expr


def _degree(expr: sympy.Expr) -> int:
    """An upper bound on the degree of every polynomial inside the expression."""
    if expr.is_Symbol:
        return 1
    inner = [_degree(argument) for argument in expr.args]
    if isinstance(expr, sympy.Pow) and expr.exp.is_Rational:
        return int(sympy.ceiling(abs(expr.exp))) * inner[0]
    if isinstance(expr, sympy.Mul):
        return sum(inner)
    return max(inner, default=0)


def _terms(expr: sympy.Expr) -> int:
    """An upper bound on the number of terms of the expression multiplied out, in the form that
    `theory.hermite_exact` gives it, where a sigmoid or a sinh is two terms."""
    if isinstance(expr, sympy.Add):
        return sum(_terms(term) for term in expr.args)
    if isinstance(expr, sympy.Mul):
        return math.prod(_terms(factor) for factor in expr.args)
    if isinstance(expr, sympy.Pow) and expr.exp.is_Integer and expr.exp > 0:
        return math.comb(_terms(expr.base) + int(expr.exp) - 1, int(expr.exp))
    if isinstance(expr, Absolute):
        return _terms(expr.args[0])
    return 2 if isinstance(expr, (Sigmoid, Softplus, sympy.sinh, sympy.cosh)) else 1
