"""Group ``scaling``: time and peak memory against N at fixed N : d : n, with the slope in logarithms.

The slope of log y on log N is that of least squares; its standard error comes from the scatter about the line and is
missing for two points.  Time is that of the median round.
"""

import math

from benchmarks.child import peak
from benchmarks.memory import GIGABYTE
from benchmarks.products import bare_products
from benchmarks.samples import problem, sample
from benchmarks.settings import Settings
from benchmarks.timing import rounds_of, spread
from rmt_spikes import leading_triplets, singular_values, train

STEPS, BARE, VALUES, TRIPLETS = (
    "two steps, float32",
    "four bare products, float32",
    "all singular values, float64",
    "10 leading triplets, float64",
)


def slope(sizes: list[float], values: list[float]) -> tuple[float, float | None]:
    """The exponent of a power law and its standard error.

    >>> exponent, error = slope([1, 2, 4, 8], [5, 40, 320, 2560])
    >>> round(exponent, 9), round(error, 9)
    (3.0, 0.0)
    """
    x, y = [math.log(size) for size in sizes], [math.log(value) for value in values]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    squares = sum((u - mean_x) ** 2 for u in x)
    exponent = sum((u - mean_x) * (v - mean_y) for u, v in zip(x, y, strict=True)) / squares
    scatter = sum((v - mean_y - exponent * (u - mean_x)) ** 2 for u, v in zip(x, y, strict=True))
    error = math.sqrt(scatter / ((len(x) - 2) * squares)) if len(x) > 2 else None
    return exponent, error


def scaling(settings: Settings) -> list[dict[str, object]]:
    """One entry for each work and quantity."""
    times = {width: _times(settings, width) for width in settings.scaling}
    found = []
    for what in (STEPS, BARE, VALUES, TRIPLETS):
        points = [{"N": width, "seconds": spread(times[width][what])} for width in settings.scaling]
        found.append(_entry(what, points, [point["seconds"]["median"] for point in points]))
    for what, work, dtype in ((STEPS, "train", "float32"), (VALUES, "values", "float64")):
        peaks = [
            peak(work, _sizes(settings, width, dtype), settings.threads) / GIGABYTE for width in settings.scaling
        ]
        points = [
            {"N": width, "gigabytes": gigabytes} for width, gigabytes in zip(settings.scaling, peaks, strict=True)
        ]
        found.append(_entry(what, points, peaks))
    return found


def _sizes(settings: Settings, width: int, dtype: str) -> dict[str, object]:
    dim, samples = (max(8, round(width * size / settings.width)) for size in (settings.dim, settings.samples))
    return {"width": width, "dim": dim, "samples": samples, "dtype": dtype}


def _times(settings: Settings, width: int) -> dict[str, list[float]]:
    single, double = (problem(**_sizes(settings, width, dtype)) for dtype in ("float32", "float64"))
    draw, W = sample(single), train(sample(double), double)
    k = min(10, min(W.shape) // 2)
    works = {
        STEPS: lambda: train(draw, single),
        BARE: bare_products(draw),
        VALUES: lambda: singular_values(W),
        TRIPLETS: lambda: leading_triplets(W, k),
    }
    return rounds_of(works, settings.rounds)


def _entry(what: str, points: list[dict], values: list[float]) -> dict[str, object]:
    quantity = "seconds" if "seconds" in points[0] else "gigabytes"
    usable = all(value > 0 for value in values) and len(values) > 1
    exponent, error = slope([point["N"] for point in points], values) if usable else (None, None)
    return {"what": what, "quantity": quantity, "points": points, "slope": exponent, "slope_error": error}
