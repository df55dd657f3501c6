"""Discrete laws of the readout a and of a sample (z, t, ε): few nodes, inside the range that a finite sample has.

The n-quantile normal law z_k = Φ⁻¹((k − 1/2)/n), rescaled to variance 1, is what n draws look like; its Gauss rule
with m nodes keeps its moments to degree 2m − 1 and its range.  An unbounded law would have no edge, and group means
lose 1–2 per cent of E y² for cubic labels.  The moments of a truncated law are low, so that means over draws
(outliers) take the quantiles of R·n points instead; for heavy labels the result depends on R.

All derived quantities (E y, m2 = E y², c*_1 = E z y, g) are those of the discrete law itself, so that a system built
on it is consistent.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import ndtri

from theory.model import Model
from theory.quadrature import Array, Rule, gauss_rule

MOST_POINTS = 400_000  # quantiles of more points change nothing that m nodes could show
FEWEST_ON_A_PIECE = 8
REMEMBERED = 16  # responses of a second batch on these nodes, of some 100 kB each


@dataclass(frozen=True)
class Nodes:
    """Numbers of nodes for a, z, t, ε, and ``replicas`` R: 1 for a bulk, 5 for outliers."""

    a: int = 28
    z: int = 18
    t: int = 4
    noise: int = 4
    replicas: float = 1.0


BULK, OUTLIERS = Nodes(), Nodes(replicas=5.0)


@dataclass(frozen=True, eq=False)
class Sample:
    """Atoms of a sample: z = ⟨β*, x⟩, t = its part along β̃, y, and weights, all (K,).

    g = c*_1 z + √(φ m2) t is the leave-one-out projection on β1 = c*_1 β* + √(φ m2) β̃.
    """

    z: Array
    t: Array
    y: Array
    weights: Array
    phi: float

    @cached_property
    def c1(self) -> float:
        """c*_1 = E z y."""
        return float(self.weights @ (self.z * self.y))

    @cached_property
    def mean(self) -> float:
        """E y."""
        return float(self.weights @ self.y)

    @cached_property
    def m2(self) -> float:
        """E y²."""
        return float(self.weights @ self.y**2)

    @property
    def spread(self) -> float:
        """√(φ m2), the length of the part of β1 orthogonal to β*."""
        return float(np.sqrt(self.phi * self.m2))

    @property
    def g(self) -> Array:
        return self.c1 * self.z + self.spread * self.t


def quantile_rule(count: float, m: int, cuts: tuple[float, ...] = ()) -> Rule:
    """m nodes in all for the ``count``-quantile normal law, at least 8 on each piece between the ``cuts``.

    >>> x, w = quantile_rule(1000, 5)
    >>> bool(abs(w @ x**2 - 1) < 1e-12), bool(abs(x).max() < 3.3)
    (True, True)
    """
    points = int(min(max(count, 2), MOST_POINTS))
    x = ndtri((np.arange(points) + 0.5) / points)
    x /= np.sqrt(np.mean(x**2))
    edges = [-np.inf, *cuts, np.inf]
    pieces = [x[(x > low) & (x <= high)] for low, high in itertools.pairwise(edges)]
    pieces = [piece for piece in pieces if piece.size]
    each = m if len(pieces) == 1 else max(FEWEST_ON_A_PIECE, m // len(pieces))
    rules = [gauss_rule(piece, np.full(piece.size, 1 / points), each) for piece in pieces]
    return np.concatenate([rule[0] for rule in rules]), np.concatenate([rule[1] for rule in rules])


def readout_law(model: Model, nodes: Nodes) -> Rule:
    """Nodes of a and weights; split at 0, around which the response to a sample varies fastest."""
    root = np.sqrt(model.N)
    if model.readout == "rademacher":
        return np.array([-1.0, 1.0]) / root, np.array([0.5, 0.5])
    x, weights = quantile_rule(nodes.replicas * model.N, nodes.a, (0.0,))
    return x / root, weights


def sample_law(model: Model, nodes: Nodes) -> Sample:
    """The law of (z, t, y), split in z at the kinks of the target."""
    count = nodes.replicas * model.n
    z, wz = quantile_rule(count, nodes.z, model.target.kinks)
    t, wt = quantile_rule(count, nodes.t)
    e, we = quantile_rule(count, nodes.noise) if model.noise else (np.zeros(1), np.ones(1))
    weights = np.einsum("i,j,k->ijk", wz, wt, we).ravel()
    z, t, e = (grid.ravel() for grid in np.meshgrid(z, t, e, indexing="ij"))
    return Sample(z, t, model.target(z) + model.noise * e, weights, model.phi)


def label_law(model: Model, nodes: Nodes) -> Sample:
    """The law of (z, y) alone, t = 0: for a batch whose g do not matter."""
    return sample_law(model, replace(nodes, t=1))
