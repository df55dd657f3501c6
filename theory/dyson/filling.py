"""A linear system as a dense matrix at one draw, and its Schur complement: the check that F does compute B."""

from __future__ import annotations

from typing import Any

import numpy as np

from theory.dyson.dimensions import Dimension
from theory.dyson.layout import Layout, layout
from theory.dyson.pencil import LinearSystem
from theory.dyson.sampling import Draw, Indices, whole
from theory.dyson.sources import Array
from theory.dyson.tree import read


def fill(system: LinearSystem, expr: Any, drawn: Draw) -> Array:
    """The dense F, row blocks above each other and column blocks side by side.

    ``system`` is that of ``expr``, and ``drawn`` a draw of an expression that has all symbols of ``expr``.
    """
    parts = layout(read(expr))
    dimensions = parts.dimensions
    rows = np.cumsum([0, *(whole(dimensions[t]) for t in system.row_spaces)])
    cols = np.cumsum([0, *(whole(dimensions[t]) for t in system.col_spaces)])
    F = np.zeros((rows[-1], cols[-1]))

    def block(r: int, c: int) -> Array:
        return F[rows[r] : rows[r + 1], cols[c] : cols[c + 1]]

    for term in system.diagonals:
        place = _joint_atoms(parts, dimensions[system.row_spaces[term.row]], drawn)
        block(term.row, term.col)[...] += np.diag(term.values[place])
    for use in system.gaussians:
        matrix = drawn.matrices[parts.gaussians[use.matrix]]
        block(use.row, use.col)[...] += use.coefficient * (matrix.T if use.transposed else matrix)
    for low in system.low_ranks:
        left = _realised(low.left, parts, dimensions[system.row_spaces[low.row]], drawn)
        right = _realised(low.right, parts, dimensions[system.col_spaces[low.col]], drawn)
        block(low.row, low.col)[...] += left.T @ right
    return F


def schur_complement(F: Array, rows: int, cols: int) -> Array:
    """F₀₀ − F₀ᵥ Fᵥᵥ⁻¹ Fᵥ₀, block 0 being ``rows`` × ``cols``.

    >>> schur_complement(np.array([[0.0, 3.0], [2.0, -1.0]]), 1, 1)
    array([[6.]])
    """
    return F[:rows, :cols] - F[:rows, cols:] @ np.linalg.solve(F[rows:, cols:], F[rows:, :cols])


def _realised(vectors: Array, parts: Layout, t: Dimension, drawn: Draw) -> Array:
    """Vectors (r, slots, K) as rows (r, n_t): slot 0 at the atoms drawn; slot s times √n_t times its unit vector."""
    at_atoms = vectors[:, :, _joint_atoms(parts, t, drawn)]
    units = [np.ones(at_atoms.shape[2])]
    units += [np.sqrt(t.size) * drawn.directions[t, name] for name in parts.directions[t]]
    return np.einsum("rsn,sn->rn", at_atoms, np.array(units))


def _joint_atoms(parts: Layout, t: Dimension, drawn: Draw) -> Indices:
    """The index (n_t,) of each entry's atom among the joint atoms of the dimension's space."""
    joint = np.zeros(whole(t), dtype=int)
    for source in parts.sources[t]:
        joint = joint * len(source.weights) + drawn.atoms[source.digest]
    return joint
