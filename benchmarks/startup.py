"""Group ``startup``: whole life of a fresh interpreter that imports, predicts, simulates or prints its help."""

import subprocess
import sys

from benchmarks.child import ROOT
from benchmarks.machine import environment
from benchmarks.rows import Row, timed
from benchmarks.settings import Settings
from benchmarks.timing import rounds_of

PREDICTION = """
from theory import predict
sizes = {"width": 4000, "dim": 2000, "samples": 4000}
predict(activation="tanh", target="z + (z**2 - 1)/2", alpha1="2/5", alpha2="9/20", **sizes)
"""
SIMULATION = """
import numpy as np
from rmt_spikes import TwoLayer, draw, train
p = TwoLayer(activation="tanh", target="z", width=200, dim=100, samples=200)
train(draw(np.random.default_rng(0), p), p)
"""
# name, arguments of the interpreter, seconds asked
WORKS = (
    ("an interpreter that does nothing", ("-c", "pass"), None),
    ("import rmt_spikes", ("-c", "import rmt_spikes"), 0.5),
    ("rmt-spikes --help", ("-m", "rmt_spikes.cli", "--help"), 0.7),
    ("import theory and the first prediction", ("-c", PREDICTION), None),
    ("import, compilation and two steps at N = 200", ("-c", SIMULATION), None),
)
LEAST_ROUNDS = 5


def startup(settings: Settings) -> list[Row]:
    """Seconds from start to end, the interpreter's own included; one unmeasured round warms the disk cache."""

    def alive(arguments):
        fresh = {"cwd": ROOT, "env": environment(settings.threads), "capture_output": True, "check": True}
        return lambda: subprocess.run([sys.executable, *arguments], **fresh)

    times = rounds_of({name: alive(arguments) for name, arguments, _ in WORKS}, max(LEAST_ROUNDS, settings.rounds))
    found = []
    for name, _, most in WORKS:
        asked = {"seconds": most} if most else None
        found.append(timed({"ours": times[name]}, group="startup", what=name, ours="fresh interpreter", asked=asked))
    return found
