"""Group ``outliers``: two steps and the leading triplets of W2, without more of W2 than they need.

`rmt_spikes.updated_operator(draw, problem)` is W2 as an operator: W1 and the factors of the second gradient, whose
product is never formed.
"""

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
    """Two steps and 10 triplets against the products that two steps take when W2 is formed."""
    what = f"two steps and {settings.triplets} triplets, float32, σ = tanh, {settings.shape}"
    case = problem(settings.width, settings.dim, settings.samples, "float32")
    draw = sample(case)
    found = []
    for name, values in (
        ("updated_operator, leading_triplets", by_operator),
        ("train, leading_triplets", by_weights),
    ):
        asked = settings.asked(ratio=1.0) if values is not by_weights else None
        fields = {"group": "outliers", "what": what, "ours": name, "asked": asked}
        exact = leading_triplets(train(draw, case), settings.triplets).s
        error = float(np.abs(values(draw, case, settings.triplets) - exact).max() / exact[0])
        works = {"ours": lambda values=values: values(draw, case, settings.triplets), BARE: bare_products(draw)}
        times = rounds_of(works, settings.rounds)
        found.append(timed(times, BARE, accuracy={"error": error}, **fields))
    return found
