"""A network's weights as expressions: the whole with its low-rank terms, the bulk alone, and vectors to compare with.

The bulk is the same matrix without conditioning on what the labels know: its low-rank terms do not move it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sympy import MatAdd, MatMul
from sympy.matrices.expressions.matexpr import MatrixExpr

from theory.dyson.dimensions import Dimension
from theory.dyson.matrices import Diagonal, LowRank
from theory.dyson.networks.laws import Sample
from theory.dyson.sources import Field, Source
from theory.dyson.vectors import Vector, direction, function_vector
from theory.model import Model
from theory.quadrature import Array


@dataclass(frozen=True, eq=False)
class Network:
    """W1 or W2, N×d: ``expression`` with low-rank terms and batches conditioned on the labels, ``bulk`` without;
    each is put together by ``whole`` and ``rest`` when it is asked for.

    ``left``: the unit vectors a, a2, a3 (along a, a∘a, a∘a∘a; for ±1 readouts a3 is a) on the neurons, ``right``:
    beta and beta1 on the inputs.
    """

    whole: Callable[[], MatrixExpr]
    rest: Callable[[], MatrixExpr]
    left: dict[str, Vector]
    right: dict[str, Vector]

    @cached_property
    def expression(self) -> MatrixExpr:
        return self.whole()

    @cached_property
    def bulk(self) -> MatrixExpr:
        return self.rest()


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


@dataclass(frozen=True, eq=False)
class Sides:
    """Both sides of the weights."""

    neurons: Atoms
    inputs: Inputs

    @classmethod
    def of(cls, model: Model, weights: Array, lost: int = 0) -> Sides:
        """``weights`` of the readout's atoms; ``lost`` directions fewer on both sides.

        K outliers far above the bulk leave a matrix of (N − K)×(d − K) beneath them, which moves its upper quantiles
        by some K/d: as much as everything else that is left out at d = 1000.
        """
        if not 0 <= lost < min(model.N, model.d):
            raise ValueError(
                f"outliers = {lost!r} is not accepted: give the number of values above the bulk, from 0 to "
                f"min(N, d) − 1 = {min(model.N, model.d) - 1:g}"
            )
        return cls(Atoms.of("N", model.N - lost, weights), Inputs.of(model.d - lost))


def compared(sides: Sides, a: Array, sample: Sample) -> tuple[dict[str, Vector], dict[str, Vector]]:
    """The vectors ``left`` and ``right`` of a `Network`."""
    left = {name: sides.neurons.unit(name, a**k) for name, k in (("a", 1), ("a2", 2), ("a3", 3))}
    length = float(np.hypot(sample.c1, sample.spread))
    return left, {"beta": sides.inputs.beta, "beta1": sides.inputs.beta1(sample.c1 / length, sample.spread / length)}


def low_rank(name: str, rows: Atoms, cols: Atoms, f: Array, g: Array) -> LowRank:
    """The matrix with entries Σ_k f_k(i) g_k(j)/√n, n the size of ``cols``; f (r, K), g (r, K')."""
    root = np.sqrt(rows.dimension.size)
    pairs = [
        (rows.vector(f"f{k}", root * u), cols.vector(f"g{k}", v)) for k, (u, v) in enumerate(zip(f, g, strict=True))
    ]
    return LowRank(name, pairs)


def total(parts: Iterable[MatrixExpr]) -> MatrixExpr:
    """The sum as `+` gives it, SymPy going through it once and not again with every part."""
    return MatAdd(*parts).doit(deep=False)


def product(*factors: MatrixExpr | float) -> MatrixExpr:
    """The product as `*` gives it, in the same way."""
    return MatMul(*factors).doit(deep=False)
