"""Batches X/√n conditioned on what the labels know of them.

X has entries of variance 1/n after the scaling; ŷ = y/‖y‖; z = √n X β*; β̃ is the unit part of β1 = Xᵀy/√n
orthogonal to β*; t ~ N(0, 1) is independent of (z, ε); X' is drawn afresh.  Given y, z and β̃,

    first batch       (1 − ŷŷᵀ) X' (1 − β*β*ᵀ) + √φ ŷ β̃ᵀ + (z/√n) β*ᵀ
    a fresh batch     X' (1 − β*β*ᵀ − β̃β̃ᵀ) + (z/√n) β*ᵀ + (t/√n) β̃ᵀ
    first, reused     (1 − ŷŷᵀ) [X' (1 − β*β*ᵀ − β̃β̃ᵀ) + (t/√n) β̃ᵀ] + √φ ŷ β̃ᵀ + (z/√n) β*ᵀ

for X (1 − β*β*ᵀ) is independent of (z, y), and ŷᵀ of it has length √φ along β̃.  In the third the entries of X β̃ are
shown, on which the second step's coefficients depend through g; with it ⟨β1, x_j⟩ = g_j + φ y_j, the self-term.
"""

from __future__ import annotations

import numpy as np
from sympy import Identity
from sympy.matrices.expressions.matexpr import MatrixExpr

from theory.dyson.matrices import Gaussian, LowRank, outer
from theory.dyson.networks.laws import Sample
from theory.dyson.networks.network import Atoms, Inputs
from theory.dyson.vectors import Vector


def plain(name: str, points: Atoms, inputs: Inputs) -> Gaussian:
    """X' alone: enough for a bulk."""
    return Gaussian(name, points.dimension, inputs.dimension, 1 / points.dimension.size)


def first_batch(name: str, points: Atoms, inputs: Inputs, sample: Sample) -> MatrixExpr:
    """The first batch where only its labels matter later."""
    y = points.unit("y", sample.y)
    fresh = (Identity(points.dimension) - outer(y, y)) * plain(name, points, inputs) * _without(inputs.beta)
    return fresh + LowRank(
        f"{name}_known", [(y, inputs.tilde * float(np.sqrt(sample.phi))), (_z(points, sample), inputs.beta)]
    )


def fresh_batch(name: str, points: Atoms, inputs: Inputs, sample: Sample) -> MatrixExpr:
    """A batch that the first step has not seen."""
    known = [(_z(points, sample), inputs.beta), (points.vector("t", sample.t), inputs.tilde)]
    return plain(name, points, inputs) * _without(inputs.beta, inputs.tilde) + LowRank(f"{name}_known", known)


def reused_batch(name: str, points: Atoms, inputs: Inputs, sample: Sample) -> MatrixExpr:
    """The first batch where its g matter later."""
    y, t = points.unit("y", sample.y), points.vector("t", sample.t)
    fresh = plain(name, points, inputs) * _without(inputs.beta, inputs.tilde) + LowRank(
        f"{name}_t", [(t, inputs.tilde)]
    )
    known = [(y, inputs.tilde * float(np.sqrt(sample.phi))), (_z(points, sample), inputs.beta)]
    return (Identity(points.dimension) - outer(y, y)) * fresh + LowRank(f"{name}_known", known)


def _z(points: Atoms, sample: Sample) -> Vector:
    return points.vector("z", sample.z)


def _without(*directions: Vector) -> MatrixExpr:
    """1 − Σ β βᵀ."""
    dimension = directions[0].dimension
    return Identity(dimension) - LowRank("P" + "".join(v.name for v in directions), [(v, v) for v in directions])
