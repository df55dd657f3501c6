"""Group ``outliers``: two steps and the leading triplets of W2, without more of W2 than they need.

`rmt_spikes.updated_operator(draw, problem)` is W2 as an operator: W1 and the factors of the second gradient, whose
product is never formed.
"""

from collections.abc import Callable

import numpy as np

from benchmarks.products import bare_products
from benchmarks.rows import Row, timed
from benchmarks.samples import problem, sample
from benchmarks.settings import Settings
from benchmarks.steps import BARE
from benchmarks.timing import rounds_of
from rmt_spikes import TwoLayer, leading_triplets, train, updated_operator
from rmt_spikes.draws import Draw

TOLERANCE = 1e-5


def by_operator(draw: Draw, case: TwoLayer, k: int) -> np.ndarray:
    """The leading singular values of W2 from its operator."""
    return leading_triplets(updated_operator(draw, case), k, tol=TOLERANCE).s


def by_weights(draw: Draw, case: TwoLayer, k: int) -> np.ndarray:
    """The same from W2 itself."""
    return leading_triplets(train(draw, case), k, tol=TOLERANCE).s


def outliers(settings: Settings) -> list[Row]:
    """Two steps and the leading triplets against the products that two steps take when W2 is formed: 10 triplets, of
    which most lie in the edge of the bulk, and the outliers alone."""
    case = problem(settings.width, settings.dim, settings.samples, "float32")
    draw = sample(case)
    return [
        _row(draw, case, k, values, settings) for k in (settings.triplets, 2) for values in (by_operator, by_weights)
    ]


def _row(draw: Draw, case: TwoLayer, k: int, values: Callable, settings: Settings) -> Row:
    exact = leading_triplets(train(draw, case), k).s
    error = float(np.abs(values(draw, case, k) - exact).max() / exact[0])
    times = rounds_of({"ours": lambda: values(draw, case, k), BARE: bare_products(draw)}, settings.rounds)
    return timed(
        times,
        BARE,
        accuracy={"error": error},
        group="outliers",
        what=f"two steps and {k} triplets, float32, σ = tanh, {settings.shape}",
        ours=f"{'updated_operator' if values is by_operator else 'train'}, leading_triplets",
        asked=settings.asked(ratio=1.0) if values is by_operator and k != 2 else None,
    )
