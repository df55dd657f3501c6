"""What an expression lives on: its dimensions with their sources and directions, and its Gaussian matrices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from theory.dyson.dimensions import Dimension
from theory.dyson.matrices import Declared, Diagonal, Gaussian, LowRank
from theory.dyson.pencil import GaussianMatrix, Space
from theory.dyson.sources import Array, Field, Source, distinct, joint_weights
from theory.dyson.tree import Node, leaves
from theory.dyson.vectors import Vector


@dataclass(frozen=True)
class Layout:
    """Dimensions in order of appearance, each with the sources and the directions in use, and the Gaussians."""

    dimensions: tuple[Dimension, ...]
    sources: dict[Dimension, tuple[Source, ...]]
    directions: dict[Dimension, tuple[str, ...]]
    gaussians: tuple[Gaussian, ...]

    def values(self, field: Field) -> Array:
        """The values (K,) of a field on the joint atoms of its dimension."""
        return field.on(self.sources[field.dimension]).reshape(-1).copy()

    def vector(self, vector: Vector) -> Array:
        """The array (slots, K) of a vector."""
        return vector.on(self.sources[vector.dimension], self.directions[vector.dimension])

    def spaces(self) -> tuple[Space, ...]:
        return tuple(
            Space(t.name, t.size, joint_weights(self.sources[t]), 1 + len(self.directions[t]))
            for t in self.dimensions
        )

    def matrices(self) -> tuple[GaussianMatrix, ...]:
        return tuple(
            GaussianMatrix(
                matrix.name,
                self.dimensions.index(matrix.rows),
                self.dimensions.index(matrix.cols),
                matrix.variance,
                np.array([self.values(u) for u, _ in matrix.profile]),
                np.array([self.values(v) for _, v in matrix.profile]),
            )
            for matrix in self.gaussians
        )


def layout(node: Node) -> Layout:
    """The layout of a tree; ValueError where one name stands for two things."""
    symbols = list(dict.fromkeys(leaf.symbol for leaf in leaves(node)))
    dimensions = tuple(
        dict.fromkeys(t for shape in [(node.rows, node.cols), *(s.shape for s in symbols)] for t in shape)
    )
    fields = [field for symbol in symbols for field in _fields(symbol)]
    vectors = [v for symbol in symbols if isinstance(symbol, LowRank) for pair in symbol.pairs for v in pair]
    _one_name(dimensions, "dimensions", "sizes")
    _one_name([symbol for symbol in symbols if not isinstance(symbol, LowRank)], "matrices", "laws")
    sources = {t: distinct(s for f in fields if f.dimension == t for s in f.sources) for t in dimensions}
    for t in dimensions:
        _one_name(sources[t], f"sources on {t}", "atoms")
    directions = {
        t: tuple(dict.fromkeys(name for v in vectors if v.dimension == t for name in v.directions))
        for t in dimensions
    }
    return Layout(dimensions, sources, directions, tuple(s for s in symbols if isinstance(s, Gaussian)))


def _fields(symbol: Declared) -> list[Field]:
    match symbol:
        case Diagonal():
            return [symbol.field]
        case Gaussian():
            return [field for pair in symbol.profile for field in pair]
        case LowRank():
            return [field for pair in symbol.pairs for vector in pair for field in vector.parts.values()]
    return []


def _one_name(things: Iterable[Dimension | Declared | Source], what: str, differ: str) -> None:
    seen: set[str] = set()
    for thing in things:
        if thing.name in seen:
            raise ValueError(
                f"two {what} of different {differ} are both called {thing.name}; "
                "declare it once, or name one otherwise"
            )
        seen.add(thing.name)
