"""Group ``startup``: whole life of a fresh interpreter that imports, predicts, simulates or prints its help."""

import subprocess
import sys

from benchmarks.child import ROOT
from benchmarks.machine import environment
from benchmarks.rows import Row, timed
from benchmarks.settings import Settings
from benchmarks.timing import Work, rounds_of

PREDICTION = "from theory import predict; from rmt_spikes import TwoLayer; predict(TwoLayer())"
SIMULATION = """
import numpy as np
from rmt_spikes import TwoLayer, draw, train
p = TwoLayer(activation="tanh", target="z", width=200, dim=100, samples=200)
train(draw(np.random.default_rng(0), p), p)
"""
# name, arguments of the interpreter, seconds asked
QUICK = (
    ("an interpreter that does nothing", ("-c", "pass"), None),
    ("import rmt_spikes", ("-c", "import rmt_spikes"), 0.5),
    ("rmt-spikes --help", ("-m", "rmt_spikes.cli", "--help"), 0.7),
)
FIRST = "import and the first prediction, default problem"
SIMULATED = "import, compilation and two steps at N = 200"
QUICK_ROUNDS, SLOW_ROUNDS = 7, 3


def alive(arguments: tuple[str, ...], threads: int) -> Work:
    """The whole life of a fresh interpreter."""
    fresh = {"cwd": ROOT, "env": environment(threads), "capture_output": True, "check": True}
    return lambda: subprocess.run([sys.executable, *arguments], **fresh)


def startup(settings: Settings) -> list[Row]:
    """Seconds from start to end, the interpreter's own included.

    The first prediction also on one thread: its matrices are small, and threads may cost more than they bring.
    """
    found = []
    works = {name: alive(arguments, settings.threads) for name, arguments, _ in QUICK}
    times = rounds_of(works, min(QUICK_ROUNDS, settings.rounds + 2))
    for name, _, most in QUICK:
        found.append(_row(times[name], name, settings.threads, most))
    slow = {
        (FIRST, settings.threads): PREDICTION,
        (FIRST, 1): PREDICTION,
        (SIMULATED, settings.threads): SIMULATION,
    }
    works = {key: alive(("-c", code), key[1]) for key, code in slow.items()}
    # the quick ones have warmed the disk cache of all but the last libraries
    times = rounds_of(works, min(SLOW_ROUNDS, settings.rounds), warm=False)
    return found + [_row(times[key], key[0], key[1], None) for key in slow]


def _row(seconds: list[float], what: str, threads: int, most: float | None) -> Row:
    ours = f"fresh interpreter, {threads} thread{'s' * (threads > 1)}"
    return timed({"ours": seconds}, group="startup", what=what, ours=ours, asked={"seconds": most} if most else None)
