"""The matrix Dyson equation of a pencil, in its few scalar unknowns.

    G_t(ω) = (A_t(ω) − z E_t − S_t(ω))⁻¹,     A_t the deterministic diagonals of the pencil on space t
    S_t(ω)[α, α'] = Σ_M Σ_r c c' s² n_cols U_r(ω) ⟨V_r G[β, β']⟩    over ordered pairs of uses (α, β), (α', β') of M

and the same with rows and columns exchanged (S = E[L_gauss G L_gauss] with G block diagonal on atoms).  A use (α, β)
says that c M stands at (α, β) and c Mᵀ at (β, α).  The unknowns are the averages T[β, β'; V] = Σ_ω w V G[β, β'] that
occur; G = Gᵀ, so β ≤ β'.  Everything is analytic in T and z: with real z and T all arithmetic is real.
(Matrix Dyson equation as in Helton, Rashidi Far & Speicher 2007; the reduction is derived in docs/dyson.md.)
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from theory.dyson.pencil import Array, GaussianTerm, Pencil

TOLERANCE = 1e-12  # relative, of the last Newton correction
Values = np.ndarray[Any, np.dtype[Any]]  # real or complex


class PathError(RuntimeError):
    """The solution could not be followed; the message says where."""


@dataclass(eq=False)
class Sector:
    """One space: its nodes, atoms, and the linear maps T ↦ S (``inject``, one a profile) and G ↦ T (``read``).

    ``profiles`` (F, K); ``inject`` (F, m², unknowns); unknown ``mine[i]`` is Σ_ω w profile G[rows[i], cols[i]] with
    the profile ``read_profile[i]``.
    """

    nodes: list[int]
    weights: Array
    constant: Array  # (K, m, m)
    spectral: Array  # (m,)
    profiles: Array = field(init=False)
    inject: Array = field(init=False)
    mine: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    cols: list[int] = field(default_factory=list)
    read_profile: list[int] = field(default_factory=list)

    @property
    def m(self) -> int:
        return len(self.nodes)

    @cached_property
    def _complex_inject(self) -> Values:
        return self.inject.astype(complex)

    @cached_property
    def weight_of(self) -> Array:
        """w times the profile of each unknown of this space, shape (K, unknowns here)."""
        return self.profiles[self.read_profile].T * self.weights[:, None]

    @cached_property
    def meetings(self) -> list[tuple[Array, Array, Array, Array]]:
        """For each profile: where what is read meets the places at which the profile puts something.

        Weights (K, unknowns here, 1), flat indices of G[row, i] and G[col, j] (unknowns here, places), the rows of
        ``inject`` of those places.
        """
        rows, cols, out = np.array(self.rows)[:, None], np.array(self.cols)[:, None], []
        for f, profile in enumerate(self.profiles):
            place = np.flatnonzero(self.inject[f].any(axis=1))
            i, j = np.divmod(place, self.m)
            weight = (self.weight_of * profile[:, None])[:, :, None]
            out.append((weight, rows * self.m + i, cols * self.m + j, self.inject[f][place]))
        return out

    def energy(self, T: Values) -> Values:
        """S(ω) for given T, shape (K, m, m); a constant is broadcast from (1, m, m)."""
        inject = self._complex_inject if np.iscomplexobj(T) else self.inject
        return np.asarray(self.spread @ (inject @ T)).reshape(-1, self.m, self.m)

    @cached_property
    def spread(self) -> Array:
        """The profiles as (K, F), or one row if all are constant."""
        constant = all(np.ptp(profile) == 0 for profile in self.profiles)
        return self.profiles[:, :1].T if constant and len(self.profiles) else self.profiles.T


class DysonEquation:
    """The equation R(T) = T − read(G(T, z)) = 0 of a pencil; T has shape (``size``,).  Solved to ``tolerance``;
    PathError after ``budget`` evaluations off the real axis."""

    def __init__(self, pencil: Pencil, tolerance: float = TOLERANCE, budget: float = np.inf) -> None:
        self.pencil, self.tolerance, self.budget = pencil, tolerance, budget
        self.evaluations = 0
        self.place = _places(pencil)
        self.sectors = [_sector(pencil, t) for t in range(len(pencil.spaces))]
        entries, self.size = _self_energy(pencil, self.place, self.sectors)
        for sector, (profiles, inject) in zip(self.sectors, entries, strict=True):
            sector.profiles, sector.inject = profiles, inject

    def blocks(self, T: Values, z: complex | float, epsilon: float = 0.0) -> list[Values]:
        """G_t(ω) for every space, arrays (K, m, m); ``epsilon`` adds −iε at every node (a start for the path)."""
        self.evaluations += np.iscomplexobj(T)  # paths on the real axis are short
        if self.evaluations > self.budget:
            raise PathError(f"no end in sight after {self.budget:g} evaluations of the Dyson equation")
        return [self._block(sector, T, z, epsilon) for sector in self.sectors]

    @staticmethod
    def _block(sector: Sector, T: Values, z: complex | float, epsilon: float) -> Values:
        m = sector.m
        matrix = sector.constant - sector.energy(T)
        diagonal = np.arange(m)
        shift = z * sector.spectral + (1j * epsilon if epsilon else 0.0)
        if np.iscomplexobj(shift) and not np.iscomplexobj(matrix):
            matrix = matrix.astype(complex)
        matrix[:, diagonal, diagonal] = matrix[:, diagonal, diagonal] - shift
        return np.linalg.inv(matrix)

    def read(self, G: list[Values]) -> Values:
        """The averages T of given blocks."""
        T = np.zeros(self.size, dtype=np.result_type(*G))
        for sector, block in zip(self.sectors, G, strict=True):
            if sector.mine:
                T[sector.mine] = np.einsum("ku,ku->u", sector.weight_of, block[:, sector.rows, sector.cols])
        return T

    def jacobian(self, G: list[Values]) -> Values:
        """dR/dT = 1 − d read/dT, with dG = G dS G."""
        J = np.eye(self.size, dtype=np.result_type(*G))
        for sector, block in zip(self.sectors, G, strict=True):
            if not sector.mine:
                continue
            flat = block.reshape(len(block), -1)
            for weight, left, right, inject in sector.meetings:
                product = np.einsum("kup,kup->up", flat[:, left] * weight, flat[:, right])
                J[sector.mine] -= product @ inject
        return J

    def d_blocks(self, G: list[Values], dT: Values) -> list[Values]:
        """dG/dz = G (E + S(dT)) G."""
        out = []
        for sector, block in zip(self.sectors, G, strict=True):
            out.append(block @ (np.diag(sector.spectral) + sector.energy(dT)) @ block)
        return out

    def source(self, G: list[Values]) -> Values:
        """∂ read/∂z at fixed T: the averages of G E G."""
        return self.read([block @ (s.spectral[:, None] * block) for s, block in zip(self.sectors, G, strict=True)])

    def averages(self, G: list[Values]) -> list[Values]:
        """⟨G_t⟩, one (m, m) matrix a space."""
        return [np.tensordot(s.weights, block, axes=1) for s, block in zip(self.sectors, G, strict=True)]

    def entry(self, G: list[Values], node: int) -> complex | float:
        """⟨G[node, node]⟩."""
        t, i = self.place[node]
        return (self.sectors[t].weights @ G[t][:, i, i]).item()


def _places(pencil: Pencil) -> list[tuple[int, int]]:
    """(space, index within the space) of every node."""
    seen = [0] * len(pencil.spaces)
    places = []
    for t in pencil.node_spaces:
        places.append((t, seen[t]))
        seen[t] += 1
    return places


def _sector(pencil: Pencil, t: int) -> Sector:
    nodes = [node for node, space in enumerate(pencil.node_spaces) if space == t]
    local = {node: i for i, node in enumerate(nodes)}
    weights = np.asarray(pencil.spaces[t].weights, dtype=float)
    constant = np.zeros((len(weights), len(nodes), len(nodes)))
    for term in pencil.diagonals:
        if term.row in local:
            i, j = local[term.row], local[term.col]
            constant[:, i, j] += term.values
            constant[:, j, i] += term.values
    spectral = np.array([float(pencil.spectral[node]) for node in nodes])
    return Sector(nodes, weights, constant, spectral)


class _Table:
    """Numbers the unknowns and the profiles as they are met."""

    def __init__(self, sectors: list[Sector]) -> None:
        self.sectors = sectors
        self.profiles: list[list[Array]] = [[] for _ in sectors]
        self.known: dict[Hashable, int] = {}
        self.entries: list[list[tuple[int, int, int, float]]] = [[] for _ in sectors]  # profile, m² index, unknown

    def profile(self, t: int, values: Array) -> int:
        key = ("profile", t, values.tobytes())
        if key not in self.known:
            self.known[key] = len(self.profiles[t])
            self.profiles[t].append(values)
        return self.known[key]

    def unknown(self, t: int, i: int, j: int, profile: int) -> int:
        i, j = min(i, j), max(i, j)
        key = ("unknown", t, i, j, profile)
        if key not in self.known:
            self.known[key] = sum(len(s.mine) for s in self.sectors)
            sector = self.sectors[t]
            sector.mine.append(self.known[key])
            sector.rows.append(i)
            sector.cols.append(j)
            sector.read_profile.append(profile)
        return self.known[key]


def _self_energy(
    pencil: Pencil, place: list[tuple[int, int]], sectors: list[Sector]
) -> tuple[list[tuple[Array, Array]], int]:
    table = _Table(sectors)
    for index, matrix in enumerate(pencil.matrices):
        uses = [_use(term) for term in pencil.gaussians if term.matrix == index]
        sizes = pencil.spaces[matrix.rows].size, pencil.spaces[matrix.cols].size
        for U, V in zip(matrix.row_profile, matrix.col_profile, strict=True):
            for a, b, c in uses:
                for a2, b2, c2 in uses:
                    strength = c * c2 * matrix.variance
                    _pair(table, place, (a, a2), U, (b, b2), V, strength * sizes[1])
                    _pair(table, place, (b, b2), V, (a, a2), U, strength * sizes[0])
    size = sum(len(s.mine) for s in sectors)
    out = []
    for t, sector in enumerate(sectors):
        profiles = np.array(table.profiles[t]).reshape(-1, len(sector.weights))
        inject = np.zeros((len(profiles), sector.m**2, size))
        for f, position, unknown, value in table.entries[t]:
            inject[f, position, unknown] += value
        out.append((profiles, inject))
    return out, size


def _use(term: GaussianTerm) -> tuple[int, int, float]:
    a, b = (term.col, term.row) if term.transposed else (term.row, term.col)
    return a, b, term.coefficient


def _pair(
    table: _Table,
    place: list[tuple[int, int]],
    at: tuple[int, int],
    at_profile: Array,
    of: tuple[int, int],
    of_profile: Array,
    value: float,
) -> None:
    """S[at] += value · at_profile · T[of; of_profile]."""
    (t, i), (_, j) = place[at[0]], place[at[1]]
    (s, k), (_, l) = place[of[0]], place[of[1]]
    unknown = table.unknown(s, k, l, table.profile(s, of_profile))
    f = table.profile(t, at_profile)
    table.entries[t].append((f, i * table.sectors[t].m + j, unknown, value))
