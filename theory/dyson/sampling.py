"""Drawing the matrix of an expression: one draw of everything in it, then the expression evaluated densely.

Every index of a dimension draws an atom of each source, so that joint laws are drawn jointly; directions are random
orthonormal vectors, orthogonal to the function parts of all vectors in the expression; a symbol that occurs twice is
one matrix.  Atoms are those of the theory (for a distribution, its quadrature nodes).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.dyson.dimensions import Dimension
from theory.dyson.layout import Layout, layout
from theory.dyson.matrices import Declared, Diagonal, Gaussian, LowRank
from theory.dyson.sources import Array, Field
from theory.dyson.tree import Inverse, Leaf, Node, Product, Sum, leaves, read
from theory.dyson.vectors import FUNCTION, Vector

Indices = NDArray[np.intp]
Choice = Callable[[np.random.Generator, Array, int], Indices]


def independent_atoms(rng: np.random.Generator, weights: Array, size: int) -> Indices:
    """``size`` independent draws of an atom."""
    return rng.choice(len(weights), size=size, p=weights)


def balanced_atoms(rng: np.random.Generator, weights: Array, size: int) -> Indices:
    """Every atom ω in size·w(ω) places, rounded by largest remainder, in random order.

    >>> np.bincount(balanced_atoms(np.random.default_rng(0), np.array([0.25, 0.75]), 10))
    array([3, 7])
    """
    counts = np.floor(size * weights).astype(int)
    missing = size - counts.sum()
    counts[np.argsort(counts - size * weights, kind="stable")[:missing]] += 1
    return rng.permutation(np.repeat(np.arange(len(weights)), counts))


@dataclass(frozen=True, eq=False)
class Draw:
    """One draw: ``atoms`` (n_t, sources) and ``directions``, by dimension, and ``matrices`` by symbol."""

    layout: Layout
    atoms: dict[Dimension, Indices]
    directions: dict[tuple[Dimension, str], Array]
    matrices: dict[Declared, Array]

    def joint_atoms(self, dimension: Dimension) -> Indices:
        """The index (n_t,) of each entry's atom among the joint atoms of the dimension's space."""
        sizes = [len(source.weights) for source in self.layout.sources[dimension]]
        columns = self.atoms[dimension].T
        return np.ravel_multi_index(tuple(columns), sizes) if sizes else np.zeros(len(columns.T), dtype=int)


def draw(rng: np.random.Generator, expr: Any, choose: Choice = independent_atoms) -> Draw:
    """A draw of everything that an expression holds; ``choose`` draws the atoms of a source."""
    return _draw(rng, read(expr), choose)


def sample(rng: np.random.Generator, expr: Any, choose: Choice = independent_atoms) -> Array:
    """The dense matrix of an expression at its declared sizes.

    >>> from theory.dyson.dimensions import Dimension
    >>> n, d = Dimension("n", 6), Dimension("d", 4)
    >>> X = Gaussian("X", n, d, 1 / d)
    >>> sample(np.random.default_rng(0), X.T * X).shape
    (4, 4)
    """
    node = read(expr)
    return _evaluate(node, _draw(rng, node, choose), {})


def evaluate(expr: Any, drawn: Draw) -> Array:
    """The dense matrix of an expression whose symbols are all in a draw."""
    return _evaluate(read(expr), drawn, {})


def _draw(rng: np.random.Generator, node: Node, choose: Choice) -> Draw:
    parts = layout(node)
    atoms = {t: _atoms(rng, parts, t, choose) for t in parts.dimensions}
    drawn = Draw(parts, atoms, {}, {})
    symbols = list(dict.fromkeys(leaf.symbol for leaf in leaves(node)))
    vectors = [v for symbol in symbols if isinstance(symbol, LowRank) for pair in symbol.pairs for v in pair]
    for t in parts.dimensions:
        functions = [_entries(v.parts[FUNCTION], drawn) for v in vectors if v.dimension == t and FUNCTION in v.parts]
        for name, vector in zip(parts.directions[t], _orthonormal(rng, t, functions, parts), strict=True):
            drawn.directions[t, name] = vector
    for symbol in symbols:
        drawn.matrices[symbol] = _matrix(rng, symbol, drawn)
    return drawn


def _atoms(rng: np.random.Generator, parts: Layout, t: Dimension, choose: Choice) -> Indices:
    size = _whole(t)
    columns = [choose(rng, source.weights, size) for source in parts.sources[t]]
    return np.array(columns, dtype=int).reshape(len(columns), size).T


def _whole(dimension: Dimension) -> int:
    if dimension.size != round(dimension.size):
        raise ValueError(
            f"a matrix can be drawn at whole sizes only, and {dimension} has size {dimension.size:g}; "
            "declare it with a whole number"
        )
    return round(dimension.size)


def _entries(field: Field, drawn: Draw) -> Array:
    """The values of a field at the atoms drawn."""
    order = [source.digest for source in drawn.layout.sources[field.dimension]]
    columns = drawn.atoms[field.dimension]
    size = len(columns)
    places = tuple(columns[:, order.index(source.digest)] for source in field.sources)
    return np.broadcast_to(field.values[places], size) if places else np.full(size, float(field.values))


def _orthonormal(rng: np.random.Generator, t: Dimension, functions: list[Array], parts: Layout) -> Array:
    """A row for each direction on a dimension."""
    wanted = len(parts.directions[t])
    if wanted == 0:
        return np.empty((0, _whole(t)))
    basis = _span(np.array(functions).reshape(len(functions), _whole(t)))
    if wanted + len(basis) > _whole(t):
        raise ValueError(
            f"the dimension {t} of size {_whole(t)} has no room for {wanted} directions beside {len(basis)} "
            "functions; declare it larger"
        )
    start = rng.standard_normal((wanted, _whole(t)))
    for _ in range(2):
        start = start - (start @ basis.T) @ basis
    return np.linalg.qr(start.T)[0].T


def _span(rows: Array) -> Array:
    """Orthonormal rows that span the same."""
    _, values, right = np.linalg.svd(rows, full_matrices=False)
    return right[values > 1e-10 * max(values, default=0.0)]


def _matrix(rng: np.random.Generator, symbol: Declared, drawn: Draw) -> Array:
    match symbol:
        case Gaussian():
            profile = sum(np.multiply.outer(_entries(u, drawn), _entries(v, drawn)) for u, v in symbol.profile)
            scale = np.sqrt(symbol.variance * np.maximum(profile, 0.0))
            return scale * rng.standard_normal(scale.shape)
        case Diagonal():
            return np.diag(_entries(symbol.field, drawn))
        case LowRank():
            lefts, rights = zip(*symbol.pairs, strict=True)
            return np.array([_vector(u, drawn) for u in lefts]).T @ np.array([_vector(v, drawn) for v in rights])
    raise AssertionError(symbol)


def _vector(vector: Vector, drawn: Draw) -> Array:
    """The entries of a vector: f/√n_t for the function part, f ξ for a direction."""
    t = vector.dimension
    unit = {FUNCTION: np.float64(t.size**-0.5)} | {name: drawn.directions[t, name] for name in vector.directions}
    return np.sum([_entries(part, drawn) * unit[name] for name, part in vector.parts.items()], axis=0)


def _evaluate(node: Node, drawn: Draw, known: dict[Node, Array]) -> Array:
    if node not in known:
        known[node] = _value(node, drawn, known)
    return known[node]


def _value(node: Node, drawn: Draw, known: dict[Node, Array]) -> Array:
    match node:
        case Leaf(symbol, transposed):
            matrix = drawn.matrices[symbol]
            return matrix.T if transposed else matrix
        case Sum(terms, rows, cols):
            total = np.zeros((_whole(rows), _whole(cols)))
            for scale, part in terms:
                total += scale * _evaluate(part, drawn, known)
            return total
        case Product(factors, rows):
            if not factors:
                return np.eye(_whole(rows))
            matrices = [_evaluate(part, drawn, known) for part in factors]
            return np.asarray(np.linalg.multi_dot(matrices) if len(matrices) > 1 else matrices[0])
        case Inverse(of):
            return np.asarray(np.linalg.inv(_evaluate(of, drawn, known)))
