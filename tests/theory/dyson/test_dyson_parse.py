"""Expressions and declarations as text: what is read, exactly, and what is refused, in one line."""

import re

import pytest
from sympy import Identity

from theory.dyson.declare import declare
from theory.dyson.grammar import syntax_tree
from theory.dyson.matrices import Declared, Diagonal, Gaussian, outer
from theory.dyson.parse import parse_expression
from theory.dyson.symmetry import is_symmetric
from theory.dyson.vectors import Vector

NAMES = declare(
    [
        "N=300",
        "d=100",
        "n=2*d",
        "t=-0.5",
        "W=gaussian(N, d, 1/d)",
        "X=gaussian(n, d, 1/d)",
        "Y=gaussian(n, d, (1 + t)/sqrt(n*d))",
        "D=diag(N, atoms=[1, 3], weights=[.25, 1 - .25])",
        "b=direction(d)",
        "o=ones(N)",
    ]
)
N, d, n, W, X, Y, D, b, o = (NAMES[name] for name in ("N", "d", "n", "W", "X", "Y", "D", "b", "o"))


def read(text):
    """Parsed with only the matrices and vectors declared that the text names."""
    named = set(re.findall(r"\w+", text))
    idle = {name for name, thing in NAMES.items() if isinstance(thing, (Declared, Vector)) and name not in named}
    return parse_expression(text, {name: thing for name, thing in NAMES.items() if name not in idle})


READ = {
    "W + 0.3*D*(W*X.T)*X": W + 0.3 * D * (W * X.T) * X,
    "X.T*X": X.T * X,
    "(X*X.T)**-1*Y*Y.T": (X * X.T) ** -1 * Y * Y.T,
    "inv(X*X.T)*Y*Y.T": (X * X.T) ** -1 * Y * Y.T,
    "X.T*X + 2*I": X.T * X + 2 * Identity(d),
    "I/2 - X.T*X": Identity(d) / 2 - X.T * X,
    "inv(I + X.T*X)": (Identity(d) + X.T * X) ** -1,
    "X*(I(d) - outer(b, b))": X * (Identity(d) - outer(b, b)),
    "W + 2*outer(o, b)": W + 2 * outer(o, b),
    "-(X@X.T)**2": -((X * X.T) ** 2),
    "I*X*I": X,
    "+X.T.T": X,
}


@pytest.mark.parametrize("text", READ)
def test_an_expression_is_read_as_it_is_written(text):
    assert read(text) == READ[text]


def test_scalars_may_be_arithmetic_of_dimensions():
    assert str(read("X/sqrt(d)*(N/n)")) == "(N/(sqrt(d)*n))*X"


@pytest.mark.parametrize("text", ["X.T*X + 2*I", "inv(X*X.T + 0.1*I)*Y", "W + 0.3*D*(W*X.T)*X"])
def test_what_is_printed_is_read_back(text):
    expr = read(text)
    assert read(str(expr).replace("(-1)", "-1")) == expr


def test_declarations_are_read():
    assert (N.size, d.size, n.size) == (300, 100, 200)
    assert isinstance(W, Gaussian)
    assert W.variance == 0.01
    assert Y.variance == pytest.approx(0.5 / 20000**0.5)
    assert isinstance(D, Diagonal)
    assert D.field.values.tolist() == [1, 3]
    assert D.field.sources[0].weights.tolist() == [0.25, 0.75]
    assert declare(["n=5", "D=diag(n, [1, 3])"])["D"].field.sources[0].weights.tolist() == [0.5, 0.5]


@pytest.mark.parametrize("law", ["uniform(0, 2)", "beta(2, 3)"])
def test_distributions_become_nodes(law):
    assert len(declare(["n=500", f"D=diag(n, {law})"])["D"].field.values) == 28


@pytest.mark.parametrize("law", ["normal(0, 1)", "exponential(2)", "gamma(2, 1/2)"])
def test_unbounded_distributions_warn(law):
    with pytest.warns(UserWarning, match="the law of D is unbounded: the edge is a finite-size one"):
        declare(["n=500", f"D=diag(n, {law})"])


def test_symmetry_is_that_of_the_expression():
    assert is_symmetric(read("X.T*X + 2*I"))
    assert not is_symmetric(read("X.T*Y"))


REFUSED = {
    "__import__('os')": "a constant that is no real number is not accepted",
    "X.shape": "the attribute .shape is not accepted, only .T is",
    "X.T.__class__": "the attribute .__class__ is not accepted",
    "X.T()": "a call of anything but a plain name",
    "X[0]": "an index is not accepted",
    "(lambda: X)()": "a call of anything but a plain name",
    "X if X else X": "a condition is not accepted",
    "inv(X=X)": "with keywords, is not accepted",
    "(X*X.T)**1000000": "a power of a matrix must be a whole number between -12 and 12",
    "(X*X.T)**0.5": "a power of a matrix must be a whole number",
    "X*10**10**10": "a power of a number must be between",
    "X*(10**20)**2": "a number above 1e30",
    "X*(10**20)**20": "a number that is not finite",
    "X*1e40": "a number outside 1e-30",
    "X*(1/0)": "it divides by zero",
    "X*0**-1": "it divides by zero",
    "X*sqrt(-1)": "a number that is not finite and real",
    "X/X": "it divides by a matrix; write inv",
    "X^2": "BitXor is not accepted here; write",
    "X + 1": "a number is added to a matrix; write the number times I",
    "X + I": "not square",
    "X**2": r"a power needs a square matrix, and X \(n×d\) is not",
    "X*Y": r"shapes do not fit in a product: X \(n×d\) times Y \(n×d\)",
    "X + W": "shapes do not fit in a sum",
    "inv(X)": "needs a square matrix",
    "inv(2)": "inv takes one matrix",
    "outer(X, b)": "outer takes two declared vectors",
    "X*b": r"a vector enters by outer\(u, v\) only",
    "b.T*X": r"a vector enters by outer\(u, v\) only",
    "I(X)": "I takes a declared dimension",
    "sqrt(X)": "sqrt takes one number",
    "det(X)": "unknown name 'det'; accepted are",
    "X*Z": "unknown name 'Z'; .*declared are",
    "Inv": "unknown name 'Inv'; did you mean inv",
    "3": "it is no matrix",
    "I": "it is no matrix",
    "b": "it is no matrix",
    "": "it is empty",
    "X*": "it is not a formula",
    "X" + "+X" * 250: "501 characters; at most 500",
    "+".join(["X"] * 150): "more than 200 parts",
    "True*X": "a constant that is no real number",
}


@pytest.mark.parametrize("text", REFUSED)
def test_other_text_is_refused(text):
    with pytest.raises(ValueError, match=REFUSED[text]) as refusal:
        read(text)
    assert "\n" not in str(refusal.value)


def test_nested_powers_are_refused_in_bounded_time():
    with pytest.raises(ValueError, match="more than 1000 factors"):
        read("(((X*X.T)**12*Y*Y.T)**12*X*X.T)**12")


def test_a_matrix_declared_but_unused_is_refused_by_name():
    with pytest.raises(ValueError, match="declared but not used: Y; use them or leave their declarations out"):
        parse_expression("X.T*X", {"n": n, "d": d, "X": X, "Y": Y})


BAD_DECLARATIONS = {
    "N": "a declaration is a short name, = and what it is",
    "X Y=3": "a declaration is a short name",
    "__x__=3": "a declaration is a short name",
    "I=3": "I has a meaning of its own",
    "d=4": "d is declared twice",
    "n=0/0": "it divides by zero",
    "X=gaussian(N, d)": "these arguments of gaussian are not accepted",
    "X=gaussian(N, 5, 1)": "5 is no declared dimension; declare it before",
    "X=gaussian(N, k, 1)": "k is no declared dimension",
    "X=gaussian(N, d, -1/d)": "the variance of X must not be negative; -0.01 came",
    "X=gaussian(N, d, k)": "unknown name 'k'; a number is made of",
    "X=gausian(N, d, 1)": "unknown name 'gausian'; did you mean gaussian",
    "D=diag(N, atoms=[1, 3], weights=[.5, .6])": "weights of D must sum to 1",
    "D=diag(N, atoms=[])": "lists of numbers",
    "D=diag(N, 3)": "lists of numbers",
    "D=diag(N, cauchy(0, 1))": "unknown name 'cauchy'; distributions are uniform",
    "D=diag(N, uniform(0))": "uniform takes 2 numbers; 1 came",
    "D=diag(N, uniform(0, 1), weights=[1])": "a distribution has its own weights",
    "D=diag(N, weights=[1])": "these arguments of diag are not accepted",
    "D=diag(N, gamma(-1, 1))": "not finite; check its parameters",
    "k=X.T": "an attribute .* is no number",
    "k=__import__('os')": "unknown name '__import__'",
    "k=": "it is empty",
}


@pytest.mark.parametrize("text", BAD_DECLARATIONS)
def test_bad_declarations_are_refused(text):
    with pytest.raises(ValueError, match=BAD_DECLARATIONS[text]):
        declare(["N=200", "d=100", text])


def test_only_text_is_parsed():
    with pytest.raises(TypeError, match="text is needed, such as"):
        syntax_tree(3, "x")
    with pytest.raises(TypeError, match="a declaration must be text"):
        declare([3])
