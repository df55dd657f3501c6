"""The neural tangent kernel of a two-layer ReLU network with biases: its smallest eigenvalue, and sparse activation.

    f(x) = m^(−1/2) Σ_r a_r relu(⟨w_r, x⟩ − B),    ‖x‖ = 1,   w ~ N(0, I),   a = ±1

Moving weights and biases, its kernel as m → ∞ is

    H_ij = (⟨x_i, x_j⟩ + 1) P(⟨w, x_i⟩ ≥ B, ⟨w, x_j⟩ ≥ B),   P = Q(B) − 2 T(B, √((1−ρ)/(1+ρ)))   at ρ = ⟨x_i, x_j⟩

with Q the Gaussian tail and T Owen's function (Owen 1956): `theory.biased_ntk`.  For x uniform on the sphere
`theory.sphere_kernels` gives its spectrum, λ_min with the Tracy–Widom mean; as n, d → ∞ it is linear in X Xᵀ.
Beside it:

* Monte Carlo: m neurons give H up to E (H^m − H)²_ij = (1 + ρ)² P(1 − P)/m, compared over all pairs;
* sparsity: a neuron is active with probability Q(B) ≤ exp(−B²/2), at the start and after training;
* training by gradient descent on small random labels, neurons in pairs ±a so that f = 0 at the start: with a learning
  rate η the loss after t steps is the mean of (1 − ηλ)^(2t) over the spectrum of H^m, that of H and a free semicircle
  of its errors.  Larger labels move the kernel: `--set label=1`.

Longer than 120 lines because it trains a network of its own: thresholds are no part of `rmt_spikes.training`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from rmt_spikes import fields
from rmt_spikes.experiments import Experiment, Result, plot_curve
from theory.biased_ntk import activity, both_active, kernel
from theory.sphere_kernels import KernelSpectrum, coefficients

SMALLEST, LARGEST, MONTE_CARLO = "smallest eigenvalue", "largest eigenvalue", "Monte-Carlo error"
ACTIVE, TRAINED, LOSS = "active at the start", "active after training", "training loss"


@dataclass(frozen=True, kw_only=True)
class Parameters:
    dim: int = field(default=50, metadata={"help": "d, dimension of the inputs"})
    samples: int = field(default=100, metadata={"help": "n, number of inputs"})
    width: int = field(default=16000, metadata={"help": "m, number of neurons, even"})
    biases: tuple[float, ...] = field(default=(0.0, 0.5, 1.0, 1.5), metadata={"help": "B, thresholds of a neuron"})
    bias: float = field(default=1.0, metadata={"help": "B of the network that is trained"})
    label: float = field(
        default=0.1, metadata={"help": "labels are ± this: the smaller, the more linear is training"}
    )
    steps: int = field(default=24, metadata={"help": "of gradient descent"})

    def __post_init__(self) -> None:
        def threshold(name: str, value: object) -> float:
            return fields.number(name, value, "from 0 to 3", lambda x: 0 <= x <= 3)

        fields.keep(
            self,
            dim=fields.whole("dim", self.dim, 3, 10**5, "from 3 to 10^5", 50),
            samples=fields.whole("samples", self.samples, 10, 10**5, "from 10 to 10^5", 100),
            width=fields.whole("width", self.width, 20, 10**7, "from 20 to 10^7", 16000),
            biases=fields.several("biases", self.biases, threshold),
            bias=threshold("bias", self.bias),
            label=fields.number("label", self.label, "from 1e-6 to 10", lambda x: 1e-6 <= x <= 10),
            steps=fields.whole("steps", self.steps, 1, 10**4, "from 1 to 10^4", 24),
        )
        if self.width % 2:
            raise ValueError(f"width = {self.width} is odd: neurons come in pairs; give an even number")


@lru_cache(maxsize=64)
def spectrum(p: Parameters, bias: float) -> KernelSpectrum:
    return KernelSpectrum(coefficients(lambda rho: kernel(rho, bias), p.dim), 2 * activity(bias), p.dim, p.samples)


def spread(p: Parameters) -> float:
    """k E (H^k − H)²_ij over pairs of points for k independent neurons."""

    def variance(rho: np.ndarray) -> np.ndarray:
        both = both_active(rho, p.bias)
        return (1 + rho) ** 2 * both * (1 - both)

    return float(coefficients(variance, p.dim, 0)[0])


def rate(p: Parameters) -> float:
    """A learning rate: half the largest that is stable on the bulk, and stable on the eigenvalue of the constant."""
    trained = spectrum(p, p.bias)
    return min(1 / trained.edges[1], 1.5 / trained.largest)


def times(p: Parameters) -> np.ndarray:
    return np.unique(np.linspace(0, p.steps, 5).astype(int))[1:]


def predict(p: Parameters) -> dict:
    # the m/2 pairs of neurons know H up to errors: Wigner's off the diagonal, independent on it
    noise = 2 / p.width * (p.samples * spread(p) + 4 * activity(p.bias) * (1 - activity(p.bias)))
    trained, eta = replace(spectrum(p, p.bias), noise=noise), rate(p)

    def left(t: int) -> float:
        return trained.mean(lambda z: (1 - eta * z) ** (2 * t))

    bulk = np.array([left(int(t)) for t in times(p)])
    constant = (1 - eta * trained.largest) ** (2 * times(p))
    return {
        SMALLEST: np.array([spectrum(p, bias).smallest for bias in p.biases]),
        LARGEST: np.array([spectrum(p, bias).largest for bias in p.biases]),
        MONTE_CARLO: spread(p),
        ACTIVE: np.array([activity(bias) for bias in p.biases]),
        TRAINED: activity(p.bias),
        LOSS: ((p.samples - 1) * bulk + constant) / p.samples,
    }


def simulate(rng: np.random.Generator, p: Parameters) -> dict:
    X = rng.standard_normal((p.samples, p.dim))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    gram = X @ X.T
    np.fill_diagonal(gram, 1.0)
    values = [np.linalg.eigvalsh(kernel(gram, bias)) for bias in p.biases]
    W = rng.standard_normal((p.width // 2, p.dim))
    at_start = X @ W.T
    loss, active_after = train(X, W, p.label * rng.choice([-1.0, 1.0], p.samples), p)
    return {
        SMALLEST: np.array([one[0] for one in values]),
        LARGEST: np.array([one[-1] for one in values]),
        MONTE_CARLO: monte_carlo(gram, at_start >= p.bias, p),
        ACTIVE: np.array([np.mean(at_start >= bias) for bias in p.biases]),
        TRAINED: active_after,
        LOSS: loss,
    }


def monte_carlo(gram: np.ndarray, active: np.ndarray, p: Parameters) -> float:
    """Squared error of the kernel of k neurons, times k, over pairs of points and tenths of the neurons."""
    pairs, exact = np.triu_indices(p.samples, 1), kernel(gram, p.bias)
    parts = np.array_split(active.astype(float), 10, axis=1)
    found = [(1 + gram) * (part @ part.T / part.shape[1]) - exact for part in parts]
    return float(np.mean([part.shape[1] * np.mean(one[pairs] ** 2) for part, one in zip(parts, found, strict=True)]))


def train(X: np.ndarray, W: np.ndarray, y: np.ndarray, p: Parameters) -> tuple[np.ndarray, float]:
    """Losses at `times` over the first, and the activity at the end: gradient descent on weights and thresholds."""
    eta, m = rate(p), 2 * len(W)
    weights, thresholds, signs = np.vstack([W, W]), np.full(m, p.bias), np.repeat([1.0, -1.0], len(W))
    losses = []
    for step in range(p.steps + 1):
        before = X @ weights.T - thresholds
        on = before >= 0
        residual = (np.where(on, before, 0.0) @ signs) / np.sqrt(m) - y
        losses.append(np.mean(residual**2))
        if step == p.steps:
            return np.array(losses)[times(p)] / losses[0], float(on.mean())
        gradient = (on * residual[:, None]) * (signs / np.sqrt(m))
        weights -= eta * (gradient.T @ X)
        thresholds += eta * gradient.sum(axis=0)
    raise AssertionError("the last step returns")


def figure(result: Result, figure) -> None:
    figure.set_size_inches(8.4, 3.2)
    spectra, activities, losses = figure.subplots(1, 3)
    p = result.parameters
    plot_curve(result, SMALLEST, spectra, label="$\\lambda_{\\min}$")
    spectra.set(xlabel="bias $B$", ylabel=r"$\lambda_{\min}(H)$", yscale="log")
    plot_curve(result, ACTIVE, activities, label="active")
    grid = np.linspace(min(p.biases), max(p.biases) + 1e-9, 100)
    activities.plot(grid, np.exp(-(grid**2) / 2), "k:", lw=1, label=r"bound $e^{-B^2/2}$")
    trained, error = result.observed(TRAINED)
    activities.errorbar([p.bias], trained, error, fmt="s", ms=5, mfc="none", color="k", label="after training")
    activities.set(xlabel="bias $B$", ylabel="share of active neurons", yscale="log")
    plot_curve(result, LOSS, losses, label="loss")
    losses.set(xlabel="steps", ylabel="training loss, of the first", yscale="log")
    for ax in (spectra, activities, losses):
        ax.legend(fontsize=7)


def remark(result: Result) -> str:
    """What is left out, where it shows: tested at B = 2 with labels from .1 to .001, and at d = 30 and 60."""
    p, found = result.parameters, []
    missed = {one.key for one in result.quantities if one.agrees is False}
    if missed & {LOSS, TRAINED}:
        shared = p.width * activity(p.bias) ** 2
        found.append(
            f"Training is taken as linear in the weights: labels of ±{p.label:g} that are too large for it leave a "
            f"larger loss; and the kernel's errors as Gaussian: two inputs have {shared:.2g} active neurons in "
            "common, and few leave a smaller loss."
        )
    if SMALLEST in missed:
        found.append(f"The edge is that of large d: at d = {p.dim} it is off by some per cent of a sparse kernel's.")
    return " ".join(found)


EXPERIMENT = Experiment(
    name="biased_ntk",
    title="Neural tangent kernel with biases: smallest eigenvalue and sparse activation",
    citation="H. Yang, Z. Jiang, R. Zhang, Y. Liang and Z. Wang, Neural Networks with Sparse Activation Induced by "
    "Large Bias: Tighter Analysis with Bias-Generalized NTK, 2024",
    assumes="Inputs uniform on the sphere, n and d large for the spectrum (finite-d kernel coefficients, Tracy–Widom "
    "mean at the edge), infinite width for training.",
    parameters=Parameters,
    keys=(SMALLEST, LARGEST, MONTE_CARLO, ACTIVE, TRAINED, LOSS),
    predict=predict,
    simulate=simulate,
    figure=figure,
    remark=remark,
    control=lambda p: replace(p, bias=p.bias + 0.3, biases=tuple(bias + 0.1 for bias in p.biases)),
    trials=16,
    quick=Parameters(width=4000, steps=8),
    points=lambda p: {SMALLEST: ("B", p.biases), LARGEST: ("B", p.biases), ACTIVE: ("B", p.biases),
                      LOSS: ("step", tuple(map(int, times(p))))},
    memory=lambda p: 8 * (6 * p.samples**2 + 6 * p.samples * p.width + 4 * p.width * p.dim),
)  # fmt: skip
