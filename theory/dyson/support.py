"""The support of a law: its bands with their edges, and its atoms.

The outermost edges are met on the real axis coming from far outside.  A scan just above the real axis then shows
where the density falls towards 0; from the bottom of each such valley, if the solution there is real, both edges of
the gap are found in the same way.  A point where the real path ends without a fold is an atom (η Im m(x + iη) has a
limit, its mass) or a hard edge (it has none).  Gaps narrower than the height of the scan are not seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from theory.dyson.edges import Edge, RealState, approach, real_state
from theory.dyson.equation import DysonEquation
from theory.dyson.path import PathError, Point, approached, far_point, real_part, start, walk

HEIGHT = 1e-3  # of the scan, relative to the width of the support
SCAN_POINTS = 60
ROUGH = 1e-6  # accuracy of the scan
LOWERINGS = 7  # of the scan at a valley, by a factor 3 each
SHALLOW = 0.98  # a valley whose bottom falls by less than that is none
CLOSE_TO_BOTTOM = (3e-2, 1e-2, 3e-3, 1e-3, 1e-4, 1e-5)  # of the width
ATOM_HEIGHT, LIGHTEST = 1e-5, 1e-5
PATIENCE = 1e-6  # shortest step, relative to the whole, of a descent to the axis near an unresolved edge
HASTY = 1e-3  # shortest step of a descent that may be given up
NEGLIGIBLE = 1e-7
TO_ZERO = 0.1  # a gap of an even law that goes on to this part of a place in it goes on to 0
FAR = (1e4, 1e5, 1e6)  # where to look for the real axis outside the support, in scales: light bands may be far


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
class Gap:
    """An interval off the support: its ends (None where it goes on to ±∞ or to 0), and real states in it,
    ascending."""

    lower: End | None
    upper: End | None
    states: tuple[RealState, ...]

    @classmethod
    def of(cls, lower: End | None, upper: End | None, states: list[RealState]) -> Gap:
        distinct = {state.x: state for state in states}
        return cls(lower, upper, tuple(distinct[x] for x in sorted(distinct)))


@dataclass(frozen=True, eq=False)
class Support:
    """Bands (lower end, upper end), gaps between and around them, atoms, and the scan above the axis; ascending."""

    bands: tuple[tuple[End, End], ...]
    gaps: tuple[Gap, ...]
    atoms: tuple[Atom, ...]
    scan: tuple[Point, ...]
    height: float


@dataclass(frozen=True, eq=False)
class Explorer:
    """An equation with the node and factor that define m(z), and ``even`` if the law is that of ±s."""

    equation: DysonEquation
    node: int
    factor: float
    even: bool
    scan_points: int = SCAN_POINTS
    scan_height: float = HEIGHT
    patience: float = PATIENCE

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
            following = approached(self.equation, point, 0.6 * point.z)
            if abs(1 + following.z * self.m(following)) > 0.1:
                break
            point = following
        return point, float(np.imag(point.z)) / 3

    def outside(self, high: Point, scale: float, side: int) -> RealState:
        """A real state beyond the support, right (side 1) or left (−1) of it."""
        for factor in FAR:
            x = side * factor * scale
            direct = far_point(self.equation, float(x))
            state = None if direct is None else real_state(self.equation, direct)
            if state is not None:
                return state
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
        met = approach(self.equation, state, limit, self.node, seen)
        match met:
            case RealState():
                return None
            case Edge():
                return End(met.x, met)
        return End(0.0 if abs(met) < 1e-4 * scale else met)

    def atom(self, x: float, high: Point, scale: float, gaps: list[Gap]) -> float:
        """The mass at x, by η Im m(x + iη) at two heights; by −x m(x) in a gap that goes down to 0."""
        states = [state for gap in gaps for state in gap.states]
        close = sorted((state for state in states if state.x != x), key=lambda state: abs(state.x - x))[:4]
        if self.even and len(close) > 1 and close[-1].x < 0.8 * self._lowest(gaps):
            q = np.array([state.x**2 for state in close])
            f = np.array([-state.x * float(np.real(self.m(state.point))) for state in close])
            return float(np.linalg.solve(np.vander(q / q[-1], increasing=True), f)[0])  # −x m(x) = mass + O(x²)
        heights = ATOM_HEIGHT * scale, ATOM_HEIGHT * scale / 4
        point = walk(self.equation, high, x + 1j * np.imag(high.z))
        masses = []
        try:
            for height in (1e-2 * scale, 1e-3 * scale, *heights):
                point = walk(self.equation, point, x + 1j * height, shortest=HASTY)
                masses.append(height * self.m(point).imag)
        except PathError:
            return 0.0  # if there is an atom, its mass will be missed, and the law refused
        # the rest of the density gives something that falls with η
        first, second = masses[-2:]
        return second if first > 0 and second > 0.9 * first else 0.0

    @staticmethod
    def _lowest(gaps: list[Gap]) -> float:
        """The upper end of a gap that goes down to 0, or 0."""
        return min((gap.upper.x for gap in gaps if gap.lower is None and gap.upper is not None), default=0.0)


@dataclass(frozen=True, eq=False)
class Top:
    """The gap above the support, from far outside down to the upper end (None if there is nothing but what sits at
    0), with a point high above the axis and the scale of the law."""

    gap: Gap
    high: Point
    scale: float


def top(explorer: Explorer) -> Top:
    """The upper end of the support, all that outliers above it need."""
    high, scale = explorer.high_point()
    above = [explorer.outside(high, scale, 1)]
    limit = NEGLIGIBLE * scale if explorer.even else -FAR[0] * scale
    met = explorer.end(above[0], limit, scale, above)
    return Top(Gap.of(met and _soft(met), None, above), high, scale)


def support(explorer: Explorer, highest: Top) -> Support:
    """Bands, gaps, atoms and the scan.  PathError says where the solution could not be followed."""
    high, scale, top = highest.high, highest.scale, highest.gap.lower
    if top is None:
        return Support((), (highest.gap,), _atoms(explorer, [End(0.0)], high, scale, []), (), 0.0)
    bottom, gaps = End(0.0), []
    if not explorer.even:
        below = [explorer.outside(high, scale, -1)]
        met = explorer.end(below[0], top.x + scale, scale, below)
        if met is None:
            raise PathError("the lower end of the support was not found")
        bottom = _soft(met)
        gaps.append(Gap.of(None, bottom, below))
    width = top.x - bottom.x
    height = explorer.scan_height * width
    scan = _scan(explorer, high, bottom.x, top.x, height) if width > 1e-6 * scale else []
    gaps += [*_gaps(explorer, scan, bottom, top, scale), highest.gap]
    ends = [end for gap in gaps for end in (gap.lower, gap.upper) if end is not None]
    if explorer.even and len(ends) % 2:
        ends = [bottom, *ends]  # the lowest band reaches down to 0
    hard = [end for end in ends if end.edge is None]
    bands = tuple((a, b) for a, b in zip(ends[::2], ends[1::2], strict=True) if b.x - a.x > 1e-9 * scale)
    atoms = _atoms(explorer, [End(0.0), *hard], high, scale, gaps)
    return Support(bands, tuple(gaps), atoms, tuple(scan), height)


def _soft(end: End) -> End:
    return end if end.edge is None else End(end.edge.x, end.edge)


def _atoms(explorer: Explorer, candidates: list[End], high: Point, scale: float, gaps: list[Gap]) -> tuple[Atom, ...]:
    atoms: list[Atom] = []
    for end in candidates:
        if any(abs(end.x - atom.x) < 1e-6 * scale for atom in atoms):
            continue
        mass = explorer.atom(end.x, high, scale, gaps)
        if mass > LIGHTEST:
            atoms.append(Atom(end.x, mass))
    return tuple(atoms)


def _scan(explorer: Explorer, high: Point, lower: float, upper: float, height: float) -> list[Point]:
    """Points just above the axis from the lower to the upper end, no two further apart than 1/``scan_points``
    of the way."""
    equation, middle = explorer.equation, (lower + upper) / 2
    corner = walk(equation, high, middle + 1j * np.imag(high.z))
    low = walk(equation, corner, middle + 1j * height)
    sides = []
    for end in (lower, upper):
        trail = [low]
        for x in np.linspace(middle, end, explorer.scan_points // 2 + 1)[1:]:
            walk(equation, trail[-1], x + 1j * height, trail[-3:-1], trail.append, ROUGH)
        sides.append(trail[1:])
    return [*reversed(sides[0]), low, *sides[1]]


def split(explorer: Explorer, found: Support, ends: tuple[End, End], places: list[float]) -> Support:
    """The support with the gaps found near ``places`` in one of its bands taken out, for those there are."""
    gaps: list[Gap] = []
    for x in places:
        floor = gaps[-1].upper if gaps else ends[0]
        assert floor is not None
        if x <= floor.x:
            continue
        state = _bottom(explorer, _around(explorer, found, x, 0.02 * (ends[1].x - ends[0].x)))
        if state is not None and floor.x < state.x < ends[1].x:
            gap = _gap(explorer, state, floor.x, ends[1].x, ends[1].x)
            gaps += [gap] if gap.lower is not None and gap.upper is not None else []
    cut = [ends[0], *(end for gap in gaps for end in (gap.lower, gap.upper) if end is not None), ends[1]]
    i = found.bands.index(ends)
    bands = (*found.bands[:i], *zip(cut[::2], cut[1::2], strict=True), *found.bands[i + 1 :])
    return replace(found, bands=bands, gaps=(*found.gaps, *gaps))


def _gap(explorer: Explorer, state: RealState, floor: float, ceiling: float, scale: float) -> Gap:
    """The gap around a real state."""
    seen = [state]
    left = explorer.end(state, floor, scale, seen)
    right = explorer.end(state, ceiling, scale, seen)
    return Gap.of(left and _soft(left), right and _soft(right), seen)


def _around(explorer: Explorer, found: Support, x: float, width: float) -> list[Point]:
    """Three points above the axis around x."""
    nearest = min(found.scan, key=lambda point: abs(float(np.real(point.z)) - x))
    return [walk(explorer.equation, nearest, x + side * width / 2 + 0.1j * width) for side in (-1, 0, 1)]


def _gaps(explorer: Explorer, scan: list[Point], bottom: End, top: End, scale: float) -> list[Gap]:
    """The inner gaps: for each real state found in one, the gap around it."""
    gaps: list[Gap] = []
    for state in _inside_gaps(explorer, scan, bottom, top):
        last = gaps[-1].upper if gaps else bottom
        assert last is not None
        if gaps and state.x <= last.x:
            continue
        floor = max(last.x, TO_ZERO * state.x) if explorer.even else last.x
        gap = _gap(explorer, state, floor, top.x, scale)
        gaps += [gap] if gap.upper is not None else []
    return gaps


def _inside_gaps(explorer: Explorer, scan: list[Point], bottom: End, top: End) -> Iterator[RealState]:
    """Real states in the gaps, ascending: close above a singular lower end, and at the valleys of the scan."""
    if len(scan) < 3:
        return
    equation = explorer.equation
    if bottom.edge is None:
        point = scan[0]
        for fraction in CLOSE_TO_BOTTOM:
            offset = fraction * (top.x - bottom.x)
            # low: next to an atom, T ~ 1/x turns by the angle of the point
            point = walk(equation, point, bottom.x + offset * (1 + 0.05j))
            if (state := _real(equation, point)) is not None:
                yield state
                break
    density = np.array([explorer.m(point).imag for point in scan])
    for i in range(1, len(scan) - 1):
        valley = density[i - 1] >= density[i] < density[i + 1]
        if valley and (state := _bottom(explorer, scan[i - 1 : i + 2])) is not None:
            yield state


def _bottom(explorer: Explorer, around: list[Point]) -> RealState | None:
    """The real state at the bottom of a valley, looked for lower and lower above the axis; None if it has none."""
    depth = np.inf
    for _ in range(LOWERINGS):
        if (state := _real(explorer.equation, around[1])) is not None:
            return state
        height = np.imag(around[1].z) / 3
        left, right = (float(np.real(around[i].z)) for i in (0, 2))
        trail = [walk(explorer.equation, around[0], left + 1j * height, tolerance=ROUGH)]
        for x in np.linspace(left, right, 9)[1:]:
            trail.append(walk(explorer.equation, trail[-1], x + 1j * height, tolerance=ROUGH))
        lowest = int(np.argmin([explorer.m(point).imag for point in trail[1:-1]])) + 1
        around, before, depth = trail[lowest - 1 : lowest + 2], depth, explorer.m(trail[lowest]).imag
        if depth > SHALLOW * before:
            return None  # the density has a positive limit
    return _real(explorer.equation, around[1])


def _real(equation: DysonEquation, point: Point) -> RealState | None:
    found = real_part(equation, point)
    return None if found is None else real_state(equation, found)
