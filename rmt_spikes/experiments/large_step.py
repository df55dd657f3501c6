"""One gradient step of the largest size, η ~ √N: spiked random features, and what ridge regression makes of them.

The network f = (1/N) Σ_i σ(⟨w_i, x⟩) takes one step of size η√N on n0 = α0 d samples, W1 = r 1 vᵀ + B; ridge
regression on σ(W1 x) then has n = α d fresh samples.  The spike's strength r and overlap γ, the rows' variances
and the closed equations of the errors are in `theory.large_step` and docs/experiments-large_step.md.  Cui et
al. 2024 take the rows of B as isotropic, of variance c/d.  Here they have the covariance that the step gives
them, and are wider along v; the figure shows both.

Longer than 120 lines because the network is simulated whole (teacher, step, regression) and has nine parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from rmt_spikes import fields
from rmt_spikes.experiments import Experiment, Result, plot_curve
from rmt_spikes.functions import apply, check
from rmt_spikes.gradient import gradient_step
from rmt_spikes.ridge import ridge
from theory import functions
from theory.large_step import Conditional, Step, isotropic, of_step, ridge_error

TEST, TRAINING = "test error", "training error"
STRENGTH, OVERLAP, WIDTH, ALONG = "spike strength r", "overlap γ", "row variance c", "row variance along v"


@dataclass(frozen=True, kw_only=True)
class Parameters:
    activation: str = field(default="tanh", metadata={"help": "σ, a name or a formula in z"})
    target: str = field(default="tanh", metadata={"help": "σ*, of z = ⟨β*, x⟩"})
    width: int = field(default=600, metadata={"help": "N, neurons"})
    dim: int = field(default=600, metadata={"help": "d, input dimension"})
    step: float = field(default=2.0, metadata={"help": "η, of a step of size η√N"})
    first: float = field(default=0.5, metadata={"help": "α0 = n0/d, samples of the step"})
    ratios: tuple[float, ...] = field(
        default=(0.2, 0.4, 0.7, 1.13, 1.6, 2.2, 3.0, 4.0),
        metadata={"help": "α = n/d, samples of the ridge regression"},
    )
    ridge: float = field(default=0.01, metadata={"help": "λ"})
    noise: float = field(default=0.0, metadata={"help": "σ_ε, standard deviation of the label noise"})

    def __post_init__(self) -> None:
        def ratio(name: str, value: object) -> float:
            return fields.number(name, value, "from 0.05 to 100", lambda x: 0.05 <= x <= 100)

        check(self.activation, "activation")
        check(self.target, "target")
        fields.keep(
            self,
            width=fields.whole("width", self.width, 50, 10**6, "from 50 to 10^6", 600),
            dim=fields.whole("dim", self.dim, 50, 10**6, "from 50 to 10^6", 600),
            step=fields.number("step", self.step, "above 0 and at most 20", lambda x: 0 < x <= 20),
            first=ratio("first", self.first),
            ratios=fields.several("ratios", self.ratios, ratio),
            ridge=fields.number("ridge", self.ridge, "from 10^-4 to 10^4", lambda x: 1e-4 <= x <= 1e4),
            noise=fields.number("noise", self.noise, "from 0 to 10", lambda x: 0 <= x <= 10),
        )
        _step(self)  # what has no spike is refused at once


@lru_cache(maxsize=8)
def _step(p: Parameters) -> Step:
    sigma, target = functions.activation(p.activation), functions.function(p.target)
    return Step.of(sigma, target, p.noise, 1 / p.first, p.step)


@lru_cache(maxsize=8)
def _theory(p: Parameters, published: bool = False) -> tuple[Step, np.ndarray, np.ndarray]:
    """The step's numbers, test errors and training errors, with the rows' covariance or the isotropic one."""
    sigma, target, step = functions.activation(p.activation), functions.function(p.target), _step(p)
    features, rho = Conditional.of(sigma, step.spike, step.c), p.width / p.dim
    bulk = isotropic(step.c, rho) if published else of_step(step, rho)
    errors = [ridge_error(features, bulk, target, step.gamma, a / rho, p.ridge, p.noise) for a in p.ratios]
    return step, np.array([one.test for one in errors]), np.array([one.training for one in errors])


def predict(p: Parameters) -> dict:
    step, test, training = _theory(p)
    spike = {STRENGTH: step.strength, OVERLAP: np.sign(step.h1) * step.gamma, WIDTH: step.c, ALONG: step.along_spike}
    return {TEST: test, TRAINING: training, **spike}


def simulate(rng: np.random.Generator, p: Parameters) -> dict:
    """One network: teacher, weights, step, regression on nested samples, errors on 4d fresh ones."""
    beta, W0 = rng.standard_normal(p.dim), rng.standard_normal((p.width, p.dim))
    beta /= np.linalg.norm(beta)
    W0 /= np.linalg.norm(W0, axis=1)[:, None]
    sizes = [round(alpha * p.dim) for alpha in p.ratios]

    def batch(size: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
        X = rng.standard_normal((size, p.dim))
        return X, apply(p.target, X @ beta) + noise * rng.standard_normal(size)

    X, y = batch(round(p.first * p.dim), p.noise)
    W1 = gradient_step(W0, np.full(p.width, p.width**-0.5), X, y, p.activation, p.step * np.sqrt(p.width))
    found = _spike(W1, beta)
    (X, y), (fresh, labels) = batch(max(sizes), p.noise), batch(4 * p.dim, p.noise)
    F, G = (apply(p.activation, Z @ W1.T) / np.sqrt(p.width) for Z in (X, fresh))
    fits = [ridge(F[:n], y[:n], p.ridge) for n in sizes]
    found[TEST] = np.array([np.mean((labels - G @ theta) ** 2) for theta in fits])
    found[TRAINING] = np.array([np.mean((y[:n] - F[:n] @ theta) ** 2) for n, theta in zip(sizes, fits, strict=True)])
    return found


def _spike(W1: np.ndarray, beta: np.ndarray) -> dict:
    """Strength, overlap, and the variance of the rows about their mean, over all directions and along it."""
    N, d = W1.shape
    mean = W1.mean(axis=0)
    rows = W1 - mean
    variance = np.sum(rows**2) / (N - 1)
    along = d * np.sum((rows @ mean) ** 2) / (N - 1) / (mean @ mean)
    strength = np.sqrt(max(mean @ mean - variance / N, 0.01 * (mean @ mean)))  # less the noise of the mean
    return {STRENGTH: strength, OVERLAP: mean @ beta / strength, WIDTH: variance, ALONG: along}


def memory(p: Parameters) -> int:
    n0, n, tests = (round(alpha * p.dim) for alpha in (p.first, max(p.ratios), 4))
    regression = (n + tests) * (p.dim + 2 * p.width) + 3 * min(n, p.width) ** 2 + n * p.width
    return 8 * (3 * p.width * p.dim + max(n0 * (p.dim + 2 * p.width), regression))


def figure(result: Result, figure) -> None:
    p, (_, published, _) = result.parameters, _theory(result.parameters, published=True)
    figure.set_size_inches(7.6, 3.8)
    ax, side = figure.subplots(1, 2, width_ratios=(2.2, 1))
    plot_curve(result, TEST, ax)
    ax.plot(p.ratios, published, "--", color="0.5", lw=1.2, label="test error, rows taken as isotropic")
    plot_curve(result, TRAINING, ax, color="tab:green")
    ax.set(xlabel="samples per dimension α = n/d", ylabel="mean squared error", ylim=(0, None))
    ax.legend(frameon=False, fontsize=8)
    keys = (STRENGTH, OVERLAP, WIDTH, ALONG)
    for place, key in enumerate(keys):
        mean, error = result.observed(key)
        side.hlines(result.predicted[key], place - 0.3, place + 0.3, lw=1.6, label="theory" if not place else None)
        side.errorbar(place, mean, None if np.isnan(error) else error, fmt="o", ms=4, capsize=2, color="tab:red",
                      label="simulation" if not place else None)  # fmt: skip
    side.set_xticks(range(len(keys)), ["r", "γ", "c", r"$v^T\Sigma v$"])
    side.set(
        title=f"the step, η = {p.step:g}, α0 = {p.first:g}",
        ylim=(min(0, 1.2 * result.predicted[OVERLAP]), None),
        xlim=(-0.6, 3.6),
    )
    side.legend(frameon=False, fontsize=8)


def remark(result: Result) -> str:
    """How far isotropic rows would be off, and that what is left out shows where σ is not odd."""
    p = result.parameters
    _, published, _ = _theory(p, published=True)
    off = 100 * np.abs(published / result.predicted[TEST] - 1).max()
    text = f"Isotropic rows would move the predicted test errors by up to {off:.2g} %."
    if functions.activation(p.activation).parity != "odd":
        text += " The activation is not odd: rows that differ in length, left out, move the errors by some per cent."
    if any(one.agrees is False and one.key == TRAINING for one in result.quantities):
        text += f" Training errors come nearer with size (here d = {p.dim}), the test errors before them."
    return text


EXPERIMENT = Experiment(
    name="large_step",
    title="Ridge regression on the features of one gradient step of size √N",
    citation="H. Cui, L. Pesce, Y. Dandi, F. Krzakala, Y. M. Lu, L. Zdeborová and B. Loureiro, Asymptotics of "
    "feature learning in two-layer networks after one gradient-step, 2024",
    assumes="N, d, n0 and n grow in proportion; corrections are of relative order 1/d. The rows of W1 have the "
    "step's own covariance, where the paper takes them as isotropic: its curve is dashed. Left out is that rows "
    "differ in length: below .5 % for odd activations, up to 5 % for others.",
    parameters=Parameters,
    keys=(TEST, TRAINING, STRENGTH, OVERLAP, WIDTH, ALONG),
    predict=predict,
    simulate=simulate,
    figure=figure,
    control=lambda p: replace(p, first=2 * p.first if p.first <= 50 else p.first / 2),
    trials=96,
    quick=Parameters(width=250, dim=250, ratios=(0.3, 1.6, 3.0), ridge=0.1),
    points=lambda p: dict.fromkeys((TEST, TRAINING), ("n/d", p.ratios)),
    scale={OVERLAP: 1.0, TRAINING: 0.05},
    memory=memory,
    remark=remark,
)
