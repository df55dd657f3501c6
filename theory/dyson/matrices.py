"""Declared matrices: SymPy matrix symbols that carry their law.

    Gaussian   independent entries N(0, variance · profile)
    Diagonal   a function of the atoms of its dimension
    LowRank    Σ_k u_k v_kᵀ, deterministic

The identity of a dimension is SymPy's own ``Identity(n)``.  Symbols of the same name, shape and law are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy
from numpy.typing import ArrayLike

from theory.dyson.dimensions import Dimension, number
from theory.dyson.labels import latex
from theory.dyson.quantile_laws import law
from theory.dyson.sources import Field, Source, checked_dimension, distinct, field, fingerprint
from theory.dyson.vectors import Vector


class Declared(sympy.MatrixSymbol):
    """A matrix symbol with a law; equality is by name, shape and ``digest``, and SymPy never takes it apart."""

    digest: str
    __array_ufunc__ = None  # NumPy numbers leave multiplication to SymPy

    def _hashable_content(self) -> tuple[Any, ...]:
        return (*super()._hashable_content(), self.digest)

    @property
    def func(self) -> Callable[..., Declared]:
        return lambda *args: self

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _restored, (type(self), self.name, self.shape, {k: v for k, v in vars(self).items() if k[0] != "_"})

    def doit(self, **hints: Any) -> Declared:
        return self

    def xreplace(self, rule: Any) -> Any:
        return rule.get(self, self)


class Gaussian(Declared):
    """Independent entries N(0, ``variance`` · p_ij), p_ij = Σ_r U_r(i) V_r(j) with ``profile`` = [(U_1, V_1), …].

    U_r and V_r are fields on the rows and on the columns (or sources, or numbers); without a profile p_ij = 1.

    >>> n, d = Dimension("n", 200), Dimension("d", 100)
    >>> X = Gaussian("X", n, d, 1 / d)
    >>> X.T * X, X.variance
    (X.T*X, 0.01)
    """

    variance: float
    profile: tuple[tuple[Field, Field], ...]

    def __new__(
        cls,
        name: str,
        rows: Dimension,
        cols: Dimension,
        variance: Any,
        profile: Sequence[tuple[Any, Any]] | None = None,
    ) -> Gaussian:
        self = super().__new__(cls, _name(name), checked_dimension(rows, name), checked_dimension(cols, name))
        self.variance = _variance(variance, name)
        pairs = [(1.0, 1.0)] if profile is None else profile
        self.profile = tuple((field(rows, u), field(cols, v)) for u, v in pairs)
        _check_profile(self)
        self.digest = fingerprint(self.variance, *((u.digest, v.digest) for u, v in self.profile))
        return self


class Diagonal(Declared):
    """Diag(f(ω_i)): a law of its own, or a ``function`` of one or several sources of the dimension.

    ``law`` is a source, a tuple of sources or a field; or else atoms with ``weights`` (equal if not given), samples
    or a frozen scipy.stats distribution, which declare a source of the diagonal's own name.

    >>> n = Dimension("n", 100)
    >>> D = Diagonal("D", n, [1, 3], weights=[0.75, 0.25])
    >>> D.T == D, D.field.values
    (True, array([1., 3.]))
    """

    field: Field

    def __new__(
        cls,
        name: str,
        dimension: Dimension,
        law: Any,
        function: Callable[..., Any] | None = None,
        weights: ArrayLike | None = None,
    ) -> Diagonal:
        self = super().__new__(cls, _name(name), checked_dimension(dimension, name), dimension)
        self.field = field(dimension, _sources(name, dimension, law, weights), function)
        self.digest = self.field.digest
        return self

    def _eval_transpose(self) -> Diagonal:
        return self


class LowRank(Declared):
    """Σ_k u_k v_kᵀ for ``pairs`` (u_k, v_k) of vectors, the u_k on one dimension and the v_k on one."""

    pairs: tuple[tuple[Vector, Vector], ...]

    def __new__(cls, name: str, pairs: Sequence[tuple[Vector, Vector]]) -> LowRank:
        rows, cols = _common([u for u, _ in pairs], name, "left"), _common([v for _, v in pairs], name, "right")
        self = super().__new__(cls, name, rows, cols)
        self.pairs = tuple(pairs)
        self.digest = fingerprint(*((u.digest, v.digest) for u, v in pairs))
        return self

    def _latex(self, printer: Any) -> str:
        return latex(self.name)

    def _eval_transpose(self) -> Any:
        own = sorted((u.digest, v.digest) for u, v in self.pairs)
        return self if own == sorted(pair[::-1] for pair in own) else sympy.Transpose(self)


def outer(u: Vector, v: Vector) -> LowRank:
    """u vᵀ as a matrix; a projection is ``Identity(d) - outer(beta, beta)``.

    >>> from theory.dyson.vectors import direction
    >>> d = Dimension("d", 100)
    >>> beta = direction("beta", d)
    >>> sympy.Identity(d) - outer(beta, beta)
    I - [beta][beta]ᵀ
    """
    for vector in (u, v):
        if not isinstance(vector, Vector):
            raise TypeError(f"outer takes two vectors such as direction('beta', d), not {vector!r}")
    return LowRank(f"[{u.name}][{v.name}]ᵀ", [(u, v)])


def _restored(kind: type[Declared], name: str, shape: tuple[Dimension, Dimension], law: dict[str, Any]) -> Declared:
    """A declared matrix from its parts, for pickling: SymPy would call the class with name and shape alone."""
    self = sympy.MatrixSymbol.__new__(kind, name, *shape)
    vars(self).update(law)
    return self


def _name(name: str) -> str:
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(f"a matrix is named by a word such as 'X', not {name!r}")
    return name


def _variance(given: Any, name: str) -> float:
    try:
        variance = number(given)
    except ValueError:
        raise ValueError(f"the variance of {name} must be finite; {given} came") from None
    if variance < 0:
        raise ValueError(f"the variance of {name} must not be negative; {variance:g} came")
    return variance


def _check_profile(matrix: Gaussian) -> None:
    if not matrix.profile:
        raise ValueError(
            f"the profile of {matrix.name} is empty; give pairs (U_r, V_r), or no profile for equal variances"
        )
    rows = distinct(source for u, _ in matrix.profile for source in u.sources)
    cols = distinct(source for _, v in matrix.profile for source in v.sources)
    total = sum(np.multiply.outer(u.on(rows), v.on(cols)) for u, v in matrix.profile)
    if np.min(total) < -1e-12 * np.max(np.abs(total)):
        raise ValueError(
            f"the variance profile of {matrix.name} must not be negative; it falls to {np.min(total):.3g}"
        )


def _sources(name: str, dimension: Dimension, given: Any, weights: ArrayLike | None) -> Any:
    if isinstance(given, (Source, Field)) or (isinstance(given, tuple) and isinstance(given[0], Source)):
        if weights is not None:
            raise ValueError(f"{name}: sources have their own weights; give none")
        return given
    return law(name, dimension, given, weights)


def _common(vectors: list[Vector], name: str, side: str) -> Dimension:
    if not vectors:
        raise ValueError(f"{name} has no pairs of vectors; give at least one")
    for vector in vectors:
        if vector.dimension != vectors[0].dimension:
            raise ValueError(
                f"the {side} vectors of {name} live on different dimensions: {vectors[0].name} on "
                f"{vectors[0].dimension} and {vector.name} on {vector.dimension}"
            )
    return vectors[0].dimension
