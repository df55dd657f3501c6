"""Spiked inputs: kernel ridge regression beside a first layer after one gradient step, over the size of the spike.

    x = √(1+θ) g μ + x⊥,   θ = d^β,   g and x⊥ standard normal,   y = σ*(g) + noise,   n = ψ d

*Published* (as d → ∞): kernel ridge regression learns a σ* of degree p if and only if β ≥ 1 − 1/p, two layers with a
trained first one if β > 1 − 1/k, k the information exponent.  Both are smeared over all β at any d that runs, so that
what is compared is at the d at hand (ours):

* *kernel*: ReLU neurons with weights N(0, 1/d) and biases N(0, 1), infinitely many.  ⟨w, x⟩ has the standard
  deviation √((1+θ)/d) along μ and 1/√d across: the kernel of standard normal inputs with these weights
  (`theory.zonal_kernel`), and ridge regression's error is `theory.learning_curve`'s.
* *direction*: the first right singular vector of the gradient on n samples has the squared overlap q with μ
  (`theory.learned_direction`).  For c_1 = E g σ*(g) ≠ 0 every neuron's gradient is nearly a_j β̂/2, β̂ = Xᵀy/n; for
  k = 2 the signal is what neurons that lie along μ by chance see, and wins over the noise of β̂ from θ ~ √d on.
* *trained*: w = w_0 + step a β̂/‖β̂‖, a ~ N(0, 1).  In standard normal inputs ⟨w, x⟩ is wide along the direction of
  s √q μ + √(1−q) v, v across μ; what is left of the spike beside it is no wider than one direction across.  The same
  kernel with the target tilted, on fresh samples.

Longer than 120 lines because the kernels of both simulations are its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from scipy.special import ndtri

from rmt_spikes import fields
from rmt_spikes.experiments import Experiment, Result, plot_curve
from rmt_spikes.ridge import kernel_ridge
from theory.functions import Z, function
from theory.hermite import hermite_coefficients
from theory.information import certified_information_exponent
from theory.learned_direction import learned_overlap
from theory.learning_curve import learning_curve
from theory.zonal_kernel import relu_kernel, zonal_kernel

KERNEL, TRAINED, OVERLAP = "kernel error", "trained error", "overlap with μ"
TEST = 2000
NODES = (80, 5, 60)  # along μ many: the kernel of strong weights is narrow there


@dataclass(frozen=True, kw_only=True)
class Parameters:
    dim: int = field(default=100, metadata={"help": "d, dimension of the inputs"})
    ratio: float = field(default=4.0, metadata={"help": "ψ = n/d, samples of the step, and again of the regression"})
    betas: tuple[float, ...] = field(default=(0.0, 0.25, 0.5, 0.75, 1.0), metadata={"help": "β, θ = d^β"})
    target: str = field(
        default="(z + He(3,z)/sqrt(6))/sqrt(2)", metadata={"help": "σ*, a polynomial of information exponent 1 or 2"}
    )
    noise: float = field(default=0.1, metadata={"help": "variance of the labels' noise"})
    ridge: float = field(default=0.01, metadata={"help": "penalty, per sample"})
    step: float = field(default=1.0, metadata={"help": "length of the step for a neuron with a = 1"})
    width: int = field(default=400, metadata={"help": "N, neurons of which the step is taken"})

    def __post_init__(self) -> None:
        def spike(name: str, value: object) -> float:
            return fields.number(name, value, "from 0 to 1.5", lambda x: 0 <= x <= 1.5)

        fields.keep(
            self,
            dim=fields.whole("dim", self.dim, 20, 10**4, "from 20 to 10^4", 100),
            ratio=fields.number("ratio", self.ratio, "from 1 to 100", lambda x: 1 <= x <= 100),
            betas=fields.several("betas", self.betas, spike),
            noise=fields.number("noise", self.noise, "from 0 to 100", lambda x: 0 <= x <= 100),
            ridge=fields.number("ridge", self.ridge, "from 1e-4 to 100", lambda x: 1e-4 <= x <= 100),
            step=fields.number("step", self.step, "above 0 and at most 100", lambda x: 0 < x <= 100),
            width=fields.whole("width", self.width, 50, 10**6, "from 50 to 10^6", 400),
        )
        if not function(self.target).expr.is_polynomial(Z) or information_exponent(self.target) not in (1, 2):
            raise ValueError(
                f"target = {self.target!r} is no polynomial of information exponent 1 or 2: its degree sets a "
                "threshold, and from exponent 3 on single draws decide what the step learns; give one such as "
                "z + He(3,z)/sqrt(6)"
            )

    @property
    def samples(self) -> int:
        return round(self.ratio * self.dim)


def expansion(target: str) -> np.ndarray:
    """Orthonormal Hermite coefficients of σ* up to its degree.

    >>> expansion("(z + He(3,z)/sqrt(6))/sqrt(2)").round(4).tolist()
    [0.0, 0.7071, 0.0, 0.7071]
    """
    return hermite_coefficients(target, function(target).expr.as_poly(Z).degree()).orthonormal


@lru_cache(maxsize=64)
def information_exponent(target: str) -> int | None:
    """k, the first Hermite coefficient that is there."""
    return certified_information_exponent(target).value


def thresholds(target: str) -> tuple[float, float]:
    """1 − 1/p and 1 − 1/k.

    >>> thresholds("z + He(3,z)")
    (0.6666666666666667, 0.0)
    """
    degree = function(target).expr.as_poly(Z).degree()
    return 1 - 1 / degree, 1 - 1 / (information_exponent(target) or 1)


@lru_cache(maxsize=64)
def overlap(p: Parameters, beta: float) -> float:
    """q, of the learned direction with μ."""
    return learned_overlap(function(p.target), p.dim**beta, p.dim, p.samples, p.width, p.noise)


def error(p: Parameters, strong: float, tilt: float) -> float:
    kernel = zonal_kernel(p.dim, strong, p.dim**-0.5, nodes=NODES)
    target = kernel.target(function(p.target), tilt)
    return learning_curve(kernel, target, p.samples, p.ridge * p.samples, p.noise).error


def after(p: Parameters, beta: float) -> tuple[float, float]:
    """Standard deviation of ⟨w, x⟩ along its widest direction after the step, and the angle between that and μ."""
    spike, q = 1 + p.dim**beta, overlap(p, beta)
    length = spike * q + 1 - q
    cosine = np.sqrt(spike * q / length)
    return float(np.sqrt(p.step**2 * length + (1 + (spike - 1) * cosine**2) / p.dim)), float(np.arccos(cosine))


def predict(p: Parameters) -> dict:
    before = [(float(np.sqrt((1 + p.dim**beta) / p.dim)), 0.0) for beta in p.betas]
    return {
        KERNEL: np.array([error(p, *one) for one in before]),
        TRAINED: np.array([error(p, *after(p, beta)) for beta in p.betas]),
        OVERLAP: np.array([overlap(p, beta) for beta in p.betas]),
    }


def simulate(rng: np.random.Generator, p: Parameters) -> dict:
    found = [_at(rng, p, beta) for beta in p.betas]
    return {key: np.array([one[key] for one in found]) for key in (KERNEL, TRAINED, OVERLAP)}


def _at(rng: np.random.Generator, p: Parameters, beta: float) -> dict:
    def inputs(count: int, g: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        X = rng.standard_normal((count, p.dim))
        X[:, 0] = X[:, 0] if g is None else g  # μ is the first axis
        f = function(p.target)(X[:, 0])
        X[:, 0] *= np.sqrt(1 + p.dim**beta)
        return X, f

    X, f = inputs(p.samples)
    y = f + np.sqrt(p.noise) * rng.standard_normal(p.samples)
    direction = _learned(rng, p, X, y)
    X, f = inputs(p.samples)
    y = f + np.sqrt(p.noise) * rng.standard_normal(p.samples)
    T, t = inputs(TEST, ndtri((np.arange(TEST) + rng.random(TEST)) / TEST))  # one in each quantile: tails weigh much
    before, width = np.eye(p.dim) / p.dim, p.step**2 * np.outer(direction, direction)
    return {
        KERNEL: _error(before, X, y, T, t, p),
        TRAINED: _error(before + width, X, y, T, t, p),
        OVERLAP: direction[0] ** 2,
    }


def _learned(rng: np.random.Generator, p: Parameters, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The top right singular vector of the gradient of N ReLU neurons with readouts a."""
    W = rng.standard_normal((p.width, p.dim)) / np.sqrt(p.dim)
    a = rng.standard_normal(p.width)
    gradient = a[:, None] * (((X @ W.T > 0) * y[:, None]).T @ X)
    return np.linalg.eigh(gradient.T @ gradient)[1][:, -1]


def _error(S: np.ndarray, X: np.ndarray, y: np.ndarray, T: np.ndarray, t: np.ndarray, p: Parameters) -> float:
    """Of ridge regression on infinitely many neurons with weights N(0, S) and biases N(0, 1), on test inputs."""
    left = X @ S
    own, there = np.sqrt(np.sum(left * X, axis=1) + 1), np.sqrt(np.sum((T @ S) * T, axis=1) + 1)
    kernel = relu_kernel(left @ X.T + 1, own, own)
    dual = kernel_ridge(kernel, y, p.ridge * p.samples)
    return float(np.mean((relu_kernel(T @ left.T + 1, there, own) @ dual - t) ** 2))


def figure(result: Result, figure) -> None:
    figure.set_size_inches(8.0, 3.9)
    errors, overlaps = figure.subplots(1, 2, width_ratios=(3, 2))
    kernel, network = thresholds(result.parameters.target)
    plot_curve(result, KERNEL, errors, label="kernel", color="C0")
    plot_curve(result, TRAINED, errors, label="one step", color="C1")
    for times, shade in ((4, 0.6), (16, 0.3)):
        larger = predict(replace(result.parameters, dim=times * result.parameters.dim))
        for key, color in ((KERNEL, "C0"), (TRAINED, "C1")):
            label = f"both at d = {times * result.parameters.dim}, fainter" if key == KERNEL else None
            errors.plot(result.parameters.betas, larger[key], color=color, alpha=shade, lw=1, label=label)
    errors.axvline(kernel, color="C0", ls=":", lw=1, label=f"kernel learns, $d\\to\\infty$: {kernel:.2f}")
    errors.axvline(network, color="C1", ls=":", lw=1, label=f"network learns, $d\\to\\infty$: {network:.2f}")
    left_over = np.cumsum(expansion(result.parameters.target)[::-1] ** 2)[::-1]  # by degrees from k on
    for k in np.flatnonzero(left_over[1:] < 0.999 * left_over[:-1]) + 1:
        errors.axhline(left_over[k], color="0.75", lw=0.8, zorder=0)
        errors.annotate(
            f"degrees < {k} learned",
            (0.1, left_over[k]),
            fontsize=6,
            color="0.45",
            va="bottom",
        )
    errors.set(xlabel=r"$\beta$, spike $\theta=d^\beta$", ylabel="test error", ylim=(0, None))
    plot_curve(result, OVERLAP, overlaps, label="$q$")
    overlaps.set(xlabel=r"$\beta$", ylabel=r"overlap$^2$ of the learned direction with $\mu$", ylim=(0, 1.02))
    overlaps.legend(fontsize=7)
    figure.legend(*errors.get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=7)


def remark(result: Result) -> str:
    target = result.parameters.target
    terms = [f"{c:.3g} h_{k}" for k, c in enumerate(expansion(target)) if abs(c) > 1e-12]
    kernel, network = thresholds(target)
    return (
        f"σ* = {' + '.join(terms)} in orthonormal Hermite polynomials; as d → ∞ the kernel learns it from β = "
        f"{kernel:.3g} on, a trained first layer beyond {network:.3g}."
    ).replace("+ -", "− ")


EXPERIMENT = Experiment(
    name="spiked_covariance",
    title="Spiked inputs: kernels and a trained first layer over the size of the spike",
    citation="J. Ba, M. A. Erdogdu, T. Suzuki, Z. Wang and D. Wu, Learning in the Presence of Low-dimensional "
    "Structure: A Spiked Random Matrix Perspective, 2023",
    assumes="Trained is infinitely many neurons with weights N(0, I/d + s² v vᵀ), v the first right singular vector "
    "of a gradient of `width` neurons. d and n large at fixed n/d and the spike at hand; left out are fluctuations "
    "of the learned direction and terms of order 1/d beside it. Where the gradient's first two directions are about "
    "equally strong (exponent 2, or a small c_1, at β < 1/2) single draws decide, and the means can be off. The "
    "published thresholds are of d → ∞ and only marked.",
    parameters=Parameters,
    keys=(KERNEL, TRAINED, OVERLAP),
    predict=predict,
    simulate=simulate,
    figure=figure,
    control=lambda p: replace(p, ratio=max(1, 0.5 * p.ratio), noise=1 + 2 * p.noise),
    trials=48,
    quick=Parameters(dim=60, betas=(0.25, 0.75), width=240),
    points=lambda p: {key: ("β", p.betas) for key in (KERNEL, TRAINED, OVERLAP)},
    scale={OVERLAP: 1.0},
    remark=remark,
    memory=lambda p: 8 * (6 * p.samples * (p.samples + TEST) + 3 * (p.samples + p.dim) * (p.width + p.dim)),
)
