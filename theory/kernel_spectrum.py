"""Spectrum and leading eigenfunctions of the empirical kernel σ(XW1ᵀ)σ(XW1ᵀ)ᵀ/(N m) before and after a large step.

The modes above the bulk, their squared overlaps with functions of the input and the quantiles of the bulk, put
together from

    `theory.step_neurons`                     the law of the neurons, and k0 or k1 in sectors (`theory.zonal`)
    `theory.dyson.networks.kernel_features` N neurons and m inputs as a random-matrix expression, solved by the engine
    `theory.mode_fluctuations`              what the sampling of the leading modes themselves adds to their means

The functions are 1, He1(g), He2(g)/√2 with g = ⟨b, x⟩, b = β1/‖β1‖, and the radial (‖x‖² − d)/√(2d); of an
eigenvector of m entries, the overlap is with the vector of the function's values there, centred but for 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from theory.dyson.law import SingularValues
from theory.dyson.networks.kernel_features import KernelFeatures
from theory.mode_fluctuations import moved
from theory.quadrature import Array
from theory.step_neurons import COARSE, LargeStep
from theory.zonal import ZonalLaw

FUNCTIONS = ("1", "He1", "He2", "radial")
MODES = 4  # of degree 0, among which fluctuations mix
CLEAR = 0.6  # overlap² with the best function of (g, r)


def input_functions(along: Array, squared_length: Array, d: int) -> Array:
    """1, He1, He2/√2 of ⟨b, x⟩ = ``along`` and the radial function, (4, …): orthonormal but for the last two."""
    g = np.asarray(along, dtype=float)
    return np.array([np.ones_like(g), g, (g**2 - 1) / np.sqrt(2), (squared_length - d) / np.sqrt(2 * d)])


@dataclass(frozen=True, eq=False)
class KernelSpectrum:
    """The empirical kernel of ``step.model.N`` neurons after ``step`` on ``step.fresh`` inputs."""

    step: LargeStep

    def _features(self, step: LargeStep, lost: int = 0) -> KernelFeatures:
        # before the step b is any direction: He1 is one of d equal modes
        joining = 0 if step.step else 1
        return KernelFeatures(step.kernel, step.fresh, round(step.model.N), lost, step.directions, joining)

    @cached_property
    def _modes(self) -> tuple[Array, Array, int]:
        step = self.step
        kernel = step.kernel
        functions = _functions_on(kernel.inputs, round(step.model.d))
        lengths = functions**2 @ kernel.inputs.weights
        named = dict(zip(FUNCTIONS, functions, strict=True))
        seen = self._features(step).outliers(named)
        eigenvalues = np.array([one.value**2 for one in seen])
        overlaps = np.array([[one.left[name] for one in seen] for name in FUNCTIONS]).reshape(len(lengths), -1)
        values, f, e = (part[:MODES] for part in kernel.modes(0))
        leading = min(len(seen), len(values))
        inputs, neurons = (f, kernel.inputs.weights, step.fresh), (e, kernel.neurons.weights, step.model.N)
        shift = moved(values, inputs, neurons, functions, leading)
        clear = sum(one.left_overlap_squared > CLEAR for one in seen[:leading])
        return eigenvalues[:leading] + shift.eigenvalues, overlaps[:, :leading] + shift.overlaps, clear

    @property
    def eigenvalues(self) -> Array:
        """Means of the eigenvalues above the bulk, descending."""
        return self._modes[0]

    @property
    def overlaps(self) -> Array:
        """Means of the squared overlaps (`FUNCTIONS`, modes) of their eigenvectors."""
        return self._modes[1]

    @property
    def clear(self) -> int:
        """How many of them are far enough above the bulk to be functions of (g, r) for the most part: at the edge the
        overlap vanishes in the limit and is anything at finite size."""
        return self._modes[2]

    @cached_property
    def _bulk(self) -> SingularValues:
        return self._features(replace(self.step, nodes=COARSE), len(self.eigenvalues)).law

    def bulk(self, fractions: Array) -> Array:
        """Eigenvalues of the bulk with given fractions of it above them."""
        return np.asarray(self._bulk.isf(fractions)) ** 2

    @property
    def count(self) -> int:
        """How many values the bulk has."""
        return min(round(self.step.model.N), self.step.fresh) - len(self.eigenvalues)

    @property
    def plateau(self) -> float:
        """The mean of the largest d eigenvalues of the bulk, before the step those of the linear functions."""
        d = round(self.step.model.d)
        if d >= self.count:
            raise ValueError(f"there is no plateau of d = {d} eigenvalues among {self.count}")
        return float(np.mean(self.bulk((np.arange(d) + 0.5) / self.count)))


def _functions_on(inputs: ZonalLaw, d: int) -> Array:
    return input_functions(inputs.along, inputs.along**2 + inputs.across**2, d)
