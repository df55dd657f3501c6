"""Group ``startup``: whole life of a fresh interpreter that imports, predicts, simulates or prints its help."""

import subprocess
import sys

from benchmarks.child import ROOT
from benchmarks.machine import environment
from benchmarks.rows import Row, timed
from benchmarks.settings import Settings
from benchmarks.timing import rounds_of

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
SLOW = (
    ("import and the first prediction, default problem", ("-c", PREDICTION), None),
    ("import, compilation and two steps at N = 200", ("-c", SIMULATION), None),
)
ROUNDS = {QUICK: 7, SLOW: 3}


def startup(settings: Settings) -> list[Row]:
    """Seconds from start to end, the interpreter's own included; one unmeasured round warms the disk cache."""

    def alive(arguments):
        fresh = {"cwd": ROOT, "env": environment(settings.threads), "capture_output": True, "check": True}
        return lambda: subprocess.run([sys.executable, *arguments], **fresh)

    found = []
    for works, rounds in ROUNDS.items():
        times = rounds_of({name: alive(arguments) for name, arguments, _ in works}, min(rounds, settings.rounds + 2))
        for name, _, most in works:
            asked = {"seconds": most} if most else None
            row = timed({"ours": times[name]}, group="startup", what=name, ours="fresh interpreter", asked=asked)
            found.append(row)
    return found
