"""Kernels on disk: found again, never stale, and done without where the disk is closed."""

import os
import subprocess
import sys

import numpy as np
import pytest

from rmt_spikes import kernel_source

SQUARE = "value = z * z\nderivative = real(2) * z"


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("RMT_SPIKES_CACHE", str(tmp_path / "kernels"))
    kernel_source.module.cache_clear()
    yield
    kernel_source.module.cache_clear()


def files(tmp_path, ending):
    return sorted(path.name for path in (tmp_path / "kernels").rglob(f"*{ending}"))


def test_a_body_becomes_a_file_and_its_machine_code_another(tmp_path):
    assert kernel_source.module(SQUARE, np.float64).one_derivative(3.0) == 6.0
    assert len(files(tmp_path, ".py")) == 1
    assert len(files(tmp_path, ".nbc")) == 1


def test_another_process_reads_the_machine_code_instead_of_compiling(tmp_path):
    code = (
        "import numpy as np; from rmt_spikes.kernel_source import module; "
        f"m = module({SQUARE!r}, np.float64); assert m.one_value(3.0) == 9.0; "
        "print(sum(m.one_value.stats.cache_hits.values()))"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        for _ in range(2)
    ]
    assert runs == ["0", "1"]


def test_another_body_precision_or_vocabulary_is_another_file(tmp_path, monkeypatch):
    kernel_source.module(SQUARE, np.float64)
    kernel_source.module(SQUARE, np.float32)
    assert kernel_source.module(SQUARE.replace("2", "3"), np.float64).one_derivative(1.0) == 3.0
    monkeypatch.setattr(kernel_source, "_words", lambda: b"edited")
    kernel_source.module.cache_clear()
    kernel_source.module(SQUARE, np.float64)
    assert len(files(tmp_path, ".py")) == 4


def test_a_damaged_file_is_written_anew(tmp_path):
    kernel_source.module(SQUARE, np.float64)
    kernel_source.module.cache_clear()
    path = tmp_path / "kernels" / files(tmp_path, ".py")[0]
    path.write_text("raise SystemExit('damaged')")
    assert kernel_source.module(SQUARE, np.float64).one_value(2.0) == 4.0


@pytest.mark.skipif(os.name != "posix", reason="a file in the folder's place")
def test_without_a_folder_kernels_are_made_in_memory(tmp_path):
    (tmp_path / "kernels").write_text("no folder")
    assert kernel_source.module(SQUARE, np.float64).one_value(2.0) == 4.0
    assert (tmp_path / "kernels").read_text() == "no folder"
