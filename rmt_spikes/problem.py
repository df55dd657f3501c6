"""The model of one simulated run, stated and validated once (theory.md, section 1).

    f_W(x) = N^{-1/2} aᵀ σ(W x),   W: N×d,   x ~ N(0, I_d),   y = σ*(⟨β*, x⟩) + ε,   ε ~ N(0, σ_ε²)
    W_t = W_{t−1} + η_t G_t,   η_t = C_t N^{α_t},   0 ≤ α_t < 1/2,   t = 1 or t = 1, 2

The exponents are kept as exact fractions: in floats 0.45/(0.5 − 0.35) falls short of 3, and with it the
number of outliers. Setting of one step: Ba et al. (2022); of two steps: Moniri & Hassani (2026)."""

from dataclasses import dataclass
from fractions import Fraction

from rmt_spikes.fields import choice, exponent, number, size
from rmt_spikes.functions import check
from rmt_spikes.working_memory import DENSE_SIZE, LEAST_BLOCK, sample_block, shared_bytes, shared_pays, step_bytes

CHOICES = {
    "steps": (1, 2),
    "batch": ("independent", "reuse"),
    "loss": ("squared", "correlation"),
    "init": ("sphere", "gaussian"),
    "readout": ("gaussian", "rademacher"),
    "dtype": ("float64", "float32"),
}
VECTORS = 1200  # of a basis or a dense decomposition
ENTRIES = 2**20  # of a matrix, drawn at a time


@dataclass(frozen=True, kw_only=True)
class TwoLayer:
    """A two-layer network, its teacher, its data and its one or two gradient steps.

    activation, target   σ and σ*: a built-in name or a formula in z
    noise                σ_ε ≥ 0
    width, dim, samples  N, d and n (per batch), whole numbers from 8 to 10^18
    alpha1, alpha2       α_t in [0, 1/2), exact: 0.45, "0.45", "9/20" and Fraction(9, 20) are the same
    scale1, scale2       C_t > 0
    batch                "independent": a fresh batch in step 2; "reuse": the first one again
    loss                 "squared": residual y − f; "correlation": residual y
    init                 rows of W0 uniform on the sphere, or "gaussian" N(0, I/d)
    readout              a_i ~ N(0, 1/N), or "rademacher" ±1/√N

    Raises ValueError, or TypeError for a definition that is not text, naming the field and what it accepts.

    >>> problem = TwoLayer(activation="tanh", target="z", width=400, dim=100, samples=200, alpha1="1/4")
    >>> problem.alpha2, problem.phi, problem.gamma, round(problem.eta1, 12)
    (Fraction(9, 20), 0.5, 4.0, 4.472135955)
    """

    activation: str = "softplus"
    target: str = "z + (z**2 - 1)/2"
    noise: float = 0.0
    width: int = 2000
    dim: int = 1000
    samples: int = 2000
    steps: int = 2
    alpha1: Fraction = Fraction(2, 5)
    alpha2: Fraction = Fraction(9, 20)
    scale1: float = 1.0
    scale2: float = 1.0
    batch: str = "independent"
    loss: str = "squared"
    init: str = "sphere"
    readout: str = "gaussian"
    dtype: str = "float64"

    def __post_init__(self) -> None:
        for field in ("width", "dim", "samples"):
            self._set(field, size(field, getattr(self, field)))
        for field in ("alpha1", "alpha2"):
            self._set(field, exponent(field, getattr(self, field)))
        self._set("noise", number("noise", self.noise, "at least 0", lambda x: x >= 0))
        for field in ("scale1", "scale2"):
            self._set(field, number(field, getattr(self, field), "above 0", lambda x: x > 0))
        for field, choices in CHOICES.items():
            self._set(field, choice(field, getattr(self, field), choices))
        check(self.activation, "activation")
        check(self.target, "target")

    def _set(self, field: str, value: object) -> None:
        object.__setattr__(self, field, value)

    @property
    def eta1(self) -> float:
        """η1 = C1 N^{α1}."""
        return self.scale1 * float(self.width) ** float(self.alpha1)

    @property
    def eta2(self) -> float:
        """η2 = C2 N^{α2}."""
        return self.scale2 * float(self.width) ** float(self.alpha2)

    @property
    def phi(self) -> float:
        """φ = d/n."""
        return self.dim / self.samples

    @property
    def gamma(self) -> float:
        """γ = N/d."""
        return self.width / self.dim

    def memory_estimate(self, memory_budget: int | None = None) -> int:
        """Bytes that one simulated run holds at its peak: draw, steps, singular values or leading triplets.

        `memory_budget`: what the steps may hold beside draw, W1 and result, as `train` takes it. Above what is
        measured, by less than a factor of 2; BLAS buffers and the interpreter are left out.

        >>> TwoLayer(activation="tanh", target="z", width=1000, dim=500, samples=1000).memory_estimate()
        36400000
        """
        N, d = self.width, self.dim
        vectors = min(VECTORS, 3 * min(N, d)) * (N + d)
        # LAPACK's copy in float64: of small matrices, and of float64 ones where small values matter
        copy = 8 * N * d if self.dtype == "float64" or min(N, d) <= DENSE_SIZE else 0
        spectrum = self.weights_bytes + copy + 8 * (min(N, d) ** 2 + vectors)
        drawing = 24 * min(ENTRIES, max(N, self.samples) * d)
        return self.draw_bytes + max(drawing, self._step_bytes(memory_budget), spectrum)

    @property
    def draw_bytes(self) -> int:
        """Bytes of W0 and the batches."""
        batches = 2 if self.steps == 2 and self.batch == "independent" else 1
        return self._entry * self.dim * (self.width + batches * self.samples)

    @property
    def weights_bytes(self) -> int:
        """Bytes of one matrix of weights."""
        return self._entry * self.width * self.dim

    @property
    def least_step_bytes(self) -> int:
        """Bytes of the smallest block of samples that a step works with."""
        return step_bytes(self.width, self.dim, min(self.samples, LEAST_BLOCK), self._entry)

    @property
    def _entry(self) -> int:
        return 4 if self.dtype == "float32" else 8

    def _step_bytes(self, memory_budget: int | None) -> int:
        N, d, n = self.width, self.dim, self.samples
        shared = shared_bytes(N, n, self._entry)
        reused = self.steps == 2 and self.batch == "reuse" and shared_pays(N, d, n)
        if reused and (memory_budget is None or shared <= memory_budget):
            return self.weights_bytes + shared
        block = sample_block(N, d, n, self._entry, memory_budget)
        return self.steps * self.weights_bytes + step_bytes(N, d, block, self._entry)
