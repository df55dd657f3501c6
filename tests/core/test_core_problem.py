"""The statement of a problem: what it accepts, what it refuses and what it derives."""

import dataclasses
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest

from rmt_spikes import TwoLayer, draw, leading_triplets, singular_values, train
from rmt_spikes.memory import _available, _groups, check_memory, free_memory


def small(**changes):
    return TwoLayer(**(dict(activation="tanh", target="z") | changes))


@pytest.mark.parametrize(
    "alpha", [0.45, "0.45", "9/20", ".45", Fraction(9, 20), np.float64(0.45), np.float32(0.45), "18/40"]
)
def test_every_spelling_of_an_exponent_is_the_same_fraction(alpha):
    assert small(alpha1=alpha).alpha1 == Fraction(9, 20)
    assert small(alpha2=alpha) == small(alpha2="9/20")


def test_the_ratio_of_the_exponents_is_exact_where_floats_fail():
    problem = small(alpha1=0.35, alpha2=0.45)
    assert problem.alpha2 / (Fraction(1, 2) - problem.alpha1) == 3
    assert 0.45 / (0.5 - 0.35) != 3


def test_numpy_scalars_become_plain_numbers():
    problem = small(width=np.int64(30), noise=np.float32(0.5), steps=np.int8(1), scale1=2, batch=np.str_("reuse"))
    assert [type(x) for x in (problem.width, problem.noise, problem.steps, problem.scale1, problem.batch)] == [
        int,
        float,
        int,
        float,
        str,
    ]


def test_ratios_and_step_sizes_follow_their_definitions():
    problem = small(width=1600, dim=400, samples=1000, alpha1="1/4", alpha2=0, scale1=3.0, scale2=0.5)
    assert (problem.phi, problem.gamma) == (0.4, 4.0)
    assert problem.eta1 == pytest.approx(3 * 1600**0.25)
    assert problem.eta2 == 0.5


def test_a_problem_is_frozen_and_hashable():
    problem = small()
    assert hash(problem) == hash(small())
    with pytest.raises(dataclasses.FrozenInstanceError):
        problem.width = 3


def test_a_size_that_no_machine_holds_can_still_be_stated():
    assert small(width=10**18, dim=10**18, samples=10**18).memory_estimate() > 10**36


BAD_FIELDS = [
    ("alpha1", 0.5, r"alpha1 = 0.5 is outside \[0, 1/2\): give a rational such as 0.45 or 9/20"),
    ("alpha2", -0.1, r"alpha2 = -0.1 is outside \[0, 1/2\)"),
    ("alpha1", "1/2", r"alpha1 = '1/2' is outside"),
    ("alpha1", float("nan"), "alpha1 = nan is not a rational number"),
    ("alpha1", float("inf"), "alpha1 = inf is not a rational number"),
    ("alpha1", "1e-999999999", "alpha1 = '1e-999999999' is not a rational number"),
    ("alpha1", "0." + "1" * 50, "alpha1 = '0.1.* is not a rational number"),
    ("alpha1", "1/0", "alpha1 = '1/0' is not a rational number"),
    ("alpha1", "two fifths", "give a rational such as 0.45 or 9/20"),
    ("alpha1", True, "alpha1 = True is not a rational number"),
    ("alpha2", None, "alpha2 = None is not a rational number"),
    ("alpha2", 0.3 + 0j, "alpha2 = .* is not a rational number"),
    ("width", 0, r"width = 0 is not a whole number from 8 to 10\^18: give an integer such as 2000"),
    ("width", -5, "width = -5 is not a whole number"),
    ("dim", 7, "dim = 7 is not a whole number from 8"),
    ("dim", 10**18 + 1, "dim = 1000000000000000001 is not a whole number from 8 to"),
    ("samples", 2000.5, "samples = 2000.5 is not a whole number"),
    ("samples", "2000.5", "samples = '2000.5' is not a whole number"),
    ("samples", True, "samples = True is not a whole number"),
    ("samples", float("nan"), "samples = nan is not a whole number"),
    ("noise", -1e-9, "noise = -1e-09 is not a finite number at least 0: give one such as 0.5"),
    ("noise", float("nan"), "noise = nan is not a finite number"),
    ("noise", "0.1", "noise = '0.1' is not a finite number"),
    ("scale1", 0, "scale1 = 0 is not a finite number above 0"),
    ("scale2", float("inf"), "scale2 = inf is not a finite number above 0"),
    ("scale2", 10**400, "scale2 = 1000.* is not a finite number above 0"),
    ("scale2", True, "scale2 = True is not a finite number"),
    ("steps", 3, "steps = 3 is unknown: give one of 1, 2"),
    ("steps", True, "steps = True is unknown"),
    ("batch", "fresh", "batch = 'fresh' is unknown: give one of 'independent', 'reuse'"),
    ("loss", None, "loss = None is unknown: give one of 'squared', 'correlation'"),
    ("init", "uniform", "init = 'uniform' is unknown: give one of 'sphere', 'gaussian'"),
    ("readout", [1], r"readout = \[1\] is unknown: give one of 'gaussian', 'rademacher'"),
    ("dtype", "float16", "dtype = 'float16' is unknown: give one of 'float64', 'float32'"),
    ("activation", "sign", "activation = 'sign' has a derivative that vanishes"),
]


@pytest.mark.parametrize(("field", "value", "message"), BAD_FIELDS)
def test_a_refusal_says_the_field_what_came_and_what_is_accepted(field, value, message):
    with pytest.raises(ValueError, match=message):
        small(**{field: value})


def test_a_definition_that_is_not_text_is_refused():
    with pytest.raises(TypeError, match="an Activation object goes to gradient_step directly"):
        small(activation=np.tanh)


@pytest.mark.parametrize(
    "sizes",
    [
        dict(width=1000, dim=500, samples=1000),
        dict(width=400, dim=800, samples=500, batch="reuse"),
        dict(width=1000, dim=500, samples=1000, dtype="float32"),
        dict(width=500, dim=400, samples=2000, steps=1, readout="rademacher"),
        dict(width=1500, dim=300, samples=500, dtype="float32", init="gaussian"),
    ],
)
def test_the_memory_estimate_bounds_the_measured_peak_and_is_near_it(sizes):
    problem = small(**sizes)

    def run():
        D = draw(np.random.default_rng(0), problem)
        W = train(D, problem)
        singular_values(W)
        leading_triplets(W, 4)

    run()  # compilation is not part of the run
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < problem.memory_estimate() < 2 * peak


def test_a_problem_too_large_is_refused_by_draw_with_the_two_sizes(monkeypatch):
    problem = small(width=1000, dim=1000, samples=1000)
    check_memory(problem)
    monkeypatch.setattr("rmt_spikes.memory.free_memory", lambda: 10**6)
    message = "width = 1000, dim = 1000, .* needs about .* GB and 0.001 GB are free: reduce width, dim or samples"
    with pytest.raises(ValueError, match=message):
        draw(np.random.default_rng(0), problem)
    monkeypatch.setattr("rmt_spikes.memory.free_memory", lambda: None)
    check_memory(problem)


def test_free_memory_is_positive_where_it_is_known():
    free = free_memory()
    assert free is None or 0 < free < 10**16


def _write(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_limits_of_control_groups_of_both_versions_are_read(tmp_path):
    (tmp_path / "cgroup").write_text("0::/job/task\n4:cpu,memory:/old\n3:cpu:/other\n")
    root = tmp_path / "fs"
    _write(root / "job", memory__max="1000\n", memory__current="900\n", memory__stat="anon 5\ninactive_file 50\n")
    _write(root / "job/task", memory__max="max\n", memory__current="800\n")
    _write(root / "memory/old", **{"memory.limit_in_bytes": "500\n", "memory.usage_in_bytes": "700\n"})
    assert sorted(_groups(tmp_path / "cgroup", root)) == [0, 150]


def test_a_system_that_says_nothing_gives_nothing(tmp_path):
    assert list(_groups(tmp_path / "none", tmp_path)) == []
    assert list(_available(tmp_path / "none")) == []
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:       7 kB\n")
    assert list(_available(tmp_path / "meminfo")) == [7 * 1024]
