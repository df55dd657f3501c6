"""Theory beside simulation: the layer where `theory` and the core meet, with floats and arrays crossing.

A comparison runs independent trials of one problem.  Each trial is set beside two predictions: the population's, the
same for all trials, and the one conditional on the trial's own readout, teacher and data, which has the fluctuations
of the draw in it.  The trials are children of one generator and do not depend on each other.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from rmt_spikes import fields, threads
from rmt_spikes.draws import Draw, check_generator, draw
from rmt_spikes.estimates import Estimate, estimate
from rmt_spikes.memory import check_memory, step_budget
from rmt_spikes.observation import Observation, observe
from rmt_spikes.problem import TwoLayer
from rmt_spikes.training import train
from rmt_spikes.trials import run_trials
from rmt_spikes.workers import MOST, budget
from theory import Outlier, Prediction, predict, predict_draw
from theory.fluctuations import OutlierFluctuation, outlier_fluctuations

# min(N, d) up to which a second thread does not shorten the spectrum; where other programs hold cores it lengthens it
ON_ONE_THREAD = 1000


@dataclass(frozen=True, eq=False)
class Trial:
    """What was seen in one draw, and what the theory says given that draw, for each predicted outlier."""

    observation: Observation
    conditional: tuple[Outlier, ...]


@dataclass(frozen=True, eq=False)
class Comparison:
    """The problem, its population prediction and the trials.  `rmt_spikes.verdict` judges it, `rmt_spikes.tables`
    prints it, `rmt_spikes.plots` draws it."""

    problem: TwoLayer
    prediction: Prediction
    trials: tuple[Trial, ...]

    @cached_property
    def fluctuations(self) -> tuple[OutlierFluctuation, ...]:
        """Predicted standard deviations over draws, for each predicted outlier."""
        return outlier_fluctuations(self.problem, self.prediction)

    def singular_value(self, k: int) -> Estimate:
        """Observed singular value of outlier k."""
        return estimate([t.observation.outliers[k] for t in self.trials])

    def target_overlap(self, k: int) -> Estimate:
        """Observed squared overlap of right vector k with β*."""
        return estimate([t.observation.target_overlaps[k] for t in self.trials])

    def left_overlap(self, k: int) -> Estimate:
        """Observed squared overlap of left vector k with the predicted one."""
        return estimate([t.observation.left_overlaps[k] for t in self.trials])

    def identified(self, k: int) -> int:
        """In how many trials the overlap of left vector k is at least half of the predicted one."""
        expected = self.prediction.outliers[k].left_overlap_squared
        return sum(bool(t.observation.left_overlaps[k] >= expected / 2) for t in self.trials)

    @property
    def captured(self) -> Estimate:
        """Observed ‖P β*‖², P the projection on the right vectors of all predicted outliers."""
        return estimate([t.observation.target_overlaps.sum() for t in self.trials])

    @property
    def largest_bulk_value(self) -> Estimate:
        """The largest singular value that belongs to no predicted outlier."""
        return estimate([t.observation.bulk[0] for t in self.trials])

    def bulk_quantile(self, fraction: float) -> Estimate:
        """The bulk value with this fraction of the bulk above it; the k-th largest of p has (k − ½)/p above it."""
        return estimate([np.quantile(t.observation.bulk, 1 - fraction, method="hazen") for t in self.trials])

    @property
    def beyond_edge(self) -> Estimate:
        """How many values above the upper end of the predicted bulk belong to no predicted outlier."""
        return estimate([int(np.sum(t.observation.bulk > self.prediction.bulk.upper)) for t in self.trials])

    @property
    def bulk(self) -> np.ndarray:
        """All bulk values of all trials."""
        return np.concatenate([t.observation.bulk for t in self.trials])


def compare(
    rng: np.random.Generator,
    problem: TwoLayer,
    trials: int = 8,
    progress: Callable[[int, int], None] | None = None,
    bulk: str = "dyson",
    workers: int = 1,
    memory_budget: int | str | None = None,
) -> Comparison:
    """Run ``trials`` independent draws of ``problem`` beside the theory.

    ``bulk``: the bulk of the theory, "dyson" (of the updated weights) or "mp" (Marchenko–Pastur, that of W0).
    ``progress(done, trials)`` is called before the first trial and after each.  ``workers`` processes share trials
    and the BLAS threads (`rmt_spikes.trials`); the results do not depend on them.  ``memory_budget``: bytes, or text
    such as "4GB", that the matrices of all workers stay within, by smaller blocks of samples.

    Raises TypeError unless ``rng`` is a `numpy.random.Generator`; ValueError for a number of trials or workers below
    1, or a run that would not fit in memory or budget, before any work.

    >>> problem = TwoLayer(activation="softplus", target="z", width=200, dim=100, samples=200, alpha1=0.3, alpha2=0.3)
    >>> result = compare(np.random.default_rng(1), problem, trials=2)
    >>> len(result.prediction.outliers), result.singular_value(0).trials
    (1, 2)
    """
    check_generator(rng)
    trials = fields.trials(trials)
    workers = min(fields.whole("workers", workers, 1, MOST, f"from 1 to {MOST}", 2), trials)
    check_memory(problem, workers)
    total = fields.memory("memory_budget", memory_budget)
    allowed = step_budget(problem, None if total is None else total // workers)
    prediction = predict(problem, bulk=bulk)
    work = partial(_trial, problem=problem, prediction=prediction, allowed=allowed)
    # solved once, before workers get copies, and refused before any trial
    _ = prediction.outliers, prediction.bulk.lower
    report = progress or (lambda done, total: None)
    report(0, trials)
    share = max(1, budget() // workers)
    done = run_trials(work, rng.spawn(trials), workers, share, lambda count: report(count, trials))
    return Comparison(problem, prediction, tuple(done))


def _trial(rng: np.random.Generator, problem: TwoLayer, prediction: Prediction, allowed: int | None) -> Trial:
    sample, seen = simulate(rng, problem, prediction, allowed)
    return Trial(seen, given_draw(sample, problem, prediction))


def simulate(
    rng: np.random.Generator, problem: TwoLayer, prediction: Prediction, memory_budget: int | None = None
) -> tuple[Draw, Observation]:
    """One draw, its steps, and what is seen beside the predicted left vectors.

    ``memory_budget``: bytes that the steps may hold (`rmt_spikes.memory.step_budget`)."""
    sample = draw(rng, problem)
    W = train(sample, problem, memory_budget)
    left = prediction.left_vectors(np.asarray(sample.a, dtype=float))
    with threads.limited(1) if min(W.shape) <= ON_ONE_THREAD else nullcontext():
        return sample, observe(W, sample.beta, left)


def given_draw(sample: Draw, problem: TwoLayer, prediction: Prediction) -> tuple[Outlier, ...]:
    """The theory given this draw, for each outlier of the ``prediction`` of the mean over draws."""
    wanted = len(prediction.outliers)
    if not wanted:
        return ()
    a, beta = (np.asarray(x, dtype=float) for x in (sample.a, sample.beta))
    # the batches as they are: the theory takes products with them, and float64 copies might not fit
    X1, y1, X2, y2 = sample.X1, sample.y1, sample.X2, sample.y2
    return predict_draw(problem, a, beta, X1, y1, X2, y2, bulk=prediction.emergence).leading(wanted)
