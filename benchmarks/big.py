"""Groups ``large`` (N = 16000) and ``largest`` (N = d = n = 24000, only when asked for): one run in a fresh child.

The child draws, takes both steps, finds 10 outliers, and afterwards takes the four bare products once, in full.
``gigabytes`` is the peak of the whole process up to the outliers: interpreter, libraries, draws, weights, triplets.
"""

from benchmarks.child import asked
from benchmarks.memory import GIGABYTE
from benchmarks.rows import Row, timed
from benchmarks.settings import Settings
from benchmarks.steps import BARE

LARGE = {"width": 16000, "dim": 8000, "samples": 16000}
LARGEST = {"width": 24000, "dim": 24000, "samples": 24000}


def large(settings: Settings) -> list[Row]:
    """N = 16000, d = 8000, n = 16000 in float32; sizes are fixed, threads are the run's."""
    return _run("large", LARGE, settings, {"ratio": 1.15, "gigabytes": 6})


def largest(settings: Settings) -> list[Row]:
    """N = d = n = 24000 in float32."""
    return _run("largest", LARGEST, settings, None)


def _run(group: str, sizes: dict[str, int], settings: Settings, most: dict[str, float] | None) -> list[Row]:
    request = {"work": "run", "problem": {**sizes, "dtype": "float32"}, "threads": settings.threads, "products": True}
    found = asked(request)
    times = {"ours": [found["seconds"]["work"]], BARE: [found["seconds"]["products"]]}
    gigabytes = {"ours": found["peak"] / GIGABYTE, "theirs": None, "ratio": None}
    shape = ", ".join(f"{letter} = {value}" for letter, value in zip("Ndn", sizes.values(), strict=True))
    what = f"two steps and 10 outliers, float32, {shape}"
    fields = {"group": group, "what": what, "ours": "both steps and 10 outliers", "asked": most}
    note = f"one run; the arrays were drawn in {found['seconds']['draw']:.0f} s, which are not counted"
    row: Row = timed(times, BARE, gigabytes=gigabytes, note=note, **fields)
    return [row]
