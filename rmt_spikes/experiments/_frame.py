"""What an experiment is, and how it is run.

    @dataclass(frozen=True, kw_only=True)
    class Parameters:
        size: int = field(default=200, metadata={"help": "n, how many numbers"})
        centre: float = field(default=0.5, metadata={"help": "μ, of each"})
        def __post_init__(self):
            fields.keep(self, size=fields.whole("size", self.size, 8, 10**6, "from 8 to 10^6", 200),
                        centre=fields.number("centre", self.centre, "from -9 to 9", lambda x: -9 <= x <= 9))
    def predict(parameters):                  # name → number, or array: a curve, with points "moments[0]", …
        return {"mean": parameters.centre, "moments": np.array([parameters.centre, 1 + parameters.centre**2])}
    def simulate(rng, parameters):            # ONE trial: the same names and shapes, and more for the figure
        z = parameters.centre + rng.standard_normal(parameters.size)
        return {"mean": z.mean(), "moments": np.array([z.mean(), np.mean(z**2)]), "sample": z}
    def figure(result, figure):               # a matplotlib Figure to draw in; import matplotlib here, not above
        plot_curve(result, "moments", figure.subplots()).set(xlabel="order", ylabel="moment")
    EXPERIMENT = Experiment(
        name="moments", title="Moments of Gaussian numbers", citation="C. F. Gauss, Theoria motus, 1809",
        assumes="Nothing: exact at any n.", parameters=Parameters, keys=("mean", "moments"),
        predict=predict, simulate=simulate, figure=figure,
        trials=16, quick=Parameters(size=100), memory=lambda parameters: 8 * parameters.size,
        points=lambda parameters: {"moments": ("order", (1, 2))},
        control=lambda parameters: replace(parameters, centre=parameters.centre + 0.2))  # must be refuted

Imports: dataclasses, NumPy, ``from rmt_spikes import fields`` (its readers refuse bad values and name the field) and
``from rmt_spikes.experiments import Experiment, Result, plot_curve``.  ``simulate`` must be a function of a
module, since worker processes find it by name.  ``predict`` is called once; what ``simulate`` needs of the theory it
asks for itself, behind `functools.lru_cache` (parameters are hashable: tuples, no lists).  When a number agrees:
`rmt_spikes.experiments._quantities`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from rmt_spikes import fields
from rmt_spikes.draws import check_generator
from rmt_spikes.experiments._names import check_names
from rmt_spikes.experiments._quantities import RELATIVE, Quantity, Rules, check, column, compare
from rmt_spikes.memory import free_memory
from rmt_spikes.trials import run_trials
from rmt_spikes.workers import MOST, budget

if TYPE_CHECKING:
    from matplotlib.figure import Figure

AGREE, DISAGREE, UNCLEAR = "agree", "disagree", "unclear"


@dataclass(frozen=True, kw_only=True, eq=False)
class Experiment:
    """A published result beside its simulation; see the top of this file.

    name, title, citation   the module's name, one line, and authors, title, year
    assumes                 one or two sentences: what is asymptotic about the prediction
    parameters              a frozen keyword-only dataclass that validates itself (int, float, Fraction, str, bool and
                            tuples of them); its defaults, with ``trials`` trials, take at most 60 s on two cores
    keys                    the names of all numbers that it compares; a prediction may leave some out.  They are the
                            variables of a sweep's dataset, so no parameter may be called like one
    predict, simulate       parameters → numbers; (rng, parameters) → the same of one trial
    figure                  (result, matplotlib Figure) → draws
    control                 parameters → others, whose prediction must be refuted at the first
    quick                   parameters for the tests, at most 5 s with ``trials`` trials
    points                  parameters → {curve: (name of its axis, values)}
    limit                   narrower relative limits than 3 %, by key
    scale                   by key, what 10 % of is the widest error bar that decides, where a prediction may vanish
    asymptotic              keys that may miss the limits at these sizes; needs ``trend``
    trend                   parameters → parameters of growing size, along which the misses must shrink
    memory                  parameters → bytes that one trial holds at its peak; what does not fit is refused
    remark                  result → a sentence more for the verdict, or nothing
    """

    name: str
    title: str
    citation: str
    assumes: str
    parameters: type
    keys: tuple[str, ...]
    predict: Callable[[Any], Mapping[str, Any]]
    simulate: Callable[[np.random.Generator, Any], Mapping[str, Any]]
    figure: Callable[[Result, Figure], Any]
    control: Callable[[Any], Any]
    trials: int = 16
    quick: Any = None
    points: Callable[[Any], Mapping[str, tuple[str, Sequence]]] | None = None
    limit: Mapping[str, float] = field(default_factory=dict)
    scale: Mapping[str, float] = field(default_factory=dict)
    asymptotic: tuple[str, ...] = ()
    trend: Callable[[Any], Sequence[Any]] | None = None
    memory: Callable[[Any], int] | None = None
    remark: Callable[[Result], str] | None = None

    def __post_init__(self) -> None:
        for key in ("name", "title", "citation", "assumes"):
            if not isinstance(getattr(self, key), str) or not getattr(self, key).strip():
                raise ValueError(f"the {key} of an experiment is empty: give a line of text")
        fields.trials(self.trials)
        check_names(self.name, self.keys, (one.name for one in dataclass_fields(self.parameters)))
        for key, limit in self.limit.items():
            if not 0 < limit <= RELATIVE:
                raise ValueError(
                    f"limit[{key!r}] = {limit} is not above 0 and at most {RELATIVE}: limits can be narrower, not "
                    "wider; name a quantity that is not yet there at these sizes in asymptotic"
                )
        if self.asymptotic and self.trend is None:
            raise ValueError(f"{', '.join(self.asymptotic)} are asymptotic: give the trend with size that shows it")

    def check_keys(self, predicted: Mapping[str, Any]) -> None:
        """ValueError for a number that is not among the keys."""
        unknown = [key for key in predicted if key not in self.keys]
        if unknown:
            raise ValueError(f"{self.name} predicts {', '.join(unknown)}: name it in keys")

    def rules(self, parameters: Any) -> Rules:
        """How its quantities are judged."""
        points = self.points(parameters) if self.points else {}
        return Rules(self.limit, self.scale, points, self.asymptotic)


@dataclass(frozen=True, eq=False)
class Result:
    """A run: what was ``predicted``, what each trial gave (``draws``), the compared ``quantities``, and its time."""

    experiment: Experiment
    parameters: Any
    predicted: dict[str, np.ndarray]
    draws: tuple[Mapping[str, Any], ...]
    quantities: tuple[Quantity, ...]
    seconds: float

    @property
    def trials(self) -> int:
        return len(self.draws)

    def observed(self, key: str) -> tuple[np.ndarray, np.ndarray]:
        """Mean over trials and its standard error (NaN for a single trial) of a number or curve of the trials."""
        values = column(self.draws, key, np.shape(self.draws[0][key]))
        error = values.std(axis=0, ddof=1) / np.sqrt(self.trials) if self.trials > 1 else values[0] * np.nan
        return values.mean(axis=0), error

    @property
    def verdict(self) -> str:
        """agree, disagree or unclear; what is declared asymptotic counts only where it agrees."""
        states = [one.agrees for one in self.quantities if not one.asymptotic]
        if False in states:
            return DISAGREE
        return UNCLEAR if None in states or not states else AGREE

    @property
    def text(self) -> str:
        """The verdict in words."""
        total = len(self.quantities)
        parts = [f"{sum(one.agrees is True for one in self.quantities)} of {total} quantities agree."]
        for word, chosen in (
            ("Disagree", [one for one in self.quantities if one.agrees is False and not one.asymptotic]),
            ("Not there yet at these sizes", [one for one in self.quantities if not one.agrees and one.asymptotic]),
            ("Unclear, the error bars being too wide",
             [one for one in self.quantities if one.agrees is None and not one.asymptotic]),
        ):  # fmt: skip
            if chosen:
                parts.append(f"{word}: {', '.join(one.name for one in chosen)}.")
        if self.experiment.remark is not None:
            parts.append(self.experiment.remark(self))
        return " ".join(filter(None, parts))


def run(
    rng: np.random.Generator,
    experiment: Experiment,
    parameters: Any = None,
    trials: int | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Run an experiment, at its defaults where nothing is given.  Trials are children of ``rng`` (`Generator.spawn`),
    so that the result does not depend on ``workers``; ``progress(done, trials)`` is called before and after each.

    Raises TypeError unless ``rng`` is a `numpy.random.Generator`, ValueError for parameters of another class, a
    number of trials or workers below 1, or a run that would not fit in memory.

    >>> from rmt_spikes.experiments import get
    >>> experiment = get("biased_ntk")
    >>> result = run(np.random.default_rng(1), experiment, experiment.quick, trials=2)
    >>> result.quantities[0].name, result.quantities[0].observed.trials
    ('smallest eigenvalue[0]', 2)
    """
    check_generator(rng)
    parameters = experiment.parameters() if parameters is None else parameters
    if not isinstance(parameters, experiment.parameters):
        raise ValueError(
            f"{type(parameters).__name__} is no {experiment.parameters.__name__}: "
            f"give the parameters of {experiment.name}"
        )
    trials = fields.trials(experiment.trials if trials is None else trials)
    workers = min(fields.whole("workers", workers, 1, MOST, f"from 1 to {MOST}", 2), trials)
    if experiment.memory is not None:
        check_memory(experiment.name, experiment.memory(parameters), workers)
    report = progress or (lambda done, total: None)
    start = time.perf_counter()
    predicted = check(experiment.predict(parameters))
    experiment.check_keys(predicted)
    report(0, trials)
    work = partial(_trial, experiment.simulate, parameters)
    share = max(1, budget() // workers)
    draws = tuple(run_trials(work, rng.spawn(trials), workers, share, lambda done: report(done, trials)))
    quantities = compare(predicted, draws, experiment.rules(parameters))
    return Result(experiment, parameters, predicted, draws, quantities, time.perf_counter() - start)


def check_memory(name: str, trial: int, workers: int) -> None:
    """ValueError if trials of so many bytes, one on each worker, do not fit in memory."""
    needed, free = workers * trial, free_memory()
    if free is not None and needed > free:
        on, fewer = (f" on {workers} workers", " or take fewer workers") if workers > 1 else ("", "")
        raise ValueError(
            f"{name}{on} needs about {needed / 1e9:.3g} GB and {free / 1e9:.3g} GB are free: "
            f"make the sizes smaller{fewer}"
        )


def _trial(simulate: Callable, parameters: Any, rng: np.random.Generator) -> Mapping[str, Any]:
    return simulate(rng, parameters)


def refuted(result: Result) -> tuple[Quantity, ...]:
    """The negative control: what these trials refute of the prediction at the experiment's control parameters.

    Only keys that both predictions share, with the same shape, are compared; what is asymptotic is left out."""
    experiment = result.experiment
    wrong = check(experiment.predict(experiment.control(result.parameters)))
    shared = {
        key: value
        for key, value in wrong.items()
        if key in result.predicted and result.predicted[key].shape == value.shape and key not in experiment.asymptotic
    }
    quantities = compare(shared, result.draws, experiment.rules(result.parameters)) if shared else ()
    return tuple(one for one in quantities if one.agrees is False)
