"""Information exponent: the smallest k ≥ 1 with c*_k = E[σ*(z) He_k(z)]/k! ≠ 0, with a certificate.

(Ben Arous, Gheissari & Jagannath 2021; online gradient descent needs d^{k−1} samples, up to logarithms.)
A non-constant target always has one, since the He_k are complete; so ``value`` is None for a constant, and
also where nothing was found up to the degree looked at, and ``remark`` says which.
"""

from __future__ import annotations

from dataclasses import dataclass

from theory.algebra import is_zero, visible_parity
from theory.certificates import ALGEBRA, PARITY, Measured, Vanishing, within
from theory.elementary import Z
from theory.functions import RealFunction, function
from theory.hermite import HermiteCoefficient, hermite_coefficients
from theory.level_sets import finite_pieces, finite_valued_moment
from theory.rounding import rounding

CONSTANT = "the target is constant: every coefficient from 1 on is zero"

SEEMS_CONSTANT = (
    "the target is constant to 40 digits where it was looked at: not certified, but nothing to learn is seen"
)


@dataclass(frozen=True)
class InformationExponent:
    """``coefficient`` is c*_value with its bound; ``zeros`` says for each lower k why c*_k = 0."""

    value: int | None
    coefficient: Measured | None
    zeros: tuple[Vanishing, ...]
    remark: str

    @property
    def certified(self) -> bool:
        return self.remark in ("", CONSTANT) and all(zero.exact for zero in self.zeros)


def certified_information_exponent(f: str | RealFunction, degree: int = 20) -> InformationExponent:
    """The information exponent, looked for up to ``degree``.

    >>> found = certified_information_exponent("z**2*exp(-z**2)")
    >>> found.value, found.certified, [zero.reason for zero in found.zeros]
    (4, True, ['parity', 'exact algebra', 'parity'])
    """
    real = f if isinstance(f, RealFunction) else function(f)
    pieces = finite_pieces(real)
    if not real.expr.has(Z) or (pieces and len({value for _, _, value in pieces}) == 1):  # sign(z)² is constant too
        return InformationExponent(None, None, (), CONSTANT)
    if rounding(real).constant:
        return InformationExponent(None, None, (), SEEMS_CONSTANT)
    side = visible_parity(real.expr.as_independent(Z, as_Add=True)[1])  # of f − constant
    zeros: list[Vanishing] = []
    for c in hermite_coefficients(real, degree):
        if c.k == 0:
            continue
        if side in ("odd", "even") and (c.k % 2 == 1) != (side == "odd"):
            zeros.append(Vanishing(c.k, PARITY))
            continue
        zero = _vanishing(c, real)
        if zero is None:
            exact = None if c.exact is None else str(c.exact)
            return InformationExponent(c.k, Measured(c.value, c.error_bound, exact), tuple(zeros), "")
        zeros.append(zero)
    remark = f"no non-zero coefficient from 1 to {degree}; not certified beyond: give a higher degree"
    return InformationExponent(None, None, tuple(zeros), remark)


def _vanishing(c: HermiteCoefficient, f: RealFunction) -> Vanishing | None:
    """Why c_k is zero; None if it is not."""
    if c.exact is None and not c.vanishes:
        return None
    exact = finite_valued_moment(f, c.k) if c.exact is None else c.exact
    zero = None if exact is None else is_zero(exact)
    if zero is None:
        return within(c.k, abs(c.value) + c.error_bound + 1e-30)
    return Vanishing(c.k, ALGEBRA) if zero else None
