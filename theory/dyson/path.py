"""Following the physical solution of a Dyson equation through the complex plane by Newton's method.

Chord Newton (one Jacobian kept until it converges slowly), a predictor (the tangent dT/dz at first, then the
polynomial through the last points, T being analytic in z), and a step that is accepted only if Newton converges,
the predictor was not far off, and the averaged blocks have a positive semidefinite imaginary part: of all solutions
only the physical one has (Helton, Rashidi Far & Speicher 2007).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import LinAlgWarning, lu_factor, lu_solve

from theory.dyson.equation import DysonEquation, PathError, Values

STAGNATION = 1e-5
FLOOR = 1e-3  # unknowns that cross 0 are measured against this fraction of the largest
ROUGHLY = 2e-3  # the first correction by an old Jacobian above which a new one pays
SLOW = 0.05  # the error ratio above which the Jacobian is computed anew
JUMP = 0.3  # largest accepted distance from the predictor
UNPHYSICAL = 1e-6
DOWN = 0.6  # of the distance to the real axis, in one step towards it
STEEPEST = 6.0  # power of z
SETTLED = 1e-6  # of each unknown in an iteration: then Newton's method
SHORTEST = 1e-9  # of the path

Factors = tuple[Values, Values]


@dataclass(frozen=True, eq=False)
class Point:
    """A solution: T at z, the blocks G there, the last Newton correction ``error`` and the factors of a Jacobian."""

    z: complex | float
    T: Values
    G: list[Values]
    error: float
    factors: Factors


def relative(change: Values, T: Values) -> float:
    """Largest relative change, with a floor for unknowns near 0."""
    size = np.abs(T)
    return float(np.max(np.abs(change) / (size + FLOOR * size.max(initial=1e-300)), initial=0.0))


def factorise(J: Values) -> Factors:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LinAlgWarning)  # a singular Jacobian shows as a Newton step that fails
        lu, pivots = lu_factor(J, check_finite=False)
    return lu, pivots


def newton(
    equation: DysonEquation,
    z: complex | float,
    T: Values,
    factors: Factors | None = None,
    epsilon: float = 0.0,
    tolerance: float = 0.0,
    leap: float = 1e6,
) -> Point | None:
    """The solution near T, or None; ``factors`` of a Jacobian nearby spare the first one.  Given up at once if
    the first correction is relatively larger than ``leap``."""
    previous, fresh, converged = np.inf, False, False
    for _ in range(16):
        try:
            G = equation.blocks(T, z, epsilon)
        except np.linalg.LinAlgError:
            return None
        defect = T - equation.read(G)
        if not np.isfinite(defect).all():
            return None
        if converged:
            assert factors is not None
            return Point(z, T, G, relative(defect, T), factors)
        if factors is None:
            factors, fresh = factorise(equation.jacobian(G)), True
        change = lu_solve(factors, -defect, check_finite=False)
        error = relative(change, T)
        if not fresh and error > (ROUGHLY if previous == np.inf else SLOW * previous):
            factors, fresh = factorise(equation.jacobian(G)), True  # the old Jacobian is too far away
            change = lu_solve(factors, -defect, check_finite=False)
            error = relative(change, T)
        if not error < (leap if previous == np.inf else 1e6):
            return None
        T = T + change
        stuck = fresh and error > 0.5 * previous
        if error < max(tolerance, equation.tolerance) or (stuck and error < STAGNATION):
            converged = True
        elif stuck and previous < 1:
            return None
        elif error > SLOW * previous:
            factors, fresh = None, False
        previous = error
    return None


def slope(equation: DysonEquation, point: Point) -> Values:
    """dT/dz."""
    return np.asarray(np.linalg.solve(equation.jacobian(point.G), equation.source(point.G)))


def along_tangent(point: Point, tangent: Values, z: complex | float) -> Values:
    """T at z to first order."""
    return np.asarray(point.T + (z - point.z) * tangent)


def along_powers(point: Point, tangent: Values, z: complex | float) -> Values:
    """T at z, each unknown along the power of z through it and its tangent: what it is far from the support.  Along
    the tangent where it is steeper."""
    T = point.T
    plain = (T == 0) | (np.abs(point.z * tangent) > STEEPEST * np.abs(T))
    powers = np.where(plain, 0.0, point.z * tangent / np.where(plain, 1.0, T))
    return np.where(plain, along_tangent(point, tangent, z), T * (z / point.z) ** powers)


def approached(equation: DysonEquation, point: Point, z: complex) -> Point:
    """The solution at z, a part of the way from a point far from the support to 0."""
    guess = along_powers(point, slope(equation, point), z)
    found = newton(equation, z, guess, point.factors, leap=2 * JUMP)
    if found is None or relative(found.T - guess, found.T) > JUMP or not physical(equation, found.G):
        return walk(equation, point, z)
    return found


def physical(equation: DysonEquation, G: list[Values]) -> bool:
    """Im⟨G_t⟩ ⪰ 0 on every space, to rounding."""
    for average in equation.averages(G):
        if average.size and np.linalg.eigvalsh(average.imag)[0] < -UNPHYSICAL * np.abs(average).max():
            return False
    return True


def start(equation: DysonEquation, z: complex) -> Point:
    """The physical solution at ``z`` in the upper half-plane, far from the real axis."""
    point = far_point(equation, z)
    if point is not None and physical(equation, point.G):
        return point
    return _start_regularised(equation, z)


def far_point(equation: DysonEquation, z: complex | float) -> Point | None:
    """The solution that is analytic at infinity, for large |z| (real arithmetic for a real z); None if not found."""
    T = np.zeros(equation.size, dtype=type(z))
    try:
        for _ in range(20):
            T, before = equation.read(equation.blocks(T, z)), T
            if np.all(np.abs(T - before) <= SETTLED * np.abs(T)):
                break
    except np.linalg.LinAlgError:
        return None
    point = newton(equation, z, T)
    return point if point is not None and relative(point.T - T, point.T) < JUMP else None


def _start_regularised(equation: DysonEquation, z: complex) -> Point:
    """With −iε at every node the averaged fixed-point iteration converges to the physical solution; then ε → 0."""
    epsilon, T = 1.0, np.zeros(equation.size, dtype=complex)
    for _ in range(400):
        new = equation.read(equation.blocks(T, z, epsilon))
        change, T = relative(new - T, new), (T + new) / 2
        if change < 1e-3:
            break
    point = newton(equation, z, T, epsilon=epsilon)
    factor = 0.4
    while point is not None and epsilon > 0:
        following = 0.0 if epsilon < 1e-9 else epsilon * factor
        new_point = newton(equation, z, point.T, epsilon=following)
        if new_point is not None and physical(equation, new_point.G):
            epsilon, point = following, new_point
        elif factor < 0.95:
            factor = factor**0.5
        else:
            break
    if point is None or epsilon > 0:
        raise PathError(f"no physical solution found at z = {z:.4g}: the expression may not be defined there")
    return point


def walk(
    equation: DysonEquation,
    point: Point,
    target: complex,
    past: list[Point] | None = None,
    visit: Callable[[Point], None] | None = None,
    tolerance: float = 0.0,
    shortest: float = SHORTEST,
) -> Point:
    """Follow the solution along the straight line from ``point`` to ``target``, both with Im z ≥ 0.

    ``past`` are earlier points for the predictor, ``visit`` sees every accepted point.  PathError if the steps shrink
    below ``shortest`` of the way: something singular (an edge, an atom) lies on the line.
    """
    history = [*(past or []), point]
    direction = target - point.z
    length = abs(direction)
    if length == 0:
        return point
    done, step = 0.0, 1.0
    while done < 1:
        step = min(step, 1 - done, _longest(history[-1].z, target, direction))
        ahead = target if done + step >= 1 else point.z + (done + step) * direction
        guess = predict(equation, history, ahead)
        found = newton(equation, ahead, guess, history[-1].factors, tolerance=tolerance, leap=2 * JUMP)
        jump = np.inf if found is None else relative(found.T - guess, found.T)
        if found is None or jump > JUMP or not physical(equation, found.G):
            step *= 0.4
            if step < shortest:
                raise PathError(f"the solution could not be followed to z = {target:.6g} beyond z = {ahead:.6g}")
            continue
        done = 1.0 if done + step >= 1 else done + step
        history = [*history[-2:], found]
        if visit is not None:
            visit(found)
        step *= 2.0 if jump < 0.03 else (0.7 if jump > 0.15 else 1.0)
    return history[-1]


def _longest(z: complex | float, target: complex, direction: complex) -> float:
    """Towards a place much nearer to the real axis, no further than part of the distance to the axis at once."""
    if not 0 < np.imag(target) < (1 - DOWN) * np.imag(z):
        return 1.0
    return float(DOWN * np.imag(z) / -np.imag(direction))


def predict(equation: DysonEquation, history: list[Point], z: complex | float) -> Values:
    """T at z from the last points: the tangent for one or two, else the parabola through three (T is analytic)."""
    last = history[-3:]
    if len(last) < 3:
        point = last[-1]
        return point.T + (z - point.z) * slope(equation, point)
    (z0, T0), (z1, T1), (z2, T2) = ((p.z, p.T) for p in last)
    d01, d12 = (T1 - T0) / (z1 - z0), (T2 - T1) / (z2 - z1)
    return np.asarray(T2 + (z - z2) * (d12 + (z - z1) * (d12 - d01) / (z2 - z0)))


def real_part(equation: DysonEquation, point: Point) -> Point | None:
    """The real solution next to a point that lies on or just above the real axis outside the support, or None."""
    x = float(np.real(point.z))
    found = newton(equation, x, np.ascontiguousarray(np.real(predict(equation, [point], x))))
    return None if found is None else replace(found, z=x)
