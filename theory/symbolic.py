"""Two-step outliers in closed form: leading-order strengths and overlaps as SymPy expressions.

With x = √N a ~ N(0, 1) and A = N^{−δ} x, δ = 1/2 − α1, the rows of W2 − W0 are to leading order

    N^{−1/2} [x r_0 + Σ_{k≥1} N^{α2 − kδ} x^{k+1} v_k],   r_0 = N^{α1} μ1 β1 + N^{α2} v_0,   v_k ↔ q_k = y Φ_k(y, g)

(Φ_k of `theory.expansion`; the residual is y, for f1 = O(N^{−δ})).  The scales fall with k, so that the product of
the k + 1 largest singular values is that of the first k + 1 living terms, and the k-th itself

    θ_k ≃ N^{α2 − kδ} ℓ_k ‖v_k^⊥‖,      ω_k ≃ ⟨v_k^⊥, β*⟩/‖v_k^⊥‖

with v_k^⊥ the part of v_k orthogonal to the right vectors of the living terms before it (Gram–Schmidt in the Gram
matrix of `theory.population`) and ℓ_k the length of x^{k+1} after the same on the left.  The left vectors start at x,
not at 1, so x² loses nothing: ℓ_0² = 1, ℓ_1² = E x⁴ = 3, ℓ_2² = E He_3² = 3! (x³ loses 3x), ℓ_3² = E(x⁴ − 5x²)² = 30.
Errors are relative O(N^{−δ}), from f1 and from the next term; near N^{−δ} ~ 1 use `theory.predict`.

The self-interaction enters through E[σ^{(k+1)} σ'^i]; at k = 1 it is φ E[σ'σ''] y.  Gaussian readout only.
(Derived for this project; each formula is checked against the finite-size theory along N in the tests.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy

from theory.elementary import Z
from theory.expansion import NoExpansion, Polynomial, kinked_message, response_term, self_moment
from theory.functions import RealFunction, activation, function
from theory.gaussian_labels import NOISE, PHI, GaussianLabels
from theory.model import CHOICES
from theory.symbolic_gram import RATIO, RightVector, left_lengths, right_vectors, tidy

N = sympy.Symbol("N", positive=True)
GAMMA = sympy.Symbol("gamma", positive=True)
ALPHA1, ALPHA2 = sympy.symbols("alpha_1 alpha_2", nonnegative=True)
SYMBOLS = {"N": N, "alpha1": ALPHA1, "alpha2": ALPHA2, "phi": PHI, "gamma": GAMMA, "noise": NOISE}
MOST = 4


@dataclass(frozen=True)
class LeadingOutlier:
    """Term ``k``: strength θ and overlap ω of its right vector with β*, to leading order in N.

    The sign of ω is arbitrary, as that of the vector: here that of +x^{k+1} on the left; only ω² is observed.
    """

    k: int
    strength: sympy.Expr
    overlap: sympy.Expr

    @property
    def singular_value(self) -> sympy.Expr:
        """s(θ) = √((1 + θ²)(γ + θ²))/θ, above the bulk iff θ > γ^{1/4}."""
        square = self.strength**2
        return sympy.sqrt((1 + square) * (GAMMA + square)) / self.strength

    @property
    def target_overlap_squared(self) -> sympy.Expr:
        """ω² (1 − (γ + θ²)/(θ²(θ² + 1)))."""
        square = self.strength**2
        return self.overlap**2 * (1 - (GAMMA + square) / (square * (square + 1)))

    def numbers(self, **values: float) -> tuple[float, float]:
        """θ and ω at N, alpha1, alpha2, phi and noise."""
        point = _point({"noise": 0, **values})
        return float(self.strength.evalf(30, subs=point)), float(self.overlap.evalf(30, subs=point))

    def latex(self) -> str:
        """θ_k and ω_k, ready for a paper."""
        k = self.k
        return rf"\theta_{k} \simeq {sympy.latex(self.strength)}, \quad \omega_{k} \simeq {sympy.latex(self.overlap)}"


def _point(values: Mapping[str, Any]) -> dict[sympy.Symbol, sympy.Expr]:
    for name in values:
        if name not in SYMBOLS:
            raise TypeError(f"unknown quantity {name!r}: the formulas are in {', '.join(SYMBOLS)}")
    return {SYMBOLS[name]: sympy.nsimplify(value) for name, value in values.items()}


def leading_outliers(
    sigma: str, target: str, batch: str = "independent", most: int = 3
) -> tuple[LeadingOutlier, ...]:
    """The living terms among k = 0 … most − 1 with their leading-order strengths and overlaps.

    σ must have exact moments E[σ^{(k+1)} σ'^i] (polynomials, the benchmark "sqrt(e)*(sin(z) + cos(z)) - 1") and σ*
    must be a polynomial; ValueError says which is missing.

    >>> first, second = leading_outliers("z + He(2, z)/2", "z", "independent", most=2)
    >>> second.strength
    sqrt(3)*N**(alpha_1 + alpha_2 - 1/2)*sqrt(phi)*sqrt(phi*sigma_epsilon**4 + ... + 3)
    """
    if batch not in CHOICES["batch"]:
        raise ValueError(f"batch = {batch!r} is not accepted: give 'independent' or 'reuse'")
    if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= MOST:
        raise ValueError(f"most = {most!r} is not accepted: give a number of terms from 1 to {MOST}")
    law = GaussianLabels(_polynomial(target))
    reuse = batch == "reuse"
    responses = _responses(activation(sigma), law, reuse, most)
    living = right_vectors(responses, law, reuse)
    lengths = left_lengths([vector.k for vector in living])
    return tuple(_outlier(vector, left) for vector, left in zip(living, lengths, strict=True))


def self_interaction(sigma: str) -> sympy.Expr:
    """E[σ'(h) σ''(h)], whose φ-fold multiplies y in the first-order response to a reused batch.

    >>> self_interaction("sqrt(e)*(sin(z) + cos(z)) - 1")
    -exp(-1)
    """
    return _exact_moment(activation(sigma))(1, 1, 0)


def _polynomial(target: str) -> sympy.Poly:
    expr = function(target).expr
    if not expr.is_polynomial(Z) or not expr.has(Z):
        raise ValueError(f"the target {target!r} is no polynomial in z: closed forms need one; use theory.predict")
    return sympy.Poly(expr, Z)


def _exact_moment(sigma: RealFunction) -> Callable[[int, int, int], sympy.Expr]:
    if sigma.kinks:
        raise NoExpansion(kinked_message(sigma))

    def moment(k: int, i: int, p: int) -> sympy.Expr:
        exact = self_moment(sigma, k, i, p).exact
        if exact is None:
            raise ValueError(
                f"E[σ^({k + 1}) σ'^{i} h^{p}] has no closed form for σ = {sigma.text!r}: give a polynomial or "
                "'sqrt(e)*(sin(z) + cos(z)) - 1', or use theory.predict"
            )
        return exact

    return moment


def _responses(sigma: RealFunction, law: GaussianLabels, reuse: bool, most: int) -> list[Polynomial]:
    moment = _exact_moment(sigma)
    mu1 = moment(0, 0, 0)
    kappa2 = PHI * law.m2 * (moment(0, 1, 0) - mu1**2)  # E σ'² − μ1² = Var σ'
    m = sympy.expand(moment(0, 0, 1) * law.mean)
    phi = PHI if reuse else 0
    return [response_term(k, moment, phi, mu1, kappa2, m) for k in range(most)]


def _outlier(vector: RightVector, left: sympy.Expr) -> LeadingOutlier:
    k, ratio = vector.k, N ** (ALPHA1 - ALPHA2)
    scale = N ** (ALPHA2 - k * (sympy.Rational(1, 2) - ALPHA1))
    strength = scale * sympy.sqrt(tidy(left * vector.square)).subs(RATIO, ratio)
    return LeadingOutlier(k, strength, (vector.with_target / sympy.sqrt(vector.square)).subs(RATIO, ratio))
