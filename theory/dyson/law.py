"""The door of the engine: the law of the singular values or of the eigenvalues of an expression.

>>> from theory.dyson.dimensions import Dimension
>>> from theory.dyson.matrices import Gaussian
>>> N, d = Dimension("N", 2000), Dimension("d", 1000)
>>> law = SingularValues(Gaussian("W", N, d, 1 / d))
>>> round(law.upper, 12)  # 1 + √2
2.414213562373
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from theory.dyson.layout import Layout, layout
from theory.dyson.linearise import pencil
from theory.dyson.outliers import Outlier, outliers, outliers_above
from theory.dyson.pencil import Array
from theory.dyson.sampling import sample
from theory.dyson.spectrum import Spectrum
from theory.dyson.symmetry import symmetric_pencil
from theory.dyson.tree import read
from theory.dyson.vectors import Vector
from theory.single_thread import on_one_thread


@dataclass(frozen=True, eq=False)
class NamedOutlier:
    """An outlier at ``value``, with squared overlaps of its left and right vectors by the names asked for.

    ``marginal``: within a relative count^(−2/3) of an edge, not separated from the bulk at that size.
    ``left_function`` (K,): the part of the left vector that is a function of the atoms, by its entries there, and
    ``left_overlap_squared`` its squared length, the overlap with the best function of the atoms.
    """

    value: float
    left: Mapping[str, float]
    right: Mapping[str, float]
    marginal: bool
    left_function: Array
    left_overlap_squared: float


@dataclass(frozen=True, eq=False)
class _Law(Spectrum):
    expression: Any = None

    @property
    def layout(self) -> Layout:
        return layout(read(self.expression))

    @on_one_thread
    def outliers(
        self, left: Mapping[str, Vector] | None = None, right: Mapping[str, Vector] | None = None
    ) -> tuple[NamedOutlier, ...]:
        """Outliers made by the terms of low rank, largest first, with the squared overlaps of their left and right
        vectors with the given ones (taken as unit vectors).  Those above the support only: `outliers_above`.

        ValueError if a vector lives on the wrong dimension or is a function of a source not in the expression.
        """
        return self._named(outliers, left or {}, right or {})

    @on_one_thread
    def outliers_above(
        self, left: Mapping[str, Vector] | None = None, right: Mapping[str, Vector] | None = None
    ) -> tuple[NamedOutlier, ...]:
        """The outliers above the whole support, for which the rest of the law need not be solved."""
        return self._named(outliers_above, left or {}, right or {})

    def _named(
        self, search: Callable[..., list[Outlier]], left: Mapping[str, Vector], right: Mapping[str, Vector]
    ) -> tuple[NamedOutlier, ...]:
        tree = read(self.expression)
        rows = self.pencil.space_of(self.pencil.output)
        lefts, rights = _arrays(self.layout, left, tree.rows), _arrays(self.layout, right, tree.cols)
        return tuple(
            NamedOutlier(
                one.value,
                dict(zip(lefts, one.left.tolist(), strict=True)),
                dict(zip(rights, one.right.tolist(), strict=True)),
                one.marginal,
                one.left_function,
                float(rows.size * rows.weights @ one.left_function**2),
            )
            for one in search(self, list(lefts.values()), list(rights.values()))
        )


@dataclass(frozen=True, eq=False)
class SingularValues(_Law):
    """The law of the min(rows, columns) singular values of an expression; ``effort`` as in `Spectrum`."""

    def __init__(self, expression: Any, **effort: Any) -> None:
        super().__init__(pencil(expression), expression=expression, **effort)

    def rvs(self, rng: np.random.Generator) -> Array:
        """The singular values of one draw of the matrix, descending, at the sizes of its dimensions."""
        return np.asarray(np.linalg.svd(sample(rng, self.expression), compute_uv=False))


@dataclass(frozen=True, eq=False)
class Eigenvalues(_Law):
    """The law of the eigenvalues of a symmetric expression; ValueError if it is not symmetric by algebra.
    ``effort`` as in `Spectrum`."""

    def __init__(self, expression: Any, **effort: Any) -> None:
        super().__init__(symmetric_pencil(expression), expression=expression, **effort)

    def rvs(self, rng: np.random.Generator) -> Array:
        """The eigenvalues of one draw of the matrix, descending, at the sizes of its dimensions."""
        return np.asarray(np.linalg.eigvalsh(sample(rng, self.expression))[::-1])


def _arrays(parts: Layout, given: Mapping[str, Vector], dimension: Any) -> dict[str, Array]:
    arrays = {}
    for name, vector in given.items():
        if vector.dimension != dimension:
            raise ValueError(
                f"the vector {name} lives on {vector.dimension}, the side asked about is {dimension}: "
                f"give vectors on {dimension}"
            )
        arrays[name] = _array(parts, name, vector)
    return arrays


def _array(parts: Layout, name: str, vector: Vector) -> Array:
    known, directions = parts.sources[vector.dimension], parts.directions[vector.dimension]
    digests = {source.digest for source in known}
    if any(source.digest not in digests for source in vector.sources):
        raise ValueError(
            f"the vector {name} is a function of sources that do not occur in the expression "
            f"(there are {', '.join(source.name for source in known) or 'none'}): its overlap is of order 1/n"
        )
    # a direction that does not occur is orthogonal to everything: no slot, no overlap
    array = vector.on(known, (*directions, *(d for d in vector.directions if d not in directions)))
    weights = np.asarray(1.0)
    for source in known:
        weights = np.multiply.outer(weights, source.weights)
    norm = vector.dimension.size * np.sum(array**2 @ weights.reshape(-1))
    return np.asarray(array[: 1 + len(directions)] / np.sqrt(norm), dtype=float)
