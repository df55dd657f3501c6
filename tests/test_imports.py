"""Theory and core never import each other; leaves are loaded by nobody but themselves."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LEAVES = {
    "compiler",
    "comparison",
    "verdict",
    "documents",
    "tables",
    "plots",
    "figures",
    "files",
    "cli",
    "progress",
    "commands",
    "options",
    "plots_phases",
    "printing",
    "plots_hermite",
    "hermite_text",
    "law_simulation",
    "law_tables",
    "plots_law",
    "sweeps",
    "experiments",
    "gallery",
    "gallery_page",
}


def loaded_after(code):
    script = f"{code}\nimport sys; print(' '.join(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


CORE = """
import numpy as np
from rmt_spikes import TwoLayer, draw, gradient_step, leading_triplets, singular_values
p = TwoLayer(activation="tanh", target="z", width=40, dim=20, samples=30)
d = draw(np.random.default_rng(0), p)
W = gradient_step(d.W0, d.a, d.X1, d.y1, "tanh", p.eta1)
singular_values(W), leading_triplets(W, 2)
"""
THEORY = """
from theory import hermite_coefficients, predict
hermite_coefficients("relu")
predict(activation="tanh", target="z", width=100, dim=50, samples=100, alpha1=0.3)
"""


def test_the_core_loads_no_theory_no_sympy_and_no_leaf_library():
    assert not loaded_after(CORE) & {"theory", "sympy", "mpmath", "matplotlib", "click", "rich"}


def test_the_theory_loads_no_simulation_and_no_numba():
    assert not loaded_after(THEORY) & {"rmt_spikes", "numba", "matplotlib", "click", "rich"}


def test_importing_the_packages_is_light():
    loaded = loaded_after("import rmt_spikes, theory")
    assert not loaded & {"matplotlib", "click", "rich", "numba", "sympy"}


def test_these_checks_would_notice():
    assert loaded_after("from rmt_spikes.comparison import compare") >= {"theory", "rmt_spikes"}


def imports(path):
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", sorted((ROOT / "rmt_spikes").glob("*.py")), ids=lambda path: path.stem)
def test_core_files_import_neither_theory_nor_leaves(path):
    if path.stem in LEAVES:
        return
    for name in imports(path):
        assert name.split(".")[0] not in {"theory", "sympy", "matplotlib", "click", "rich"}
        assert not (name.startswith("rmt_spikes.") and name.split(".")[1] in LEAVES)


@pytest.mark.parametrize("path", sorted((ROOT / "theory").glob("*.py")), ids=lambda path: path.stem)
def test_theory_files_import_neither_the_package_nor_numba(path):
    assert not {name.split(".")[0] for name in imports(path)} & {"rmt_spikes", "numba", "matplotlib"}
