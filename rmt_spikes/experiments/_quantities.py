"""Predicted numbers beside one value a trial of each: who agrees.

A number agrees if the mean over trials lies within 3 standard errors or 3 % of the prediction: fixed limits, which
an experiment can make narrower and not wider.  Standard errors that are themselves wider than 10 % of the quantity's
scale (its own prediction, unless the experiment gives another) decide nothing, nor does a single trial.  With T
trials z follows Student's law: of a long curve and few trials some points lie beyond 3 by chance.

A curve is an array; each of its points is a number of its own, "name[i]".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rmt_spikes.estimates import Estimate, estimate

STANDARD_ERRORS = 3.0
RELATIVE = 0.03
WIDEST = 0.1  # standard errors, in units of the scale, that can still decide
ROUNDING = 1e-9  # in units of the scale


@dataclass(frozen=True)
class Quantity:
    """One compared number.  ``z`` is (mean − predicted)/s.e., None without an error bar; ``agrees`` is None where the
    error bar is too wide to decide; ``label`` says which point of a curve it is."""

    name: str
    predicted: float
    observed: Estimate
    z: float | None
    agrees: bool | None
    label: str = ""
    asymptotic: bool = False

    @property
    def key(self) -> str:
        """Of the number, or of the curve that it is a point of."""
        return self.name.rpartition("[")[0] if self.name.endswith("]") else self.name

    @property
    def relative_error(self) -> float | None:
        """Of the mean; None where the prediction is zero."""
        return (self.observed.mean - self.predicted) / abs(self.predicted) if self.predicted else None


@dataclass(frozen=True)
class Rules:
    """What an experiment says of its quantities, by key: narrower limits, scales, (axis, values) of a curve's points,
    and which are asymptotic."""

    limit: Mapping[str, float] = field(default_factory=dict)
    scale: Mapping[str, float] = field(default_factory=dict)
    points: Mapping[str, tuple[str, Sequence]] = field(default_factory=dict)
    asymptotic: Sequence[str] = ()


def judge(predicted: float, seen: Estimate, limit: float = RELATIVE, scale: float | None = None) -> bool | None:
    """Whether the seen mean agrees; None where that is not decided.

    >>> [judge(1.0, Estimate(mean, sem, 8)) for mean, sem in ((1.02, 0.001), (1.1, 0.05), (1.1, 0.01), (1.5, 0.4))]
    [True, True, False, None]
    """
    scale = abs(predicted) if scale is None else scale
    if seen.sem is None:
        return None
    off = abs(seen.mean - predicted)
    if off > max(limit * abs(predicted), ROUNDING * scale, STANDARD_ERRORS * seen.sem):
        return False
    return True if seen.sem <= WIDEST * scale else None


def check(values: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """A prediction as finite arrays of no or one dimension; ValueError names what is not."""
    found = {}
    for key, value in values.items():
        array = np.asarray(value, dtype=float)
        if array.ndim > 1 or not np.isfinite(array).all():
            raise ValueError(
                f"the prediction of {key!r} is not finite, or has shape {array.shape}: give a number or a curve of "
                "finite numbers, and refuse parameters without one"
            )
        found[key] = array
    if not found:
        raise ValueError("nothing is predicted: give predict at least one number")
    return found


def column(draws: Sequence[Mapping[str, Any]], key: str, shape: tuple[int, ...]) -> np.ndarray:
    """One value or curve a trial, in an array; ValueError where a trial lacks it or has another shape."""
    for draw in draws:
        seen = "nothing" if key not in draw else f"shape {np.shape(draw[key])}"
        if seen != f"shape {shape}":
            raise ValueError(
                f"{key!r} is predicted with shape {shape} and simulated with {seen}: give both the same keys "
                "and shapes"
            )
    values = np.array([draw[key] for draw in draws], dtype=float)
    if not np.isfinite(values).all():
        raise ValueError(f"{key!r} is not finite in some trials: take other parameters, or mend simulate")
    return values


def compare(predicted: Mapping[str, Any], draws: Sequence[Mapping[str, Any]], rules: Rules) -> tuple[Quantity, ...]:
    """Every predicted number beside its values over the trials.

    >>> seen = [{"rate": 0.9, "curve": [2.0, 5.0]}, {"rate": 1.1, "curve": [2.0, 5.1]}]
    >>> for one in compare({"rate": 1.0, "curve": [2.0, 4.0]}, seen, Rules(points={"curve": ("t", (1, 2))})):
    ...     print(one.name, one.label, one.agrees)
    rate  True
    curve[0] t = 1 True
    curve[1] t = 2 False
    """
    found: list[Quantity] = []
    for key, values in check(predicted).items():
        columns = column(draws, key, values.shape)
        if key in rules.points and len(rules.points[key][1]) != values.size:
            raise ValueError(
                f"the points of {key!r} are {len(rules.points[key][1])} where {values.size} are predicted: "
                "give one each"
            )
        for i in np.ndindex(values.shape):
            found.append(_quantity(key, i, float(values[i]), estimate(columns[(slice(None), *i)]), rules))
    return tuple(found)


def _quantity(key: str, index: tuple[int, ...], predicted: float, seen: Estimate, rules: Rules) -> Quantity:
    name, label = key, ""
    if index:
        name = f"{key}[{index[0]}]"
        axis, points = rules.points.get(key, ("", ()))
        label = f"{axis} = {_text(points[index[0]])}" if axis else ""
    agrees = judge(predicted, seen, rules.limit.get(key, RELATIVE), rules.scale.get(key))
    return Quantity(name, predicted, seen, seen.z_score(predicted), agrees, label, key in rules.asymptotic)


def _text(point: Any) -> str:
    return f"{point:.4g}" if isinstance(point, float | np.floating) else str(point)
