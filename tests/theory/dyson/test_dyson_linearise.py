"""The linear system of an expression computes the expression: F filled at a draw, against the matrices multiplied."""

import copy
import pickle
import warnings

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Identity

from theory.dyson.dimensions import Dimension
from theory.dyson.filling import fill, schur_complement
from theory.dyson.linearise import linearise, pencil
from theory.dyson.matrices import Diagonal, Gaussian, LowRank, outer
from theory.dyson.pencil import DiagonalTerm, GaussianTerm, LinearSystem
from theory.dyson.sampling import draw, evaluate
from theory.dyson.sources import Source, field
from theory.dyson.vectors import direction, function_vector

N, n, d = Dimension("N", 7), Dimension("n", 6), Dimension("d", 5)
DIMENSIONS = (N, n, d)
readout = Source("readout", N, [1.0, 3.0, -0.5], [0.25, 0.5, 0.25])
sample = Source("sample", n, [[1.0, 2.0], [-1.0, 0.5], [0.3, 4.0]])
W = Gaussian("W", N, d, 1 / d, [(field(N, readout, np.abs), 1.0), (1.0, 0.5)])
X = Gaussian("X", n, d, 1 / d)
Theta = Gaussian("Theta", N, n, 1 / n, [(field(N, readout, np.square), field(n, sample, lambda y, g: y**2 + g**2))])
G = Gaussian("G", d, d, 1 / d)
A = Diagonal("A", N, readout)
B = Diagonal("B", N, [2.0, -1.0], weights=[0.3, 0.7])
Y = Diagonal("Y", n, sample, lambda y, g: y - g)
C = Diagonal("C", n, sample, lambda y, g: y * g)
beta, gamma = direction("beta", d), direction("gamma", d)
a = function_vector(N, readout, name="a")
y = function_vector(n, sample, lambda y, g: y, name="y") + 0.5 * direction("xi", n)
ATOMS = {
    (N, d): [W, outer(a, beta), LowRank("K", [(a, gamma), (2 * a, beta - gamma)])],
    (n, d): [X, outer(y, beta)],
    (N, n): [Theta, outer(a, y)],
    (d, d): [G, Identity(d), outer(beta, beta), outer(beta, gamma)],
    (N, N): [A, B, Identity(N)],
    (n, n): [Y, C, outer(y, y)],
}


@st.composite
def expressions(draws, rows=None, cols=None, depth=3):
    """A random expression of a given shape."""
    rows = draws(st.sampled_from(DIMENSIONS)) if rows is None else rows
    cols = draws(st.sampled_from(DIMENSIONS)) if cols is None else cols
    leaves = ATOMS.get((rows, cols), []) + [leaf.T for leaf in ATOMS.get((cols, rows), [])]
    kinds = (["leaf"] if leaves else []) + ["product", "sum", "transpose"] * (depth > 0)
    kinds += ["inverse", "power"] * (depth > 0 and rows == cols)
    kind = draws(st.sampled_from(kinds or ["chain"]))

    def part(r, c):
        return draws(expressions(rows=r, cols=c, depth=depth - 1))

    match kind:
        case "leaf":
            return draws(st.sampled_from(leaves))
        case "product":
            middle = draws(st.sampled_from(DIMENSIONS))
            return part(rows, middle) * part(middle, cols)
        case "sum":
            return part(rows, cols) + draws(st.sampled_from([-2, 0.3, sympy.sqrt(d), 1 / n])) * part(rows, cols)
        case "transpose":
            return part(cols, rows).T
        case "inverse":
            inner = part(rows, draws(st.sampled_from(DIMENSIONS)))
            return (inner * inner.T + Identity(rows)) ** -1
        case "power":
            return part(rows, rows) ** 2
    return next(leaf for leaf in ATOMS[rows, n] + [leaf.T for leaf in ATOMS.get((n, rows), [])]) * Identity(cols)


def computed(expr, system=None, seed=0):
    """(F's Schur complement, the expression) at one draw."""
    drawn = draw(np.random.default_rng(seed), expr)
    expected = evaluate(expr, drawn)
    return schur_complement(fill(system or linearise(expr), expr, drawn), *expected.shape), expected


def relative_error(found, expected):
    return np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-3)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(expressions(depth=3))
def test_the_schur_complement_of_the_linear_system_is_the_expression(expr):
    assert relative_error(*computed(expr)) < 1e-7


@settings(max_examples=40, deadline=None, derandomize=True)
@given(expressions(depth=2))
def test_the_system_of_the_transpose_computes_the_transpose(expr):
    drawn = draw(np.random.default_rng(1), expr)
    expected = evaluate(expr, drawn).T
    turned = sympy.Transpose(expr)
    found = schur_complement(fill(linearise(turned), turned, drawn), *expected.shape)
    assert relative_error(found, expected) < 1e-7


def test_control_the_random_expressions_are_not_trivial():
    sizes = []

    @settings(max_examples=100, deadline=None, derandomize=True, database=None)
    @given(expressions(depth=3))
    def collect(expr):
        sizes.append(len(linearise(expr).col_spaces))

    collect()
    assert np.mean(np.array(sizes) >= 3) > 0.3


EXAMPLES = {
    "one step": W + 0.3 * A * (W * X.T + Theta) * Y * X,
    "two diagonals": A * B * W * G,
    "resolvent": (X * X.T + 0.1 * Identity(n)) ** -1 * Y,
    "projected": X * (Identity(d) - outer(beta, beta)) + outer(y, beta),
    "inverse of a product": (G * G) ** -1 * X.T,
    "power": (X.T * X) ** 3,
    "negative power": (G + Identity(d)) ** -2,
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_named_examples_are_computed(name):
    assert relative_error(*computed(EXAMPLES[name])) < 1e-9


@pytest.mark.parametrize("name", ["one step", "two diagonals", "resolvent", "projected"])
def test_control_a_dropped_term_is_seen(name):
    system = linearise(EXAMPLES[name])
    fewer = {"low_ranks": system.low_ranks[1:]} if system.low_ranks else {"gaussians": system.gaussians[1:]}
    found, expected = computed(EXAMPLES[name], LinearSystem(**{**vars(system), **fewer}))
    assert relative_error(found, expected) > 1e-3


@pytest.mark.parametrize(
    ("factored", "expanded"),
    [
        ((X + 2 * C * X) * (G + Identity(d)), X * G + X + 2 * C * X * G + 2 * C * X),
        (A * (W + Theta * X), A * W + A * Theta * X),
        (((X + Y * X).T), X.T + X.T * Y),
        ((G + G.T) ** 2, G * G + G * G.T + G.T * G + G.T * G.T),
    ],
)
def test_factored_and_expanded_forms_agree_at_every_draw(factored, expanded):
    drawn = draw(np.random.default_rng(3), factored + 2 * expanded)
    shape = evaluate(expanded, drawn).shape
    found = [schur_complement(fill(linearise(e), e, drawn), *shape) for e in (factored, expanded)]
    np.testing.assert_allclose(found[0], found[1], atol=1e-12)


def test_common_subexpressions_share_one_variable():
    P = W * X.T
    once, twice = linearise(P * X), linearise(P * X + A * P * X + 0.5 * B * P * X)
    assert len(twice.col_spaces) == len(once.col_spaces) + 1  # the product itself, now used by diagonals
    shared = linearise(G * G * X.T + 0.5 * X.T * Y * X * X.T + G.T * X.T)
    assert sum(1 for use in shared.gaussians if shared.matrices[use.matrix].name == "X" and use.col == 0) == 1


def test_a_number_of_variables_no_larger_than_needed():
    assert len(linearise(W).col_spaces) == 1
    assert len(linearise(W + outer(a, beta)).col_spaces) == 1
    assert len(linearise(A * W).col_spaces) == 2
    assert len(linearise(X.T * X).col_spaces) == 2
    assert len(linearise(W + 0.3 * A * W * X.T * Y * X).col_spaces) == 5  # in, X, Y X, Xᵀ Y X, W Xᵀ Y X


def test_zero_is_linearised_to_no_terms():
    system = linearise(X - X)
    assert (system.gaussians, system.diagonals, len(system.row_spaces)) == ((), (), 1)


def test_spaces_carry_the_product_of_their_sources_and_the_slots_of_their_directions():
    system = linearise(A * B * W * (Identity(d) - outer(beta, beta) - outer(gamma, gamma)))
    spaces = {space.name: space for space in system.spaces}
    np.testing.assert_allclose(spaces["N"].weights, np.kron([0.25, 0.5, 0.25], [0.3, 0.7]))
    assert (spaces["N"].slots, spaces["d"].slots, spaces["d"].weights.tolist()) == (1, 3, [1.0])
    np.testing.assert_allclose(system.matrices[0].row_profile[0], [1, 1, 3, 3, 0.5, 0.5])


def test_correlated_diagonals_share_the_atoms_of_their_source():
    (space,) = linearise(Y * C + Y).spaces
    assert len(space.weights) == 3
    (term,) = linearise(Y * C).diagonals
    pairs = np.array([[1.0, 2.0], [-1.0, 0.5], [0.3, 4.0]])
    np.testing.assert_allclose(term.values, (pairs[:, 0] - pairs[:, 1]) * pairs[:, 0] * pairs[:, 1])


def test_the_hermitised_pencil_has_z_at_output_and_input():
    found = pencil(X)
    assert (found.spectral, found.output, found.input, found.factor) == ((1, 1), 0, 1, 1)


def test_terms_are_plain_data():
    system = linearise(0.5 * X.T * Y * X)
    assert {type(term) for term in system.diagonals} == {DiagonalTerm}
    assert [(u.row, u.col, u.coefficient, u.transposed) for u in system.gaussians] == [
        (0, 2, 0.5, True),
        (1, 0, 1.0, False),
    ]
    assert all(isinstance(use, GaussianTerm) for use in system.gaussians)


REFUSED = {
    "product": (lambda: X * W, ValueError, r"product: X \(n×d\) times W \(N×d\)"),
    "sum": (lambda: X + W, ValueError, r"sum: [XW] \([nN]×d\) \+ [XW] \([nN]×d\)"),
    "inverse": (lambda: X**-1, ValueError, r"an inverse needs a square matrix, and X \(n×d\) is not"),
    "power": (lambda: sympy.MatPow(X, 2), ValueError, r"a power needs a square matrix, and X \(n×d\) is not"),
    "root": (lambda: Y ** sympy.Rational(1, 2), ValueError, "the exponent 1/2; whole numbers .* only of diagonals"),
    "symbolic power": (lambda: G ** sympy.Symbol("k"), ValueError, "the exponent k; whole numbers"),
    "long": (lambda: ((G + G.T) ** 39 * G) ** 39, ValueError, "more than 1000 factors"),
    "plain symbol": (lambda: sympy.MatrixSymbol("M", n, d), TypeError, "MatrixSymbol M is not supported .* Gaussian"),
    "hadamard": (lambda: sympy.HadamardProduct(X, X), TypeError, "Hadamard.* is not supported"),
    "integer shape": (lambda: sympy.Identity(3), TypeError, "I has the shape 3, not a Dimension"),
    "scalar symbol": (lambda: sympy.Symbol("t") * X, ValueError, "t is no number: t has no value"),
    "imaginary": (lambda: sympy.I * X, ValueError, "I is not a finite real number"),
    "number": (lambda: 3, TypeError, "a matrix expression is needed, not int 3"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_random_matrix_expression_is_refused(name):
    make, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        linearise(make())


def test_one_name_for_two_things_is_refused():
    with pytest.raises(ValueError, match="two matrices of different laws are both called X"):
        linearise(X + Gaussian("X", n, d, 2 / d))
    with pytest.raises(ValueError, match="two dimensions of different sizes are both called n"):
        linearise(X.T * X + Gaussian("Z", Dimension("n", 9), d, 1).T * Gaussian("Z", Dimension("n", 9), d, 1))
    with pytest.raises(ValueError, match="two sources on n of different atoms are both called sample"):
        linearise(Y * Diagonal("Q", n, Source("sample", n, [1.0, 2.0])))


def test_a_matrix_declared_twice_alike_is_one_matrix():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = Gaussian("X", n, d, 1 / d)
    assert again == X
    assert len(linearise(X + again).matrices) == 1


@pytest.mark.parametrize("through", [lambda e: pickle.loads(pickle.dumps(e)), copy.deepcopy, lambda e: e.doit()])
def test_an_expression_survives_pickling_copying_and_evaluation(through):
    expr = EXAMPLES["one step"] + A * outer(a, beta)
    again = through(expr)
    assert again == expr
    assert linearise(again).col_names == linearise(expr).col_names
    np.testing.assert_array_equal(linearise(again).matrices[0].row_profile, linearise(expr).matrices[0].row_profile)
