"""Groups ``steps`` and ``reuse``: two gradient steps against bare products, NumPy by hand and PyTorch autograd.

Before anything is timed the weights of all contenders are compared: ‖W − W'‖/‖W − W0‖ in Frobenius' norm.
"""

import numpy as np

from benchmarks import autograd
from benchmarks.by_hand import numpy_by_hand
from benchmarks.products import bare_products
from benchmarks.rows import MISSING, Row, timed
from benchmarks.samples import problem, sample
from benchmarks.settings import Settings
from benchmarks.timing import rounds_of
from rmt_spikes import TwoLayer, train

BARE, HAND, TORCH = "four bare products", "NumPy by hand", "PyTorch autograd"
AGREEMENT = {"float32": 2e-3, "float64": 1e-10}
# dtype, σ, contenders beside the bare products
CASES = (
    ("float32", "tanh", (TORCH, HAND)),
    ("float64", "tanh", (TORCH, HAND)),
    ("float32", "relu", (TORCH,)),
    ("float32", "tanh(z + 0.8)", (TORCH,)),
)
CONTENDERS = {HAND: numpy_by_hand, TORCH: autograd.torch_autograd}


def steps(settings: Settings) -> list[Row]:
    """Two steps with independent batches."""
    found = []
    for dtype, activation, contenders in CASES:
        case = problem(settings.width, settings.dim, settings.samples, dtype, activation)
        what = f"two steps, {dtype}, σ = {activation}, {settings.shape}"
        found += matchups(case, what, contenders, settings)
    return found


def matchups(case: TwoLayer, what: str, contenders: tuple[str, ...], settings: Settings) -> list[Row]:
    """The rows of one problem; all contenders share the rounds."""
    draw = sample(case)
    fields = {"group": "steps", "what": what, "ours": "train"}
    present = [name for name in contenders if name != TORCH or autograd.installed()]
    works = {name: CONTENDERS[name](draw, case) for name in present}
    mine = train(draw, case)
    differences = {name: difference(mine, work(), draw.W0) for name, work in works.items()}
    check_agreement(differences, case)
    all_works = {"ours": lambda: train(draw, case), BARE: bare_products(draw), **works}
    times = rounds_of(all_works, settings.rounds)
    asked = {BARE: settings.asked(ratio=1.08), TORCH: settings.asked(ratio=1.0)}
    found = [timed(times, BARE, asked=asked[BARE], **fields)]
    for name in contenders:
        if name in works:
            accuracy = {"difference": differences[name]}
            found.append(timed(times, name, asked=asked.get(name), accuracy=accuracy, **fields))
        else:
            found.append(Row(theirs=name, asked=asked.get(name), note=MISSING["torch"], **fields))
    return found


def difference(W: np.ndarray, other: np.ndarray, W0: np.ndarray) -> float:
    """‖W − W'‖/‖W − W0‖."""
    return float(np.linalg.norm(W - other) / np.linalg.norm(W - W0))


def check_agreement(differences: dict[str, float], case: TwoLayer) -> None:
    """Raise RuntimeError if a contender computes something else: its time would mean nothing."""
    for name, value in differences.items():
        if not value <= AGREEMENT[case.dtype]:
            raise RuntimeError(
                f"{name} and train differ by {value:.2g} of the update ({case.dtype}, {case.activation}), where "
                f"{AGREEMENT[case.dtype]:g} is rounding: nothing is timed until both take the same step"
            )


def reuse(settings: Settings) -> list[Row]:
    """Both steps on one batch, with more dimensions than samples."""
    N, d, n = settings.width, 2 * settings.dim, settings.samples // 2
    case = problem(N, d, n, "float32", batch="reuse")
    found = []
    for dtype in ("float32", "float64"):
        case = problem(N, d, n, dtype, batch="reuse")
        draw = sample(case)
        works = {"ours": lambda draw=draw, case=case: train(draw, case), BARE: bare_products(draw)}
        what = f"two steps on one batch, {dtype}, σ = tanh, N = {N}, d = {d}, n = {n}"
        times = rounds_of(works, settings.rounds)
        found.append(timed(times, BARE, group="reuse", what=what, ours="train", asked=settings.asked(ratio=0.9)))
    return found
