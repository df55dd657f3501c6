"""Functions of our own inside SymPy, differentiated almost everywhere: sign, |·|, sigmoid, softplus; and He_k.

SymPy's ``Abs`` asks whether its argument is real, and answers with unevaluated derivatives when it cannot tell; its
sigmoid would be written out, and overflow.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy

Z = sympy.Symbol("z", real=True)


class _Homogeneous(sympy.Function):
    """f(c u) = f(c) f(u) for numbers c: the numbers are pulled out."""

    is_real = True
    of_number: Callable[[sympy.Expr], sympy.Expr]

    @classmethod
    def eval(cls, u: sympy.Expr) -> sympy.Expr | None:
        if u.is_number:
            return cls.of_number(u)
        number, rest = u.as_coeff_Mul()
        return cls.of_number(number) * cls(rest) if number.is_real and number != 1 else None


class Sign(_Homogeneous):
    """sign(u); its derivative is 0 almost everywhere (the jump is `theory.functions`' business)."""

    of_number = sympy.sign

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        return sympy.Integer(0)


class Absolute(_Homogeneous):
    """|u|, with derivative sign(u)."""

    of_number = sympy.Abs

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        return Sign(self.args[0])


class Sigmoid(sympy.Function):
    """1/(1 + e^−u), kept whole so that it is evaluated without overflow."""

    is_real = True

    @classmethod
    def eval(cls, u: sympy.Expr) -> sympy.Expr | None:
        return 1 / (1 + sympy.exp(-u)) if u.is_number else None

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        return Sigmoid(self.args[0]) * Sigmoid(-self.args[0])


class Softplus(sympy.Function):
    """log(1 + e^u), with derivative the sigmoid."""

    is_real = True

    @classmethod
    def eval(cls, u: sympy.Expr) -> sympy.Expr | None:
        return sympy.log(1 + sympy.exp(u)) if u.is_number else None

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        return Sigmoid(self.args[0])


def hermite_polynomial(k: int, u: sympy.Expr) -> sympy.Expr:
    """He_k(u), probabilists' normalisation, from He_{k+1} = u He_k − k He_{k−1}.

    >>> hermite_polynomial(3, Z)
    z**3 - 3*z
    """
    t = sympy.Dummy("t")
    previous, current = sympy.Integer(0), sympy.Integer(1)
    for j in range(k):
        previous, current = current, sympy.expand(t * current - j * previous)
    return current.subs(t, u)
