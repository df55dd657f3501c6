"""One work in a fresh interpreter, with its peak of memory: ``python -m benchmarks.child '{"work": …}'``.

The child imports, compiles at a toy size, draws, runs the work once (not with ``"baseline": true``) and prints its
peak resident memory and the seconds of each part as JSON.  The difference of the two peaks, with and without the
work, is what the work itself takes.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.machine import environment, with_threads

ROOT = Path(__file__).parent.parent
TOY = {"width": 64, "dim": 32, "samples": 64}


def peak_bytes() -> int:
    """The largest resident memory of this process so far.

    Linux hands the peak of the parent down to ``ru_maxrss`` of a child; VmHWM begins anew with each program.
    """
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    except OSError:
        pass
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def _train(draw, case):
    from rmt_spikes import train

    return train(draw, case)


def _autograd(draw, case):
    from benchmarks.autograd import torch_autograd

    return torch_autograd(draw, case)()


def _values(draw, case):
    from rmt_spikes import singular_values

    return singular_values(draw.W0)


def _triplets(draw, case):
    from rmt_spikes import leading_triplets

    return leading_triplets(draw.W0 + 3 * draw.a[:, None] * draw.beta, min(10, case.dim // 2), tol=1e-5)


def _run(draw, case):
    from benchmarks.outliers import by_weights

    return by_weights(draw, case, 10)


WORKS: dict[str, Callable] = {
    "train": _train,
    "autograd": _autograd,
    "values": _values,
    "triplets": _triplets,
    "run": _run,
}


def peak(work: str, problem: dict[str, object], threads: int) -> int:
    """Bytes that a work takes beyond interpreter, libraries and arrays, from two fresh children."""
    request = {"work": work, "problem": problem, "threads": threads}
    with_work, without = (asked({**request, "baseline": baseline})["peak"] for baseline in (False, True))
    return max(0, with_work - without)


def asked(request: dict[str, object]) -> dict:
    """The answer of a fresh child."""
    command = [sys.executable, "-m", "benchmarks.child", json.dumps(request)]
    settings = {"cwd": ROOT, "env": environment(request["threads"]), "capture_output": True, "text": True}
    done = subprocess.run(command, **settings)
    if done.returncode:
        raise RuntimeError(f"the child for {request} ended with {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def answer(request: dict) -> dict:
    """Do what is requested here, and say what it took."""
    from benchmarks.products import bare_products
    from benchmarks.samples import problem, sample

    work, seconds = WORKS[request["work"]], {}

    def timed(name, part):
        start = time.perf_counter()
        result = part()
        seconds[name] = time.perf_counter() - start
        return result

    with with_threads(request["threads"]):
        toy = problem(**{**request["problem"], **TOY})
        work(sample(toy), toy)
        case = problem(**request["problem"])
        draw = timed("draw", lambda: sample(case))
        if not request.get("baseline"):
            timed("work", lambda: work(draw, case))
        found = {"peak": peak_bytes(), "seconds": seconds}
        if request.get("products"):  # after the peak is read
            products = bare_products(draw)
            timed("products", products)
    return found


if __name__ == "__main__":
    print(json.dumps(answer(json.loads(sys.argv[1]))))
