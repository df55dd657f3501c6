"""Outliers of a bulk plus rows that are a function of one scalar: B + R with row i of R equal to r(a_i).

R is of low rank, Σ_q 1[a_i = a_q] r(a_q)ᵀ, and with r independent of the bulk's own d-side vectors the matrix Q of
`theory.dyson.outliers` has the blocks

    Q(z) = [[D(z), 1], [1, m(z) K]],     D = Diag(N w_q g(a_q, z)),     K_qr = ⟨r(a_q), r(a_r)⟩

with g(a, z) the (output, output) block of the bulk's resolvent at a neuron with readout a and m(z) its average on the
input side.  So z is an outlier iff the matrix −m √(−D) K √(−D) has the eigenvalue 1; its eigenvalues fall with
z.  With the null vector (x, x') of Q: the left vector is ∝ g(a_q) x_q on the neurons, and

    overlap² with unit b on the input side = 2 (m Σ_q x'_q ⟨r(a_q), b⟩)²/(xᵀ Q' x),
    overlap² with the best function of a   = 2 Σ_q N w_q (g_q x_q)²/(xᵀ Q' x).

K is that of `theory.population`, or of a draw: this is section 3 of the finite-size theory on a bulk that is not
Marchenko–Pastur.  What it leaves out is the correlation of the rows with the bulk (both are made of the same data).
With W0's bulk it is Benaych-Georges & Nadakuditi (2012).  (Derived in docs/dyson.md.)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq

from theory.dyson.edges import RealState
from theory.dyson.outliers import RealAxis
from theory.dyson.pencil import Array
from theory.dyson.spectrum import Spectrum
from theory.spikes import Rows


@dataclass(frozen=True, eq=False)
class RowOutlier:
    """An outlier at ``value``: squared overlaps of the right vector with β* and with β1/‖β1‖, and of the left
    one with the unit vector whose entries on the nodes of a are ``left`` (q,), normalised to length 1 over N
    neurons."""

    value: float
    target_overlap_squared: float
    first_overlap_squared: float
    left_overlap_squared: float
    left: Array


@dataclass(frozen=True, eq=False)
class BulkOfRows:
    """A solved bulk with the values ``readout`` (K,) of a on the atoms of its output side (constant along others)."""

    spectrum: Spectrum
    readout: Array

    @cached_property
    def _states(self) -> list[RealState]:
        return RealAxis(self.spectrum.explorer.equation).states(self.spectrum.top.gap)

    def outliers(self, rows: Rows) -> tuple[RowOutlier, ...]:
        """Those above the whole support, largest first."""
        # an axis of its own: what was found for other rows changes no bit of these
        axis, states = RealAxis(self.spectrum.explorer.equation), self._states
        found = []
        counts = [self._count(state, rows) for state in states]
        for i in range(len(states) - 1, 0, -1):
            found += [self._root(axis, states[i - 1], states[i], rows, k) for k in range(counts[i], counts[i - 1])]
        return tuple(self._outlier(state, rows) for state in found)

    def _blocks(self, state: RealState) -> tuple[Array, float]:
        """g on the atoms of a (as distinct values, ascending), and m."""
        equation, pencil = self.spectrum.explorer.equation, self.spectrum.pencil
        G = state.point.G
        t, i = equation.place[pencil.output]
        return self._collect(G[t][:, i, i]), float(np.real(equation.entry(G, pencil.input)))

    def _collect(self, values: Array) -> Array:
        """Averages over the atoms that share a value of a."""
        pencil = self.spectrum.pencil
        weights = pencil.space_of(pencil.output).weights
        _, place = np.unique(self.readout, return_inverse=True)
        return np.bincount(place, weights * values) / np.bincount(place, weights)

    def _at(self, values: Array, a: Array) -> Array:
        """A function of a from its values on the atoms: through 1/g, which is close to a parabola in a."""
        nodes = np.unique(self.readout)
        if len(nodes) < 4:
            return np.interp(a, nodes, values)
        inside = np.clip(a, nodes[0], nodes[-1])
        return np.asarray(CubicSpline(nodes, values)(inside)) + _beyond(nodes, values, a, inside)

    def g(self, state: RealState, a: Array) -> tuple[Array, float]:
        values, m = self._blocks(state)
        return 1 / self._at(1 / values, a), m

    def _matrix(self, state: RealState, rows: Rows) -> tuple[Array, Array, float]:
        g, m = self.g(state, rows.a)
        N = self.spectrum.pencil.space_of(self.spectrum.pencil.output).size
        root = np.sqrt(np.maximum(-N * rows.weights * g, 0))
        return -m * root[:, None] * rows.K * root, root, m

    def _count(self, state: RealState, rows: Rows) -> int:
        return int(np.sum(np.linalg.eigvalsh(self._matrix(state, rows)[0]) > 1))

    def _root(self, axis: RealAxis, below: RealState, above: RealState, rows: Rows, k: int) -> RealState:
        """Where the eigenvalue k from the top is 1."""
        known = [below, above]

        def value(x: float) -> float:
            state = axis.at(x, known)
            return float(np.linalg.eigvalsh(self._matrix(state, rows)[0])[-1 - k]) - 1

        return axis.at(float(brentq(value, below.x, above.x, rtol=1e-12)), known)

    def _outlier(self, state: RealState, rows: Rows) -> RowOutlier:
        matrix, root, m = self._matrix(state, rows)
        values, vectors = np.linalg.eigh(matrix)
        y = vectors[:, int(np.argmin(np.abs(values - 1)))]
        # D x + x' = 0 and x + m K x' = 0 with x' = √(−D) y
        right, left = root * y, y / np.where(root > 0, root, 1.0)
        g, _ = self.g(state, rows.a)
        dG = self.spectrum.explorer.equation.d_blocks(state.point.G, state.tangent)
        t, i = self.spectrum.explorer.equation.place[self.spectrum.pencil.output]
        atoms, _ = self._blocks(state)
        ratio = self._at(self._collect(dG[t][:, i, i]) / atoms**2, rows.a)  # −d(1/g)/dz
        dm = float(np.real(self.spectrum.explorer.equation.entry(dG, self.spectrum.pencil.input)))
        D = -(root**2)
        rate = float(left @ (D * ratio * g * left) + dm * right @ rows.K @ right)
        entries = g * (-m * rows.K @ right)  # x through K: no division by the smallest weights
        N = self.spectrum.pencil.space_of(self.spectrum.pencil.output).size
        norm2 = float(N * rows.weights @ entries**2)
        along, first = (float(2 * (m * right @ b) ** 2 / rate) for b in (rows.along, rows.along_first))
        return RowOutlier(state.x, along, first, 2 * norm2 / rate, entries / np.sqrt(norm2))


def _beyond(nodes: Array, values: Array, a: Array, inside: Array) -> Array:
    """The parabola through the last three nodes, minus its value at the last: what is added outside them."""
    out = np.zeros_like(a)
    for side, chosen in ((a > nodes[-1], slice(-3, None)), (a < nodes[0], slice(None, 3))):
        parabola = np.polynomial.Polynomial.fit(nodes[chosen], values[chosen], 2)
        out[side] = parabola(a[side]) - parabola(inside[side])
    return out
