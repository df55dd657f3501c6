"""The law of the singular values or eigenvalues of a pencil: density, distribution function, quantiles, edges, atoms.

SciPy-style access.  Everything follows from m(z), the average of one diagonal block of the resolvent; nothing is
computed before it is asked for.  A law whose mass does not add up to 1 is refused, not returned.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from theory.dyson.density import Arc, Band, UpperHalf, band
from theory.dyson.equation import TOLERANCE, DysonEquation
from theory.dyson.path import Point, walk
from theory.dyson.pencil import Array, Pencil
from theory.dyson.support import HEIGHT, PATIENCE, SCAN_POINTS, Atom, End, Explorer, Support, Top, split, support, top
from theory.single_thread import on_one_thread

POINTS, FEWEST, DOUBLINGS = 100, 24, 3
SINGULAR = 3  # the power of the arc at a lower end where the density is singular
ACCEPTED = 1e-4  # distance of the mass from 1 beyond which it is no law
CIRCLE, BEYOND = 64, 1.6  # nodes of the contour for moments and its radius


class SpectrumError(RuntimeError):
    """The law found is not one: its mass is off, or the solution could not be followed."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The law of the singular values (``even``, of the smaller side) or of the eigenvalues of a pencil.

    ``points`` is the number of angles on the widest band to begin with; they are doubled until the density is
    resolved, ``doublings`` times at most.  ``tolerance`` is that of Newton's method, ``scan_points`` and
    ``scan_height`` (relative to the width) are those of the scan for gaps, ``patience`` the shortest step of a
    descent to the axis near an edge that was not resolved, ``budget`` the most evaluations: a law of many unknowns
    is had sooner with less of all.  A mass further from 1 than ``accepted`` is refused; lighter bands can be missed.
    """

    pencil: Pencil
    points: int = POINTS
    doublings: int = DOUBLINGS
    tolerance: float = TOLERANCE
    scan_points: int = SCAN_POINTS
    scan_height: float = HEIGHT
    patience: float = PATIENCE
    budget: float = np.inf
    accepted: float = ACCEPTED

    @cached_property
    def explorer(self) -> Explorer:
        pencil, even = self.pencil, self.pencil.factor == 1
        sizes = [pencil.space_of(node).size for node in (pencil.output, pencil.input)]
        node = pencil.output if sizes[0] < sizes[1] else pencil.input
        return Explorer(
            DysonEquation(pencil, self.tolerance, self.budget),
            node,
            pencil.factor,
            even,
            self.scan_points,
            self.scan_height,
            self.patience,
        )

    @cached_property
    @on_one_thread
    def top(self) -> Top:
        """The gap above the support: had much sooner than all of it."""
        return top(self.explorer)

    @cached_property
    @on_one_thread
    def support(self) -> Support:
        return support(self.explorer, self.top)

    @property
    def count(self) -> float:
        """The number of values: the smaller side of the matrix."""
        return min(self.pencil.space_of(node).size for node in (self.pencil.output, self.pencil.input))

    @property
    def atoms(self) -> tuple[Atom, ...]:
        """Points of positive mass."""
        return self.support.atoms

    @property
    def edges(self) -> tuple[tuple[float, float], ...]:
        """(lower, upper) of every band, ascending."""
        return tuple((b.lower, b.upper) for b in self.bands)

    @property
    def lower(self) -> float:
        """The lower end of the support, atoms included."""
        return min([lower.x for lower, _ in self.support.bands] + [atom.x for atom in self.atoms])

    @property
    def upper(self) -> float:
        """The upper end of the support, atoms included."""
        end = self.top.gap.lower
        return end.x if end is not None else max(atom.x for atom in self.atoms)

    @cached_property
    @on_one_thread
    def bands(self) -> tuple[Band, ...]:
        """The solved densities.  SpectrumError if their masses and those of the atoms do not add up to 1."""
        widths = np.array([upper.x - lower.x for lower, upper in self.support.bands])
        solved: list[Band] = []
        for ends, width in zip(self.support.bands, widths, strict=True):
            solved += self._solved(self.support, ends, max(FEWEST, round(self.points * width / widths.max())))
        mass = sum(b.mass for b in solved) + sum(atom.mass for atom in self.atoms)
        if abs(mass - 1) > self.accepted:
            raise SpectrumError(
                f"the law found has mass {mass:.5f} instead of 1 on {[(b.lower, b.upper) for b in solved]} with "
                f"atoms at {[atom.x for atom in self.atoms]}: give more points, or look for bands "
                "or atoms that are far out, or narrower than 1e-3 of the whole"
            )
        return tuple(solved)

    def _solved(self, found: Support, ends: tuple[End, End], points: int) -> list[Band]:
        """The band, or its parts if the solved density shows that it has a gap too narrow for the scan."""
        arc: Arc | UpperHalf = Arc(ends[0].x, ends[1].x)
        if self.explorer.even and ends[0].edge is None:
            arc = UpperHalf(ends[1].x)
        for doubling in range(self.doublings + 1):
            solved = band(self.explorer, found, arc, ends[1], points * 2**doubling)
            if solved.resolved:
                return [solved]
            if doubling and ends[0].edge is None:  # a singular density there
                arc = Arc(ends[0].x, ends[1].x, SINGULAR)
        if not self.doublings:
            return [solved]
        if valleys := solved.valleys():
            parts = split(self.explorer, found, ends, valleys)
            if new := [pair for pair in parts.bands if pair not in found.bands]:
                return [part for pair in new for part in self._solved(parts, pair, points)]
        return [solved]

    @property
    def mass(self) -> float:
        """The mass found before anything is normalised; 1 up to the accuracy of the law."""
        return sum(b.mass for b in self.bands) + sum(atom.mass for atom in self.atoms)

    @property
    def residual(self) -> float:
        """The largest relative defect of the solutions on the grid."""
        return max([b.residual for b in self.bands], default=0.0)

    def pdf(self, x: ArrayLike) -> Array:
        """Density of the continuous part, any shape."""
        x = np.asarray(x, dtype=float)
        return np.sum([b.pdf(x) for b in self.bands], axis=0) if self.bands else np.zeros(x.shape)

    def cdf(self, x: ArrayLike) -> Array:
        """Mass at or below x, any shape."""
        x = np.asarray(x, dtype=float)
        total = np.zeros(x.shape)
        for b in self.bands:
            total = total + b.cdf(x)
        for atom in self.atoms:
            total = total + atom.mass * (x >= atom.x - 1e-9 * max(abs(self.upper), abs(self.lower)))
        return np.clip(total / self.mass, 0.0, 1.0)

    def sf(self, x: ArrayLike) -> Array:
        """Mass above x."""
        return 1 - self.cdf(x)

    @cached_property
    def _table(self) -> tuple[Array, Array]:
        """Values and their cdf, fine enough to invert by interpolation and a Newton step."""
        pieces = [b.arc.place(np.linspace(b.arc.start, np.pi, 40 * len(b.theta))) for b in self.bands]
        pieces += [np.array([atom.x, atom.x]) for atom in self.atoms]
        x = np.sort(np.concatenate(pieces))
        F = self.cdf(x)
        for atom in self.atoms:
            first = int(np.searchsorted(x, atom.x))
            F[first] -= atom.mass / self.mass
        return x, np.maximum.accumulate(np.clip(F, 0, 1))

    def ppf(self, q: ArrayLike) -> Array:
        """Quantile: the least x with cdf(x) ≥ q.  ValueError unless 0 ≤ q ≤ 1."""
        q = np.asarray(q, dtype=float)
        if not np.all((q >= 0) & (q <= 1)):
            raise ValueError(f"quantiles of {q} are not defined: give fractions from 0 to 1")
        x, F = self._table
        _, first = np.unique(F, return_index=True)
        return np.interp(q, F[first], x[first]) if len(first) > 1 else np.full(q.shape, x[0])

    def isf(self, q: ArrayLike) -> Array:
        """The value with mass q above it."""
        return self.ppf(1 - np.asarray(q, dtype=float))

    def order_statistics(self, p: int) -> Array:
        """Where the p values of a matrix are expected, descending: quantiles (k − ½)/p counted from the top."""
        return self.isf((np.arange(p) + 0.5) / p)

    @property
    def largest_value(self) -> float:
        """The upper quantile ½/count: where the largest value of a matrix of this size is expected, islands of
        single rows or samples set aside."""
        return float(self.isf(0.5 / self.count))

    def _solve(self, z: complex) -> Point:
        high = self.top.high
        up = z if z.imag >= 0 else z.conjugate()
        if up.imag == 0 and self._on_support(up.real):
            raise ValueError(
                f"z = {z.real:g} lies on the support, bands {self.edges} and atoms "
                f"{[atom.x for atom in self.atoms]}: give z off it, or with an imaginary part"
            )
        corner = walk(self.explorer.equation, high, up.real + 1j * max(up.imag, high.z.imag))
        return walk(self.explorer.equation, corner, up)

    def _on_support(self, x: float) -> bool:
        x = abs(x) if self.explorer.even else x
        return any(lower <= x <= upper for lower, upper in self.edges) or any(atom.x == x for atom in self.atoms)

    def stieltjes(self, z: complex) -> complex:
        """m(z) = ∫ dμ(x)/(x − z), for singular values of the law of ±s: ∫ z/(s² − z²).  ValueError on the support."""
        z = complex(z)
        m = self.explorer.m(self._solve(z))
        return m.conjugate() if z.imag < 0 else m

    def moments(self, most: int) -> Array:
        """∫ x^k for k = 0 … most (for singular values of ±s: odd ones vanish), by a contour around the support."""
        high = self.top.high
        ends = [self.lower, self.upper] if not self.explorer.even else [-self.upper, self.upper]
        centre, radius = (ends[0] + ends[1]) / 2, BEYOND * (ends[1] - ends[0]) / 2
        angles = np.pi * (np.arange(CIRCLE // 2) + 0.5) / (CIRCLE // 2)
        point = walk(self.explorer.equation, high, centre + radius * np.exp(1j * angles[len(angles) // 2]))
        values = {}
        for part in (angles[len(angles) // 2 :], angles[len(angles) // 2 :: -1]):
            current = point
            for angle in part:
                current = walk(self.explorer.equation, current, centre + radius * np.exp(1j * angle))
                values[angle] = self.explorer.m(current)
        z = centre + radius * np.exp(1j * angles)
        m = np.array([values[angle] for angle in angles])
        weight = radius * np.exp(1j * angles)
        return np.array([-np.sum((z**k * m * weight).real) / len(angles) for k in range(most + 1)])
