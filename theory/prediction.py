"""What should be seen: the outliers of W1 or W2, their overlaps, and the bulk below them.

Assumptions, which every prediction carries: N, d, n large at fixed ratios; data x ~ N(0, I_d); the noise part of the
gradient acts only through κ, so that the bulk is that of W0 (Marchenko–Pastur).  At finite N the gradient inflates
the bulk by a relative N^{α − 1/2} Var σ', and outliers near the edge sit higher than said here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from theory.bulk import MarchenkoPastur
from theory.conditional import conditional_spikes
from theory.count import OutlierCount
from theory.hermite import information_exponent, normalised_hermite
from theory.model import Model
from theory.population import population_spikes
from theory.quadrature import Array, fine_normal_rule
from theory.spikes import COARSE, FINE, Spikes

# relative changes of a strength between two quadratures: worth a note, and too large to be shown
UNCONVERGED, WITHHELD = 5e-3, 0.2
ROUNDING = 1e-12  # of a moment, relative to the root of the second moment
LARGEST_STRENGTH = 1e100  # squares of larger ones overflow


@dataclass(frozen=True)
class Outlier:
    """One predicted outlier: spike ``strength`` θ, ``singular_value`` s(θ), squared overlap of the right singular
    vector with β* and of the left one with the spike's left vector."""

    strength: float
    singular_value: float
    target_overlap_squared: float
    left_overlap_squared: float


@dataclass(frozen=True)
class Prediction:
    """The theory's answer; ``outliers`` largest first, only those above the bulk.

    ``quadrature_error`` is the largest relative change of an outlier's strength between a coarse and the fine
    quadrature: what the numbers themselves are worth, apart from the assumptions.
    """

    count: OutlierCount
    information_exponent: int | None
    bulk: MarchenkoPastur
    spikes: Spikes
    quadrature_error: float
    notes: tuple[str, ...]

    @property
    def outliers(self) -> tuple[Outlier, ...]:
        return self.leading(int(np.sum(self.spikes.strengths > self.bulk.threshold)))

    def leading(self, k: int) -> tuple[Outlier, ...]:
        """The k strongest spikes, whether or not they leave the bulk: one that does not sits at the edge with no
        overlap, and so do those beyond the rank of the spike matrix."""
        pairs = list(zip(self.spikes.strengths, self.spikes.overlaps, strict=True))[:k]
        pairs += [(0.0, 0.0)] * (k - len(pairs))
        return tuple(_outlier(self.bulk, float(theta), float(omega)) for theta, omega in pairs)

    def left_vectors(self, a: Array) -> Array:
        """Predicted left singular vectors at neurons with readouts ``a`` (N,): shape (N, number of outliers)."""
        return self.spikes.left_vectors(a)[:, : len(self.outliers)]


def _outlier(bulk: MarchenkoPastur, theta: float, omega: float) -> Outlier:
    return Outlier(theta, bulk.singular_value(theta), omega**2 * bulk.right(theta), bulk.left(theta))


def predict(problem: Any = None, **fields: Any) -> Prediction:
    """The mean over draws: outliers at finite N, asymptotic counts and the bulk.

    ``problem`` is any object (or mapping) with the fields activation, target, noise, width, dim, samples, steps,
    alpha1, alpha2, scale1, scale2, batch, loss and readout, such as a `rmt_spikes.TwoLayer`; or give the fields as
    keywords.  ValueError or TypeError names a bad field.  Source: Moniri & Hassani 2026 for the counts; the
    finite-size outliers are derived in docs/theory.md.

    >>> p = predict(activation="softplus", target="z", width=1000, dim=500, samples=1000, alpha1=0.3, alpha2=0.3)
    >>> [(round(o.singular_value, 2), round(o.target_overlap_squared, 3)) for o in p.outliers]
    [(8.72, 0.799)]
    """
    try:
        model = Model.of(problem, **fields)
        fine, coarse = population_spikes(model, FINE), population_spikes(model, COARSE)
    except OverflowError:
        raise ValueError("the prediction overflows: give smaller scales, noise or functions") from None
    return _prediction(model, fine, _change(coarse, fine))


def predict_draw(
    problem: Any,
    a: Array,
    beta: Array,
    X1: Array,
    y1: Array,
    X2: Array | None = None,
    y2: Array | None = None,
) -> Prediction:
    """The prediction given one realised draw (see `theory.conditional`); arrays in float64, shapes (N,), (d,),
    (n, d), (n,), (n, d), (n,)."""
    model = Model.of(problem)
    _check_draw(model, {"a": a, "beta": beta, "X1": X1, "y1": y1, "X2": X2, "y2": y2})
    spikes = conditional_spikes(model, a, beta, X1, y1, X2, y2)
    return _prediction(model, spikes, np.zeros(len(spikes.strengths)))


def _check_draw(model: Model, arrays: dict[str, Array | None]) -> None:
    N, d, n = int(model.N), int(model.d), int(model.n)
    shapes = {"a": (N,), "beta": (d,), "X1": (n, d), "y1": (n,), "X2": (n, d), "y2": (n,)}
    for name, array in arrays.items():
        if array is not None and np.shape(array) != shapes[name]:
            raise ValueError(f"{name} has shape {np.shape(array)}: for this problem give {shapes[name]}")
        if array is not None and not np.isfinite(array).all():
            raise ValueError(f"{name} has values that are not finite: give the arrays of a draw")


def _change(coarse: Spikes, fine: Spikes) -> Array:
    """Relative change of every strength between the two quadratures."""
    count = len(fine.strengths)
    before = np.pad(coarse.strengths, (0, count))[:count]
    return np.abs(fine.strengths - before) / fine.strengths


def _prediction(model: Model, spikes: Spikes, errors: Array) -> Prediction:
    bulk = MarchenkoPastur(model.gamma)
    if np.any(spikes.strengths > LARGEST_STRENGTH):
        raise ValueError(
            f"a predicted spike has strength above {LARGEST_STRENGTH:g}: give smaller scales or functions"
        )
    above = spikes.strengths > bulk.threshold
    kept = (errors <= WITHHELD) | ~above
    error = float(np.max(errors[above & kept], initial=0.0))
    notes = _notes(model)
    cause = "σ or σ* is too steep or too heavy for it"
    if error > UNCONVERGED:
        notes.append(f"the quadrature has converged to {100 * error:.1g} % only: {cause}")
    if not kept.all():
        notes.append(f"{np.sum(~kept)} weaker outlier(s) withheld, the quadrature not having converged: {cause}")
    exponent = information_exponent(model.target)
    return Prediction(model.count, exponent, bulk, spikes.subset(kept), error, tuple(notes))


def _notes(model: Model) -> list[str]:
    """Known reasons why the picture is not the generic one."""
    notes = []
    mu1, _, variance = model.activation_moments
    if abs(mu1) <= ROUNDING * np.sqrt(variance + mu1**2):
        notes.append("c_1 = E σ'(h) = 0: the first step makes no rank-one spike, so no leading outlier is predicted")
    elif model.steps == 2 and not model.reuse and (lost := _lost_terms(model)):
        zeros = ", ".join(f"c_{k + 1}" for k in lost)
        terms = ", ".join(map(str, lost))
        notes.append(f"{zeros} = 0 for this σ: the terms k = {terms} of the count vanish with independent batches")
    if abs(model.target_moments[0]) <= ROUNDING * np.sqrt(model.m2):
        how = "only a reused batch can bring β* in" if model.steps == 2 else "one step does not see β*"
        notes.append(f"c*_1 = E z σ*(z) = 0 (information exponent above 1): {how}")
    if model.readout == "rademacher" and model.steps == 2:
        notes.append("Rademacher readout: a takes two values, so there are at most two left vectors")
    if model.count.critical:
        notes.append("critical exponents: the last outlier of the count is Θ(1), and the finite-size theory decides")
    return notes


def _lost_terms(model: Model) -> list[int]:
    """Terms 1 ≤ k ≤ ⌊ρ⌋ whose weight c_{k+1} is zero to rounding (up to k = 12)."""
    degree = min(model.count.floor, 12) + 1
    h, w = fine_normal_rule(model.sigma.kinks)
    table = np.array([normalised_hermite(z, degree) for z in h]).T
    density = table[0]
    values = model.sigma(h)
    c = (table / density * values) @ w
    return [k for k in range(1, degree) if abs(c[k + 1]) <= ROUNDING * np.sqrt(w @ values**2)]
