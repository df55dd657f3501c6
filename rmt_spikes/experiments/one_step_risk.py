"""Ridge regression on the features of the first layer, before and after one gradient step: error on fresh data.

    W1 = W0 + η G0,  η = C N^α        G0 from a first batch, which is then thrown away
    v̂ = argmin (1/n) Σ_j (y_j − N^{-1/2} σ(W x_j)ᵀ v)² + (λ/N) ‖v‖²        W = W0 or W1, on n fresh samples
    test error E (f*(x) − N^{-1/2} σ(W x)ᵀ v̂)²

Kernels and random features learn the linear part of f* alone, so that their error stays above ‖P_{>1} f*‖².  A step
with α < 1/2 makes the features better (Ba et al.); with α → 1/2 it adds spikes along powers of κ = ⟨x, β̂⟩ (Moniri et
al.) and the error can pass that bound.  The theory keeps the features' dependence on κ whole, at all orders, and
takes the rest as Gaussian given κ: docs/experiments-one_step_risk.md, `theory.step_features`, `theory.feature_ridge`.
At N → ∞ with λ/N fixed it gives ridge on the kernel E σ(⟨w, x⟩) σ(⟨w, x'⟩).

Longer than 120 lines because errors are followed along two axes, α and n/N, each before and after the step.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from rmt_spikes import fields
from rmt_spikes.draws import draw
from rmt_spikes.experiments import Experiment, Result, plot_curve
from rmt_spikes.feature_kernel import feature_kernel
from rmt_spikes.functions import apply
from rmt_spikes.gradient import gradient_step
from rmt_spikes.problem import TwoLayer
from rmt_spikes.ridge import kernel_ridge, ridge
from theory.feature_ridge import ridge_error
from theory.kernel_bounds import beyond_linear, single_neuron
from theory.model import Model
from theory.step_features import step_features

BEFORE, AFTER, KERNEL = "before the step", "after the step", "kernel before the step"
ALONG, DROP, TRAIN = "test error along α", "drop along α", "training error along α"
MANY = 1e9  # neurons, for the kernel
NONE = 1e-9  # a step of no size


@dataclass(frozen=True, kw_only=True)
class Parameters:
    activation: str = field(default="erf", metadata={"help": "σ"})
    target: str = field(default="erf", metadata={"help": "σ*, f*(x) = σ*(⟨β*, x⟩)"})
    width: int = field(default=768, metadata={"help": "N, neurons"})
    dim: int = field(default=512, metadata={"help": "d, input dimension"})
    samples: int = field(default=6144, metadata={"help": "samples of the gradient step"})
    alphas: tuple[float, ...] = field(default=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5), metadata={"help": "α, η = C N^α"})
    scale: float = field(default=1.0, metadata={"help": "C"})
    ratios: tuple[float, ...] = field(default=(0.25, 0.5, 1.0, 2.0, 3.0), metadata={"help": "n/N, fresh samples"})
    ridge: float = field(default=0.01, metadata={"help": "λ"})
    noise: float = field(default=0.1, metadata={"help": "σ_ε"})
    test: int = field(default=1500, metadata={"help": "samples that measure the test error"})

    def __post_init__(self) -> None:
        keep = {name: fields.whole(name, getattr(self, name), 32, 10**5, "from 32 to 10^5", 512)
                for name in ("width", "dim", "samples", "test")}  # fmt: skip
        fields.keep(
            self,
            **keep,
            alphas=fields.several("alphas", self.alphas, lambda name, value: fields.number(
                name, value, "from 0 to 1/2", lambda x: 0 <= x <= 0.5)),
            scale=fields.number("scale", self.scale, "above 0, at most 10", lambda x: 0 < x <= 10),
            ratios=fields.several("ratios", self.ratios, lambda name, value: fields.number(
                name, value, "from 0.05 to 20", lambda x: 0.05 <= x <= 20)),
            ridge=fields.number("ridge", self.ridge, "from 1e-4 to 100", lambda x: 1e-4 <= x <= 100),
        )  # fmt: skip
        problem = self.problem()  # checks what is left
        fields.keep(self, noise=fields.number("noise", problem.noise, "from 0 to 1000", lambda x: 0 <= x <= 1000))

    def problem(self, eta: float = 1.0) -> TwoLayer:
        return TwoLayer(activation=self.activation, target=self.target, width=self.width, dim=self.dim,
                        samples=self.samples, noise=self.noise, steps=1, alpha1=Fraction(0), scale1=eta)  # fmt: skip

    @property
    def etas(self) -> list[float]:
        return [self.scale * self.width**alpha for alpha in self.alphas]

    @property
    def sizes(self) -> list[int]:
        return [round(ratio * self.width) for ratio in self.ratios]


def predict(p: Parameters) -> dict:
    before, *after = (step_features(Model.of(p.problem(eta))) for eta in (NONE, *p.etas))
    many = MANY / p.width
    along = [ridge_error(one, p.width, p.sizes[-1], p.ridge) for one in (before, *after)]
    test = np.array([one.test for one in along]) - p.noise**2

    def curve(features, factor=1.0) -> np.ndarray:
        errors = [ridge_error(features, factor * p.width, n, factor * p.ridge).test for n in p.sizes]
        return np.array(errors) - p.noise**2

    return {BEFORE: curve(before), AFTER: curve(after[-1]), KERNEL: curve(before, many), ALONG: test[1:],
            DROP: test[0] - test[1:], TRAIN: np.array([one.train for one in along[1:]])}  # fmt: skip


def simulate(rng: np.random.Generator, p: Parameters) -> dict:
    problem, sizes = p.problem(), p.sizes
    sample, (points, noise) = draw(rng, problem), rng.spawn(2)
    X = points.standard_normal((max(sizes) + p.test, p.dim))
    f = apply(p.target, X @ sample.beta)
    y = f[: max(sizes)] + p.noise * noise.standard_normal(max(sizes))
    G = gradient_step(sample.W0, sample.a, sample.X1, sample.y1, p.activation, 1.0) - sample.W0

    def errors(eta: float, sizes: list[int]) -> np.ndarray:
        F = apply(p.activation, X @ (sample.W0 + eta * G).T) / np.sqrt(p.width)
        return np.array([_primal(F, f, y, n, n * p.ridge / p.width) for n in sizes])

    before = errors(0.0, sizes)[:, 0]
    after = errors(p.etas[-1], sizes)
    along = np.array([*(errors(eta, sizes[-1:])[0] for eta in p.etas[:-1]), after[-1]])
    K = feature_kernel(p.activation, X, max(sizes))
    dual = np.array([_dual(K, f, y, n, n * p.ridge / p.width) for n in sizes])
    return {BEFORE: before, AFTER: after[:, 0], KERNEL: dual, ALONG: along[:, 0], DROP: before[-1] - along[:, 0],
            TRAIN: along[:, 1]}  # fmt: skip


def _primal(F: np.ndarray, f: np.ndarray, y: np.ndarray, n: int, penalty: float) -> tuple[float, float]:
    """Test and training error with the first n samples; those beyond ``y`` are the test."""
    v = ridge(F[:n], y[:n], penalty)
    return np.mean((F[len(y) :] @ v - f[len(y) :]) ** 2), np.mean((F[:n] @ v - y[:n]) ** 2)


def _dual(K: np.ndarray, f: np.ndarray, y: np.ndarray, n: int, penalty: float) -> float:
    v = kernel_ridge(K[:n, :n], y[:n], penalty)
    return np.mean((K[len(y) :, :n] @ v - f[len(y) :]) ** 2)


def memory(p: Parameters) -> int:
    rows = max(p.sizes) + p.test
    features = 2 * rows * p.width + 2 * p.width**2
    kernel = 4 * rows * max(p.sizes) + 2 * max(p.sizes) ** 2 + 2 * 1601 * rows
    return p.problem().memory_estimate() + 8 * (rows * p.dim + 3 * p.width * p.dim + max(features, kernel))


def figure(result: Result, figure) -> None:
    p = result.parameters
    figure.set_size_inches(8.2, 4.0)
    left, right = figure.subplots(1, 2, sharey=True)
    plot_curve(result, ALONG, left, label="after the step", color="C0")
    left.axhline(result.predicted[BEFORE][-1], color="C1", lw=1.4)
    left.axhline(result.predicted[KERNEL][-1], color="C2", lw=1.4)
    for key, color in ((BEFORE, "C1"), (KERNEL, "C2"), (AFTER, "C0")):
        plot_curve(result, key, right, label=key, color=color)
    model = Model.of(p.problem())
    for ax in (left, right):
        ax.axhline(beyond_linear(model), color="0.4", ls=":", lw=1.2, label="‖P$_{>1}$f*‖²")
    size = "" if p.scale == 1 else f"{p.scale:g} "
    left.set(xlabel=f"α,  step of size {size}N$^α$", ylabel="test error", title=f"n/N = {p.ratios[-1]:g}")
    right.set(xlabel="n/N, fresh samples per neuron", xscale="log", yscale="log", title=f"α = {p.alphas[-1]:g}")
    ticks = np.array([0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10, 20])
    low, high = right.get_ylim()
    for axis, shown in ((right.yaxis, ticks[(ticks > low) & (ticks < high)]), (right.xaxis, np.array(p.ratios))):
        axis.set_ticks(shown, [f"{value:g}" for value in shown])
        axis.set_ticks([], minor=True)
    figure.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=7)


def remark(result: Result) -> str:
    p = result.parameters
    model = Model.of(p.problem())
    bound, last = beyond_linear(model), result.predicted[AFTER][-1]
    word = "below" if last < bound else "above"
    tau = single_neuron(model)[1]
    tau = tau if tau > 1e-12 else 0.0
    return (
        f"The last error is {result.predicted[BEFORE][-1]:.4f} before the step and {last:.4f} after it, {word} "
        f"‖P_>1 f*‖² = {bound:.4f}; the best single neuron leaves τ* = {tau:.2g}."
    )


EXPERIMENT = Experiment(
    name="one_step_risk",
    title="Ridge regression on the features before and after one gradient step",
    citation="J. Ba, M. A. Erdogdu, T. Suzuki, Z. Wang, D. Wu and G. Yang, High-dimensional Asymptotics of Feature "
    "Learning: How One Gradient Step Improves the Representation, 2022; B. Moniri, D. Lee, H. Hassani and "
    "E. Dobriban, A Theory of Non-Linear Feature Learning with One Gradient Step in Two-Layer Neural Networks, 2024",
    assumes="N, d and both sample sizes grow in proportion; the spikes along powers of the learned direction are "
    "kept at all orders and sizes. Left out are corrections of relative order 1/n, the fluctuations of a draw.",
    parameters=Parameters,
    keys=(BEFORE, AFTER, KERNEL, ALONG, DROP, TRAIN),
    predict=predict,
    simulate=simulate,
    figure=figure,
    control=lambda p: replace(p, dim=round(1.2 * p.dim), scale=min(10, 1.5 * p.scale)),
    trials=16,
    quick=Parameters(width=400, dim=400, samples=1600, alphas=(0.2, 0.5), ratios=(2.0, 3.0), test=800),
    points=lambda p: {**dict.fromkeys((BEFORE, AFTER, KERNEL), ("n/N", p.ratios)),
                      **dict.fromkeys((ALONG, DROP, TRAIN), ("α", p.alphas))},
    scale={DROP: 0.05},
    memory=memory,
    remark=remark,
)  # fmt: skip
