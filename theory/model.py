"""The problem in the theory's own terms: σ, σ*, φ = d/n, γ = N/d, N and the step sizes.

`Model.of` reads them off any object with the fields of the main job (a `rmt_spikes.TwoLayer`, say), so that the
theory needs nothing from the simulation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from theory.count import OutlierCount, as_exponent, outlier_count
from theory.functions import RealFunction, activation, function
from theory.quadrature import Array, fine_normal_rule

DEFAULTS = {
    "noise": 0.0, "steps": 2, "alpha2": 0, "scale1": 1.0, "scale2": 1.0,
    "batch": "independent", "loss": "squared", "readout": "gaussian",
}  # fmt: skip
REQUIRED = ("activation", "target", "width", "dim", "samples", "alpha1")
CHOICES = {
    "batch": ("independent", "reuse"),
    "loss": ("squared", "correlation"),
    "readout": ("gaussian", "rademacher"),
    "steps": (1, 2),
}
NOTHING_COUNTED = OutlierCount(None, 0, 0, False)


def expectation(values: Array, weights: Array) -> float:
    return float(weights @ values)


@dataclass(frozen=True)
class Model:
    """σ and σ* as functions, N, d, n, the noise σ_ε, η_t = C_t N^{α_t} and the switches.

    ``reuse``: the second step sees the first batch again.  ``squared``: residual y − f (else y alone).
    """

    sigma: RealFunction
    target: RealFunction
    noise: float
    N: float
    d: float
    n: float
    eta1: float
    eta2: float
    count: OutlierCount
    steps: int
    reuse: bool
    squared: bool
    readout: str

    @classmethod
    def of(cls, problem: Any = None, **fields: Any) -> Model:
        """From an object or a mapping with the fields, or from keywords; ValueError names a bad or missing one."""
        given = _fields(problem, fields)
        for name, allowed in CHOICES.items():
            if given[name] not in allowed:
                raise ValueError(f"{name} = {given[name]!r} is not accepted: give {' or '.join(map(repr, allowed))}")
        sizes = [_positive(name, given[name]) for name in ("width", "dim", "samples")]
        scales = [_positive(name, given[name]) for name in ("scale1", "scale2")]
        noise = _positive("noise", given["noise"], or_zero=True)
        steps = given["steps"]
        alpha1, alpha2 = as_exponent("alpha1", given["alpha1"]), as_exponent("alpha2", given["alpha2"])
        N, d, n = sizes
        model = cls(
            sigma=activation(given["activation"]),
            target=function(given["target"]),
            noise=noise,
            N=N,
            d=d,
            n=n,
            eta1=scales[0] * N ** float(alpha1),
            eta2=scales[1] * N ** float(alpha2) if steps == 2 else 0.0,
            count=outlier_count(alpha1, alpha2, steps),
            steps=steps,
            reuse=given["batch"] == "reuse" and steps == 2,
            squared=given["loss"] == "squared",
            readout=given["readout"],
        )
        if model.m2 == 0:
            raise ValueError(
                f"the target {given['target']!r} is zero and there is no noise: there is nothing to learn"
            )
        return model

    @property
    def without_second_size(self) -> Model:
        """The same with η2 = 0 and no exponent counted: all problems that differ in the second step size alone have
        the same one."""
        return replace(self, eta2=0.0, count=NOTHING_COUNTED)

    @property
    def phi(self) -> float:
        """φ = d/n."""
        return self.d / self.n

    @property
    def gamma(self) -> float:
        """γ = N/d."""
        return self.N / self.d

    @cached_property
    def activation_moments(self) -> tuple[float, float, float]:
        """μ1 = E σ'(h), μ2 = E σ'(h) h, Var σ'(h)."""
        return _slope_moments(self.sigma)

    @cached_property
    def target_moments(self) -> tuple[float, float, float]:
        """c*_1 = E z σ*(z), E y, m2 = E y²."""
        c1, mean, square = _moments(self.target)
        return c1, mean, square + self.noise**2

    @property
    def m2(self) -> float:
        """E y² = E σ*² + σ_ε²."""
        return self.target_moments[2]


@lru_cache(maxsize=256)
def _slope_moments(f: RealFunction) -> tuple[float, float, float]:
    """E f', E f' h, Var f'."""
    h, w = fine_normal_rule(f.kinks)
    slope = f.derivative(h)
    mu1 = expectation(slope, w)
    return mu1, expectation(slope * h, w), expectation((slope - mu1) ** 2, w)


@lru_cache(maxsize=256)
def _moments(f: RealFunction) -> tuple[float, float, float]:
    """E z f, E f, E f²."""
    z, w = fine_normal_rule(f.kinks)
    y = f(z)
    return expectation(z * y, w), expectation(y, w), expectation(y**2, w)


def _fields(problem: Any, keywords: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(problem, Mapping):
        problem, keywords = None, {**problem, **keywords}
    names = (*REQUIRED, *DEFAULTS)
    unknown = set(keywords) - set(names) - {"init", "dtype"}
    if unknown:
        raise TypeError(f"unknown field {sorted(unknown)[0]!r}: the fields are {', '.join(names)}")
    given = {
        **DEFAULTS,
        **{name: getattr(problem, name) for name in names if hasattr(problem, name)},
        **keywords,
    }
    missing = [name for name in REQUIRED if name not in given]
    if missing:
        raise TypeError(f"missing {', '.join(missing)}: give a problem such as rmt_spikes.TwoLayer(), or keywords")
    return given


def _positive(name: str, value: Any, or_zero: bool = False) -> float:
    try:
        number = np.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = np.nan
    if not (np.isfinite(number) and (number > 0 or (or_zero and number == 0))):
        range_text = "that is not negative" if or_zero else "above 0"
        raise ValueError(f"{name} = {value!r} is not accepted: give a finite number {range_text}")
    return number
