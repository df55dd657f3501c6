"""A linear system as a dense matrix at one draw, and its Schur complement: the check that F does compute B."""

from __future__ import annotations

import numpy as np

from theory.dyson.dimensions import Dimension
from theory.dyson.pencil import LinearSystem
from theory.dyson.sampling import Draw
from theory.dyson.sources import Array


def fill(system: LinearSystem, drawn: Draw) -> Array:
    """The dense F, row blocks above each other and column blocks side by side, at a draw of the same expression."""
    dimensions = drawn.layout.dimensions
    rows = np.cumsum([0, *(len(drawn.atoms[dimensions[t]]) for t in system.row_spaces)])
    cols = np.cumsum([0, *(len(drawn.atoms[dimensions[t]]) for t in system.col_spaces)])
    F = np.zeros((rows[-1], cols[-1]))

    def block(r: int, c: int) -> Array:
        return F[rows[r] : rows[r + 1], cols[c] : cols[c + 1]]

    for term in system.diagonals:
        place = drawn.joint_atoms(dimensions[system.row_spaces[term.row]])
        block(term.row, term.col)[...] += np.diag(term.values[place])
    for use in system.gaussians:
        matrix = drawn.matrices[drawn.layout.gaussians[use.matrix]]
        block(use.row, use.col)[...] += use.coefficient * (matrix.T if use.transposed else matrix)
    for low in system.low_ranks:
        left = _realised(low.left, dimensions[system.row_spaces[low.row]], drawn)
        right = _realised(low.right, dimensions[system.col_spaces[low.col]], drawn)
        block(low.row, low.col)[...] += left.T @ right
    return F


def schur_complement(F: Array, rows: int, cols: int) -> Array:
    """F₀₀ − F₀ᵥ Fᵥᵥ⁻¹ Fᵥ₀, block 0 being ``rows`` × ``cols``.

    >>> schur_complement(np.array([[0.0, 3.0], [2.0, -1.0]]), 1, 1)
    array([[6.]])
    """
    return F[:rows, :cols] - F[:rows, cols:] @ np.linalg.solve(F[rows:, cols:], F[rows:, :cols])


def _realised(vectors: Array, t: Dimension, drawn: Draw) -> Array:
    """Vectors (r, slots, K) as rows (r, n_t): slot 0 at the atoms drawn; slot s times √n_t times its unit vector."""
    at_atoms = vectors[:, :, drawn.joint_atoms(t)]
    units = [np.ones(at_atoms.shape[2])]
    units += [np.sqrt(t.size) * drawn.directions[t, name] for name in drawn.layout.directions[t]]
    return np.einsum("rsn,sn->rn", at_atoms, np.array(units))
