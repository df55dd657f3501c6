"""A leaf: text → Numba functions, through the theory's parser and SymPy's derivative.

The core asks for it only when a definition is not a built-in name.  What is shared with the theory is the
definition; the formulas of the built-in functions stay apart, so that the two sides can refute each other.
"""

from functools import lru_cache
from importlib import import_module
from typing import Any

import sympy

from rmt_spikes.functions import Activation
from theory.elementary import Z
from theory.functions import activation, function


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
        return Activation(_jitted(function(text).expr), None)
    sigma = activation(text)
    return Activation(_jitted(sigma.expr), _jitted(sigma.derivative.expr))


def _jitted(expr: sympy.Expr) -> Any:
    import numba  # here, so that a definition can be checked without it

    built_in = import_module("rmt_spikes.activations").BUILT_IN
    names = {"Absolute": "abs", "Sign": "sign", "Softplus": "softplus", "Sigmoid": "sigmoid"}
    kernels = {ours: built_in[name].value for ours, name in names.items()}
    # the tree holds only what the allow-list admits; lambdify prints it and Numba compiles the print
    printed = sympy.lambdify(Z, expr, modules=[kernels, "math"], cse=True)
    # NumPy's error model: a division by zero is an infinity, as in the theory, and not an exception in a kernel
    return numba.njit(printed, error_model="numpy")
