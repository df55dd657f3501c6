"""How one large step reshapes the function space of a two-layer network: kernel before, kernel after.

η = η̃ √N moves a neuron with readout a by A = η a ~ N(0, η̃²) times μ1 β1, β1 = Xᵀy/n: the neurons become a mixture
of Gaussians stretched along b = β1/‖β1‖, with covariance (v I + s b bᵀ)/d, s = d η̃² μ1² ‖β1‖²
(`theory.step_neurons`).  The kernel k1(x, x') = E σ(⟨w, x⟩) σ(⟨w, x'⟩) is solved sector by sector, exactly at finite
d (`theory.zonal`); N neurons on m fresh inputs add the terms of `theory.dyson.networks.kernel_features` and
`theory.mode_fluctuations`.  Against simulation: the aligned eigenvalues, He1(⟨b, x⟩) amplified out of the plateau of
d linear functions, the top mode, radial before, mixed with He2(⟨b, x⟩) after, and the tail.
docs/experiments-function_space.md has the formulas.  Longer than 120 lines because of the figure and what is
refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from rmt_spikes import fields
from rmt_spikes.experiments import Experiment, Result
from rmt_spikes.functions import apply, check
from rmt_spikes.gradient import gradient_step
from theory.kernel_spectrum import KernelSpectrum, input_functions
from theory.model import Model
from theory.step_neurons import LargeStep

ACTIVATIONS = ("relu", "softplus", "gelu", "silu")  # with an even part, which a radial mode needs, and an odd one
ROLES = ("top", "linear", "quadratic")
BULK = ("bulk quantile before", "bulk quantile after")
COVARIANCE, BEFORE, EIGENVALUE, GAIN = "covariance × d", "top eigenvalue before", "eigenvalue after", "amplification"
# what the modes are compared with: 1, He1, He2, radial
OVERLAPS = {"top before": (0, 2, 3), "top": (0, 2, 3), "linear": (1,), "quadratic": (0, 2)}
KEYS = (COVARIANCE, BEFORE, EIGENVALUE, GAIN, *(f"overlap² of {name}" for name in OVERLAPS), *BULK)
NAMES = ("1", "He1", "He2", "radial")


@dataclass(frozen=True, kw_only=True)
class Parameters:
    activation: str = field(default="relu", metadata={"help": f"σ, one of {', '.join(ACTIVATIONS)}"})
    target: str = field(default="z + (z**2 - 1)/4", metadata={"help": "σ*, with a linear part"})
    noise: float = field(default=0.2, metadata={"help": "σ_ε, of the labels"})
    width: int = field(default=1000, metadata={"help": "N"})
    dim: int = field(default=100, metadata={"help": "d"})
    samples: int = field(default=800, metadata={"help": "n, of the training batch"})
    fresh: int = field(default=1200, metadata={"help": "m, inputs that the kernel is seen on"})
    step: float = field(default=1.3, metadata={"help": "η̃, η = η̃ √N"})

    def __post_init__(self) -> None:
        if not isinstance(self.target, str):
            raise ValueError(f"target = {self.target!r} is not text: give a function such as 'z'")
        check(self.target, "target")
        fields.keep(
            self,
            activation=fields.choice("activation", self.activation, ACTIVATIONS),
            noise=fields.number("noise", self.noise, "from 0 to 10", lambda x: 0 <= x <= 10),
            dim=fields.whole("dim", self.dim, 20, 2000, "from 20 to 2000", 100),
            step=fields.number("step", self.step, "from 0.1 to 5", lambda x: 0.1 <= x <= 5),
        )
        for name in ("width", "fresh"):
            least = 2 * self.dim
            text = f"from 2 dim = {least} to 20000: fewer do not show the plateau of linear functions"
            fields.keep(self, **{name: fields.whole(name, getattr(self, name), least, 20000, text, 10 * self.dim)})
        text = (
            f"from 2 dim = {least} to 10^6: with fewer the gradient is mostly noise, which the theory takes as small"
        )
        fields.keep(self, samples=fields.whole("samples", self.samples, least, 10**6, text, 8 * self.dim))
        if abs(self.model.target_moments[0]) < 1e-9:
            raise ValueError(f"target = {self.target!r} has E z σ*(z) = 0: one step learns nothing of it, give 'z'")

    @property
    def model(self) -> Model:
        sizes = {"width": self.width, "dim": self.dim, "samples": self.samples, "noise": self.noise}
        exponents = {"alpha1": 0, "alpha2": 0, "scale1": self.step * self.width**0.5, "steps": 1}
        return Model.of(activation=self.activation, target=self.target, **sizes, **exponents)


def fractions(parameters: Parameters) -> np.ndarray:
    """Of the bulk, above what is compared: three points on the plateau of d values, away from its cliff, and three
    below it."""
    plateau = parameters.dim / min(parameters.width, parameters.fresh)
    return np.array(
        [*(share * plateau for share in (0.2, 0.5, 0.8)), *(1 - share * (1 - plateau) for share in (0.8, 0.6, 0.4))]
    )


@lru_cache(maxsize=8)
def theory(parameters: Parameters) -> tuple[KernelSpectrum, KernelSpectrum]:
    """Before and after."""
    steps = (LargeStep(parameters.model, step, parameters.fresh) for step in (0.0, parameters.step))
    before, after = (KernelSpectrum(step) for step in steps)
    if before.clear != 1 or after.clear < 2:
        raise ValueError(
            f"step = {parameters.step}: {before.clear} modes before and {after.clear} after are clear of the "
            "bulk, where 1 and at least 2 are wanted: give a larger step, or more neurons and fresh inputs"
        )
    return before, after


def roles(eigenvalues: np.ndarray, overlaps: np.ndarray) -> list[int]:
    """Which modes are the top one, the linear one, nearest to He1, and the next: the quadratic one."""
    linear = int(np.argmax(overlaps[1]))
    rest = [k for k in range(len(eigenvalues)) if k != linear]
    return [rest[0], linear, *rest[1:2]]


def numbers(modes: list, clear: int, plateau: float, covariance: list, bulks: list) -> dict:
    """What is compared, of eigenvalues and overlaps (before, after) of the modes above the bulk."""
    (first, overlaps0), (values, overlaps1) = modes
    order = roles(values, overlaps1)[:clear]
    found = {COVARIANCE: np.array(covariance), BEFORE: first[0], EIGENVALUE: values[order]}
    found[GAIN] = values[order[1]] / plateau
    for name, columns in (("top before", overlaps0[:, 0]), *zip(ROLES, overlaps1[:, order].T, strict=False)):
        found[f"overlap² of {name}"] = columns[list(OVERLAPS[name])]
    return {**found, **dict(zip(BULK, bulks, strict=True))}


def predict(parameters: Parameters) -> dict:
    both = theory(parameters)
    law, d = both[1].step, parameters.dim
    covariance = [d * law.spike_variance, law.bulk_variance]
    modes = [(one.eigenvalues, one.overlaps) for one in both]
    return numbers(
        modes, both[1].clear, both[0].plateau, covariance, [one.bulk(fractions(parameters)) for one in both]
    )


def simulate(rng: np.random.Generator, parameters: Parameters) -> dict:
    N, d, m = parameters.width, parameters.dim, parameters.fresh
    beta = np.eye(d)[0]
    W0, a = rng.standard_normal((N, d)) / np.sqrt(d), rng.standard_normal(N) / np.sqrt(N)
    X = rng.standard_normal((parameters.samples, d))
    y = apply(parameters.target, X @ beta) + parameters.noise * rng.standard_normal(len(X))
    W1 = gradient_step(W0, a, X, y, parameters.activation, parameters.step * np.sqrt(N))
    b = X.T @ y / np.linalg.norm(X.T @ y)
    fresh = rng.standard_normal((m, d))
    functions = input_functions(fresh @ b, np.sum(fresh**2, axis=1), d)
    functions[1:] -= functions[1:].mean(axis=1)[:, None]
    functions /= np.linalg.norm(functions, axis=1)[:, None]
    spectra, modes = [], []
    for W, spectrum in zip((W0, W1), theory(parameters), strict=True):
        values, vectors = _kernel(apply(parameters.activation, fresh @ W.T) / np.sqrt(N * m))
        count = len(spectrum.eigenvalues)
        spectra.append(values)
        modes.append((values[:count], (functions @ vectors[:, :count]) ** 2))
    along = W1 @ b
    across = np.sum(W1**2, axis=1) - along**2
    covariance = [d * np.mean(along**2), d * np.mean(across) / (d - 1)]
    bulks = [values[len(kept) :] for values, (kept, _) in zip(spectra, modes, strict=True)]
    quantiles = [np.quantile(bulk, 1 - fractions(parameters), method="hazen") for bulk in bulks]
    return {
        **numbers(modes, spectrum.clear, bulks[0][:d].mean(), covariance, quantiles),
        "before": spectra[0],
        "after": spectra[1],
    }


def _kernel(F: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues of F Fᵀ, descending, the smaller side's; eigenvectors."""
    wide = F.shape[0] <= F.shape[1]
    values, vectors = np.linalg.eigh(F @ F.T if wide else F.T @ F)
    values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1][:, :10]
    return values, vectors if wide else F @ vectors / np.sqrt(values[:10])


def points(parameters: Parameters) -> dict:
    count = min(3, theory(parameters)[1].clear)
    named = {EIGENVALUE: ("mode", ROLES[:count]), COVARIANCE: ("side", ("along b", "across b"))}
    named |= {key: ("mass above", tuple(fractions(parameters))) for key in BULK}
    return named | {
        f"overlap² of {name}": ("function", tuple(NAMES[k] for k in OVERLAPS[name]))
        for name in ("top before", *ROLES[:count])
    }


def figure(result: Result, figure) -> None:
    from rmt_spikes.plots import SIMULATION, THEORY

    figure.set_size_inches(8.4, 4.0)
    left, right = figure.subplots(1, 2, width_ratios=(1.5, 1))
    for one, key, color in zip(theory(result.parameters), ("before", "after"), (THEORY, SIMULATION), strict=True):
        mean, error = result.observed(key)
        ranks, kept = np.arange(1, mean.size + 1), len(one.eigenvalues)
        shown = np.unique(np.geomspace(1, 0.95 * mean.size, 45).astype(int)) - 1
        left.errorbar(
            ranks[shown], mean[shown], error[shown], fmt="o", ms=3, lw=1, color=color, label=f"{key} the step"
        )
        inside = np.arange(kept, int(0.95 * mean.size))
        left.plot(ranks[inside], one.bulk((inside - kept + 0.5) / one.count), lw=1.3, color=color)
        left.plot(ranks[:kept], one.eigenvalues, "_", ms=13, mew=1.6, color=color)
        left.plot(ranks, one.step.kernel.spectrum(mean.size), ":", lw=1, color=color)
    left.plot([], [], "k-", lw=1.3, label="theory, N and m finite")
    left.plot([], [], "k:", lw=1, label="kernels k0 and k1 themselves")
    for k, (name, value) in enumerate(zip(ROLES, result.predicted[EIGENVALUE], strict=False)):
        rank = 1 + int(np.sum(result.predicted[EIGENVALUE] > value))
        left.annotate(name, (rank, value), (7, 3 + k), textcoords="offset points", fontsize=7, color=SIMULATION)
    left.set(xscale="log", yscale="log", xlabel="rank", ylabel="eigenvalue of σ(XWᵀ)σ(XWᵀ)ᵀ/(N m)")
    left.legend(fontsize=7, loc="lower left")
    rows = [
        (key, i) for key in result.predicted if key.startswith("overlap") for i in range(result.predicted[key].size)
    ]
    labels = []
    for place, (key, i) in enumerate(rows):
        mean, error = result.observed(key)
        right.plot(result.predicted[key][i], place, "|", ms=15, mew=1.8, color=THEORY)
        right.errorbar(mean[i], place, xerr=error[i], fmt="o", ms=3.5, lw=1, capsize=2, color=SIMULATION)
        labels.append(f"{key[12:]} · {result.experiment.rules(result.parameters).points[key][1][i]}")
    right.set(yticks=range(len(labels)), yticklabels=labels, xlim=(-0.03, 1.03), xlabel="overlap² of mode · function")
    right.invert_yaxis()
    right.tick_params(axis="y", labelsize=7)


EXPERIMENT = Experiment(
    name="function_space",
    title="The kernel of a two-layer network before and after one large step",
    citation="Loureiro, Liu, Lobo and Tran-Than, How does feature learning reshape the function space?, 2026",
    assumes="Exact sectors at finite d; leading order in 1/N, 1/m and 1/n with the first "
    "corrections of the leading modes, which must not be nearly degenerate.  Beyond the spiked Gaussian: ours.",
    parameters=Parameters,
    keys=KEYS,
    predict=predict,
    simulate=simulate,
    figure=figure,
    control=lambda parameters: replace(parameters, step=1.2 * parameters.step, dim=round(0.8 * parameters.dim)),
    trials=24,
    quick=Parameters(activation="softplus", width=600, dim=60, samples=600, fresh=600, step=2.0),
    points=points,
    scale={f"overlap² of {name}": 0.2 for name in OVERLAPS},
    memory=lambda p: 8 * (3 * p.width * p.fresh + 4 * min(p.width, p.fresh) ** 2 + 4 * p.samples * (p.dim + p.width)),
)
