"""The finite-size phase diagram at width N: number of outliers and captured target on a grid of (α1, α2).

For a fixed α1 the weights q(a; y, g) do not depend on η2, so that K(a, a') = K_0 + η2 K_1 + η2² K_2 with pieces
computed once (see `theory.population`).  Each column of the grid costs one average over the sample and one small
eigenproblem a point; nothing is interpolated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.bulk import MarchenkoPastur
from theory.growth import resized, rounding
from theory.model import Model
from theory.population import rows_in_second_step
from theory.quadrature import Array
from theory.single_thread import on_one_thread
from theory.spikes import FINE, Resolution

LAST = 0.49  # of the grid: at 1/2 the theory ends
MOST_GRID = 400


@dataclass(frozen=True)
class PhaseGrid:
    """At width ``N``: ``outliers`` (integers) and ``captured`` = Σ_k cos²(v_k, β*) over them, both of shape
    (len(alpha2), len(alpha1)); ``strengths`` of the leading ones with shape (len(alpha2), len(alpha1), K)."""

    N: float
    alpha1: Array
    alpha2: Array
    outliers: NDArray[np.int64]
    captured: Array
    strengths: Array
    threshold: float


def check_grid(grid: int) -> None:
    """ValueError unless ``grid`` is a number of points a side that can be computed."""
    if isinstance(grid, bool) or not isinstance(grid, int) or not 2 <= grid <= MOST_GRID:
        raise ValueError(
            f"grid = {grid!r} is not accepted: give a whole number of points a side from 2 to {MOST_GRID}"
        )


@on_one_thread
def phase_grid(
    problem: Any,
    N: float | None = None,
    grid: int = 60,
    resolution: Resolution = FINE,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> PhaseGrid:
    """The finite-size diagram on ``grid`` × ``grid`` points of [0, 0.49]² at the φ, γ of the problem, η_t = N^{α_t}.

    ``problem`` as for `theory.predict`, its width being N where none is given; ``progress(done, grid)``
    is called after each α1.
    """
    check_grid(grid)
    model = problem if isinstance(problem, Model) else Model.of(problem)
    N = model.N if N is None else N
    if not 8 <= N <= 1e18:
        raise ValueError(f"N = {N!r} is not accepted: give a width from 8 to 1e18")
    if model.steps != 2:
        raise ValueError("steps = 1 has no diagram in (α1, α2): give steps = 2")
    alphas = np.linspace(0.0, LAST, grid)
    columns = []
    for done, alpha1 in enumerate(alphas, start=1):
        columns.append(_column(resized(model, N, float(alpha1), 0), alphas, resolution))
        progress(done, grid)
    strengths, captured = (np.stack(part, axis=1) for part in zip(*columns, strict=True))
    threshold = model.gamma**0.25
    outliers = np.sum(strengths > threshold, axis=-1)
    return PhaseGrid(float(N), alphas, alphas, outliers, captured, strengths, threshold)


def _column(model: Model, alpha2: Array, resolution: Resolution, most: int = 12) -> tuple[Array, Array]:
    """θ_k, shape (len(alpha2), K), and Σ cos², shape (len(alpha2),), for one α1."""
    rows_of = rows_in_second_step(model, resolution)
    rows = [rows_of(eta2) for eta2 in model.N**alpha2]
    root = np.sqrt(model.N * rows[0].weights)
    T = root[:, None] * np.array([row.K for row in rows]) * root
    if not np.isfinite(T).all():
        raise ValueError(
            f"the updated weights overflow for σ = {model.sigma.text!r} and σ* = {model.target.text!r}: they grow "
            "too fast for these step sizes; use slower functions or a smaller width"
        )
    squares, U = np.linalg.eigh(T)
    squares, U = squares[:, ::-1][:, :most], U[:, :, ::-1][:, :, :most]
    theta = np.sqrt(np.clip(squares, 0.0, None))
    theta = np.where(theta > rounding(model) * theta[:, :1], theta, 0.0)
    projections = np.einsum("eq,eqk->ek", root * np.array([row.along for row in rows]), U)
    bulk = MarchenkoPastur(model.gamma)
    factor = np.vectorize(bulk.right, otypes=[float])(theta)
    # right is 0 below the threshold, where θ may be 0
    omega = np.divide(projections, theta, out=np.zeros_like(theta), where=factor > 0)
    return theta, np.sum(omega**2 * factor, axis=1)
