"""Random features through the interpolation peak: ridge, ridgeless and averaged SGD, bias and variance apart.

    φ(x) = σ(Wx)/√m,   W m×d with rows on the unit sphere,   y = f(⟨β, x⟩) + ε,   n samples,   error = E (f − f̂)²

Theory: `theory.feature_population` (Gaussian equivalence), `theory.ridge_risk`, `theory.averaged_sgd`.  σ and f are
taken without their means.  Bias and variance are over all that is random in a student, W, X and ε: of two independent
students of one teacher,

    bias² = E (f − f̂_1)(f − f̂_2),     variance = E (f̂_1 − f̂_2)²/2,

and label noise makes that part of the variance which a student of ε alone has.  The bias holds f_*², the nonlinear
part of the target, which no student learns at n ∝ d.  SGD sees each sample once and averages its iterates;
"population" is descent on the population risk with the same steps and average.  What of the paper this shows: see
docs/experiments-random_features_sgd.md.

Longer than 120 lines because four methods are simulated from scratch, each with the parts of its variance.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from rmt_spikes import fields
from rmt_spikes.experiments import Experiment, Result, plain_ticks
from rmt_spikes.functions import apply, check
from rmt_spikes.ridge import ridge
from theory.averaged_sgd import averaged_sgd, step_sizes
from theory.feature_population import feature_population, linear_split
from theory.hermite import hermite_coefficients
from theory.ridge_risk import ridge_risk

FRESH, DEGREE = 2000, 30  # test samples; terms of E σ(⟨w, x⟩)σ(⟨w', x⟩) = Σ_k k! c_k² ⟨w, w'⟩^k
TEACHERS = 16  # orthogonal directions, at most d
CLEAR = 0.1  # of m/n from 1

KEYS = ("ridge error", "ridgeless error", "ridgeless bias²", "ridgeless variance", "ridgeless noise variance",
        "SGD error", "SGD bias²", "SGD variance", "decaying SGD error", "population error")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Parameters:
    activation: str = field(default="tanh(2*z)", metadata={"help": "σ, a name or a formula in z"})
    target: str = field(default="z + (z**2 - 1)/3", metadata={"help": "f, a name or a formula in z"})
    noise: float = field(default=0.2, metadata={"help": "σ_ε, label noise"})
    dim: int = field(default=150, metadata={"help": "d"})
    samples: int = field(default=500, metadata={"help": "n"})
    ratios: tuple[float, ...] = field(default=(0.15, 0.3, 0.5, 0.7, 1.35, 2.0), metadata={"help": "m/n"})
    penalty: float = field(default=0.1, metadata={"help": "λ of ‖y − Φθ‖² + λ‖θ‖²"})
    step: float = field(default=0.8, metadata={"help": "γ_0 Var σ; from 2 on SGD diverges"})
    decay: float = field(default=0.25, metadata={"help": "ζ of the decaying steps γ_0 t^(−ζ)"})

    def __post_init__(self) -> None:
        check(self.activation, "target")  # no derivative is needed
        check(self.target, "target")
        fields.keep(
            self,
            noise=fields.number("noise", self.noise, "from 0 to 100", lambda x: 0 <= x <= 100),
            dim=fields.whole("dim", self.dim, 32, 10**5, "from 32 to 10^5", 150),
            samples=fields.whole("samples", self.samples, 32, 10**5, "from 32 to 10^5", 500),
            ratios=fields.several("ratios", self.ratios, _ratio),
            penalty=fields.number("penalty", self.penalty, "from 1e-6 to 1e6", lambda x: 1e-6 <= x <= 1e6),
            step=fields.number("step", self.step, "above 0 and at most 1.5", lambda x: 0 < x <= 1.5),
            decay=fields.number("decay", self.decay, "above 0 and below 1", lambda x: 0 < x < 1),
        )
        if min(self.ratios) * self.samples < 31.5:
            raise ValueError(
                f"ratios = {min(self.ratios)} of samples = {self.samples} is less than 32 features: give a larger "
                "ratio or more samples"
            )
        _, c1, rest = linear_split(self.activation)
        if rest < max(0.01 * abs(c1), 1e-6):
            raise ValueError(
                f"activation = {self.activation!r} is linear, so that the features have rank d and the peak is not "
                "at m = n, or constant: give a nonlinear one such as tanh or relu"
            )


def _ratio(name: str, value: object) -> float:
    away = "from 0.01 to 100 and at least 0.1 away from 1, where the error without penalty is infinite"
    return fields.number(name, value, away, lambda x: 0.01 <= x <= 100 and abs(x - 1) > 0.999 * CLEAR)


def _first_step(p: Parameters) -> float:
    return p.step / float(np.square(linear_split(p.activation)[1:]).sum())


def numbers(p: Parameters, ratio: float) -> dict[str, float]:
    """All numbers at one m/n."""
    (_, c1, rest), (_, f1, f_rest) = linear_split(p.activation), linear_split(p.target)
    features = feature_population(p.dim, ratio * p.samples, c1, rest, f1, f_rest)
    least, ridge = (ridge_risk(features, p.samples, penalty, p.noise) for penalty in (0.0, p.penalty))
    steps = (step_sizes(p.samples, _first_step(p), decay) for decay in (0.0, p.decay))
    constant, decaying = (averaged_sgd(features, gamma, p.noise) for gamma in steps)
    found = (ridge.error, least.error, least.squared_bias, least.variance, least.noise_variance, constant.error,
             constant.squared_bias, constant.variance, decaying.error, constant.population_error)  # fmt: skip
    return dict(zip(KEYS, found, strict=True))


def curves(p: Parameters, ratios) -> dict[str, np.ndarray]:
    at = [numbers(p, ratio) for ratio in ratios]
    return {key: np.array([one[key] for one in at]) for key in at[0]}


def predict(p: Parameters) -> dict[str, np.ndarray]:
    return curves(p, [round(ratio * p.samples) / p.samples for ratio in p.ratios])


def simulate(rng: np.random.Generator, p: Parameters) -> dict[str, np.ndarray]:
    """Two students at each m/n."""
    rows = [_trial(rng, p, round(ratio * p.samples)) for ratio in p.ratios]
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


def _trial(rng: np.random.Generator, p: Parameters, m: int) -> dict[str, float]:
    """The teachers are coordinate axes, learnt one by one from the same W and X; all is averaged over them."""
    fresh = rng.standard_normal((FRESH, p.dim))
    f = _centred(p.target, fresh[:, :TEACHERS])
    one, two = _student(rng, p, m, fresh, True), _student(rng, p, m, fresh, False)
    found = {f"{method} error": _squared(f - one[method], f - two[method])
             for method in ("ridgeless", "ridge", "SGD", "decaying SGD")}  # fmt: skip
    found["population error"] = _squared(f - one["population"])
    for method in ("ridgeless", "SGD"):
        a, b = one[method], two[method]
        found[f"{method} bias²"] = np.mean((f - a) * (f - b))
        found[f"{method} variance"] = np.mean((a - b) ** 2) / 2
    found["ridgeless noise variance"] = _squared(one["ridgeless noise"], two["ridgeless noise"])
    return found


def _squared(*errors: np.ndarray) -> float:
    return float(np.mean(np.square(errors)))


def _student(rng, p: Parameters, m: int, fresh: np.ndarray, population: bool) -> dict[str, np.ndarray]:
    """Its predictions at the fresh samples by method, a column for each teacher."""
    W = rng.standard_normal((m, p.dim))
    W /= np.linalg.norm(W, axis=1)[:, None]
    X, noise = rng.standard_normal((p.samples, p.dim)), p.noise * rng.standard_normal((p.samples, TEACHERS))
    y = _centred(p.target, X[:, :TEACHERS]) + noise
    phi, tested = (_centred(p.activation, inputs @ W.T) / np.sqrt(m) for inputs in (X, fresh))
    constant, decaying = (step_sizes(p.samples, _first_step(p), decay) for decay in (0.0, p.decay))
    thetas = {
        "ridgeless": ridge(phi, y, 0.0),
        "ridgeless noise": ridge(phi, noise, 0.0),
        "ridge": ridge(phi, y, p.penalty),
        "SGD": _sgd(phi, y, constant),
        "decaying SGD": _sgd(phi, y, decaying),
    }
    if population:
        thetas["population"] = _population_descent(p, W, constant)
    return {method: tested @ theta for method, theta in thetas.items()}


def _centred(definition: str, z: np.ndarray) -> np.ndarray:
    return apply(definition, z) - linear_split(definition)[0]


def _sgd(phi: np.ndarray, labels: np.ndarray, gamma: np.ndarray) -> np.ndarray:
    """The average of θ_1, …, θ_n, a column for each of the labels'."""
    theta = np.zeros((labels.shape[1], phi.shape[1]))
    total = np.zeros_like(theta)
    for row, y, step in zip(phi, labels, gamma, strict=True):
        theta += np.outer(step * (y - theta @ row), row)
        total += theta
    return total.T / len(phi)


def _population_descent(p: Parameters, W: np.ndarray, gamma: np.ndarray) -> np.ndarray:
    """The same with E φφᵀ and E φ y, by Mehler's formula for rows of length 1."""
    c, f = (hermite_coefficients(text, DEGREE).orthonormal for text in (p.activation, p.target))
    overlap, teachers = W @ W.T, W[:, :TEACHERS]
    covariance, product, power = np.zeros_like(overlap), np.zeros_like(teachers), np.ones_like(overlap)
    for k in range(1, DEGREE + 1):
        power *= overlap
        if abs(c[k]) > 1e-9:
            covariance += c[k] ** 2 * power
            product += c[k] * f[k] * teachers**k
    np.fill_diagonal(covariance, np.square(linear_split(p.activation)[1:]).sum())
    covariance, product = covariance / len(W), product / np.sqrt(len(W))
    theta = np.zeros_like(product)
    total = np.zeros_like(product)
    for step in gamma:
        theta += step * (product - covariance @ theta)
        total += theta
    return total / len(gamma)


def figure(result: Result, figure) -> None:
    figure.set_size_inches(9.0, 4.6)
    p = result.parameters
    errors, parts = figure.subplots(1, 2)
    low, high = min(p.ratios), max(p.ratios)
    fine = np.geomspace(0.9 * min(low, 0.9), 1.1 * max(high, 1.1), 80)
    fine = np.sort([*fine[abs(fine - 1) > 0.03], 0.97, 0.99, 0.997, 1.003, 1.01, 1.03])
    lines = curves(p, fine)
    _panel(result, errors, fine, lines, {
        "ridgeless error": ("least norm", "#1f3b73"), "ridge error": (f"ridge, λ = {p.penalty:g}", "#2a9d8f"),
        "SGD error": ("SGD, constant step", "#c8553d"), "decaying SGD error": (f"SGD, ζ = {p.decay:g}", "#e0a458"),
        "population error": ("population, constant step", "#8d8d8d"),
    })  # fmt: skip
    _panel(result, parts, fine, lines, {
        "ridgeless bias²": ("least norm, bias²", "#1f3b73"),
        "ridgeless variance": ("least norm, variance", "#5b7fc7"),
        "ridgeless noise variance": ("of it by label noise", "#a9bde3"), "SGD bias²": ("SGD, bias²", "#8c2f1b"),
        "SGD variance": ("SGD, variance", "#c8553d"),
    })  # fmt: skip
    errors.set(ylabel="test error E (f − f̂)²")
    parts.set(ylabel="bias² and variance")


def _panel(result: Result, ax, fine: np.ndarray, lines: dict[str, np.ndarray], shown: dict) -> None:
    """Theory as lines, simulation as points."""
    ratios = np.array(result.parameters.ratios)
    top = 0.0
    for key, (label, color) in shown.items():
        mean, error = result.observed(key)
        ax.plot(fine, lines[key], color=color, lw=1.4, label=label)
        ax.errorbar(ratios, mean, None if np.isnan(error).any() else error, fmt="o", ms=3.5, lw=1, capsize=2,
                    color=color)  # fmt: skip
        top = max(top, float(mean.max()), float(result.predicted[key].max()))
    ax.axvline(1, color="#c9ced6", lw=0.8, zorder=0)
    ax.set(xscale="log", yscale="log", ylim=(None, 3 * top), xlabel="m/n, features per sample")
    for axis in (ax.xaxis, ax.yaxis):
        plain_ticks(axis)
    ax.legend(frameon=False, fontsize=7, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))


def memory(p: Parameters) -> int:
    """The features of the fresh samples twice, those of the samples and their decomposition, W and E φφᵀ."""
    m, n = max(p.ratios) * p.samples, p.samples
    inputs = (FRESH + n + m) * p.dim
    return int(8 * (2 * FRESH * m + 4 * n * m + 2 * min(n, m) ** 2 + 4 * m**2 + 2 * inputs) + 5e7)


def remark(result: Result) -> str:
    """What Gaussian features leave out, where there is something."""
    p = result.parameters
    even, target = (hermite_coefficients(f, 2).orthonormal[2] for f in (p.activation, p.target))
    if abs(even) < 1e-6:
        return ""
    learned = " and, f having one too, the bias lower" if abs(target) > 1e-6 else ""
    return (
        f"σ has a part of degree 2, which is taken as noise: the variance is higher{learned} "
        f"at n/d² = {p.samples / p.dim**2:.2g}."
    )


EXPERIMENT = Experiment(
    name="random_features_sgd",
    title="Random features trained by ridge regression and by averaged SGD, through the interpolation peak",
    citation="F. Liu, J. A. K. Suykens and V. Cevher, On the Double Descent of Random Features Models Trained with "
    "SGD, 2022",
    assumes="d, m and n grow in proportion (Gaussian equivalence of the features); errors of relative order 1/d, and "
    "1/|m − n| without penalty, are left out. One pass of SGD is exact in n.",
    parameters=Parameters,
    keys=KEYS,
    remark=remark,
    predict=predict,
    simulate=simulate,
    figure=figure,
    control=lambda p: replace(p, samples=round(1.15 * p.samples), noise=p.noise + 0.2),
    quick=Parameters(samples=320, ratios=(0.3, 1.5)),
    points=lambda p: dict.fromkeys(numbers(p, 0.5), ("m/n", p.ratios)),
    memory=memory,
)
