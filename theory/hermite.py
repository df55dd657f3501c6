"""Hermite coefficients c_k = E[f(z) He_k(z)]/k! under z ~ N(0, 1), each with an error bound.

f = Σ_k c_k He_k with the probabilists' He_k;  in the orthonormal basis He_k/√k! the coefficient is √k! c_k.
A coefficient is exact where `theory.hermite_exact` has a closed form or parity forces it; else it comes from
adaptive Gauss–Kronrod quadrature split at the kinks, whose error estimate, tail and rounding make its bound.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy
from scipy.integrate import quad_vec

from theory.functions import RealFunction, function
from theory.hermite_exact import exact_moments
from theory.numerals import evaluate
from theory.quadrature import Array

MOST_DEGREE = 60
EPS = float(np.finfo(float).eps)
LEAST = float(np.finfo(float).smallest_subnormal)


@dataclass(frozen=True)
class HermiteCoefficient:
    """c_k: ``exact`` is a SymPy expression or None; |true c_k − value| ≤ error_bound."""

    k: int
    exact: sympy.Expr | None
    value: float
    error_bound: float

    @property
    def orthonormal(self) -> float:
        """√k! c_k, the coefficient of He_k/√k!."""
        return math.sqrt(math.factorial(self.k)) * self.value

    @property
    def vanishes(self) -> bool:
        """Zero exactly, or zero within the error bound."""
        if self.exact is not None and self.exact != 0 and self.error_bound <= LEAST:
            return False  # 40 e^{−800} is no zero, though a double makes it one
        return self.exact == 0 or abs(self.value) <= self.error_bound


@dataclass(frozen=True)
class HermiteExpansion:
    """The coefficients k = 0..degree of one function; a sequence of `HermiteCoefficient`."""

    expression: str
    parity: str
    coefficients: tuple[HermiteCoefficient, ...]

    def __len__(self) -> int:
        return len(self.coefficients)

    def __getitem__(self, k: int) -> HermiteCoefficient:
        return self.coefficients[k]

    def __iter__(self) -> Iterator[HermiteCoefficient]:
        return iter(self.coefficients)

    @property
    def values(self) -> Array:
        """c_k as an array, shape (degree + 1,)."""
        return np.array([c.value for c in self])

    @property
    def orthonormal(self) -> Array:
        """√k! c_k as an array, shape (degree + 1,)."""
        return np.array([c.orthonormal for c in self])

    @property
    def information_exponent(self) -> int | None:
        """The smallest k ≥ 1 with c_k ≠ 0; None if all up to the degree vanish within their bounds."""
        return next((c.k for c in self if c.k >= 1 and not c.vanishes), None)


def hermite_coefficients(f: str | RealFunction, degree: int = 10) -> HermiteExpansion:
    """The Hermite coefficients c_0 … c_degree of a definition such as ``"relu"`` or ``"z**2*exp(-z**2)"``.

    Raises ValueError for a definition outside the allow-list, not real, not finite or not square-integrable, and
    for a degree outside 0 … 60.

    >>> c = hermite_coefficients("relu", degree=4)
    >>> c[1].exact, c[2].exact
    (1/2, sqrt(2)/(4*sqrt(pi)))
    >>> c.orthonormal.round(6).tolist()
    [0.398942, 0.5, 0.282095, 0.0, -0.081434]
    """
    if isinstance(degree, bool) or not isinstance(degree, (int, np.integer)) or not 0 <= degree <= MOST_DEGREE:
        raise ValueError(f"degree = {degree!r} is not accepted: give a whole number from 0 to {MOST_DEGREE}")
    real = f if isinstance(f, RealFunction) else function(f)
    return _expansion(real, int(degree))


def information_exponent(f: str | RealFunction, degree: int = 20) -> int | None:
    """The smallest k ≥ 1 with c_k ≠ 0, looked for up to ``degree``; None if there is none.

    >>> information_exponent("He(3, z)"), information_exponent("z**2*exp(-z**2)")
    (3, 4)
    """
    return hermite_coefficients(f, degree).information_exponent


@lru_cache(maxsize=128)
def _expansion(f: RealFunction, degree: int) -> HermiteExpansion:
    exact = exact_moments(f.expr, degree)
    values, errors = _quadrature(f, degree) if None in exact else (np.zeros(degree + 1), np.zeros(degree + 1))
    rows = []
    for k, moment in enumerate(exact):
        norm = math.factorial(k)
        if moment is None:
            root = math.sqrt(norm)
            rows.append(HermiteCoefficient(k, None, float(values[k] / root), float(errors[k] / root)))
        else:
            c = moment / norm
            number, error = (float(x) for x in evaluate(c, 20))
            rows.append(HermiteCoefficient(k, c, number, max(error, EPS * abs(number), 0.0 if c == 0 else LEAST)))
    return HermiteExpansion(f.text, f.parity, tuple(rows))


def _quadrature(f: RealFunction, degree: int) -> tuple[Array, Array]:
    """Orthonormal coefficients E[f He_k]/√k! and their error bounds."""
    reach = _reach(f)
    inside = [kink for kink in f.kinks if abs(kink) < reach]
    breaks = np.unique(np.concatenate([np.arange(-reach, reach + 0.25, 0.5), inside]))

    def integrand(z: float) -> Array:
        return float(f(z)) * normalised_hermite(z, degree)

    size = float(np.max(np.abs([integrand(z) for z in np.linspace(-8, 8, 65)])))
    integral, error = quad_vec(
        integrand,
        -reach,
        reach,
        points=breaks,
        epsabs=1e-15 * max(size, 1e-300),
        epsrel=0,
        norm="max",
        limit=600,
    )
    if not np.isfinite(integral).all():
        raise ValueError(f"the coefficients of {f.text!r} come out as no finite numbers: it is not finite somewhere")
    tail = max(float(np.abs(integrand(side * reach)).max()) for side in (-1, 1))
    return integral, np.full(degree + 1, error + tail + 20 * EPS * np.abs(integral).max())


def _reach(f: RealFunction) -> float:
    """Where |f| φ^{1/2} has fallen by twenty orders; 37 is as far as exp(−z²/2) stays a normal double."""
    z = np.arange(0.0, 37.01, 0.5)
    size = np.maximum(np.abs(f(z)), np.abs(f(-z))) * np.exp(-(z**2) / 4)
    far = np.flatnonzero(size > 1e-20 * size.max())
    return float(np.clip(z[far[-1]] + 1.0 if far.size else 12.0, 12.0, 37.0))


def normalised_hermite(z: float, degree: int) -> Array:
    """φ(z) He_k(z)/√k! for k = 0..degree, by the stable three-term recurrence."""
    table = np.empty(degree + 1)
    table[0] = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    if degree:
        table[1] = z * table[0]
    for k in range(1, degree):
        table[k + 1] = (z * table[k] - math.sqrt(k) * table[k - 1]) / math.sqrt(k + 1)
    return table
