"""The density on one band, solved on the real axis itself.

With x = centre − h cos θ (an arc), T is analytic in θ from end to end (at a soft edge it turns as √|x − x*| ∝
sin(θ/2)), so the march starts from the upper edge's own fold and extrapolates in θ.  Where that fails (a gap
too narrow to be a gap of `support`), the point is reached from the scan above the axis instead.  ρ dx/dθ is
smooth and vanishes at both ends of a band between soft edges; its spline gives the distribution function.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.fft import dct
from scipy.interpolate import CubicSpline, PchipInterpolator

from theory.dyson.path import JUMP, PathError, Point, newton, physical, relative, walk
from theory.dyson.pencil import Array
from theory.dyson.support import End, Explorer, Support

HASTY = 0.02  # shortest step of a descent that may be given up
ORDER = 4  # points of the extrapolation in θ
NEAR_END = 1e-4  # of θ
TOO_CLOSE = 1e-7  # to a singular end, relative to the width
RESOLVED = 1e-9  # size of the last coefficients, relative to the largest


@dataclass(frozen=True)
class Arc:
    """x(θ) from ``lower`` to ``upper``: centre − h cos θ for ``power`` 1; with a higher one, lower + width·u^power,
    u = (1 − cos θ)/2, for a density that is singular at the lower end."""

    lower: float
    upper: float
    power: int = 1

    start = 0.0
    period = 1  # the density is even about θ = 0: a series in cos θ

    @property
    def width(self) -> float:
        return self.upper - self.lower

    def place(self, theta: Array) -> Array:
        return self.lower + self.width * np.sin(theta / 2) ** (2 * self.power)

    def angle(self, x: Array) -> Array:
        """θ(x), clipped to the arc."""
        u = np.clip((x - self.lower) / self.width, 0, 1) ** (1 / self.power)
        return 2 * np.arcsin(np.sqrt(u))

    def stretch(self, theta: Array) -> Array:
        """dx/dθ."""
        power = self.power
        return self.width * power * np.sin(theta / 2) ** (2 * power - 1) * np.cos(theta / 2)


@dataclass(frozen=True)
class UpperHalf:
    """x = −upper cos θ for θ in (π/2, π): the upper half of a band that is even about 0, and smooth there."""

    upper: float

    lower = 0.0
    power = 1
    start = np.pi / 2
    period = 2  # even about θ = π/2 as well: a series in cos 2θ

    @property
    def width(self) -> float:
        return self.upper

    def place(self, theta: Array) -> Array:
        return -self.upper * np.cos(theta)

    def angle(self, x: Array) -> Array:
        """θ(x), clipped to the arc."""
        return np.arccos(np.clip(-x / self.upper, -1, 0))

    def stretch(self, theta: Array) -> Array:
        """dx/dθ."""
        return self.upper * np.sin(theta)


@dataclass(frozen=True, eq=False)
class Band:
    """A band: density ``rho`` at the angles ``theta`` of its ``arc``, ``residual`` the largest error there."""

    arc: Arc | UpperHalf
    theta: Array
    rho: Array
    residual: float

    @property
    def lower(self) -> float:
        return self.arc.lower

    @property
    def upper(self) -> float:
        return self.arc.upper

    @cached_property
    def _weight(self) -> CosineSeries | Piecewise:
        """ρ dx/dθ as a function of θ: a cosine series if its coefficients have died out, else piecewise cubics."""
        values = self.rho * self.arc.stretch(self.theta)
        series = CosineSeries.of(values, self.arc.period)
        return series if series.tail < RESOLVED else Piecewise.of(self.theta, values, self.arc.start)

    @property
    def resolved(self) -> bool:
        """The density is resolved by its points to about 1e-9."""
        return isinstance(self._weight, CosineSeries)

    def valleys(self) -> list[float]:
        """Where the solved density has local minima, ascending."""
        x, rho = self.arc.place(self.theta), self.rho
        return [float(x[i]) for i in range(1, len(x) - 1) if rho[i - 1] > rho[i] <= rho[i + 1]]

    @cached_property
    def mass(self) -> float:
        return float(self._weight.integral(np.array(np.pi)) - self._weight.integral(np.array(self.arc.start)))

    def cdf(self, x: Array) -> Array:
        """Mass of the band below x."""
        return self._weight.integral(self.arc.angle(x)) - self._weight.integral(np.array(self.arc.start))

    def pdf(self, x: Array) -> Array:
        """Density at x; 0 outside."""
        theta = self.arc.angle(x)
        stretch = self.arc.stretch(theta)
        inside = (x >= self.lower) & (x <= self.upper) & (stretch > 0)
        value = np.maximum(self._weight(theta), 0) / np.where(stretch > 0, stretch, 1.0)
        return np.where(inside, self._at_the_ends(theta, value), 0.0)

    def _at_the_ends(self, theta: Array, value: Array) -> Array:
        """The density is linear in θ at a soft edge; there, ρ dx/dθ over dx/dθ would be rounding over rounding."""
        first, last = self.theta[0], self.theta[-1]
        reach = NEAR_END if self.resolved else np.inf
        value = np.where(
            (theta > last) & (np.pi - theta < reach), self.rho[-1] * (np.pi - theta) / (np.pi - last), value
        )
        if self.arc.start or self.rho[0] > self.rho[1]:  # no edge, or a singular density
            return np.where((theta < first) & (not self.arc.start), np.minimum(value, self.rho[0]), value)
        return np.where((theta < first) & (theta < reach), self.rho[0] * theta / first, value)


@dataclass(frozen=True, eq=False)
class CosineSeries:
    """Σ_k c_k cos(p k θ) through values at midpoints; ``tail`` is the size of the last coefficients."""

    coefficients: Array
    p: int
    tail: float

    @classmethod
    def of(cls, values: Array, p: int) -> CosineSeries:
        c = dct(values[::-1] if p == 2 else values, type=2) / len(values)
        c[0] /= 2
        last = np.abs(c[-max(3, len(c) // 12) :]).max()
        return cls(c, p, float(last / np.abs(c).max()) if np.any(c) else 0.0)

    def _angles(self, theta: Array) -> Array:
        return np.multiply.outer(np.asarray(theta, dtype=float), self.p * np.arange(len(self.coefficients)))

    def __call__(self, theta: Array) -> Array:
        return np.asarray(np.cos(self._angles(theta)) @ self.coefficients)

    def integral(self, theta: Array) -> Array:
        k = self.p * np.arange(1, len(self.coefficients))
        waves = np.sin(self._angles(theta)[..., 1:]) @ (self.coefficients[1:] / k)
        return np.asarray(self.coefficients[0] * np.asarray(theta) + waves)


@dataclass(frozen=True, eq=False)
class Piecewise:
    """Cubic pieces through the values, continued by their symmetry beyond both ends."""

    curve: CubicSpline | PchipInterpolator
    sum: Any

    @classmethod
    def of(cls, theta: Array, values: Array, start: float) -> Piecewise:
        keep = min(6, len(values))
        angles = np.concatenate([2 * start - theta[keep - 1 :: -1], theta, 2 * np.pi - theta[: -keep - 1 : -1]])
        curve = np.concatenate([values[keep - 1 :: -1], values, values[: -keep - 1 : -1]])
        spline = CubicSpline(angles, curve)
        # a density that is not resolved makes the spline swing below 0: then the monotone interpolant
        swing = spline(np.linspace(start, np.pi, 12 * len(theta))).min() < -1e-3 * values.max()
        chosen = PchipInterpolator(angles, curve) if swing else spline
        return cls(chosen, chosen.antiderivative())

    def __call__(self, theta: Array) -> Array:
        return np.asarray(self.curve(theta))

    def integral(self, theta: Array) -> Array:
        return np.asarray(self.sum(theta))


def band(explorer: Explorer, found: Support, arc: Arc | UpperHalf, top: End, points: int) -> Band:
    """Solve for the density on one band with ``points`` angles; ``top`` is its upper end."""
    theta = arc.start + (np.arange(points) + 0.5) * (np.pi - arc.start) / points
    places = arc.place(theta)
    march = _March(explorer, found, top, arc.lower)
    rho, errors = np.empty(points), np.empty(points)
    for i in range(points - 1, -1, -1):
        if arc.power > 1 and places[i] - arc.lower < TOO_CLOSE * arc.width:
            rho[i], errors[i] = rho[i + 1], 0.0  # dx/dθ is next to nothing there
            continue
        point = march.to(float(theta[i]), float(places[i]))
        rho[i], errors[i] = max(explorer.m(point).imag, 0.0) / np.pi, point.error
    rho *= 2.0 if explorer.even else 1.0
    return Band(arc, theta, rho, float(errors.max()))


class _March:
    """Solutions on the real axis, from the upper end of a band downwards."""

    def __init__(self, explorer: Explorer, found: Support, upper: End, lower: float) -> None:
        self.explorer, self.found, self.upper = explorer, found, upper
        self.ends = (lower, upper.x)
        self.trail: list[tuple[float, Point]] = []

    def to(self, theta: float, x: float) -> Point:
        guess = self._guess(theta, x)
        point = None
        if guess is not None:
            factors = self.trail[-1][1].factors if self.trail else None
            point = newton(self.explorer.equation, x, guess, factors, leap=2 * JUMP)
            if point is not None and not (
                relative(point.T - guess, point.T) < JUMP and physical(self.explorer.equation, point.G)
            ):
                point = None
        if point is None:
            point = self._from_above(x)
            self.trail = []
        self.trail = [*self.trail[1 - ORDER :], (theta, point)]
        return point

    def _guess(self, theta: float, x: float) -> Array | None:
        if not self.trail and self.upper.edge is not None:
            edge = self.upper.edge
            return np.asarray(edge.T + 1j * np.sqrt(edge.x - x) * edge.turn)
        if not self.trail:
            return None
        angles = np.array([angle for angle, _ in self.trail])
        if len(angles) == 1:
            return self.trail[0][1].T
        guess = np.zeros_like(self.trail[0][1].T)
        for i, (angle, point) in enumerate(self.trail):  # Lagrange
            others = np.delete(angles, i)
            guess = guess + np.prod((theta - others) / (angle - others)) * point.T
        return guess

    def _from_above(self, x: float) -> Point:
        scan = self.found.scan
        nearest = min(scan, key=lambda point: abs(float(np.real(point.z)) - x))
        equation, height = self.explorer.equation, self.found.height
        above = walk(equation, nearest, x + 1j * height)
        close = 0.05 * min(abs(x - end) for end in self.ends)
        try:
            if close < height:
                above = walk(equation, above, x + 1j * close, shortest=self.explorer.patience)
            return walk(equation, above, complex(x), shortest=HASTY)
        except PathError:
            return above  # closer to an unresolved edge than rounding allows: the density a little above the axis
