"""What the analyses of a sweep share: its axes, the problem of a cell, and means over trials with their errors.

A sweep's dataset (docs/sweeps.md) has the swept fields as dimensions and beside them ``trial`` and ``outlier``.  An
analysis takes the axes that its question is about and is repeated for each combination of the others.  Axes may have
been narrowed by ``isel`` or ``sel``: the problem of a cell is found from the values of its coordinates.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rmt_spikes.estimates import Estimate
from rmt_spikes.problem import TwoLayer
from rmt_spikes.sweeps.axes import coordinate

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
ZERO = 1e-9  # a predicted squared overlap below it is 0 to rounding


@dataclass(frozen=True)
class Means:
    """Over the last axis: ``mean``, ``sem`` (NaN below two values) and the number of ``trials`` that are there."""

    mean: Array
    sem: Array
    trials: NDArray[np.int64]

    def at(self, index: tuple[int, ...]) -> Estimate:
        sem = float(self.sem[index])
        return Estimate(float(self.mean[index]), sem if np.isfinite(sem) else None, int(self.trials[index]))


def over_trials(values: ArrayLike) -> Means:
    """Means over the last axis of what is not NaN.

    >>> found = over_trials([[1.0, 3.0], [2.0, np.nan]])
    >>> found.mean.tolist(), found.sem.tolist(), found.trials.tolist()
    ([2.0, 2.0], [1.0, nan], [2, 1])
    """
    values = np.asarray(values, dtype=float)
    there = np.isfinite(values)
    count = there.sum(axis=-1)
    mean = np.where(there, values, 0.0).sum(axis=-1) / np.where(count > 0, count, np.nan)
    square = np.where(there, (values - mean[..., None]) ** 2, 0.0).sum(axis=-1)
    sem = np.sqrt(square / np.where(count > 1, (count - 1) * count, np.nan))
    return Means(mean, sem, count)


def axes(data: xr.Dataset) -> tuple[str, ...]:
    """The swept fields that are still dimensions, in their order."""
    return tuple(str(name) for name in data["finished"].dims)


def need_axes(data: xr.Dataset, question: str, *names: str) -> None:
    """ValueError unless the sweep has these axes."""
    found = axes(data)
    missing = [name for name in names if name not in found]
    if missing:
        raise ValueError(
            f"{question} needs the axes {' and '.join(names)}: this sweep has {', '.join(found) or 'none'}; "
            f"sweep {' and '.join(missing)} too (a list or a range in [model]), or ask another question"
            if len(names) > 1
            else f"{question} needs the axis {names[0]}: this sweep has {', '.join(found) or 'none'}; sweep it too "
            "(a list or a range in [model]), or ask another question"
        )


def need_trials(data: xr.Dataset, question: str, least: int = 2) -> int:
    """The number of trials; ValueError if there are too few of them for an error bar."""
    trials = int(data.sizes.get("trial", 0))
    if trials < least:
        raise ValueError(
            f"{question} needs standard errors: this sweep has trials = {trials}; give at least {least} in [run]"
        )
    return trials


def sweep_of(data: xr.Dataset) -> Any:
    """The specification (`rmt_spikes.sweeps.specification.Sweep`) that the dataset was made from."""
    return _sweep(data.attrs["specification"])


@lru_cache(maxsize=16)
def _sweep(text: str) -> Any:
    from rmt_spikes.sweeps.specification import Sweep

    return Sweep.from_document(json.loads(text))


def position(data: xr.Dataset) -> tuple[int, ...]:
    """Where the first cell of ``data`` is in the whole sweep, one index an axis of the specification."""
    return tuple(_place(axis, np.atleast_1d(data[axis.name].values)[0]) for axis in sweep_of(data).axes)


def _place(axis: Any, value: Any) -> int:
    known = [coordinate(v) for v in axis.values]
    return known.index(str(value) if isinstance(value, str) else value)


def problem_of(data: xr.Dataset) -> TwoLayer:
    """The problem of the first cell of ``data``.  Cached: a problem parses its two functions."""
    return _problem(data.attrs["specification"], position(data))


@lru_cache(maxsize=4096)
def _problem(text: str, index: tuple[int, ...]) -> TwoLayer:
    return _sweep(text).problem(index)


@dataclass(frozen=True, eq=False)
class Part:
    """One combination of the axes that a question is not about: ``where`` as {axis: value}, and its ``data``."""

    where: dict[str, Any]
    data: xr.Dataset


def parts(data: xr.Dataset, *about: str) -> Iterator[Part]:
    """The combinations of the other axes, in C order; one part, with an empty ``where``, if there are none."""
    others = [name for name in axes(data) if name not in about]
    for index in itertools.product(*(range(data.sizes[name]) for name in others)):
        chosen = dict(zip(others, index, strict=True))
        part = data.isel(chosen)
        yield Part({name: value(part, name) for name in others}, part)


def value(data: xr.Dataset, name: str) -> Any:
    """A coordinate of a single cell as JSON has it; fractions as exact text."""
    axis = next(axis for axis in sweep_of(data).axes if axis.name == name)
    found = axis.values[_place(axis, data[name].item())]
    return list(found) if isinstance(found, tuple) else str(found) if isinstance(found, Fraction) else found


def where_text(where: dict[str, Any]) -> str:
    """The combination as text.

    >>> where_text({"batch": "reuse", "alpha1": "7/20", "noise": 0.5})
    'batch = reuse, α1 = 7/20, noise = 0.5'
    """
    symbols = {"alpha1": "α1", "alpha2": "α2", "width": "N", "dim": "d", "samples": "n"}
    return ", ".join(f"{symbols.get(k, k)} = {v:g}" if isinstance(v, float) else f"{symbols.get(k, k)} = {v}"
                     for k, v in where.items())  # fmt: skip


def mean_overlap(overlap: ArrayLike, sd: ArrayLike) -> Array:
    """Mean over draws of a squared overlap whose population value and standard deviation are given.

    By `theory.fluctuations` it is x² with x Gaussian, Var x² = 4 E[x]² Var x + 2 (Var x)², so that E x² =
    E[x]² + Var x = √(E[x]⁴ + Var(x²)/2).  Of an outlier that does not see β* this is all there is: of order 1/d, but
    7/d for the target He_3, which no comparison with 0 would pass.  The population value where ``sd`` is NaN.

    >>> mean_overlap([0.7, 0.0, 0.1], [0.02, 0.02, float("nan")]).round(4).tolist()
    [0.7001, 0.0141, 0.1]
    """
    known = np.nan_to_num(np.asarray(sd, dtype=float))
    return np.sqrt(np.asarray(overlap, dtype=float) ** 2 + known**2 / 2)


def captured(data: xr.Dataset) -> tuple[Array, Array]:
    """‖P β*‖² of the predicted outliers: simulated, shape (…, trial), and the theory's mean over draws, shape (…).

    0 where none is predicted; NaN where a predicted one was not observed and where the cell is not finished.
    """
    finished = data["finished"].values.astype(bool)
    predicted = mean_overlap(data["theory_target_overlap"].values, data["theory_target_overlap_sd"].values)
    there = np.isfinite(predicted)
    theory = np.where(finished, np.where(there, predicted, 0.0).sum(axis=-1), np.nan)
    if "target_overlap" not in data:
        return np.full((*theory.shape, 0), np.nan), theory
    seen = data["target_overlap"].transpose(*axes(data), "trial", "outlier").values
    total = np.where(there[..., None, :], seen, 0.0).sum(axis=-1)  # NaN stays NaN
    return np.where(finished[..., None], total, np.nan), theory
