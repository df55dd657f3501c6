"""Is an expression its own transpose? By algebra: the expanded form of E against that of Eᵀ.

The expanded form is a polynomial in words of letters, with exact rational coefficients.  A letter is a declared
matrix, its transpose, or the inverse of a polynomial; neighbouring diagonals commute and are sorted; a matrix of low
rank is the sum of its u_k v_kᵀ.  Equal polynomials are equal matrices whatever the draw.  (The converse is not
decided: identities between inverses, such as (A B)⁻¹ = B⁻¹ A⁻¹ written both ways, are not looked for.)
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theory.dyson.linearise import linearise
from theory.dyson.matrices import Diagonal, LowRank
from theory.dyson.pencil import Pencil, symmetrise
from theory.dyson.tree import Inverse, Leaf, Node, Product, Sum, is_diagonal, read, transpose

MOST_TERMS = 20_000

Letter = tuple[bool, str]  # whether it is diagonal, and what
Polynomial = dict[tuple[Letter, ...], Fraction]


def is_symmetric(expr: Any) -> bool:
    """Whether E = Eᵀ by algebra.

    >>> from theory.dyson.dimensions import Dimension
    >>> from theory.dyson.matrices import Gaussian
    >>> n, d = Dimension("n", 200), Dimension("d", 100)
    >>> X, Y = Gaussian("X", n, d, 1 / d), Gaussian("Y", n, d, 1 / d)
    >>> is_symmetric((X + Y) * (X + Y).T), is_symmetric(X * Y.T)
    (True, False)
    """
    node = read(expr)
    return node.rows == node.cols and _expanded(node) == _expanded(transpose(node))


def symmetric_pencil(expr: Any) -> Pencil:
    """The pencil of the eigenvalues of an expression; ValueError if it is not symmetric by algebra."""
    if not is_symmetric(expr):
        raise ValueError(
            f"eigenvalues need a symmetric expression, and {expr} is not: its transpose is {expr.T}; "
            "symmetrise it, as in (E + E.T)/2, or ask for singular values"
        )
    return symmetrise(linearise(expr))


def _expanded(node: Node) -> Polynomial:
    match node:
        case Leaf(LowRank() as symbol, transposed):
            pairs = [(u.digest, v.digest) for u, v in symbol.pairs]
            return _collected([(((False, f"{p[::-1] if transposed else p}"),), Fraction(1)) for p in pairs])
        case Leaf(symbol, transposed):
            text = f"{symbol.name}:{symbol.digest}{'ᵀ' * transposed}"
            return {((isinstance(symbol, Diagonal), text),): Fraction(1)}
        case Sum(terms):
            parts = [(Fraction(scale), _expanded(part)) for scale, part in terms]
            return _collected([(word, scale * c) for scale, part in parts for word, c in part.items()])
        case Product(factors):
            result: Polynomial = {(): Fraction(1)}
            for part in factors:
                result = _multiplied(result, _expanded(part))
            return result
        case Inverse(of):
            return _inverted(_expanded(of), is_diagonal(of))


def _multiplied(left: Polynomial, right: Polynomial) -> Polynomial:
    if len(left) * len(right) > MOST_TERMS:
        raise ValueError(
            f"multiplied out, the expression has more than {MOST_TERMS} terms: its symmetry is not decided; "
            "write it with fewer sums inside products"
        )
    return _collected([(_sorted(u + v), a * b) for u, a in left.items() for v, b in right.items()])


def _inverted(inner: Polynomial, diagonal: bool) -> Polynomial:
    """One letter, of the polynomial divided by its first coefficient: (c E)⁻¹ = E⁻¹/c."""
    if not inner:
        raise ValueError("the expression holds the inverse of a matrix that is zero")
    first = inner[min(inner)]
    text = "; ".join(f"{c / first} {word}" for word, c in sorted(inner.items()))
    return {((diagonal, f"inverse of [{text}]"),): 1 / first}


def _collected(terms: list[tuple[tuple[Letter, ...], Fraction]]) -> Polynomial:
    result: Polynomial = {}
    for word, c in terms:
        result[word] = result.get(word, Fraction(0)) + c
    return {word: c for word, c in result.items() if c}


def _sorted(word: tuple[Letter, ...]) -> tuple[Letter, ...]:
    """The word with each run of diagonals in order."""
    result: list[Letter] = []
    run: list[Letter] = []
    for letter in word:
        if letter[0]:
            run.append(letter)
        else:
            result += [*sorted(run), letter]
            run = []
    return tuple(result + sorted(run))
