"""``python -m benchmarks.sweeps``: what sweeps cost beside the work of their cells.

    overhead      cells that keep a core busy for exactly one second, two workers, each written to a store:
                  wall time over (cells/workers) seconds, workers being up
    two workers   real cells, the time of one worker over that of two, one BLAS thread each, workers being up;
                  five times in turn, the median and all of them
    theory only   10,000 cells of a diagram on W0's bulk by the command, from its start to its end

Take it on an idle machine; two cores are enough.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np

from rmt_spikes.sweeps import cluster, places
from rmt_spikes.sweeps.execution import Done, results, work
from rmt_spikes.sweeps.specification import Sweep
from rmt_spikes.sweeps.sweeping import apart, tasks, versions
from rmt_spikes.sweeps.variables import kept, lengths

BUSY = {"alpha1": {"start": 0, "stop": 0.49, "num": 40}, "width": 200, "dim": 100, "samples": 200}
REAL = {
    "activation": "tanh",
    "target": "z",
    "width": 1000,
    "dim": 500,
    "samples": 1000,
    "alpha1": {"start": 0, "stop": 0.49, "num": 6},
    "alpha2": {"start": 0, "stop": 0.49, "num": 4},
}
THEORY = """
[model]
activation = "tanh"
target = "z + He(2, z)/2"
width = 1000
dim = 500
samples = 1000
alpha1 = { start = 0, stop = 0.49, num = 100 }
alpha2 = { start = 0, stop = 0.49, num = 100 }
[run]
trials = 0
bulk = "mp"
"""


def one_second(task, run):
    """A core busy for a second a cell, and numbers of the right shapes."""
    end = time.perf_counter() + len(task)
    while time.perf_counter() < end:
        pass
    sweep = Sweep(BUSY, {"trials": 4})
    sizes = lengths(sweep)
    values = {variable.name: np.zeros([sizes[dim] for dim in variable.dims]) for variable in kept(sweep)}
    return Done([(index, values) for index, _ in task], [], set())


def timed(sweep, workers, of=work):
    """Seconds of all cells on workers that have computed one already."""
    with (
        tempfile.TemporaryDirectory() as folder,
        cluster.local(workers, 1) as client,
        places.opened(Path(folder) / "sweep.zarr", sweep, versions()) as store,
    ):
        every = apart(tasks(store, store.missing()), workers)
        for future in [client.submit(of, every[0], sweep.run, workers=[one], pure=False) for one in up(client)]:
            future.result()
        start = time.perf_counter()
        for done in results(client, every, sweep.run, of):
            store.write(done.finished)
        return time.perf_counter() - start


def up(client):
    """Addresses of the workers."""
    return list(client.scheduler_info(n_workers=-1)["workers"])


def theory_only():
    """Seconds of the command."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "theory.toml").write_text(THEORY)
        command = [sys.executable, "-m", "rmt_spikes.cli", "sweep", str(path / "theory.toml")]
        start = time.perf_counter()
        subprocess.run([*command, "--store", str(path / "x.zarr"), "--workers", "2"], check=True)
        return time.perf_counter() - start


@click.command()
@click.option("--json", "path", type=click.Path(path_type=Path), default=Path("bench-output/sweeps.json"))
def main(path):
    """Measure and write the figures."""
    busy, real = Sweep(BUSY, {"trials": 4}), Sweep(REAL, {"trials": 4, "bulk": "mp"})
    load = os.getloadavg()[0]
    seconds = timed(busy, 2, one_second)
    found = {"overhead": {"cells": busy.size, "seconds": seconds, "ratio": 2 * seconds / busy.size}}
    pairs = [(timed(real, 1), timed(real, 2)) for _ in range(5)]
    ratios = [one / two for one, two in pairs]
    found["two workers"] = {"cells": real.size, "seconds": pairs, "ratio": float(np.median(ratios)), "ratios": ratios}
    found["theory only"] = {"cells": 10_000, "seconds": theory_only()}
    found["load before"] = load
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n")
    click.echo(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
