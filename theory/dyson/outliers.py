"""Outliers of a pencil with deterministic terms of low rank: locations, and overlaps of their vectors.

A term Σ_k u_k v_kᵀ at (row r, column c) is B Ω Bᵀ with the columns e_r⊗u_k, e_c⊗v_k of B, Ω swapping each pair, so
that z off the support of the bulk is a value of the whole matrix iff

    Q(z) = Ω + Bᵀ G(z) B,      (BᵀGB)_ij = n_t Σ_ω w(ω) Σ_s u_i(s, ω) u_j(s, ω) G_t(ω)[k_i, k_j]

is singular.  Off the support dQ/dz = Bᵀ (dG/dz) B ⪰ 0: the eigenvalues of Q increase, and the number of outliers in a
gap is the fall of the number of negative ones from its lower to its upper end (inertia).  At a crossing with null
vector x, a deterministic unit vector p has with the singular or eigenvector there the squared overlap

    (v·p)² = 2 (pᵀ G_{in,·} B x)²/(xᵀ Q' x),        and the same with `out` on the left.

(Benaych-Georges & Nadakuditi 2012 for a perturbation independent of the bulk; derived for pencils in docs/dyson.md.)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq

from theory.dyson.edges import RealState, real_state
from theory.dyson.equation import DysonEquation, Values
from theory.dyson.path import PathError, newton
from theory.dyson.pencil import Array, Pencil
from theory.dyson.spectrum import Spectrum
from theory.dyson.support import End, Gap

BISECTIONS = 60


@dataclass(frozen=True, eq=False)
class Outlier:
    """An outlier at ``value`` with squared overlaps of its left and right vectors with the vectors asked for.

    ``left`` (L,), ``right`` (R,); ``marginal`` if it lies within a relative count^(−2/3) of the end of its gap,
    where a matrix of that size does not separate it from the bulk.  ``left_function`` (K,): entries, on the
    atoms, of the part of the left vector that is a function of them; its squared length is the overlap with the
    best such function.
    """

    value: float
    left: Array
    right: Array
    marginal: bool
    left_function: Array


class LowRankPart:
    """The vectors of all terms of low rank of a pencil, and Q of the blocks G."""

    def __init__(self, equation: DysonEquation, pencil: Pencil) -> None:
        self.equation, self.pencil = equation, pencil
        self.nodes: list[int] = []
        self.vectors: list[Array] = []
        for term in pencil.low_ranks:
            for u, v in zip(term.left, term.right, strict=True):
                self.nodes += [term.row, term.col]
                self.vectors += [u, v]
        self.size = len(self.nodes)

    @cached_property
    def swap(self) -> Array:
        """Ω."""
        return np.kron(np.eye(self.size // 2), np.array([[0.0, 1.0], [1.0, 0.0]]))

    @cached_property
    def _grams(self) -> list[tuple[list[int], list[int], Array]]:
        """For each space: the columns of B on it, their nodes there, and n_t w Σ_s u_i u_j, shape (c, c, K)."""
        out = []
        for t, space in enumerate(self.pencil.spaces):
            mine = [i for i, node in enumerate(self.nodes) if self.equation.place[node][0] == t]
            local = [self.equation.place[self.nodes[i]][1] for i in mine]
            V = np.array([self.vectors[i] for i in mine]).reshape(len(mine), space.slots, len(space.weights))
            out.append((mine, local, space.size * space.weights * np.einsum("isk,jsk->ijk", V, V)))
        return out

    def gram(self, G: list[Values]) -> Values:
        """Bᵀ G B."""
        Q = np.zeros((self.size, self.size), dtype=np.result_type(*G))
        for (mine, local, gram), block in zip(self._grams, G, strict=True):
            if mine:
                Q[np.ix_(mine, mine)] = np.einsum("ijk,kij->ij", gram, block[:, local][:, :, local])
        return Q

    def Q(self, G: list[Values]) -> Values:
        return self.swap + self.gram(G)

    def row(self, G: list[Values], node: int, p: Array) -> Values:
        """pᵀ G_{node,·} B for a vector p (slots, K) on the node's space, shape (columns of B,)."""
        t, i = self.equation.place[node]
        space, out = self.pencil.spaces[t], np.zeros(self.size)
        mine, local, _ = self._grams[t]
        for column, k in zip(mine, local, strict=True):
            weight = space.size * space.weights * np.einsum("sk,sk->k", p, self.vectors[column])
            out[column] = weight @ G[t][:, i, k]
        return out

    def function(self, G: list[Values], node: int, x: Array) -> Array:
        """The part of G_{node,·} B x that is a function of the atoms of the node's space, shape (K,)."""
        t, i = self.equation.place[node]
        mine, local, _ = self._grams[t]
        parts = [x[column] * G[t][:, i, k] * self.vectors[column][0] for column, k in zip(mine, local, strict=True)]
        return np.asarray(np.sum(parts, axis=0)) if parts else np.zeros(len(self.pencil.spaces[t].weights))


class RealAxis:
    """Real states of an equation wherever they are wanted in a gap; those once found are kept."""

    def __init__(self, equation: DysonEquation) -> None:
        self.equation = equation
        self._found: list[RealState] = []
        self._of_gap: dict[Gap, list[RealState]] = {}

    def states(self, gap: Gap) -> list[RealState]:
        """The states of a gap and some ever closer to its soft edges, ascending."""
        if gap not in self._of_gap:
            states = [*self._towards(gap.lower, gap.states[0]), *gap.states]
            self._of_gap[gap] = states + self._towards(gap.upper, gap.states[-1])[::-1]
        return self._of_gap[gap]

    def _towards(self, end: End | None, nearest: RealState) -> list[RealState]:
        """States ever closer to a soft edge, from the closest: T = T* + √|x − x*| turn just outside."""
        if end is None or end.edge is None:
            return []
        edge, states = end.edge, []
        distance = nearest.x - edge.x
        for factor in (1e-6, 1e-4, 1e-2, 1e-1):
            x = edge.x + factor * distance
            for sign in (1, -1):
                point = newton(self.equation, x, edge.T + sign * np.sqrt(abs(x - edge.x)) * edge.turn)
                state = None if point is None else real_state(self.equation, point)
                if state is not None and state.sign == nearest.sign:
                    states.append(state)
                    break
        return states

    def at(self, x: float, known: list[RealState]) -> RealState:
        """The state at x between ``known`` ones, from the nearest of these and of those found before."""
        low, high = min(state.x for state in known), max(state.x for state in known)
        between = [state for state in self._found if low <= state.x <= high]
        nearest = min([*known, *between], key=lambda state: abs(state.x - x))
        if nearest.x == x:
            return nearest
        reached = nearest
        for fraction in (1.0, 0.5, 0.25, 0.1, 0.03):
            steps = np.linspace(nearest.x, x, round(1 / fraction) + 1)[1:]
            reached = nearest
            for step in steps:
                guess = reached.point.T + (step - reached.x) * reached.tangent
                point = newton(self.equation, float(step), guess, reached.point.factors)
                state = None if point is None else real_state(self.equation, point)
                if state is None or state.sign != nearest.sign:
                    break
                reached = state
            if reached.x == x:
                self._found.append(reached)
                return reached
        raise PathError(f"the solution could not be followed to x = {x:.6g} outside the support")


def outliers(spectrum: Spectrum, left: list[Array] | None = None, right: list[Array] | None = None) -> list[Outlier]:
    """All outliers of a pencil, largest first; ``left`` and ``right`` are unit vectors (slots, K) on the spaces
    of the output and of the input."""
    if not spectrum.pencil.low_ranks:
        return []
    search = _Search(spectrum)
    return [one for gap in reversed(spectrum.support.gaps) for one in search.outliers(gap, left or [], right or [])]


def outliers_above(
    spectrum: Spectrum, left: list[Array] | None = None, right: list[Array] | None = None
) -> list[Outlier]:
    """The outliers above the whole support only, for which the rest of the law need not be solved."""
    return _Search(spectrum).outliers(spectrum.top.gap, left or [], right or [])


class _Search:
    def __init__(self, spectrum: Spectrum) -> None:
        self.spectrum = spectrum
        self.equation = spectrum.explorer.equation
        self.part = LowRankPart(self.equation, spectrum.pencil)
        self.axis = RealAxis(self.equation)

    def eigenvalues(self, state: RealState) -> Array:
        return np.linalg.eigvalsh(self.part.Q(state.point.G))

    def outliers(self, gap: Gap, left: list[Array], right: list[Array]) -> list[Outlier]:
        ends = [end.x for end in (gap.lower, gap.upper) if end is not None]
        return [self._outlier(state, left, right, ends) for state in self.crossings(gap)]

    def crossings(self, gap: Gap) -> list[RealState]:
        """The states at which an eigenvalue of Q crosses 0, largest first."""
        states = self.axis.states(gap)
        counts = [int(np.sum(self.eigenvalues(state) < 0)) for state in states]
        found = []
        for i in range(len(states) - 1, 0, -1):
            for index in range(counts[i], counts[i - 1]):
                found.append(self._root(states[i - 1], states[i], index))
        return found

    def _root(self, below: RealState, above: RealState, index: int) -> RealState:
        """The state between two where eigenvalue ``index`` of Q (ascending) is 0."""
        between = [below, above]

        def value(x: float) -> float:
            return float(self.eigenvalues(self.axis.at(x, between))[index])

        x = brentq(value, below.x, above.x, xtol=1e-13 * max(abs(above.x), 1e-3), rtol=1e-13)
        return self.axis.at(float(x), between)

    def _outlier(self, state: RealState, left: list[Array], right: list[Array], ends: list[float]) -> Outlier:
        part, pencil = self.part, self.spectrum.pencil
        G = state.point.G
        values, vectors = np.linalg.eigh(part.Q(G))
        x = vectors[:, int(np.argmin(np.abs(values)))]
        rate = float(x @ part.gram(self.equation.d_blocks(G, state.tangent)) @ x)

        def overlap(node: int, p: Array) -> float:
            return float(2 * (part.row(G, node, p) @ x) ** 2 / rate)

        return Outlier(
            state.x,
            np.array([overlap(pencil.output, p) for p in left]),
            np.array([overlap(pencil.input, p) for p in right]),
            any(abs(state.x / end - 1) < self.spectrum.count ** (-2 / 3) for end in ends if end),
            part.function(G, pencil.output, x) * np.sqrt(2 / rate),
        )
