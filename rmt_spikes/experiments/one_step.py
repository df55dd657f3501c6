"""One step of gradient descent on a two-layer network: W1 and its features on fresh data, from η = Θ(1) to Θ(√N).

    W1 = W0 + η G,   η = C N^α,   0 ≤ α ≤ 1/2,        F = σ(X̃ W1ᵀ)/√N,   X̃ fresh, of m points

*W1* has one spike η μ1 a β1ᵀ, β1 = Xᵀy/n, on the bulk of W0 and the gradient's noise.  Its largest singular value
leaves the bulk where η μ1 ‖β1‖ > γ^{1/4} (on W0's bulk alone); its left vector turns to a and its right one to β1,
which has cos² = c*_1²/(c*_1² + φ E y²) with β*: Ba et al. (2022), `theory.predict`.

*F* gets a spike c_k (η μ1)^k (X̃β1)^{∘k} (a^{∘k})ᵀ of every order k with c_k ≠ 0; that of k = 0 is there before the
step.  For N → ∞ the orders 1 … ℓ, (ℓ−1)/(2ℓ) < α < ℓ/(2ℓ+2), have emerged: Moniri et al. (2024).  At an N that one
runs the series diverges; `theory.dyson.networks.features` keeps it whole.  The left vector of a spike is compared
with (X̃β1)^{∘k} made orthogonal to the lower powers, k the power that theory has it nearest to.  Spikes within 5 % of
the bulk's end are left out.  Derivations: docs/experiments-one_step.md.

Longer than 120 lines because there are two matrices, each with its spikes, their vectors and a bulk.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.polynomial.hermite_e import hermevander

from rmt_spikes import fields
from rmt_spikes.draws import Draw, draw
from rmt_spikes.experiments import Experiment, Result
from rmt_spikes.functions import apply, check, resolve
from rmt_spikes.lanczos import leading_triplets
from rmt_spikes.overlaps import match, squared_overlaps
from rmt_spikes.problem import TwoLayer
from rmt_spikes.spectra import singular_values
from rmt_spikes.training import train
from rmt_spikes.verdict import FRACTIONS
from theory import Prediction
from theory import predict as predicted
from theory.dyson.networks.bulk import BulkLaw
from theory.dyson.networks.features import ORDERS, FeatureSpike, feature_bulk, feature_spikes
from theory.model import Model

TOP, RIGHT, LEFT = "W1 largest singular value", "W1 right overlap² with β*", "W1 left overlap² with a"
LARGEST, QUANTILE = "W1 largest bulk value", "W1 bulk quantile"
SPIKE, POWER = "feature singular value", "feature left overlap² with (X̃β)^k"
COUNT, FEATURE_LARGEST, FEATURE_QUANTILE = (
    "feature count of spikes",
    "feature largest bulk value",
    "feature bulk quantile",
)
SEPARATED = 1.05  # times the bulk's upper end: nearer to it a spike is not told from the bulk at N = 1000
SPARE, TOLERANCE = 1, 1e-7  # triplets beyond the predicted number; relative to the largest value


def _exponent(key: str, value: object) -> Fraction:
    """α in [0, 1/2], both included."""
    if not isinstance(value, bool) and value in (Fraction(1, 2), "1/2", "0.5"):
        return Fraction(1, 2)
    try:
        return fields.exponent(key, value)
    except ValueError as error:
        raise ValueError(str(error).replace("[0, 1/2)", "[0, 1/2]")) from None


@dataclass(frozen=True, kw_only=True)
class Parameters:
    activation: str = field(default="softplus", metadata={"help": "σ, with E σ'(h) ≠ 0"})
    target: str = field(default="tanh", metadata={"help": "σ*, of y = σ*(⟨β*, x⟩) + ε"})
    noise: float = field(default=0.0, metadata={"help": "standard deviation of ε"})
    width: int = field(default=1024, metadata={"help": "N"})
    dim: int = field(default=512, metadata={"help": "d"})
    samples: int = field(default=1024, metadata={"help": "n, of the step's batch"})
    fresh: int = field(default=1536, metadata={"help": "m, points at which features are taken"})
    alpha: Fraction = field(default=Fraction(1, 2), metadata={"help": "α in [0, 1/2] of both spectra, η = C N^α"})
    scale: float = field(default=2.0, metadata={"help": "C"})
    alphas: tuple[Fraction, ...] = field(
        default=tuple(Fraction(k, 8) for k in range(5)),
        metadata={"help": "exponents at which W1's spike is followed"},
    )

    def __post_init__(self) -> None:
        sizes = {key: fields.size(key, getattr(self, key)) for key in ("width", "dim", "samples", "fresh")}
        fields.keep(self, **sizes, alpha=_exponent("alpha", self.alpha),
                    alphas=fields.several("alphas", self.alphas, _exponent, 40),
                    noise=fields.number("noise", self.noise, "from 0 to 1000", lambda x: 0 <= x <= 1000),
                    scale=fields.number("scale", self.scale, "above 0, at most 1000", lambda x: 0 < x <= 1000),
                    )  # fmt: skip
        check(self.activation, "activation")
        check(self.target, "target")
        mu1, _, variance = self.model.activation_moments
        if abs(mu1) <= 1e-10 * np.sqrt(mu1**2 + variance):
            raise ValueError(
                f"activation = {self.activation!r} has E σ'(h) = 0, so that a step makes no spike: give one that is "
                "not even, such as tanh"
            )

    def network(self, eta: float) -> TwoLayer:
        return TwoLayer(activation=self.activation, target=self.target, noise=self.noise, width=self.width,
                        dim=self.dim, samples=self.samples, steps=1, alpha1=Fraction(0), scale1=eta)  # fmt: skip

    @property
    def model(self) -> Model:
        return Model.of(self.network(self.eta(self.alpha)))

    def eta(self, alpha: Fraction) -> float:
        return self.scale * float(self.width) ** float(alpha)

    @property
    def etas(self) -> tuple[float, ...]:
        return tuple(self.eta(alpha) for alpha in sorted({*self.alphas, self.alpha}))

    @property
    def memory(self) -> int:
        """Bytes of one trial."""
        m, N, d = self.fresh, self.width, self.dim
        own = 8 * (2 * N * d + m * d + 4 * m * N + 2 * min(m, N) ** 2)
        return self.network(1.0).memory_estimate() + own


@lru_cache(maxsize=64)
def _weights(problem: TwoLayer) -> Prediction:
    return predicted(problem, bulk="dyson")


def _parts(parameters: Parameters) -> tuple[dict[float, Prediction], Prediction]:
    """W1's theory at every η, and at the η of the spectra."""
    found = {eta: _weights(parameters.network(eta)) for eta in parameters.etas}
    return found, found[parameters.eta(parameters.alpha)]


def _above(outliers: tuple, edge: float, value: str) -> int:
    return sum(getattr(one, value) > SEPARATED * edge for one in outliers)


def _followed(parameters: Parameters) -> tuple[float, ...]:
    """The η at which the spike stands apart from the bulk, so that its vectors can be compared."""
    found, _ = _parts(parameters)
    return tuple(eta for eta, one in found.items() if _above(one.outliers, one.bulk.upper, "singular_value"))


@lru_cache(maxsize=16)
def _features(parameters: Parameters) -> tuple[tuple[FeatureSpike, ...], BulkLaw, float, float]:
    """The separated spikes, the law below all of them, its largest value, and where spikes are counted from."""
    model, m = parameters.model, parameters.fresh
    spikes = feature_spikes(model, m)
    law = feature_bulk(model, m, len(spikes))
    largest = float(law.isf(0.5 / min(m, parameters.width)))
    apart = _above(spikes, law.upper, "value")
    # the count is of values above the middle between bulk and nearest spike
    bar = (largest + spikes[apart - 1].value) / 2 if apart else SEPARATED * law.upper
    return spikes[:apart], law, largest, bar


@lru_cache(maxsize=16)
def _fractions(parameters: Parameters) -> tuple[float, ...]:
    """Those at which the features are compared: with a linear σ their rank is d, and the rest 0."""
    law = _features(parameters)[1]
    return tuple(f for f in FRACTIONS if law.isf(min(1.1 * f, 0.99)) > 1e-6 * law.upper)


def _learns(parameters: Parameters) -> bool:
    """Whether c*_1² is well above E y²/n, so that an overlap with β* is not the draw's chance alone."""
    c1, _, m2 = parameters.model.target_moments
    return c1**2 > 10 * m2 / parameters.samples


def predict(parameters: Parameters) -> dict[str, float | np.ndarray]:
    found, main = _parts(parameters)
    spikes, law, largest, _ = _features(parameters)
    leads = [found[eta] for eta in _followed(parameters)]
    return {
        TOP: np.array([max([o.singular_value for o in one.outliers[:1]], default=one.largest_bulk_value)
                       for one in found.values()]),
        RIGHT: np.array([one.outliers[0].target_overlap_squared for one in leads if _learns(parameters)]),
        LEFT: np.array([one.outliers[0].readout_overlaps_squared[0] for one in leads]),
        LARGEST: main.largest_bulk_value,
        QUANTILE: np.array([main.bulk_quantile(fraction) for fraction in FRACTIONS]),
        COUNT: float(len(spikes)),
        SPIKE: np.array([one.value for one in spikes]),
        POWER: np.array([one.orders[one.order] ** 2 for one in spikes]),
        FEATURE_LARGEST: largest,
        FEATURE_QUANTILE: law.isf(np.array(_fractions(parameters))),
    }  # fmt: skip


def points(parameters: Parameters) -> dict[str, tuple[str, tuple]]:
    orders = tuple(one.order for one in _features(parameters)[0])
    followed = _followed(parameters)
    return {TOP: ("η", parameters.etas), RIGHT: ("η", followed if _learns(parameters) else ()), LEFT: ("η", followed),
            QUANTILE: ("mass above", FRACTIONS), SPIKE: ("order", orders), POWER: ("order", orders),
            FEATURE_QUANTILE: ("mass above", _fractions(parameters))}  # fmt: skip


def simulate(rng: np.random.Generator, parameters: Parameters) -> dict:
    network, inputs = rng.spawn(2)
    eta = parameters.eta(parameters.alpha)
    problem = parameters.network(eta)
    sample = draw(network, problem)
    W1 = train(sample, problem)
    G = (W1 - sample.W0) / eta
    leading = np.array([_leading(sample.W0 + rate * G, sample) for rate in parameters.etas])
    followed = np.isin(parameters.etas, _followed(parameters))
    learns = followed & _learns(parameters)
    values = singular_values(W1)
    bulk = values[len(_parts(parameters)[1].outliers) :]
    X = inputs.standard_normal((parameters.fresh, parameters.dim))
    F = apply(resolve(parameters.activation), X @ W1.T) / np.sqrt(parameters.width)
    return {
        TOP: leading[:, 0], RIGHT: leading[learns, 1], LEFT: leading[followed, 2],
        LARGEST: bulk[0], QUANTILE: _quantiles(bulk, FRACTIONS),
        "W1": values, "right": leading[:, 1], "left": leading[:, 2],
        **_seen_features(parameters, F, X @ (sample.X1.T @ sample.y1)),
    }  # fmt: skip


def _leading(W: np.ndarray, sample: Draw) -> tuple[float, float, float]:
    """The largest singular value, and the squared overlaps of its vectors with β* and with a."""
    U, s, Vt, _ = leading_triplets(W, 1, TOLERANCE)
    return s[0], squared_overlaps(Vt, sample.beta)[0, 0], squared_overlaps(U.T, sample.a)[0, 0]


def _seen_features(parameters: Parameters, F: np.ndarray, projection: np.ndarray) -> dict:
    spikes, _, _, bar = _features(parameters)
    values, rows = singular_values(F), np.empty(0, dtype=int)
    found, power = np.empty(0), np.empty(0)
    if spikes:
        powers = np.linalg.qr(hermevander(projection / projection.std(), min(ORDERS, len(F)) - 1))[0]
        expected = np.array([powers @ one.orders[: powers.shape[1]] for one in spikes])
        U, s, _, _ = leading_triplets(F, min(len(spikes) + SPARE, min(F.shape)), TOLERANCE)
        rows = match(squared_overlaps(U.T, expected))
        found = s[rows]
        power = np.array([(U[:, row] @ powers[:, one.order]) ** 2 for row, one in zip(rows, spikes, strict=True)])
    bulk = np.delete(values, rows)
    return {COUNT: float(np.sum(values > bar)), SPIKE: found, POWER: power, FEATURE_LARGEST: bulk[0],
            FEATURE_QUANTILE: _quantiles(bulk, _fractions(parameters)), "features": values}  # fmt: skip


def _quantiles(bulk: np.ndarray, fractions: tuple[float, ...]) -> np.ndarray:
    return np.quantile(bulk, 1 - np.array(fractions), method="hazen")


def figure(result: Result, figure) -> None:
    from rmt_spikes.experiments._one_step_figure import decades, plot_over_rates, plot_spectrum

    figure.set_size_inches(6.4, 6.0)
    grid = figure.subplots(2, 2)
    parameters, predicted_of = result.parameters, result.predicted
    main, law = _parts(parameters)[1], _features(parameters)[1]
    W1, F = (np.array([draw[key] for draw in result.draws]) for key in ("W1", "features"))
    name = f"singular value of $W_1$, $\\eta = {parameters.eta(parameters.alpha):.3g}$"
    plot_spectrum(grid[0, 0], W1, main.bulk, [one.singular_value for one in main.outliers], name)
    name = r"singular value of $\sigma(\tilde X W_1^\top)/\sqrt{N}$"
    plot_spectrum(grid[0, 1], F, law, predicted_of[SPIKE].tolist(), name)
    etas, followed = np.array(parameters.etas), np.array(_followed(parameters))
    fine = np.geomspace(etas.min() / 1.2, etas.max() * 1.2, 80)
    leads = [predicted(parameters.network(float(eta)), bulk="mp").leading(1)[0] for eta in fine]
    values, overlaps = grid[1]
    for ax, key, seen, where, curve, mark, label in (
        (values, TOP, TOP, etas, [one.singular_value for one in leads], "o", "mean over draws"),
        (overlaps, LEFT, "left", followed, [one.readout_overlaps_squared[0] for one in leads], "s", "left, $a$"),
        (overlaps, RIGHT, "right", followed, [one.target_overlap_squared for one in leads], "o", r"right, $\beta_*$"),
    ):
        points = where[: predicted_of[key].size], predicted_of[key]
        plot_over_rates(ax, (fine, curve), points, (etas, *result.observed(seen)), mark, label)
    values.set(ylabel="largest singular value of $W_1$", yscale="log")
    overlaps.set(ylabel="squared overlap of its vectors", ylim=(-0.03, 1.05))
    for ax in (values, overlaps):
        decades(ax)
        ax.legend(fontsize=7)


EXPERIMENT = Experiment(
    name="one_step",
    title="Spikes of the weights and of the features after one gradient step",
    citation="J. Ba, M. A. Erdogdu, T. Suzuki, Z. Wang, D. Wu and G. Yang, High-dimensional Asymptotics of Feature "
    "Learning: How One Gradient Step Improves the Representation, 2022; B. Moniri, D. Lee, H. Hassani and "
    "E. Dobriban, A Theory of Non-Linear Feature Learning with One Gradient Step in Two-Layer Neural Networks, 2024",
    assumes="N, d, n and m grow in proportion, with all orders of the step kept; left out are corrections of "
    "relative order 1/n and 1/d, the fluctuations of a draw.",
    parameters=Parameters,
    keys=(TOP, RIGHT, LEFT, LARGEST, QUANTILE, COUNT, SPIKE, POWER, FEATURE_LARGEST, FEATURE_QUANTILE),
    predict=predict,
    simulate=simulate,
    figure=figure,
    control=lambda one: replace(one, dim=round(1.25 * one.dim), scale=min(1000, 1.5 * one.scale)),
    trials=16,
    quick=Parameters(width=500, dim=300, samples=500, fresh=800, alphas=(Fraction(1, 2),)),
    points=points,
    memory=lambda parameters: parameters.memory,
)
