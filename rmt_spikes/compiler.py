"""A leaf: text → the body of a compiled function, through the theory's parser and SymPy's derivative.

The core asks for it only when a definition is not a built-in name.  What is shared with the theory is the
definition; the formulas of the built-in functions stay apart, so that the two sides can refute each other.
"""

from functools import lru_cache

import sympy

from rmt_spikes.functions import Activation
from theory.elementary import Z
from theory.functions import activation, function

WORDS = {
    **{name: name for name in ("exp", "log", "tanh", "erf", "sin", "cos", "sinh", "cosh", "atan")},
    **{"Absolute": "abs", "Sign": "sign", "Softplus": "softplus", "Sigmoid": "sigmoid"},
}


def check(text: str, role: str = "activation") -> None:
    """Raise ValueError, in one line, unless the text can serve in the role (`theory.functions`); compiles nothing.

    >>> check("tanh(z + 0.8)")
    """
    (activation if role == "activation" else function)(text)


@lru_cache(maxsize=128)
def compile_activation(text: str, role: str = "activation") -> Activation:
    """The compiled function of a definition, with its derivative if it serves as an activation.

    >>> compile_activation("z + (z**2 - 1)/2").derivative(1.0)
    2.0
    """
    if role != "activation":
        return Activation.of_body(body(function(text).expr))
    sigma = activation(text)
    return Activation.of_body(body(sigma.expr, sigma.derivative.expr))


def body(value: sympy.Expr, derivative: sympy.Expr | None = None) -> str:
    """The lines that compute an expression in z, and its derivative with what both have in common computed once.

    >>> print(body(sympy.tanh(Z) ** 2))
    t0 = tanh(z)
    value = (t0 * t0)
    """
    wanted = [value] if derivative is None else [value, derivative]
    shared, reduced = sympy.cse(wanted, symbols=sympy.numbered_symbols("x", real=True))
    lines = _Lines()
    for symbol, expr in shared:
        lines.names[symbol] = lines.text(expr)
    found = [f"{name} = {lines.text(expr)}" for name, expr in zip(("value", "derivative"), reduced, strict=False)]
    return "\n".join(lines.written + found)


class _Lines:
    """Lines t0 = …, t1 = …, one for each function and power of the tree, and the names of what is known.

    The tree holds only what the grammar's allow-list admits, and only its numbers and these words are written."""

    def __init__(self) -> None:
        self.names: dict[sympy.Expr, str] = {Z: "z"}
        self.written: list[str] = []

    def text(self, expr: sympy.Expr) -> str:
        """How `expr` is written where it is used."""
        if expr in self.names:
            return self.names[expr]
        if expr.is_number:
            return f"real({float(expr)!r})"
        if expr.is_Add:
            return f"({' + '.join(map(self.text, expr.args))})"
        if expr.is_Mul:
            return self._quotient(*expr.as_numer_denom()) if _has_denominator(expr) else self._product(expr)
        if expr.is_Pow:
            return self._power(expr.base, expr.exp)
        word = WORDS.get(expr.func.__name__)
        if word is None:
            raise NotImplementedError(f"{expr.func.__name__} has no compiled form: one is needed in elementary.py")
        return self._line(expr, f"{word}({self.text(expr.args[0])})")

    def _line(self, expr: sympy.Expr, text: str) -> str:
        name = f"t{len(self.written)}"
        self.written.append(f"{name} = {text}")
        self.names[expr] = name
        return name

    def _product(self, expr: sympy.Expr) -> str:
        return f"({' * '.join(map(self.text, expr.args))})"

    def _quotient(self, above: sympy.Expr, below: sympy.Expr) -> str:
        return f"({self.text(above)} / {self.text(below)})"

    def _power(self, base: sympy.Expr, exponent: sympy.Expr) -> str:
        if exponent.is_Integer and exponent > 0:
            return self._whole_power(base, int(exponent))
        if exponent == sympy.Rational(1, 2):
            return self._line(base**exponent, f"sqrt({self.text(base)})")
        if exponent.is_Rational and (2 * exponent).is_Integer:
            root = self._whole_power(sympy.sqrt(base), int(abs(2 * exponent))) if exponent.q == 2 else None
            found = root or self._whole_power(base, -int(exponent))
            return found if exponent > 0 else f"(real(1.0) / {found})"
        return self._line(base**exponent, f"real({self.text(base)} ** {self.text(exponent)})")

    def _whole_power(self, base: sympy.Expr, n: int) -> str:
        """By squaring: products of one name, so that nothing is computed twice."""
        name = self.text(base)
        if n == 1:
            return name
        if not name.isidentifier():
            name = self._line(base, name)
        if n % 2:
            return f"({name} * {self._whole_power(base, n - 1)})" if n > 1 else name
        half = self._whole_power(base, n // 2)
        if not half.isidentifier():
            half = self._line(base ** (n // 2), half)
        return f"({half} * {half})"


def _has_denominator(expr: sympy.Expr) -> bool:
    return any(factor.is_Pow and factor.exp.is_Rational and factor.exp < 0 for factor in expr.args)
