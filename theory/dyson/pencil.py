"""Linear systems and self-adjoint pencils: what an expression becomes before its Dyson equation is solved.

A *space* has a dimension n_t and atoms ω with weights w(ω): the joint law of the deterministic diagonals on it.  A
`LinearSystem` F evaluates B by linear equations: row 0 is the output, column 0 the input, every further column is an
auxiliary variable and every further row one equation "terms = 0" (for p = M v: −p + M v = 0), so that

    B = F₀₀ − F₀ᵥ Fᵥᵥ⁻¹ Fᵥ₀.

A term of F is a diagonal (its values on the atoms of the common space), c·M or c·Mᵀ with M Gaussian, or a
deterministic Σ_k u_k v_kᵀ of low rank.  Two self-adjoint pencils follow, L = T + Tᵀ with T all terms of F between the
pencil's nodes, minus z at the spectral nodes:

* `hermitise`, for singular values: the rows and columns of F are separate nodes, −z at the output and at the input.
  The (output, output) and (input, input) blocks of (L − zE)⁻¹ are those of the resolvent of [[0, B], [Bᵀ, 0]].
* `symmetrise`, for eigenvalues of B = Bᵀ: output and input are one node x, at which −2z; the Schur complement of the
  rest is B + Bᵀ − 2z, so the (x, x) block is (B − z)⁻¹/2.

(Derived in docs/dyson.md; linearisation as in Belinschi, Mai & Speicher 2017.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Space:
    """A dimension: ``size`` n_t, atom ``weights`` (K,) summing to 1, and the number of vector ``slots``.

    A deterministic vector on the space is an array (slots, K): slot 0 is a function of the atoms (the vector's entry
    where the diagonals take the values of atom ω); every further slot is a direction of its own, orthogonal to all
    functions of the atoms and to the other slots.  uᵀ D v = n_t Σ_ω w(ω) D(ω) Σ_s u_s(ω) v_s(ω).
    """

    name: str
    size: float
    weights: Array
    slots: int = 1


@dataclass(frozen=True, eq=False)
class GaussianMatrix:
    """Independent entries, E M_ij² = ``variance`` Σ_r U_r(i) V_r(j): ``row_profile`` U (R, K_rows),
    ``col_profile`` V (R, K_cols); ``rows`` and ``cols`` are indices of spaces."""

    name: str
    rows: int
    cols: int
    variance: float
    row_profile: Array
    col_profile: Array


@dataclass(frozen=True, eq=False)
class DiagonalTerm:
    """F[row, col] += Diag(values); ``values`` (K,) on the atoms of the common space; ``label`` for printing."""

    row: int
    col: int
    values: Array
    label: str = ""


@dataclass(frozen=True, eq=False)
class GaussianTerm:
    """F[row, col] += coefficient·M, or Mᵀ if ``transposed``; ``matrix`` is an index."""

    row: int
    col: int
    matrix: int
    coefficient: float = 1.0
    transposed: bool = False


@dataclass(frozen=True, eq=False)
class LowRankTerm:
    """F[row, col] += Σ_k u_k v_kᵀ: ``left`` (r, slots, K) on the row's space, ``right`` (r, slots, K) on the
    column's; ``label`` for printing."""

    row: int
    col: int
    left: Array
    right: Array
    label: str = ""


@dataclass(frozen=True, eq=False)
class LinearSystem:
    """F: the space (index) of every row and column, and the terms."""

    spaces: tuple[Space, ...]
    row_spaces: tuple[int, ...]
    col_spaces: tuple[int, ...]
    matrices: tuple[GaussianMatrix, ...]
    diagonals: tuple[DiagonalTerm, ...]
    gaussians: tuple[GaussianTerm, ...]
    low_ranks: tuple[LowRankTerm, ...] = ()
    row_names: tuple[str, ...] = ()
    col_names: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Pencil:
    """L = T + Tᵀ − z E: terms refer to nodes; E has ``spectral`` (per node: 0, 1 or 2) on its diagonal.

    ``output`` and ``input`` are the nodes whose diagonal blocks give the resolvent, times ``factor`` (1 hermitised,
    2 symmetrised).  ``node_names`` are for printing.
    """

    spaces: tuple[Space, ...]
    node_spaces: tuple[int, ...]
    spectral: tuple[int, ...]
    matrices: tuple[GaussianMatrix, ...]
    diagonals: tuple[DiagonalTerm, ...]
    gaussians: tuple[GaussianTerm, ...]
    low_ranks: tuple[LowRankTerm, ...]
    output: int
    input: int
    factor: int

    def space_of(self, node: int) -> Space:
        """The space that a node lives in."""
        return self.spaces[self.node_spaces[node]]

    node_names: tuple[str, ...] = ()


def hermitise(system: LinearSystem) -> Pencil:
    """The pencil of the singular values of B: rows are nodes 0 … R−1, columns R … R+C−1."""
    shift = len(system.row_spaces)
    cols = [shift + c for c in range(len(system.col_spaces))]
    spectral = [0] * (shift + len(cols))
    spectral[0] = spectral[shift] = 1
    names = system.row_names + system.col_names
    return _pencil(system, list(range(shift)), cols, system.row_spaces + system.col_spaces, spectral, 1, names)


def symmetrise(system: LinearSystem) -> Pencil:
    """The pencil of the eigenvalues of B = Bᵀ: node 0 is output and input, then the further rows and columns.

    The caller knows that B is symmetric; ValueError if its rows and columns live in different spaces.
    """
    if system.row_spaces[0] != system.col_spaces[0]:
        raise ValueError("rows and columns live in different spaces: eigenvalues need a symmetric expression")
    rows = list(range(len(system.row_spaces)))
    cols = [0, *range(len(rows), len(rows) + len(system.col_spaces) - 1)]
    spaces = system.row_spaces + system.col_spaces[1:]
    names = ("in", *system.row_names[1:], *system.col_names[1:]) if system.row_names else ()
    return _pencil(system, rows, cols, spaces, [2] + [0] * (len(spaces) - 1), 2, names)


def _pencil(
    system: LinearSystem,
    rows: list[int],
    cols: list[int],
    node_spaces: tuple[int, ...],
    spectral: list[int],
    factor: int,
    names: tuple[str, ...],
) -> Pencil:
    return Pencil(
        spaces=system.spaces,
        node_spaces=tuple(node_spaces),
        spectral=tuple(spectral),
        matrices=system.matrices,
        diagonals=tuple(DiagonalTerm(rows[t.row], cols[t.col], t.values, t.label) for t in system.diagonals),
        gaussians=tuple(
            GaussianTerm(rows[t.row], cols[t.col], t.matrix, t.coefficient, t.transposed) for t in system.gaussians
        ),
        low_ranks=tuple(LowRankTerm(rows[t.row], cols[t.col], t.left, t.right, t.label) for t in system.low_ranks),
        output=rows[0],
        input=cols[0],
        factor=factor,
        node_names=names,
    )
