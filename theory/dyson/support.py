"""The support of a law: its bands with their edges, and its atoms.

The outermost edges are met on the real axis coming from far outside.  A scan just above the real axis then shows
where the density falls towards 0; from the bottom of each such valley, if the solution there is real, both edges of
the gap are found in the same way.  A point where the real path ends without a fold is an atom (η Im m(x + iη) has a
limit, its mass) or a hard edge (it has none).  Gaps narrower than the height of the scan are not seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from theory.dyson.edges import Edge, RealState, approach, fold, real_state
from theory.dyson.equation import DysonEquation
from theory.dyson.path import PathError, Point, real_part, start, walk

HEIGHT = 1e-3  # of the scan, relative to the width of the support
SCAN_POINTS = 80
ROUGH = 1e-6  # accuracy of the scan
VALLEY = 0.5  # a minimum this much below the lower of the maxima beside it is looked at
CLOSE_TO_BOTTOM = (3e-2, 1e-2, 3e-3, 1e-3, 1e-4, 1e-5)  # of the width
ATOM_HEIGHT, LIGHTEST = 1e-5, 1e-5
NEGLIGIBLE = 1e-7


@dataclass(frozen=True, eq=False)
class End:
    """An end of a band: a soft ``edge`` (a fold), or none where the density is singular or the band is cut at 0."""

    x: float
    edge: Edge | None = None


@dataclass(frozen=True, eq=False)
class Atom:
    """A point of positive mass."""

    x: float
    mass: float


@dataclass(frozen=True, eq=False)
class Support:
    """Bands (lower end, upper end) in ascending order, atoms, and the scan above the axis (ascending in Re z)."""

    bands: tuple[tuple[End, End], ...]
    atoms: tuple[Atom, ...]
    scan: tuple[Point, ...]
    height: float
    outside: tuple[RealState, ...]


@dataclass(frozen=True, eq=False)
class Explorer:
    """An equation with the node and factor that define m(z), and ``even`` if the law is that of ±s."""

    equation: DysonEquation
    node: int
    factor: float
    even: bool

    def m(self, point: Point) -> complex:
        """The Stieltjes transform ∫ dμ(x)/(x − z)."""
        return complex(self.factor * self.equation.entry(point.G, self.node))

    def high_point(self) -> tuple[Point, float]:
        """A point iY above the support and the scale of the law, Y/3 where ⟨x²/(x² + Y²)⟩ ≈ .1."""
        Y = 100.0
        for _ in range(12):
            point = start(self.equation, 1j * Y)
            if abs(1 + 1j * Y * self.m(point)) < 0.03:
                break
            Y *= 30
        else:
            raise PathError("the law has no finite scale: its values seem to be unbounded")
        for _ in range(60):
            following = walk(self.equation, point, 0.6 * point.z)
            if abs(1 + following.z * self.m(following)) > 0.1:
                break
            point = following
        return point, float(np.imag(point.z)) / 3

    def outside(self, high: Point, scale: float, side: int) -> RealState:
        """A real state beyond the support, right (side 1) or left (−1) of it."""
        for factor in (4, 8, 16, 40, 100, 1000):
            x = side * factor * scale
            try:
                corner = walk(self.equation, high, x + 1j * np.imag(high.z))
                low = walk(self.equation, corner, x + 1e-3j * scale)
            except PathError:
                continue
            found = real_part(self.equation, low)
            state = None if found is None else real_state(self.equation, found)
            if state is not None:
                return state
        raise PathError("no real solution found outside the support: the law may be unbounded")

    def end(self, state: RealState, limit: float, scale: float, seen: list[RealState]) -> End | None:
        """The end of the gap in which ``state`` lies, towards ``limit``; None if the gap goes on to the limit."""
        met = approach(self.equation, state, limit, seen)
        if isinstance(met, RealState):
            return None
        rough, last = met
        try:
            return End(rough, fold(self.equation, rough, last, self.node))
        except (PathError, np.linalg.LinAlgError):
            return End(0.0 if abs(rough) < 1e-4 * scale else rough)

    def atom(self, x: float, high: Point, scale: float) -> float:
        """The mass at x, by η Im m(x + iη) at two heights."""
        heights = ATOM_HEIGHT * scale, ATOM_HEIGHT * scale / 4
        point = walk(self.equation, high, x + 1j * np.imag(high.z))
        masses = []
        for height in (1e-2 * scale, 1e-3 * scale, *heights):
            point = walk(self.equation, point, x + 1j * height)
            masses.append(height * self.m(point).imag)
        # the rest of the density gives something that falls with η
        first, second = masses[-2:]
        return second if first > 0 and second > 0.9 * first else 0.0


def support(explorer: Explorer) -> Support:
    """Bands, atoms and the scan.  PathError says where the solution could not be followed."""
    high, scale = explorer.high_point()
    above: list[RealState] = []
    state = explorer.outside(high, scale, 1)
    above.append(state)
    ends: list[End] = []
    limit = NEGLIGIBLE * scale if explorer.even else -1e4 * scale
    top = explorer.end(state, limit, scale, above)
    if top is None:  # nothing but what sits at 0
        return Support((), _atoms(explorer, [End(0.0)], high, scale), (), HEIGHT * scale, tuple(above))
    top = _soft(top)
    bottom = End(0.0)
    if not explorer.even:
        left = explorer.outside(high, scale, -1)
        met = explorer.end(left, top.x + scale, scale, [])
        if met is None:
            raise PathError("the lower end of the support was not found")
        bottom = _soft(met)
    width = max(top.x - bottom.x, 1e-9 * scale)
    height = HEIGHT * width
    scan = _scan(explorer, high, bottom.x, top.x, height) if width > 1e-6 * scale else []
    ends = [bottom, *_gaps(explorer, scan, bottom, top, scale), top]
    if explorer.even and len(ends) % 2:
        ends = ends[1:]  # the lowest gap reaches 0
    hard = [end for end in ends if end.edge is None]
    atoms = _atoms(explorer, [End(0.0), *hard], high, scale)
    bands = tuple(zip(ends[::2], ends[1::2], strict=True))
    bands = tuple((a, b) for a, b in bands if b.x - a.x > 1e-9 * scale)
    return Support(bands, atoms, tuple(scan), height, tuple(above))


def _soft(end: End) -> End:
    return end if end.edge is None else End(end.edge.x, end.edge)


def _atoms(explorer: Explorer, candidates: list[End], high: Point, scale: float) -> tuple[Atom, ...]:
    atoms: list[Atom] = []
    for end in candidates:
        if any(abs(end.x - atom.x) < 1e-6 * scale for atom in atoms):
            continue
        mass = explorer.atom(end.x, high, scale)
        if mass > LIGHTEST:
            atoms.append(Atom(end.x, mass))
    return tuple(atoms)


def _scan(explorer: Explorer, high: Point, lower: float, upper: float, height: float) -> list[Point]:
    """Points just above the axis from the lower to the upper end, no two further apart than 1/80 of the way."""
    equation, middle = explorer.equation, (lower + upper) / 2
    corner = walk(equation, high, middle + 1j * np.imag(high.z))
    low = walk(equation, corner, middle + 1j * height)
    sides = []
    for end in (lower, upper):
        trail = [low]
        for x in np.linspace(middle, end, SCAN_POINTS // 2 + 1)[1:]:
            walk(equation, trail[-1], x + 1j * height, trail[-3:-1], trail.append, ROUGH)
        sides.append(trail[1:])
    return [*reversed(sides[0]), low, *sides[1]]


def _gaps(explorer: Explorer, scan: list[Point], bottom: End, top: End, scale: float) -> list[End]:
    """The inner ends: for each point found in a gap, the ends of that gap."""
    ends: list[End] = []
    for state in _inside_gaps(explorer, scan, bottom, top):
        if ends and state.x <= ends[-1].x:
            continue
        floor = max(ends[-1].x if ends else bottom.x, NEGLIGIBLE * scale if explorer.even else -np.inf)
        left = explorer.end(state, floor, scale, [])
        right = explorer.end(state, top.x, scale, [])
        if right is not None:
            ends += [_soft(right)] if left is None else [_soft(left), _soft(right)]
    return ends


def _inside_gaps(explorer: Explorer, scan: list[Point], bottom: End, top: End) -> Iterator[RealState]:
    """Real states in the gaps, ascending: close above a singular lower end, and at the valleys of the scan."""
    if len(scan) < 3:
        return
    equation = explorer.equation
    if bottom.edge is None:
        point = scan[0]
        for fraction in CLOSE_TO_BOTTOM:
            offset = fraction * (top.x - bottom.x)
            point = walk(equation, point, bottom.x + offset * (1 + 0.3j))
            if (state := _real(equation, point)) is not None:
                yield state
                break
    density = np.array([explorer.m(point).imag for point in scan])
    for i in _valleys(density):
        if (state := _real(equation, scan[i])) is not None:
            yield state


def _real(equation: DysonEquation, point: Point) -> RealState | None:
    found = real_part(equation, point)
    return None if found is None else real_state(equation, found)


def _valleys(density: np.ndarray) -> list[int]:
    """Inner local minima that are deep enough, seen from the maxima on both sides."""
    minima = [i for i in range(1, len(density) - 1) if density[i - 1] >= density[i] < density[i + 1]]
    return [i for i in minima if density[i] < VALLEY * min(density[:i].max(), density[i:].max())]
