"""Edges of the support: folds of the real solution.

Outside the support T(x) is real, and an edge x* is where the Jacobian J of the Dyson equation turns singular: T is
T* + s v with J v = 0 and s² proportional to x − x*.  The path is followed towards the edge in real arithmetic, with
|G|²/|dG/dx|², which is linear there, as the measure of the distance; then Newton's method solves

    R(T, x) = 0,    J(T, x) v = 0,    ℓᵀ v = 1

for (T, v, x) to rounding.  With w the left null vector, s² = −2 (w·R_x)(x − x*)/(w·R''[v, v]), which gives the
density near the edge as (c/π) √|x − x*|.  Derivatives of J are taken by the complex step, exact to rounding because
everything is analytic.  (Derived in docs/dyson.md.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import lu_solve

from theory.dyson.equation import DysonEquation, Values
from theory.dyson.path import STAGNATION, Point, factorise, newton, relative

CLOSE = 2e-3  # relative distance from which the fold is solved for,
NEAR, STEADY = 0.05, 0.05  # or this one, if the extrapolated edge moves no more by this part of the distance
STEP = 1e-30  # complex step
STEPS = 400
LEAP = 0.6  # largest first correction of a step
END = 1e-8  # relative step at which a path that meets no fold has ended


@dataclass(frozen=True, eq=False)
class Edge:
    """An edge at ``x``, with T there: T(x') = T + i √|x' − x| ``turn`` just inside, up to the sign of ``turn``.

    ``amplitude``: Im ⟨G[node, node]⟩ = amplitude √|x' − x| at the node asked for; ``turn`` has the sign for which
    that is positive.
    """

    x: float
    T: Values
    turn: Values
    amplitude: float


@dataclass(frozen=True, eq=False)
class RealState:
    """A point of the real path with its tangent, the signs of det J and of all det G(ω) (``sign``, constant in a
    gap), and |G|²/|dG/dx|², which is linear near an edge."""

    point: Point
    tangent: Values
    sign: bytes
    closeness: float

    @property
    def x(self) -> float:
        return float(np.real(self.point.z))


def real_state(equation: DysonEquation, point: Point) -> RealState | None:
    """None if the solution there is not the physical one."""
    factors = factorise(equation.jacobian(point.G))
    tangent = lu_solve(factors, equation.source(point.G), check_finite=False)
    if not np.isfinite(tangent).all():
        return None
    dG = equation.d_blocks(point.G, tangent)
    if not increasing(equation, dG):
        return None
    pairs = [(g, dg) for g, dg in zip(point.G, dG, strict=True) if g.size]
    speed2 = sum(float(np.sum(dg**2) / np.sum(g**2)) for g, dg in pairs)
    lu, pivots = factors
    swaps = int(np.sum(pivots != np.arange(len(pivots))))
    sign = np.prod(np.sign(np.diag(lu))) * (-1) ** swaps
    # in a gap G(ω) stays finite and invertible: where one of these signs differs, a band or an atom lies between
    signs = [np.linalg.slogdet(g)[0] for g in point.G if g.size]
    return RealState(
        replace(point, factors=factors),
        tangent,
        np.append(np.concatenate(signs), sign).tobytes(),
        1 / max(speed2, 1e-300),
    )


def increasing(equation: DysonEquation, dG: list[Values]) -> bool:
    """d⟨G_t⟩/dx ⪰ 0 on every space: on the real axis outside the support only the physical solution has it."""
    averages = [average for average in equation.averages(dG) if average.size]
    # next to an atom one space may be large and bring its rounding errors to the others
    largest = max((float(np.abs(average).max()) for average in averages), default=0.0)
    return all(np.linalg.eigvalsh(average)[0] >= -1e-9 * largest for average in averages)


def approach(
    equation: DysonEquation, first: RealState, limit: float, node: int, visited: list[RealState]
) -> RealState | Edge | float:
    """Walk from a real state towards ``limit``: the state there, or the edge that is met, or the place where the path
    ends without a fold.  All states on the way go to ``visited``."""
    current, previous, last_edge = first, None, np.inf
    step = 0.1 * (limit - first.x)
    for _ in range(STEPS):
        gap = limit - current.x
        rough = _rough_edge(previous, current)
        if rough is not None and abs(rough - current.x) < abs(gap):
            distance = abs(rough - current.x)
            settled = abs(rough - last_edge) < STEADY * distance and distance < NEAR * abs(rough)
            if settled or distance < CLOSE * max(abs(current.x), abs(gap) * 1e-3):
                edge = fold(equation, rough, current, node)
                if edge is not None:
                    return edge
            step, last_edge = np.sign(gap) * min(abs(step), 0.7 * distance), rough
        if abs(step) >= abs(gap):
            step = gap
        following = _advance(equation, current, current.x + step)
        if following is None:
            step *= 0.4
            if abs(step) < END * max(abs(current.x), abs(gap) * 1e-3):
                return current.x
            continue
        visited.append(following)
        previous, current = current, following
        if current.x == limit:
            return current
        if abs(step) < END * max(abs(current.x), abs(gap) * 1e-3):
            return current.x
        step *= 1.7
    return current.x


def _rough_edge(previous: RealState | None, current: RealState) -> float | None:
    """Where |G|²/|dG/dx|² extrapolates to 0, if ahead."""
    if previous is None or previous.closeness <= current.closeness:
        return None
    return current.x + (current.x - previous.x) * current.closeness / (previous.closeness - current.closeness)


def _advance(equation: DysonEquation, state: RealState, x: float) -> RealState | None:
    guess = state.point.T + (x - state.x) * state.tangent
    found = newton(equation, x, guess, state.point.factors, leap=LEAP)
    if found is None or relative(found.T - guess, found.T) > 0.3:
        return None
    following = real_state(equation, found)
    if following is None or following.sign != state.sign or not _risen(equation, state, following):
        return None
    return following


def _risen(equation: DysonEquation, one: RealState, other: RealState) -> bool:
    """⟨G_t⟩ increases with x from one state to the other, as it does where no atom lies between them."""
    lower, upper = (one, other) if one.x < other.x else (other, one)
    pairs = zip(equation.averages(lower.point.G), equation.averages(upper.point.G), strict=True)
    traces = [
        (float(np.trace(upper) - np.trace(lower)), float(np.abs(lower).max(initial=0))) for lower, upper in pairs
    ]
    return all(risen >= -1e-6 * size for risen, size in traces)


def fold(equation: DysonEquation, rough: float, state: RealState, node: int) -> Edge | None:
    """The edge near ``rough``, from a real state close to it; None if there is none."""
    distance = rough - state.x
    T = state.point.T + 2 * distance * state.tangent  # T = T* + c √(x − x*), dT/dx = c/(2 √(x − x*))
    v = state.tangent / np.linalg.norm(state.tangent)
    ell, x, size, error = v.copy(), float(rough), equation.size, np.inf
    for _ in range(30):
        G = equation.blocks(T, x)
        J = equation.jacobian(G)
        bent = _derivative(equation, T, x, v)
        J_x = equation.jacobian(equation.blocks(T, x + 1j * STEP)).imag / STEP
        system = np.zeros((2 * size + 1, 2 * size + 1))
        system[:size, :size], system[:size, -1] = J, -equation.source(G)
        system[size : 2 * size, :size], system[size : 2 * size, size:-1] = bent, J
        system[size : 2 * size, -1], system[-1, size:-1] = J_x @ v, ell
        defect = np.concatenate([T - equation.read(G), J @ v, [ell @ v - 1]])
        try:
            change = np.linalg.solve(system, -defect)
        except np.linalg.LinAlgError:
            return None
        T, v, x = T + change[:size], v + change[size:-1], x + float(change[-1])
        if not np.isfinite(x) or abs(x - rough) > 30 * abs(distance) + 1e-6 * abs(rough):
            return None
        error, before = relative(change[:size], T), error
        if error < 1e-11 or (error < STAGNATION and error > 0.5 * before):
            return _edge(equation, T, x, v, node, state.x)
    return None


def _derivative(equation: DysonEquation, T: Values, x: float, v: Values) -> Values:
    """R''[v, ·]."""
    return np.asarray(equation.jacobian(equation.blocks(T + 1j * STEP * v, x)).imag / STEP)


def _edge(equation: DysonEquation, T: Values, x: float, v: Values, node: int, outside: float) -> Edge | None:
    """The edge at x; None if the real solutions are not on the side of ``outside``: the far edge of a narrow band."""
    G = equation.blocks(T, x)
    w = np.linalg.svd(equation.jacobian(G))[0][:, -1]
    bend = w @ _derivative(equation, T, x, v) @ v
    square = 2 * (w @ equation.source(G)) / bend  # s² = square · (x' − x)
    if square * (outside - x) <= 0:
        return None
    turn = v * np.sqrt(abs(square))
    rate = float(equation.entry(equation.blocks(T + 1j * STEP * turn, x), node).imag / STEP)
    return Edge(x, T, turn if rate > 0 else -turn, abs(rate))
