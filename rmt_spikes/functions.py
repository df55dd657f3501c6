"""Scalar functions of the model: the activation σ with its derivative σ', and the target σ*.

A definition is a built-in name (`rmt_spikes.names`), any other text in z such as "z + (z**2 - 1)/2", which
the leaf `rmt_spikes.compiler` checks and compiles on demand, or an `Activation`. Nothing here imports Numba
until a function is really needed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

from rmt_spikes.names import ACTIVATIONS, TARGETS

ROLES = {"activation": ACTIVATIONS, "target": TARGETS}


@dataclass(frozen=True)
class Activation:
    """A scalar function and its derivative, both compiled by `numba.njit`; z float -> float.

    `body`: the same in the words of `rmt_spikes.elementary`, for definitions; functions of one's own have None.
    `derivative` may be None for a function that is only ever evaluated (a target); `gradient_step` refuses
    it. Raises TypeError if one of them is not compiled.

    >>> import numba
    >>> square = Activation(numba.njit(lambda z: z * z), numba.njit(lambda z: 2 * z))
    >>> square.derivative(3.0)
    6.0
    """

    value: Callable[[float], float]
    derivative: Callable[[float], float] | None
    body: str | None = None

    @classmethod
    def of_body(cls, body: str) -> "Activation":
        """From the lines of a body (`rmt_spikes.kernel_source`), which loops over arrays are then made of."""
        import numpy as np

        module = import_module("rmt_spikes.kernel_source").module(body, np.float64)
        return cls(module.one_value, module.one_derivative if "\nderivative = " in body else None, body)

    def __post_init__(self) -> None:
        from numba.extending import is_jitted

        for name, function in (("value", self.value), ("derivative", self.derivative)):
            absent = name == "derivative" and function is None
            if not absent and not is_jitted(function):  # type: ignore[arg-type]
                raise TypeError(f"Activation {name} = {function!r} is not compiled: decorate it with numba.njit")


def check(definition: str, role: str = "activation") -> None:
    """Raise ValueError unless `definition` can serve in `role`, "activation" or "target"; compiles nothing.

    >>> check("tanh", "activation")
    >>> check("sign", "activation")
    Traceback (most recent call last):
    ValueError: activation = 'sign' has a derivative that vanishes almost everywhere, ...
    """
    if role not in ROLES:
        raise ValueError(f"role = {role!r} is unknown: give one of {', '.join(ROLES)}")
    if not isinstance(definition, str):
        raise TypeError(
            f"{role} = {definition!r} is not text: give a name ({', '.join(ROLES[role])}) or a formula in z; "
            "an Activation object goes to gradient_step directly"
        )
    if definition == "sign" and role == "activation":
        raise ValueError(
            "activation = 'sign' has a derivative that vanishes almost everywhere, so gradient steps move "
            "nothing: use it as a target, or take a smooth activation such as tanh or erf"
        )
    if definition not in ROLES[role]:
        import_module("rmt_spikes.compiler").check(definition, role)


def resolve(definition: str | Activation, role: str = "activation") -> Activation:
    """The compiled `Activation` of a definition. Raises as `check` does.

    >>> resolve("relu").value(-2.0), resolve("sign", "target").value(-2.0)
    (0.0, -1.0)
    """
    if isinstance(definition, Activation):
        return definition
    check(definition, role)
    if definition in TARGETS:
        return _built_in(definition)
    return import_module("rmt_spikes.compiler").compile_activation(definition, role)


@lru_cache(maxsize=len(TARGETS))
def _built_in(name: str) -> Activation:
    return Activation.of_body(import_module("rmt_spikes.activations").BODIES[name])


def apply(function: str | Activation, array: Any) -> Any:
    """σ*(array), entry by entry; same shape, float32 stays float32, all else becomes float64.

    `function` is an `Activation` or a definition of a target. Raises as `check` does.

    >>> apply("abs", [[-1.0, 2.0]])
    array([[1., 2.]])
    """
    return import_module("rmt_spikes.kernels").elementwise(resolve(function, "target"), array)
