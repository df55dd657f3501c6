"""A small sweep and ways to look at stores byte by byte, shared by the tests of sweeps."""

import subprocess
import sys
from pathlib import Path

from rmt_spikes.sweeps.specification import Sweep

MODEL = {
    "activation": "tanh",
    "target": "z",
    "width": [60, 80],
    "dim": {"per_width": 0.5},
    "samples": 60,
    "steps": 1,
    "alpha1": ["1/10", "3/10", "2/5"],
}
RUN = {"trials": 2, "bulk": "mp", "seed": 5, "outliers": 3, "keep": ["outliers", "bulk", "spectrum", "draws"]}
TOML = """
[model]
activation = "tanh"
target = "z"
width = [60, 80]
dim = { per_width = 0.5 }
samples = 60
steps = 1
alpha1 = ["1/10", "3/10", "2/5"]
[run]
trials = 2
bulk = "mp"
seed = 5
outliers = 3
keep = ["outliers", "bulk", "spectrum", "draws"]
"""
VERSIONS = {"python": "3"}


def small(model=None, run=None):
    return Sweep({**MODEL, **(model or {})}, {**RUN, **(run or {})})


def files(store):
    """Content of every file of a store by its path inside; what a lock holds is no result."""
    store = Path(store)
    return {
        str(path.relative_to(store)): path.read_bytes()
        for path in store.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def command(*arguments):
    return [sys.executable, "-m", "rmt_spikes.cli", *map(str, arguments)]


def run(*arguments, **options):
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=300, **options)
