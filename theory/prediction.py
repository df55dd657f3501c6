"""What should be seen: the outliers of W1 or W2, their overlaps, and the bulk below them.

Assumptions, which every prediction carries: N, d, n large at fixed ratios; data x ~ N(0, I_d).  The bulk is
that of the updated weights, from its Dyson equation (`theory.dyson.networks`), or on demand that of W0
(Marchenko–Pastur), which leaves out how the gradient's noise widens it by a relative N^{α − 1/2} Var σ' and
lifts the outliers near it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from theory.bulk import MarchenkoPastur
from theory.conditional import conditional_spikes
from theory.count import OutlierCount
from theory.emergence import Emergence, Law, OnDyson, OnMarchenkoPastur, Outlier
from theory.functions import RealFunction
from theory.hermite import information_exponent, normalised_hermite
from theory.model import Model
from theory.population import population_spikes
from theory.quadrature import Array, fine_normal_rule
from theory.single_thread import on_one_thread
from theory.spikes import COARSE, FINE, Spikes, vectors_at

# relative changes of a strength between two quadratures: worth a note, and too large to be shown
UNCONVERGED, WITHHELD = 5e-3, 0.2
ROUNDING = 1e-12  # of a moment, relative to the root of the second moment
LARGEST_STRENGTH = 1e100  # squares of larger ones overflow


@dataclass(frozen=True, eq=False)
class Prediction:
    """The theory's answer; ``outliers`` largest first, only those above the bulk.

    ``emergence`` is the bulk and its map from spikes to outliers; ``values`` = min(N, d) their number.
    ``quadrature_error`` is the largest relative change of an outlier's strength between a coarse and the fine
    quadrature: what the numbers themselves are worth, apart from the assumptions.
    """

    count: OutlierCount
    information_exponent: int | None
    emergence: Emergence
    width: float
    values: float
    spikes: Spikes
    quadrature_error: float
    notes: tuple[str, ...]

    @property
    def bulk(self) -> Law:
        """The law of the bulk's singular values."""
        return self.emergence.law

    @cached_property
    @on_one_thread
    def _emerged(self) -> tuple[tuple[Outlier, ...], Array]:
        return self.emergence.outliers(self.spikes, self.width)

    @property
    def outliers(self) -> tuple[Outlier, ...]:
        return self._emerged[0]

    def leading(self, k: int) -> tuple[Outlier, ...]:
        """The k strongest spikes, whether or not they leave the bulk: one that does not sits at the edge with no
        overlap, and so do those beyond the rank of the spike matrix."""
        strengths = [*self.spikes.strengths, *[0.0] * k]
        hidden = [Outlier(float(theta), self.bulk.upper, 0.0, 0.0) for theta in strengths[len(self.outliers) : k]]
        return (*self.outliers[:k], *hidden)

    def left_vectors(self, a: Array) -> Array:
        """Predicted left singular vectors at neurons with readouts ``a`` (N,): shape (N, number of outliers)."""
        return vectors_at(self.spikes.rows.a, self._emerged[1], a)

    def bulk_quantile(self, fraction: float) -> float:
        """The bulk value with this fraction of the bulk above it."""
        return float(self.bulk.isf(fraction))

    @property
    def largest_bulk_value(self) -> float:
        """The upper quantile ½/min(N, d): where the largest bulk value of a matrix of this size is expected."""
        return self.bulk_quantile(0.5 / self.values)


@on_one_thread
def predict(problem: Any = None, *, bulk: str = "dyson", **fields: Any) -> Prediction:
    """The mean over draws: outliers at finite N, asymptotic counts and the bulk.

    ``bulk``: "dyson", the bulk of the updated weights, or "mp", that of W0.

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
    return _prediction(model, fine, _change(coarse, fine), emergence(model, bulk, fine))


def emergence(model: Model, bulk: str, mean: Spikes) -> Emergence:
    """The bulk by its name on the command line; ``mean`` are the population's spikes.

    ValueError if there is no such bulk, or if its upper end could not be solved; its density is solved, or refused in
    the same way, when it is asked for.
    """
    if bulk == "mp":
        return OnMarchenkoPastur(MarchenkoPastur(model.gamma))
    if bulk != "dyson":
        raise ValueError(f"bulk = {bulk!r} is not accepted: give 'dyson' or 'mp'")
    from theory.dyson import networks  # SymPy expressions: only where they are wanted
    from theory.dyson.networks.bulk import UNSOLVED, unsolved
    from theory.dyson.networks.laws import BULK

    try:
        whole = networks.network_outliers(model)
        solved = networks.network_bulk(model, len(whole))
        on_bulk = solved.outliers(mean.rows)
        if len(on_bulk) > len(whole):
            # an outlier below the rows of five times as many neurons, above those of these
            whole = networks.network_outliers(model, BULK)
    except UNSOLVED as error:
        raise unsolved(error) from None
    return OnDyson(solved, mean.rows, on_bulk, whole)


@on_one_thread
def predict_draw(
    problem: Any,
    a: Array,
    beta: Array,
    X1: Array,
    y1: Array,
    X2: Array | None = None,
    y2: Array | None = None,
    *,
    bulk: str | Emergence = "dyson",
) -> Prediction:
    """The prediction given one realised draw (see `theory.conditional`).

    Arrays in float64 or float32, of shapes (N,), (d,), (n, d), (n,), (n, d), (n,).  ``bulk`` as in `predict`, or the
    ``emergence`` of a prediction, solved already."""
    model = Model.of(problem)
    _check_draw(model, {"a": a, "beta": beta, "X1": X1, "y1": y1, "X2": X2, "y2": y2})
    spikes = conditional_spikes(model, a, beta, X1, y1, X2, y2)
    solved = emergence(model, bulk, population_spikes(model, FINE)) if isinstance(bulk, str) else bulk
    return _prediction(model, spikes, np.zeros(len(spikes.strengths)), solved)


def _check_draw(model: Model, arrays: dict[str, Array | None]) -> None:
    N, d, n = int(model.N), int(model.d), int(model.n)
    shapes = {"a": (N,), "beta": (d,), "X1": (n, d), "y1": (n,), "X2": (n, d), "y2": (n,)}
    for name, array in arrays.items():
        if array is not None and np.shape(array) != shapes[name]:
            raise ValueError(f"{name} has shape {np.shape(array)}: for this problem give {shapes[name]}")
        if array is not None and not (np.isfinite(np.max(array)) and np.isfinite(np.min(array))):
            raise ValueError(f"{name} has values that are not finite: give the arrays of a draw")


def _change(coarse: Spikes, fine: Spikes) -> Array:
    """Relative change of every strength between the two quadratures."""
    count = len(fine.strengths)
    before = np.pad(coarse.strengths, (0, count))[:count]
    return np.abs(fine.strengths - before) / fine.strengths


def _prediction(model: Model, spikes: Spikes, errors: Array, emergence: Emergence) -> Prediction:
    if np.any(spikes.strengths > LARGEST_STRENGTH):
        raise ValueError(
            f"a predicted spike has strength above {LARGEST_STRENGTH:g}: give smaller scales or functions"
        )
    above = spikes.strengths > MarchenkoPastur(model.gamma).threshold
    kept = (errors <= WITHHELD) | ~above
    error = float(np.max(errors[above & kept], initial=0.0))
    notes = _notes(model)
    cause = "σ or σ* is too steep or too heavy for it"
    if error > UNCONVERGED:
        notes.append(f"the quadrature has converged to {100 * error:.1g} % only: {cause}")
    if not kept.all():
        notes.append(f"{np.sum(~kept)} weaker outlier(s) withheld, the quadrature not having converged: {cause}")
    exponent = information_exponent(model.target)
    values = min(model.N, model.d)
    kept_spikes = spikes.subset(kept)
    return Prediction(model.count, exponent, emergence, model.N, values, kept_spikes, error, tuple(notes))


def _notes(model: Model) -> list[str]:
    """Known reasons why the picture is not the generic one."""
    notes = []
    mu1, _, variance = model.activation_moments
    if abs(mu1) <= ROUNDING * np.sqrt(variance + mu1**2):
        notes.append("c_1 = E σ'(h) = 0: the first step makes no rank-one spike, so no leading outlier is predicted")
    elif model.steps == 2 and not model.reuse and (lost := _lost_terms(model.sigma, min(model.count.floor, 12))):
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


@lru_cache(maxsize=256)
def _lost_terms(sigma: RealFunction, most: int) -> tuple[int, ...]:
    """Terms 1 ≤ k ≤ ``most`` whose weight c_{k+1} is zero to rounding."""
    degree = most + 1
    h, w = fine_normal_rule(sigma.kinks)
    table = np.array([normalised_hermite(z, degree) for z in h]).T
    density = table[0]
    values = sigma(h)
    c = (table / density * values) @ w
    return tuple(k for k in range(1, degree) if abs(c[k + 1]) <= ROUNDING * np.sqrt(w @ values**2))
