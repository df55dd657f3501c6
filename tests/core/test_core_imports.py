"""The core never imports the theory or a leaf, and `import rmt_spikes` is quick."""

import subprocess
import sys

import pytest

import rmt_spikes

FOREIGN = ("theory", "sympy", "matplotlib", "click", "rich")
HEAVY = (*FOREIGN, "numba", "numpy", "scipy")

STATE_A_PROBLEM = """
import sys, time
start = time.perf_counter()
import rmt_spikes
assert time.perf_counter() - start < 0.5
rmt_spikes.TwoLayer(activation="tanh", target="sign").memory_estimate()
"""
USE_THE_CORE = """
import sys, numpy as np
from rmt_spikes import *
problem = TwoLayer(activation="relu", target="z", width=20, dim=10, samples=15)
D = draw(np.random.default_rng(0), problem)
W = gradient_step(D.W0, D.a, D.X1, D.y1, "relu", 1.0)
singular_values(train(D, problem)), squared_overlaps(leading_triplets(W, 2).Vt, D.beta), Activation
"""


def imported(code, names):
    show = f"\nprint([name for name in {names!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code + show], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_stating_a_problem_is_quick_and_loads_nothing_heavy():
    assert imported(STATE_A_PROBLEM, HEAVY) == "[]"


def test_using_the_core_loads_no_theory_and_no_leaf():
    assert imported(USE_THE_CORE, FOREIGN) == "[]"


def test_the_guard_sees_what_is_imported():
    assert imported("import sys, theory, sympy", FOREIGN) == "['theory', 'sympy']"


def test_every_public_name_resolves_and_is_listed():
    assert set(rmt_spikes.__all__) <= set(dir(rmt_spikes))
    for name in rmt_spikes.__all__:
        assert getattr(rmt_spikes, name) is not None


def test_an_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="module 'rmt_spikes' has no attribute 'spikes'"):
        _ = rmt_spikes.spikes
