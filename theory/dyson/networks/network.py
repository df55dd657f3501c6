"""A network's weights as expressions: the whole with its low-rank terms, the bulk alone, and the vectors to compare with.

The bulk is the same matrix without conditioning on what the labels know: its low-rank terms do not move it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sympy.matrices.expressions.matexpr import MatrixExpr

from theory.dyson.dimensions import Dimension
from theory.dyson.matrices import Diagonal, LowRank
from theory.dyson.sources import Field, Source
from theory.dyson.vectors import Vector, direction, function_vector
from theory.quadrature import Array


@dataclass(frozen=True, eq=False)
class Network:
    """W1 or W2, N×d: ``expression`` with low-rank terms and batches conditioned on the labels, ``bulk`` without.

    ``left``: the unit vectors a, a2, a3 (along a, a∘a, a∘a∘a; for ±1 readouts a3 is a) on the neurons, ``right``: beta
    and beta1 on the inputs.
    """

    expression: MatrixExpr
    bulk: MatrixExpr
    left: dict[str, Vector]
    right: dict[str, Vector]


@dataclass(frozen=True, eq=False)
class Atoms:
    """A dimension whose diagonals are functions, given by their values (K,), of one source."""

    dimension: Dimension
    source: Source

    @classmethod
    def of(cls, name: str, size: float, weights: Array) -> Atoms:
        dimension = Dimension(name, size)
        source = Source(f"{name}_atom", dimension, np.arange(len(weights), dtype=float), weights)
        return cls(dimension, source)

    def field(self, values: Array) -> Field:
        return Field(self.dimension, (self.source,), np.asarray(values, dtype=float))

    def diagonal(self, name: str, values: Array) -> Diagonal:
        return Diagonal(name, self.dimension, self.field(values))

    def vector(self, name: str, values: Array) -> Vector:
        """Entries values/√n_t."""
        return function_vector(self.dimension, self.field(values), name=name)

    def unit(self, name: str, values: Array) -> Vector:
        """The unit vector along the values."""
        return self.vector(name, values / np.sqrt(self.source.weights @ np.asarray(values) ** 2))

    def profile(self, factors: Array) -> list[Field]:
        return [self.field(row) for row in factors]


@dataclass(frozen=True, eq=False)
class Inputs:
    """The input dimension with β* and β̃, the unit part of β1 orthogonal to β*."""

    dimension: Dimension
    beta: Vector
    tilde: Vector

    @classmethod
    def of(cls, size: float) -> Inputs:
        dimension = Dimension("d", size)
        return cls(dimension, direction("beta", dimension), direction("betatilde", dimension))

    def beta1(self, c1: float, spread: float) -> Vector:
        """β1 = c*_1 β* + √(φ m2) β̃."""
        return self.beta * c1 + self.tilde * spread


def compared(
    neurons: Atoms, a: Array, inputs: Inputs, c1: float, spread: float
) -> tuple[dict[str, Vector], dict[str, Vector]]:
    """The vectors ``left`` and ``right`` of a `Network`."""
    left = {name: neurons.unit(name, a**k) for name, k in (("a", 1), ("a2", 2), ("a3", 3))}
    beta1 = inputs.beta1(c1, spread) * (1 / float(np.hypot(c1, spread)))
    return left, {"beta": inputs.beta, "beta1": beta1}


def low_rank(name: str, rows: Atoms, cols: Atoms, f: Array, g: Array) -> LowRank:
    """The matrix with entries Σ_k f_k(i) g_k(j)/√n, n the size of ``cols``; f (r, K), g (r, K')."""
    root = np.sqrt(rows.dimension.size)
    pairs = [
        (rows.vector(f"f{k}", root * u), cols.vector(f"g{k}", v)) for k, (u, v) in enumerate(zip(f, g, strict=True))
    ]
    return LowRank(name, pairs)
