"""Why a coefficient is zero: by parity, by exact algebra, or only within a numeric bound.

An exponent is the index of the first non-zero quantity in a list, so its certificate is one non-zero value with a
bound, and for every earlier index a `Vanishing`.  The exponent is `certified` if no reason is numeric.
"""

from __future__ import annotations

from dataclasses import dataclass

PARITY = "parity"
ALGEBRA = "exact algebra"
NUMERIC, UNDETERMINED = "numeric", "undetermined"
SMALL = 1e-3  # a bound beyond this is no reason to say zero


@dataclass(frozen=True)
class Vanishing:
    """Quantity ``order`` is zero for ``reason``; |true value| ≤ ``bound``, 0 if exact."""

    order: int
    reason: str
    bound: float = 0.0

    @property
    def undetermined(self) -> bool:
        """Not even numerically zero."""
        return self.reason.startswith(UNDETERMINED)

    @property
    def exact(self) -> bool:
        return self.reason in (PARITY, ALGEBRA)


def within(order: int, bound: float) -> Vanishing:
    """Zero only as far as a numeric bound says; a wide one says nothing, and the order is undetermined.

    >>> within(2, 1.5e-16)
    Vanishing(order=2, reason='numeric within 1.5e-16', bound=1.5e-16)
    """
    kind = NUMERIC if bound < SMALL else UNDETERMINED
    return Vanishing(order, f"{kind} within {bound:.1e}", bound)


@dataclass(frozen=True)
class Measured:
    """A value with |true value − value| ≤ bound, and the exact expression where there is one."""

    value: float
    bound: float
    exact: str | None = None

    @property
    def nonzero(self) -> bool:
        """Beyond the bound; ten times, since bounds of quadratures are estimates."""
        return abs(self.value) > 10 * self.bound

    def times(self, factor: int) -> Measured:
        """The value and its bound multiplied."""
        return Measured(self.value * factor, self.bound * factor)
