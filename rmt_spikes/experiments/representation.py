"""One gradient step finds the hidden directions of f*(x) = g(Ux): subspace, sample complexity, transfer.

*Spectrum.*  First gradient G (N×d) of a ReLU network for f* = Σ_k He2(z_k)/√(2r) (He4 has tails whose single
samples stand above the signal for n ≪ d²).  Singular values and right subspace:
`theory.dyson.networks.hidden_directions`; the neurons' share in U, ‖GUᵀ‖²/‖G‖²: `theory.first_gradient`.
With N ~ d the subspace is there for n ~ d (as the top r for n ~ d^{3/2}: the labels' linear part is removed once);
the neurons themselves turn to it for n ~ d² only.

*Sample complexity* (Fig. 1): f* = He2/2 + He4/(4√3), ridge on the readout of pretrained neurons, from as many
fresh samples as were pretrained on, beside kernel ridge regression with the kernel of the network at the start,
which `theory.learning_curve` predicts.  *Transfer* (Fig. 2): the pretrained neurons fit He3/√6 in two dimensions.
For both the same curve with the weights of `theory.first_gradient.pretrained_law` is an approximation, not compared:
it takes weights as Gaussian and their law as its mean, and is off by up to 10 per cent (too low for n of a few d²
pretrained samples, too high in the transfer at d = 10).

Longer than 120 lines because it holds the paper's three experiments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from rmt_spikes import fields
from rmt_spikes.experiments import Experiment, Result, plain_ticks, plot_curve
from rmt_spikes.ridge import kernel_ridge, ridge
from theory.dyson.networks.hidden_directions import HiddenOutlier, hidden_outliers
from theory.first_gradient import REMOVALS, pretrained_law, quadratic_rows
from theory.learning_curve import learning_curve
from theory.zonal_kernel import relu_kernel, zonal_kernel

CAPTURED, VALUE, SHARE = "captured by the top vectors", "signal singular value", "share of the neurons"
KERNEL, PRETRAINED, TRANSFER = "kernel error", "pretrained error", "transfer error"
FEW, MANY = "smaller d", "larger d"
SOURCE_STRENGTH = 1.0  # E g'' of the source
TEST_NODES, TEST_EACH, ROWS, REPEATS = 40, 40, 8192, 4


def source(z: np.ndarray) -> np.ndarray:
    """He2/2 + He4/(4√3)."""
    return (z**2 - 1) / 2 + (z**4 - 6 * z**2 + 3) / (4 * np.sqrt(3))


def head(z: np.ndarray) -> np.ndarray:
    """He3/√6."""
    return (z**3 - 3 * z) / np.sqrt(6)


@dataclass(frozen=True, kw_only=True)
class Parameters:
    dim: int = field(default=100, metadata={"help": "d of the spectrum"})
    width: int = field(default=200, metadata={"help": "N, neurons of the spectrum"})
    rank: int = field(default=2, metadata={"help": "r, hidden directions of the spectrum"})
    removal: str = field(
        default="once", metadata={"help": "of the labels' linear part in the spectrum: once or none"}
    )
    ratios: tuple[float, ...] = field(default=(0.5, 1.0, 2.0, 5.0), metadata={"help": "n/d² of the spectrum"})
    noise: float = field(default=1.0, metadata={"help": "variance of the label noise"})
    small_dim: int = field(default=10, metadata={"help": "d of the sample complexity, smaller d of the transfer"})
    large_dim: int = field(default=16, metadata={"help": "larger d of the transfer"})
    features: int = field(default=500, metadata={"help": "m, pretrained neurons"})
    orders: tuple[float, ...] = field(default=(2.0, 2.5, 3.0, 3.5), metadata={"help": "log_d n, sample complexity"})
    pretraining: float = field(default=200.0, metadata={"help": "n/d² of the transfer's pretraining"})
    targets: tuple[int, ...] = field(default=(100, 300, 1000), metadata={"help": "n of the transfer's target"})
    ridge: float = field(default=1.0, metadata={"help": "δ on the readout"})

    def __post_init__(self) -> None:
        def between(low: float, high: float) -> Callable[[str, object], float]:
            return lambda name, x: fields.number(name, x, f"from {low:g} to {high:g}", lambda v: low <= v <= high)

        def sizes(low: int, high: int, example: int) -> Callable[[str, object], int]:
            return lambda name, x: fields.whole(name, x, low, high, f"from {low} to {high}", example)

        fields.keep(
            self,
            dim=sizes(20, 2000, 100)("dim", self.dim),
            width=sizes(20, 20_000, 200)("width", self.width),
            rank=sizes(1, 4, 2)("rank", self.rank),
            removal=fields.choice("removal", self.removal, REMOVALS),
            ratios=fields.several("ratios", self.ratios, between(1e-3, 1e3), 12),
            noise=between(0, 100)("noise", self.noise),
            small_dim=sizes(5, 100, 10)("small_dim", self.small_dim),
            large_dim=sizes(5, 100, 20)("large_dim", self.large_dim),
            features=sizes(50, 20_000, 1000)("features", self.features),
            orders=fields.several("orders", self.orders, between(1.5, 5), 12),
            pretraining=between(1, 1e5)("pretraining", self.pretraining),
            targets=fields.several("targets", self.targets, sizes(20, 10**6, 300), 12),
            ridge=between(1e-3, 1e3)("ridge", self.ridge),
        )
        if self.width < self.dim / 4:
            raise ValueError(
                f"width = {self.width} is below dim/4 = {self.dim / 4:g}: the subspace needs more neurons"
            )

    def counts(self, ratios: tuple[float, ...]) -> list[int]:
        return [max(round(ratio * self.dim**2), 2) for ratio in ratios]

    def samples(self) -> list[int]:
        return [round(self.small_dim**order) for order in self.orders]

    @property
    def top(self) -> int:
        """How many right vectors: without removal the mean over neurons is one of the first."""
        return self.rank + (self.removal == "none")


@lru_cache(maxsize=256)
def spectrum(p: Parameters, n: int) -> tuple[tuple[HiddenOutlier, ...], float]:
    outliers = hidden_outliers(p.width, p.dim, n, p.rank, p.noise, p.removal)
    return outliers[: p.top], quadratic_rows(p.dim, p.rank, n, p.noise, p.removal).share


@lru_cache(maxsize=256)
def fitted(dim: int, pretrained_on: int, to_head: bool, n: int, noise: float, ridge: float) -> float:
    """The error of ridge on pretrained neurons; of the kernel at the start where they were pretrained on nothing."""
    if pretrained_on:
        law = pretrained_law(source, dim, pretrained_on, noise)
        kernel = zonal_kernel(dim, law.strong, law.weak)
        target = kernel.target(head if to_head else source, law.tilt)
    else:
        kernel = zonal_kernel(dim, dim**-0.5, dim**-0.5)
        target = kernel.target(head if to_head else source)
    return learning_curve(kernel, target, n, ridge, noise).error


def predict(p: Parameters) -> dict:
    found = [spectrum(p, n) for n in p.counts(p.ratios)]
    for ratio, (outliers, _) in zip(p.ratios, found, strict=True):
        signal = [one for one in outliers if one.captured > 0.05]
        if len(signal) < p.rank or any(one.marginal for one in signal):
            raise ValueError(f"at n/d² = {ratio:g} the hidden directions are not above the bulk: give larger ratios")
    return {
        CAPTURED: np.array([captured(p, outliers) for outliers, _ in found]),
        VALUE: np.array([np.sqrt(np.mean([o.value**2 for o in both if o.captured > 0.05])) for both, _ in found]),
        SHARE: np.array([share for _, share in found]),
        KERNEL: np.array([fitted(p.small_dim, 0, False, n, p.noise, p.ridge) for n in p.samples()]),
    }


def captured(p: Parameters, outliers: tuple[HiddenOutlier, ...]) -> float:
    return sum(one.captured for one in outliers) / p.rank


def first_gradient(rng, g, dim, width, n, noise, remove) -> np.ndarray:
    """Rows (1/n) Σ y'_i 1(⟨w, x_i⟩ > 0) x_i; g of (n, d) inputs."""
    X = rng.standard_normal((n, dim))
    y = g(X) + np.sqrt(noise) * rng.standard_normal(n)
    y -= y.mean()
    if remove:
        y -= X @ (X.T @ y / n)
    W, G = rng.standard_normal((width, dim)), np.zeros((width, dim))
    for rows in range(0, n, ROWS):
        part = X[rows : rows + ROWS]
        G += (part @ W.T > 0).astype(float).T @ (y[rows : rows + ROWS, None] * part)
    return G / n


def simulate(rng: np.random.Generator, p: Parameters) -> dict:
    def quadratic(X: np.ndarray) -> np.ndarray:
        return (X[:, : p.rank] ** 2 - 1).sum(axis=1) / np.sqrt(2 * p.rank)

    seen = []
    for n in p.counts(p.ratios):
        G = first_gradient(rng, quadratic, p.dim, p.width, n, p.noise, p.removal == "once")
        _, values, right = np.linalg.svd(G, full_matrices=False)
        overlaps = (right[: p.top, : p.rank] ** 2).sum(axis=1)
        signal = np.argsort(-overlaps)[: p.rank]
        share = (G[:, : p.rank] ** 2).sum() / (G**2).sum()
        seen.append((overlaps.sum() / p.rank, np.sqrt(np.mean(values[signal] ** 2)), share))
    drawn = {
        key: np.array(curve) for key, curve in zip((CAPTURED, VALUE, SHARE), zip(*seen, strict=True), strict=True)
    }
    d = p.small_dim
    drawn[KERNEL] = np.array(
        # small samples cost little and have skewed errors: several of them
        [np.mean([kernel_error(rng, d, n, p) for _ in range(np.clip(2000 // n, 1, 16))]) for n in p.samples()]
    )
    drawn[PRETRAINED] = np.array([ridge_error(rng, pretrained(rng, d, n, p), source, n, p) for n in p.samples()])
    for name, dim in ((FEW, p.small_dim), (MANY, p.large_dim)):
        weights = pretrained(rng, dim, round(p.pretraining * dim**2), p)
        drawn[f"{TRANSFER}, {name}"] = np.array(
            [np.mean([ridge_error(rng, weights, head, n, p) for _ in range(REPEATS)]) for n in p.targets]
        )
    return drawn


def pretrained(rng: np.random.Generator, dim: int, n: int, p: Parameters) -> np.ndarray:
    """One step with weight decay 1/η from W0: W = −η ∇L, η = √(πd/2)/λ, so that ⟨w, u⟩ is of order 1."""
    G = first_gradient(rng, lambda X: source(X[:, 0]), dim, p.features, n, p.noise, True)
    signs = rng.choice((-1.0, 1.0), size=(p.features, 1))
    return signs * G * np.sqrt(2 * np.pi * dim) / SOURCE_STRENGTH


def data(rng, g, dim: int, n: int, noise: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """n samples, and test inputs on quadrature nodes of z with their weights."""
    X = rng.standard_normal((n, dim))
    z, weights = np.polynomial.hermite_e.hermegauss(TEST_NODES)
    test = rng.standard_normal((TEST_NODES * TEST_EACH, dim))
    test[:, 0] = np.repeat(z, TEST_EACH)
    weights = np.repeat(weights / weights.sum() / TEST_EACH, TEST_EACH)
    return X, g(X[:, 0]) + np.sqrt(noise) * rng.standard_normal(n), test, weights


def ridge_error(rng, weights: np.ndarray, g, n: int, p: Parameters) -> float:
    X, y, test, at = data(rng, g, weights.shape[1], n, p.noise)
    m = len(weights)
    bias = rng.standard_normal(m)
    F, T = (np.maximum(inputs @ weights.T + bias, 0) / np.sqrt(m) for inputs in (X, test))
    return float(at @ (T @ ridge(F, y, p.ridge) - g(test[:, 0])) ** 2)


def kernel_error(rng, dim: int, n: int, p: Parameters) -> float:
    X, y, test, at = data(rng, source, dim, n, p.noise)
    train, fresh = (np.column_stack([inputs / np.sqrt(dim), np.ones(len(inputs))]) for inputs in (X, test))
    lengths = np.linalg.norm(train, axis=1)
    K = relu_kernel(train @ train.T, lengths, lengths)
    across = relu_kernel(fresh @ train.T, np.linalg.norm(fresh, axis=1), lengths)
    return float(at @ (across @ kernel_ridge(K, y, p.ridge) - source(test[:, 0])) ** 2)


def memory(p: Parameters) -> int:
    inputs = max(*p.samples(), *p.targets, *(round(p.pretraining * d**2) for d in (p.small_dim, p.large_dim)))
    spectral = 3 * max(p.counts(p.ratios)) * p.dim + 3 * ROWS * p.width
    fits = 3 * p.features * (max(*p.samples(), *p.targets) + p.features)
    pretraining = 3 * inputs * max(p.small_dim, p.large_dim) + 3 * ROWS * p.features
    return 8 * max(spectral, 6 * max(p.samples()) ** 2, fits, pretraining)


def shown(result: Result, key: str, ax, x: tuple, approximate: list, label: str, colour: str) -> None:
    """What is not compared: simulation as dots, the approximation dashed."""
    mean, error = result.observed(key)
    ax.plot(x, approximate, "--", color=colour, lw=1.2, label=f"{label}, approximation")
    ax.errorbar(x, mean, None if np.isnan(error).any() else error, fmt="o", ms=3.5, capsize=2, color=colour,
                label=f"{label}, simulation")  # fmt: skip


def figure(result: Result, figure) -> None:
    p, colours = result.parameters, ("C0", "C3")
    figure.set_size_inches(10.5, 3.6)
    left, middle, right = figure.subplots(1, 3)
    plot_curve(result, CAPTURED, left, label="right subspace ‖PUᵀ‖²/r", color=colours[0])
    plot_curve(result, SHARE, left, label="neurons ‖GUᵀ‖²/‖G‖²", color=colours[1])
    grid = np.geomspace(min(0.01, *p.ratios), max(10.0, *p.ratios), 11)
    for dim, style in ((p.dim, "-"), (4 * p.dim, ":")):
        one = replace(p, dim=min(dim, 2000), width=min(round(p.width * dim / p.dim), 20_000))
        theory = [spectrum(one, n) for n in one.counts(tuple(grid))]
        left.plot(grid, [captured(one, outliers) for outliers, _ in theory], style, color=colours[0], lw=1)
        left.plot(grid, [share for _, share in theory], style, color=colours[1], lw=1)
    left.set(xscale="log", xlabel="n/d²", ylabel="captured", ylim=(0, 1.55), yticks=(0, 0.25, 0.5, 0.75, 1))
    left.set_title(f"d = {p.dim}, dotted d = {4 * p.dim}")
    plot_curve(result, KERNEL, middle, label="kernel", color=colours[0])
    approximate = [fitted(p.small_dim, n, False, n, p.noise, p.ridge) for n in p.samples()]
    shown(result, PRETRAINED, middle, p.orders, approximate, "pretrained", colours[1])
    middle.set(xlabel="log_d n", ylabel="E (f − f*)²", yscale="log", title=f"d = {p.small_dim}")
    for name, dim, colour in ((FEW, p.small_dim, colours[0]), (MANY, p.large_dim, colours[1])):
        count = round(p.pretraining * dim**2)
        approximate = [fitted(dim, count, True, n, p.noise, p.ridge) for n in p.targets]
        shown(result, f"{TRANSFER}, {name}", right, p.targets, approximate, f"d = {dim}", colour)
    right.set(xlabel="n of the target", ylabel="E (f − He3/√6)²", xscale="log", yscale="log")
    right.set_title("transfer")
    for ax in (middle, right):
        plain_ticks(ax.yaxis, (1, 2, 3, 4, 6, 8))
    for ax in (left, middle, right):
        ax.legend(fontsize=6)


EXPERIMENT = Experiment(
    name="representation",
    title="Hidden directions from one gradient step: subspace, samples, transfer",
    citation="A. Damian, J. D. Lee and M. Soltanolkotabi, Neural Networks can Learn Representations with Gradient "
    "Descent, 2022",
    assumes="Spectrum: N and d grow in proportion, the signal's order 1/d kept. Kernel: samples fall evenly. Errors "
    "of pretrained neurons are in the figure only: their theory takes weights as Gaussian with mean second moments.",
    parameters=Parameters,
    keys=(CAPTURED, VALUE, SHARE, KERNEL),
    predict=predict,
    simulate=simulate,
    figure=figure,
    control=lambda p: replace(p, noise=min(100, 1 + 2 * p.noise), ridge=min(1e3, 2 * p.ridge)),
    trials=16,
    quick=Parameters(
        dim=60,
        width=120,
        ratios=(0.5, 2.0),
        orders=(2.0, 2.5),
        targets=(100, 300),
        features=300,
        large_dim=14,
        pretraining=100.0,
    ),
    points=lambda p: {
        **dict.fromkeys((CAPTURED, VALUE, SHARE), ("n/d²", p.ratios)),
        KERNEL: ("log_d n", p.orders),
    },
    memory=memory,
)
