"""``python -m benchmarks``: a table on standard output, and with ``--json FILE`` the same as a document.

Contenders of a pair are timed alternately in one run, after one unmeasured round each; a ratio is the median of the
rounds' ratios, with the smallest and the largest.
"""

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import click
import numba
import numpy as np
import scipy
from rich.console import Console
from rich.table import Table

from benchmarks.contenders import matchups
from theory import predict
from theory.hermite import hermite_coefficients


def seconds(work):
    """Wall-clock seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(pair, repeats):
    """Alternate the two contenders and summarise."""
    what, ours, theirs, run_ours, run_theirs = pair
    run_ours(), run_theirs()
    rounds = [(seconds(run_ours), seconds(run_theirs)) for _ in range(repeats)]
    ratios = [mine / yours for mine, yours in rounds]
    return {
        "what": what,
        "ours": ours,
        "theirs": theirs,
        "seconds_ours": float(np.median([mine for mine, _ in rounds])),
        "seconds_theirs": float(np.median([yours for _, yours in rounds])),
        "ratio": {"median": float(np.median(ratios)), "min": min(ratios), "max": max(ratios)},
    }


def interpreter_seconds(code):
    """A fresh interpreter's time for a statement; the best of three."""
    return min(seconds(lambda: subprocess.run([sys.executable, "-c", code], check=True)) for _ in range(3))


def warm_seconds(repeats):
    """Single figures, after a first call."""
    model = {"activation": "relu", "target": "z + (z**2 - 1)/2", "width": 1000, "dim": 500, "samples": 1000}

    def prediction():
        return predict(**model, noise=0.5, alpha1=0.35, alpha2=0.45, batch="reuse")

    def table():
        # another shift each time, since tables are remembered
        return hermite_coefficients(f"tanh(z + {time.perf_counter_ns()}/10**18)", 20)

    works = {"population prediction, reuse, noise": prediction, "Hermite table, degree 20, tanh(z + c)": table}
    found = {}
    for name, work in works.items():
        work()
        found[name] = float(np.median([seconds(work) for _ in range(repeats)]))
    for package in ("rmt_spikes", "theory", "rmt_spikes.cli"):
        found[f"import {package}"] = max(0.0, interpreter_seconds(f"import {package}") - interpreter_seconds("pass"))
    return found


def machine():
    """What the figures were taken on."""
    threads = os.environ.get("OPENBLAS_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS") or "default"
    versions = {"numpy": np.__version__, "scipy": scipy.__version__, "numba": numba.__version__}
    return {"cores": os.cpu_count(), "BLAS threads": threads, "python": platform.python_version(), **versions}


def show(document):
    """The tables."""
    console = Console(width=None if sys.stdout.isatty() else 110, highlight=False)
    console.print(", ".join(f"{key} {value}" for key, value in document["machine"].items()))
    table = Table("work", "ours", "s", "theirs", "s", "ratio ours/theirs (min … max)", box=None)
    for row in document["ratios"]:
        r = row["ratio"]
        ratio = f"{r['median']:.2f} ({r['min']:.2f} … {r['max']:.2f})"
        table.add_row(
            row["what"],
            row["ours"],
            f"{row['seconds_ours']:.3f}",
            row["theirs"],
            f"{row['seconds_theirs']:.3f}",
            ratio,
        )
    console.print(table)
    for name, value in document["seconds"].items():
        console.print(f"{name}: {value:.3f} s")


@click.command()
@click.option("--width", default=2000, show_default=True, help="N")
@click.option("--dim", default=1000, show_default=True, help="d")
@click.option("--samples", default=2000, show_default=True, help="n")
@click.option("--repeats", default=5, show_default=True, help="Measured rounds.")
@click.option("--json", "path", type=click.Path(path_type=Path), help="Write the document there too.")
def main(width, dim, samples, repeats, path):
    """Measure and print ratios; nothing is asserted."""
    document = {
        "schema": 1,
        "machine": machine(),
        "sizes": {"width": width, "dim": dim, "samples": samples, "repeats": repeats},
        "ratios": [measure(pair, repeats) for pair in matchups(width, dim, samples)],
        "seconds": warm_seconds(repeats),
    }
    show(document)
    if path:
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
