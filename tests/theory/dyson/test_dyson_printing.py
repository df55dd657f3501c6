"""The block matrix of a system as text and LaTeX, with the names of its matrices and variables."""

import numpy as np
import sympy
from sympy import Identity

from theory.dyson.dimensions import Dimension
from theory.dyson.linearise import linearise, pencil
from theory.dyson.matrices import Diagonal, Gaussian, outer
from theory.dyson.pencil import DiagonalTerm, LinearSystem, Space, hermitise, symmetrise
from theory.dyson.printing import latex, text
from theory.dyson.symmetry import symmetric_pencil
from theory.dyson.vectors import direction

N, n, d = Dimension("N", 300), Dimension("n", 200), Dimension("d", 100)
W, X, Theta = Gaussian("W", N, d, 1 / d), Gaussian("X", n, d, 1 / d), Gaussian("Theta", N, n, 1 / n)
D, E = Diagonal("D", N, [1.0, 3.0]), Diagonal("E", N, [2.0, 5.0])
Y = Diagonal("Y", n, [1.0, 2.0])
beta = direction("beta", d)
ONE_STEP = W + 0.3 * D * (W * X.T + 2 * Theta) * Y * X

SYSTEM = """\
       in: d  v1: n  v2: n  v3: d    v4: N
out: N     W      .      .      .    0.3·D
e1: n      X     −1      .      .        .
e2: n      .      Y     −1      .        .
e3: d      .      .     Xᵀ     −1        .
e4: N      .      .  2·Theta      W     −1"""


def test_the_block_matrix_of_one_step_is_printed():
    lines = text(linearise(ONE_STEP)).split("\n")
    assert [line.split() for line in lines] == [line.split() for line in SYSTEM.split("\n")]
    assert len({len(line) for line in lines}) == 1  # aligned


def test_the_same_in_latex():
    assert latex(linearise(ONE_STEP)) == (
        "\\begin{bmatrix}\n"
        "W & 0 & 0 & 0 & 0.3\\, D \\\\\n"
        "X & -1 & 0 & 0 & 0 \\\\\n"
        "0 & Y & -1 & 0 & 0 \\\\\n"
        "0 & 0 & X^{\\top} & -1 & 0 \\\\\n"
        "0 & 0 & 2\\, \\Theta & W & -1\n"
        "\\end{bmatrix}"
    )


def test_a_pencil_shows_z_and_both_triangles():
    assert text(pencil(X * (Identity(d) - outer(beta, beta)))) == (
        "        out: n                 e1: d              in: d  v1: d\n"
        "out: n      −z                     .                  .      X\n"
        "e1: d        .                     .  1 − [beta][beta]ᵀ     −1\n"
        "in: d        .  1 − ([beta][beta]ᵀ)ᵀ                 −z      .\n"
        "v1: d       Xᵀ                    −1                  .      ."
    )


def test_a_symmetric_pencil_shows_two_z():
    assert text(symmetric_pencil(X * X.T)) == (
        "       in: n  e1: d  v1: d\n"
        "in: n    −2z      X      X\n"
        "e1: d     Xᵀ      .     −1\n"
        "v1: d     Xᵀ     −1      ."
    )
    assert latex(symmetric_pencil(X * X.T)).startswith("\\begin{bmatrix}\n-2z & X & X")


def _only_cell(expr):
    return text(linearise(expr)).split("\n")[1].split(maxsplit=2)[2]


def test_sums_products_and_signs_of_coefficients():
    assert _only_cell(D * (D + 2 * Identity(N)) * D) == "D (2·D + D D)"
    assert _only_cell(E - 0.5 * D) in ("E − 0.5·D", "−0.5·D + E")
    assert _only_cell(-X.T) == "−Xᵀ"
    assert _only_cell(D - 3 * Identity(N)) in ("D − 3", "−3 + D")


def test_a_system_without_names_is_printed_by_numbers():
    space = Space("n", 3.0, np.array([0.5, 0.5]), 1)
    terms = (DiagonalTerm(0, 0, np.array([1.0, 2.0])),)
    system = LinearSystem((space,), (0,), (0,), (), terms, ())
    assert text(system) == "      0: n\n0: n  Diag"


def test_expressions_print_with_the_names_of_their_dimensions():
    assert str(ONE_STEP) == "0.3*D*(2*Theta + W*X.T)*Y*X + W"
    assert sympy.latex(outer(beta, beta) / d) == "\\frac{1}{d} [\\beta][\\beta]^{\\top}"


def test_pencils_of_systems_without_names_are_printed_by_numbers():
    space = Space("n", 3.0, np.array([1.0]), 1)
    system = LinearSystem((space,), (0,), (0,), (), (DiagonalTerm(0, 0, np.array([0.5])),), ())
    assert text(hermitise(system)) == "      0: n  1: n\n0: n    −z   0.5\n1: n   0.5    −z"
    assert text(symmetrise(system)) == "                0: n\n0: n  0.5 + 0.5 − 2z"
