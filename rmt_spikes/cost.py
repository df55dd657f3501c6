"""What a run will cost, before it runs: seconds from counted operations, bytes from `TwoLayer.memory_estimate`.

Counted in floating-point operations, and exact:

    products    2·2Nnd a step              W Xᵀ and its counterpart in the gradient
    gram        max(N, d)·min(N, d)²       half of a full product, by symmetry
    reduction   4/3 min(N, d)³             the Gram matrix to tridiagonal form; its eigenvalues cost less

and in matrix entries: random numbers, pre-activations, passes of the Lanczos recurrence over W.

Seconds are operations over the measured rate of one matrix product on one thread.  What does not run at that rate is
weighed by the factors below, measured at N = 2d = n from 1000 to 4000 with the default problem.  They are meant to be
right within a factor of two.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from rmt_spikes.problem import TwoLayer

# operations of a product in the time of one …
NORMAL = 700  # … Gaussian number
ELEMENT = 150  # … pre-activation: σ and σ', exponentials and logarithms
REDUCED = 3  # … operation of the reduction, half of which is bound by memory
PASSED = 8000  # … entry of W in the whole search for leading triplets
DRAWN_THEORY, PREDICTION = 0.25, 7.0  # seconds: theory given one draw; of the problem, with what loads and compiles
PRODUCT = 1024  # size of the product that measures the rate


@dataclass(frozen=True)
class Operations:
    """Of one trial: floating-point operations, then entries."""

    products: int
    gram: int
    reduction: int
    normals: int
    elements: int
    entries: int


@dataclass(frozen=True)
class TrialCost:
    """Seconds of one trial on one thread: ``shared`` is divided among BLAS threads, ``alone`` is not."""

    shared: float
    alone: float

    def seconds(self, threads: int) -> float:
        """
        >>> TrialCost(shared=3.0, alone=1.0).seconds(2)
        2.5
        """
        return self.shared / threads + self.alone


def operations(problem: TwoLayer) -> Operations:
    """Counts of one trial: draw, steps, all singular values.

    >>> operations(TwoLayer(activation="relu", target="z", width=1000, dim=500, samples=800, steps=1)).products
    1600000000
    """
    N, d, n, steps = problem.width, problem.dim, problem.samples, problem.steps
    batches = 2 if steps == 2 and problem.batch == "independent" else 1
    small, large = min(N, d), max(N, d)
    return Operations(
        products=4 * N * n * d * steps,
        gram=large * small**2,
        reduction=4 * small**3 // 3,
        normals=N * d + batches * n * d,
        elements=N * n * steps,
        entries=N * d,
    )


def product_rate(dtype: str, size: int = PRODUCT) -> float:
    """Operations a second of a square product on one thread: the better of two.

    >>> product_rate("float32", size=64) > 0
    True
    """
    from rmt_spikes.threads import limited

    A = np.ones((size, size), dtype=dtype)
    seconds = []
    with limited(1):
        for _ in range(2):
            start = time.perf_counter()
            A @ A
            seconds.append(time.perf_counter() - start)
    return 2 * size**3 / min(seconds)


def trial_cost(problem: TwoLayer, rate: float, rate64: float) -> TrialCost:
    """Seconds of one trial, from the rates of products in the problem's dtype and in float64.

    >>> problem = TwoLayer(activation="relu", target="z", width=2000, dim=1000, samples=2000)
    >>> 1 < trial_cost(problem, 6e10, 6e10).seconds(1) < 3
    True
    """
    count = operations(problem)
    shared = count.products / rate + ELEMENT * count.elements / rate64
    spectrum = count.gram + REDUCED * count.reduction + PASSED * count.entries
    alone = (NORMAL * count.normals + spectrum) / rate64 + DRAWN_THEORY
    return TrialCost(shared, alone)


def measured_cost(problem: TwoLayer) -> TrialCost:
    """`trial_cost` with rates measured here and now, in less than a tenth of a second a rate."""
    rate64 = product_rate("float64")
    return trial_cost(problem, rate64 if problem.dtype == "float64" else product_rate(problem.dtype), rate64)
