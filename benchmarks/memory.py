"""Group ``memory``: what two steps take beside their inputs, ours and PyTorch autograd's, in fresh interpreters."""

from benchmarks import autograd
from benchmarks.child import peak
from benchmarks.rows import MISSING, Row
from benchmarks.settings import Settings
from benchmarks.steps import TORCH

GIGABYTE = 1e9


def memory(settings: Settings) -> list[Row]:
    """One row for each precision."""
    found = []
    for dtype in ("float32", "float64"):
        what = f"peak memory of two steps beside the inputs, {dtype}, σ = tanh, {settings.shape}"
        fields = {"group": "memory", "what": what, "ours": "train", "theirs": TORCH}
        fields["asked"] = settings.asked(memory_ratio=0.6)
        case = {"width": settings.width, "dim": settings.dim, "samples": settings.samples, "dtype": dtype}
        ours = peak("train", case, settings.threads) / GIGABYTE
        theirs = peak("autograd", case, settings.threads) / GIGABYTE if autograd.installed() else None
        ratio = ours / theirs if theirs else None
        note = None if theirs is not None else MISSING["torch"]
        gigabytes = {"ours": ours, "theirs": theirs, "ratio": ratio}
        found.append(Row(gigabytes=gigabytes, rounds=1, note=note, **fields))
    return found
