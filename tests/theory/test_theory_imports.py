"""The theory never loads the simulation, Numba, or a leaf; its names load on first use."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

import theory

FOREIGN = ("numba", "rmt_spikes", "matplotlib", "click", "rich")
USE_IT_ALL = """
import sys, numpy as np, theory
from theory import *
fields = dict(activation="relu", target="z + z**2", width=30, dim=20, samples=40, alpha1="0.3", alpha2="0.3")
predict(fields, batch="reuse"), hermite_coefficients("tanh"), outlier_count("0.3", "0.3"), MarchenkoPastur(2.0)
rng = np.random.default_rng(0)
X, a = rng.standard_normal((40, 20)), rng.standard_normal(30) / 30**0.5
predict_draw({**fields, "batch": "reuse"}, a, np.eye(20)[0], X, X[:, 0])
"""


def imported(code, names):
    show = f"\nprint([name for name in {names!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code + show], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_predicting_loads_neither_the_simulation_nor_numba_nor_a_leaf():
    assert imported(USE_IT_ALL, FOREIGN) == "[]"


def test_the_guard_sees_what_is_imported():
    assert imported("import sys, theory, rmt_spikes", FOREIGN) == "['rmt_spikes']"


def test_every_public_name_resolves_and_is_listed():
    assert set(theory.__all__) <= set(dir(theory))
    for name in theory.__all__:
        assert getattr(theory, name) is not None


def test_no_module_hides_a_name_at_the_door():
    modules = {path.stem for path in Path(theory.__file__).parent.glob("*.py")}
    assert not modules & set(theory.__all__)


def test_the_exponents_phases_and_closed_forms_are_at_the_door():
    assert theory.generative_exponent("He(4, z)").value == 2
    assert theory.batch_reuse_index("He(3, z)").value == 2
    assert len(theory.leading_outliers("z + He(2, z)/2", "z", most=2)) == 2
    assert theory.line_height(2, "2/5") == Fraction(1, 5)


def test_an_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="module 'theory' has no attribute 'predictions'"):
        _ = theory.predictions
