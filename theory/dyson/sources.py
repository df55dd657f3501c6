"""Sources of randomness on a dimension, and functions of them: what diagonals, profiles and vectors are made of.

A source is a discrete law: atoms with weights.  Every index i of the dimension draws one atom, and every diagonal on
the dimension is a function of the atoms drawn: functions of one source are dependent, several sources independent of
each other.  The joint atoms of the dimension are the product of the sources in use.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.dyson.dimensions import Dimension

Array = NDArray[np.float64]
WEIGHT_ERROR = 1e-8


@dataclass(frozen=True, eq=False)
class Source:
    """A law on ``dimension``: ``atoms`` (K,) or, jointly for m quantities, (K, m); ``weights`` (K,), else equal.

    Two sources are one and the same if name, dimension, atoms and weights agree.

    >>> n = Dimension("n", 100)
    >>> Source("s", n, [1, 3], [0.25, 0.75]).weights
    array([0.25, 0.75])
    """

    name: str
    dimension: Dimension
    atoms: Array
    weights: Array

    def __init__(self, name: str, dimension: Dimension, atoms: ArrayLike, weights: ArrayLike | None = None) -> None:
        values = _finite(atoms, f"the atoms of {name}")
        if values.ndim not in (1, 2) or values.size == 0:
            raise ValueError(f"the atoms of {name} must have shape (K,) or (K, m) and be some; {values.shape} came")
        columns = values.reshape(len(values), -1)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "dimension", _dimension(dimension, name))
        object.__setattr__(self, "atoms", columns)
        object.__setattr__(self, "weights", _weights(weights, len(columns), name))

    @cached_property
    def digest(self) -> str:
        content = self.atoms.tobytes() + self.weights.tobytes()
        return _hash(self.name, self.dimension.name, self.dimension.size, self.atoms.shape, content)


@dataclass(frozen=True, eq=False)
class Field:
    """A function of the atoms of a dimension: ``values`` (K_1, …, K_r) on the product of its ``sources``."""

    dimension: Dimension
    sources: tuple[Source, ...]
    values: Array

    def on(self, sources: tuple[Source, ...]) -> Array:
        """The values on the product of ``sources``, which contain its own, as an array with one axis a source."""
        order = [source.digest for source in sources]
        places = [order.index(source.digest) for source in self.sources]
        shape = [1] * len(sources)
        for place, size in zip(places, self.values.shape, strict=True):
            shape[place] = size
        values = np.transpose(self.values, np.argsort(places, kind="stable")).reshape(shape)
        return np.broadcast_to(values, [len(source.weights) for source in sources])

    def __add__(self, other: Field) -> Field:
        return self._combined(other, np.add)

    def __mul__(self, other: Field) -> Field:
        return self._combined(other, np.multiply)

    def _combined(self, other: Field, operation: Callable[[Array, Array], Array]) -> Field:
        if self.dimension != other.dimension:
            raise ValueError(
                f"functions on the dimensions {self.dimension} and {other.dimension} cannot be combined; "
                "declare both on the same dimension"
            )
        sources = distinct([*self.sources, *other.sources])
        return Field(self.dimension, sources, operation(self.on(sources), other.on(sources)))

    @cached_property
    def digest(self) -> str:
        sources = tuple(source.digest for source in self.sources)
        return _hash(self.dimension.name, self.dimension.size, sources, self.values.shape, self.values.tobytes())


def field(
    dimension: Dimension,
    given: Field | Source | tuple[Source, ...] | float,
    function: Callable[..., Any] | None = None,
) -> Field:
    """The function of the atoms that is ``given``: a field, a number (a constant), or a ``function`` of sources.

    ``function`` takes the columns of the sources' atoms one after the other, as arrays; without it a source of one
    column stands for itself.

    >>> n = Dimension("n", 100)
    >>> s = Source("s", n, [1, 2])
    >>> t = Source("t", n, [0, 1, 5])
    >>> field(n, (s, t), lambda s, t: s + t).values
    array([[1., 2., 6.],
           [2., 3., 7.]])
    """
    if isinstance(given, Field):
        _same(dimension, given.dimension)
        return given
    if isinstance(given, Source):
        given = (given,)
    if not isinstance(given, tuple):
        return Field(dimension, (), np.asarray(_finite(given, "a constant"))[()].reshape(()))
    for source in given:
        _same(dimension, source.dimension)
    shape = tuple(len(source.weights) for source in given)
    columns = [
        column.reshape([-1 if axis == place else 1 for axis in range(len(given))])
        for place, source in enumerate(given)
        for column in source.atoms.T
    ]
    if function is None and len(columns) != 1:
        raise ValueError(f"{len(columns)} quantities need a function of them, such as lambda y, g: y*g")
    values = columns[0] if function is None else function(*columns)
    return Field(dimension, given, np.array(np.broadcast_to(_finite(values, "a function of atoms"), shape)))


def distinct(sources: Iterable[Source]) -> tuple[Source, ...]:
    """The sources without repetitions, in order."""
    return tuple({source.digest: source for source in sources}.values())


def joint_weights(sources: tuple[Source, ...]) -> Array:
    """The weights (K,) of the product of the sources; one atom if there are none."""
    return reduce(np.multiply.outer, [source.weights for source in sources], np.ones(())).reshape(-1)


def _dimension(given: object, name: str) -> Dimension:
    if not isinstance(given, Dimension):
        raise TypeError(f"{name} needs a Dimension such as Dimension('n', 2000), not {given!r}")
    return given


def _same(wanted: Dimension, came: Dimension) -> None:
    if wanted != came:
        raise ValueError(f"a function of sources on the dimension {came} came where one on {wanted} is needed")


def _finite(values: Any, what: str) -> Array:
    try:
        found = np.array(values, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{what} must be real numbers, not {values!r}") from None
    if not np.isfinite(found).all():
        raise ValueError(f"{what}: not all values are finite")
    return found


def _weights(given: ArrayLike | None, size: int, name: str) -> Array:
    if given is None:
        return np.full(size, 1 / size)
    weights = _finite(given, f"the weights of {name}")
    if weights.shape != (size,):
        raise ValueError(f"{name} has {size} atoms and weights of shape {weights.shape}; give one weight an atom")
    if weights.min() < 0:
        raise ValueError(f"the weights of {name} must not be negative; {weights.min():g} came")
    if abs(weights.sum() - 1) > WEIGHT_ERROR:
        raise ValueError(f"the weights of {name} must sum to 1, not {weights.sum():.9g}; divide them by their sum")
    return weights / weights.sum()


def _hash(*content: object) -> str:
    whole = b"\0".join(part if isinstance(part, bytes) else repr(part).encode() for part in content)
    return hashlib.sha256(whole).hexdigest()[:24]
