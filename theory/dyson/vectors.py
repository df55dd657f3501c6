"""Deterministic vectors on a dimension, for terms of low rank.

Normalisation: a field f and a direction ξ (a unit vector of its own, orthogonal to all functions of the atoms and to
the other directions) stand for the vectors with entries

    f(ω_i)/√n_t      and      f(ω_i) ξ_i,

both of squared length E f², whatever n_t.  A vector is a sum of such parts; vᵀ D u = E[D Σ_parts f_v f_u].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from theory.dyson.dimensions import Dimension, number
from theory.dyson.sources import Array, Field, Source, _hash, field

FUNCTION = ""  # the part that is a function of the atoms


@dataclass(frozen=True, eq=False)
class Vector:
    """A vector: its ``parts`` are fields by direction name, the function part under the empty name."""

    name: str
    dimension: Dimension
    parts: dict[str, Field]

    def __add__(self, other: Vector) -> Vector:
        if not isinstance(other, Vector):
            return NotImplemented
        if self.dimension != other.dimension:
            raise ValueError(
                f"the vectors {self.name} on {self.dimension} and {other.name} on {other.dimension} cannot be added: "
                "they live on different dimensions"
            )
        parts = dict(self.parts)
        for direction, part in other.parts.items():
            parts[direction] = parts[direction] + part if direction in parts else part
        return Vector(f"{self.name} + {other.name}", self.dimension, parts)

    def __mul__(self, factor: Any) -> Vector:
        """Times a number, or entry by entry times a field on the same dimension."""
        given = factor if isinstance(factor, Field) else field(self.dimension, number(factor))
        shown = "f" if isinstance(factor, Field) else f"{factor}"
        name = f"({self.name})" if " + " in self.name else self.name
        return Vector(f"{shown}*{name}", self.dimension, {d: part * given for d, part in self.parts.items()})

    __rmul__ = __mul__

    def __neg__(self) -> Vector:
        return -1 * self

    def __sub__(self, other: Vector) -> Vector:
        return self + -other

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(source for part in self.parts.values() for source in part.sources)

    @property
    def directions(self) -> tuple[str, ...]:
        return tuple(direction for direction in self.parts if direction != FUNCTION)

    def on(self, sources: tuple[Source, ...], directions: tuple[str, ...]) -> Array:
        """The array (1 + directions, K) of a `theory.dyson.pencil.Space`: all parts divided by √n_t."""
        size = math.prod(len(source.weights) for source in sources)
        rows = np.zeros((1 + len(directions), size))
        for direction, part in self.parts.items():
            row = 0 if direction == FUNCTION else 1 + directions.index(direction)
            rows[row] = part.on(sources).reshape(-1) / math.sqrt(self.dimension.size)
        return rows

    @cached_property
    def digest(self) -> str:
        return _hash(*sorted((direction, part.digest) for direction, part in self.parts.items()))


def function_vector(
    dimension: Dimension,
    given: Field | Source | tuple[Source, ...] | float,
    function: Callable[..., Any] | None = None,
    name: str = "f",
) -> Vector:
    """The vector with entries f(ω_i)/√n_t; arguments as in `theory.dyson.sources.field`."""
    return Vector(name, dimension, {FUNCTION: field(dimension, given, function)})


def direction(name: str, dimension: Dimension) -> Vector:
    """A unit vector of its own: orthogonal to every function of the atoms and to every other direction."""
    if not name.isidentifier():
        raise ValueError(f"a direction is named by a word such as 'beta', not {name!r}")
    return Vector(name, dimension, {name: field(dimension, 1.0)})
