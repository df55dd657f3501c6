"""The block matrix of a linear system, or of a pencil, with the names of its matrices and variables.

Rows are the output and the equations e1, e2, …, columns the input and the variables v1, v2, …; a pencil has all of
them as nodes.  Each carries its dimension.
"""

from __future__ import annotations

from theory.dyson import labels
from theory.dyson.labels import constant, times, total, transposed
from theory.dyson.pencil import DiagonalTerm, LinearSystem, Pencil

Blocks = list[list[str]]


def text(given: LinearSystem | Pencil) -> str:
    """The block matrix as aligned text; a dot is a zero block.

    >>> from theory.dyson.dimensions import Dimension
    >>> from theory.dyson.linearise import linearise
    >>> from theory.dyson.matrices import Gaussian
    >>> n, d = Dimension("n", 200), Dimension("d", 100)
    >>> X = Gaussian("X", n, d, 1 / d)
    >>> print(text(linearise(X.T * X)))
           in: d  v1: n
    out: d     .     Xᵀ
    e1: n      X     −1
    """
    blocks, rows, cols = _parts(given)
    table = [["", *cols], *([row, *(cell or "." for cell in line)] for row, line in zip(rows, blocks, strict=True))]
    widths = [max(len(line[k]) for line in table) for k in range(len(table[0]))]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True))])
        for line in table
    )


def latex(given: LinearSystem | Pencil) -> str:
    r"""The block matrix as a LaTeX ``bmatrix``, without the names of rows and columns."""
    blocks, _, _ = _parts(given)
    lines = [" & ".join(labels.latex(cell) or "0" for cell in line) for line in blocks]
    return "\\begin{bmatrix}\n" + " \\\\\n".join(lines) + "\n\\end{bmatrix}"


def _parts(given: LinearSystem | Pencil) -> tuple[Blocks, list[str], list[str]]:
    if isinstance(given, Pencil):
        nodes = _headed(given, given.node_names, given.node_spaces)
        return _pencil_blocks(given), nodes, nodes
    rows = _headed(given, given.row_names, given.row_spaces)
    return _system_blocks(given), rows, _headed(given, given.col_names, given.col_spaces)


def _headed(given: LinearSystem | Pencil, names: tuple[str, ...], spaces: tuple[int, ...]) -> list[str]:
    shown = names or tuple(str(k) for k in range(len(spaces)))
    return [f"{name}: {given.spaces[t].name}" for name, t in zip(shown, spaces, strict=True)]


def _system_blocks(system: LinearSystem) -> Blocks:
    return _joined(len(system.row_spaces), len(system.col_spaces), _terms(system))


def _pencil_blocks(pencil: Pencil) -> Blocks:
    size = len(pencil.node_spaces)
    spectral = [(k, k, f"−{'' if E == 1 else E}z", "") for k, E in enumerate(pencil.spectral) if E]
    terms = _terms(pencil)
    mirrored = [(c, r, mirror, label) for r, c, label, mirror in terms]
    return _joined(size, size, [*terms, *mirrored, *spectral])


def _terms(given: LinearSystem | Pencil) -> list[tuple[int, int, str, str]]:
    """(row, column, label, label of the transpose) of every term."""
    found = [(t.row, t.col, _diagonal(t), _diagonal(t)) for t in given.diagonals]
    for use in given.gaussians:
        name = given.matrices[use.matrix].name
        marked = (f"{name}ᵀ", name) if use.transposed else (name, f"{name}ᵀ")
        one, other = (times(use.coefficient, shown) for shown in marked)
        found.append((use.row, use.col, one, other))
    for low in given.low_ranks:
        label = low.label or f"(rank {len(low.left)})"
        found.append((low.row, low.col, label, transposed(label)))
    return found


def _diagonal(term: DiagonalTerm) -> str:
    if term.label:
        return term.label
    return constant(float(term.values[0])) if (term.values == term.values[0]).all() else "Diag"


def _joined(rows: int, cols: int, terms: list[tuple[int, int, str, str]]) -> Blocks:
    cells: list[list[list[str]]] = [[[] for _ in range(cols)] for _ in range(rows)]
    for r, c, label, _ in terms:
        cells[r][c].append(label)
    return [[total(cell) for cell in line] for line in cells]
