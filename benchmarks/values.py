"""Group ``values``: all singular values of W2 in float64 against LAPACK's decomposition, in NumPy and PyTorch."""

import numpy as np

from benchmarks import autograd
from benchmarks.rows import MISSING, Row, timed
from benchmarks.samples import problem, sample
from benchmarks.settings import Settings
from benchmarks.timing import rounds_of
from rmt_spikes import singular_values, train

NUMPY, TORCH = "numpy.linalg.svd(compute_uv=False)", "torch.linalg.svdvals"


def values(settings: Settings) -> list[Row]:
    """``error`` is the largest difference from NumPy's values, relative to the largest value."""
    case = problem(settings.width, settings.dim, settings.samples)
    W = train(sample(case), case)
    works = {"ours": lambda: singular_values(W), NUMPY: lambda: np.linalg.svd(W, compute_uv=False)}
    if autograd.installed():
        import torch

        shared = torch.from_numpy(W)
        works[TORCH] = lambda: torch.linalg.svdvals(shared)
    exact = works[NUMPY]()
    accuracy = {"error": float(np.abs(singular_values(W) - exact).max() / exact[0])}
    times = rounds_of(works, settings.rounds, warm=False)
    fields = {"group": "values", "ours": "singular_values", "accuracy": accuracy}
    fields["what"] = f"all singular values, float64, {W.shape[0]} × {W.shape[1]}"
    found = [timed(times, NUMPY, asked=settings.asked(ratio=0.33, error=1e-12), **fields)]
    if TORCH in works:
        return [*found, timed(times, TORCH, **fields)]
    return [*found, Row(theirs=TORCH, note=MISSING["torch"], **{**fields, "accuracy": {}})]
