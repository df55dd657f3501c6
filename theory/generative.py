"""Generative exponent: the smallest k ≥ 1 with E[He_k(z) | y] not identically zero, y = σ*(z).

Equivalently the smallest information exponent of T(σ*) over square-integrable transformations T of the label
(Damian, Pillaud-Vivien, Lee & Bruna, COLT 2024); it rules sample complexity, d^{max(1, k/2)}, for algorithms that may
transform or reuse labels.  Write ν_k for the signed law E[He_k(z) 1(y ∈ ·)] of the label.  The exponent is the first
k with ν_k ≠ 0.  Independent Gaussian label noise convolves ν_k with a Gaussian, which is injective, so the noise
changes nothing.  ν_k = 0 for odd k if σ* is even.

**Polynomials** (an elementary argument, written out for this project; that the exponent is at most 2 is in the
paper).  Let f be a non-constant polynomial.
1. At most 2: for c > max_{|z| ≤ 1} |f|, {|f| > c} lies in {|z| > 1} and has positive probability, so
   E[(z² − 1) 1(|y| > c)] > 0.  Hence an even f has exponent 2.
2. Exactly 1 if f is not even.  Let the leading coefficient be positive.  ν_1(c, ∞) is the sum over the intervals
   (a, b) of {f > c} of φ(a) − φ(b).  For odd degree and large c the set is (a, ∞): ν_1(c, ∞) = φ(a) > 0.  For even
   degree and large c it is (−∞, z₋) ∪ (z₊, ∞), and ν_1(c, ∞) = φ(z₊) − φ(z₋).  Were that 0 for all large c, then
   z₋ = −z₊ and f(z) = f(−z) for all large z, so f would be even.

**Finitely many values** v (signs of polynomials): ν_k({v}) is a finite sum of exact terms (`theory.level_sets`), and
zero or not is decided by algebra.  **Anything else**: parity and the functions of `theory.profiles` for zeros, a
witness T for the first k that is not; if a k between has neither, its zero is numeric and the exponent is certified
from above only.  z² exp(−z²) has generative exponent 4: no transformation of its label makes order 2 visible.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import sympy

from theory.algebra import as_polynomial, is_even, is_zero, visible_parity
from theory.certificates import ALGEBRA, PARITY, Measured, Vanishing, within
from theory.elementary import Z
from theory.functions import RealFunction, function
from theory.information import CONSTANT, SEEMS_CONSTANT, certified_information_exponent
from theory.level_sets import Piece, finite_pieces, interval_moment, superlevel_moment
from theory.profiles import hides
from theory.witnesses import Witness, best_witness

HIGHEST = 12
PLACES = ("1/2", "1", "2")  # where thresholds c = f(±z) are tried
MOST_ROOTS = 24  # of a polynomial whose thresholds are solved
CLEAR = 1e-3  # a witness that needs no better one


@dataclass(frozen=True)
class GenerativeExponent:
    """``witness``: a T with E[T(y) He_value(z)] ≠ 0; ``zeros``: why ν_k = 0 for lower k; ``method``: how."""

    value: int | None
    witness: Witness | None
    zeros: tuple[Vanishing, ...]
    method: str
    remark: str

    @property
    def certified(self) -> bool:
        return self.remark in ("", CONSTANT) and all(zero.exact for zero in self.zeros)


@lru_cache(maxsize=128)
def generative_exponent(f: str | RealFunction, highest: int = HIGHEST) -> GenerativeExponent:
    """The generative exponent of the noiseless label, looked for up to ``highest``.

    >>> [generative_exponent(text).value for text in ("He(3, z)", "He(4, z)", "sign", "z**2*exp(-z**2)")]
    [1, 2, 1, 4]
    >>> generative_exponent("He(3, z)").witness.transformation
    '1(y > -7/5)'
    """
    real = f if isinstance(f, RealFunction) else function(f)
    polynomial = as_polynomial(real.expr)
    if not real.expr.has(Z) or (polynomial is not None and polynomial.degree() < 1):
        return GenerativeExponent(None, None, (), "constant", CONSTANT)
    if polynomial is not None:
        return _of_polynomial(polynomial)
    pieces = finite_pieces(real)
    return _by_witness(real, highest) if pieces is None else _of_levels(pieces, real, highest)


def _of_polynomial(f: sympy.Poly) -> GenerativeExponent:
    k = 2 if is_even(f) else 1
    zeros = (Vanishing(1, PARITY),) if k == 2 else ()
    best: Witness | None = None
    places = PLACES if f.degree() <= MOST_ROOTS else ()  # the argument needs no witness
    for place in (side * sympy.Rational(z) for z in places for side in (1, -1)):
        c = _rounded(f.eval(place))
        found = Witness(f"1(y > {c})", superlevel_moment(f, c, k))
        if found.mean.nonzero and (best is None or abs(found.mean.value) > abs(best.mean.value)):
            best = found
        if best is not None and abs(best.mean.value) > CLEAR:
            break
    return GenerativeExponent(k, best, zeros, "polynomial: outermost branches", "")


def _rounded(value: sympy.Expr) -> sympy.Rational:
    return sympy.Rational(f"{float(value):.1e}")


def _of_levels(pieces: tuple[Piece, ...], f: RealFunction, highest: int) -> GenerativeExponent:
    method = "finitely many values: exact integrals"
    values = list(dict.fromkeys(value for _, _, value in pieces))
    if len(values) == 1:
        return GenerativeExponent(None, None, (), "constant", CONSTANT)
    zeros: list[Vanishing] = []
    even = visible_parity(f.expr) == "even"
    for k in range(1, highest + 1):
        if even and k % 2:
            zeros.append(Vanishing(k, PARITY))
            continue
        doubtful = 0.0
        for v in values:
            nu = sympy.expand(sum(interval_moment(k, low, high) for low, high, value in pieces if value == v))
            zero = is_zero(nu)
            if zero is False:
                number = float(nu.evalf(25))
                witness = Witness(f"1(y = {v})", Measured(number, 4e-16 * abs(number), str(nu)))
                return GenerativeExponent(k, witness, tuple(zeros), method, "")
            doubtful = max(doubtful, 1e-30 if zero is None else 0.0)
        zeros.append(within(k, doubtful) if doubtful else Vanishing(k, ALGEBRA))
    return GenerativeExponent(None, None, tuple(zeros), method, _not_found(highest))


def _by_witness(f: RealFunction, highest: int) -> GenerativeExponent:
    method = "a transformation of the label as witness"
    zeros: list[Vanishing] = []
    even = visible_parity(f.expr) == "even"
    information = certified_information_exponent(f, highest)
    if information.remark == SEEMS_CONSTANT:
        return GenerativeExponent(None, None, (), method, SEEMS_CONSTANT)
    for k in range(1, highest + 1):
        if even and k % 2:
            zeros.append(Vanishing(k, PARITY))
            continue
        if k > 1 and hides(f.expr, k):
            zeros.append(Vanishing(k, ALGEBRA))
            continue
        witness, ceiling = best_witness(f, k)
        if witness is None and information.value == k and information.coefficient is not None:
            witness = Witness("y", information.coefficient.times(math.factorial(k)))
        if witness is not None:
            below = "" if all(zero.exact for zero in zeros) else "not certified below: no proof that lower k vanish"
            return GenerativeExponent(k, witness, tuple(zeros), method, below)
        zeros.append(within(k, ceiling))
    return GenerativeExponent(None, None, tuple(zeros), method, _not_found(highest))


def _not_found(highest: int) -> str:
    return f"nothing found from 1 to {highest}: not certified beyond"
