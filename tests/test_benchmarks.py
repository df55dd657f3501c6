"""The benchmark runs, and its document has the shape it promises."""

import json
import subprocess
import sys
from pathlib import Path


def test_the_benchmark_runs_at_toy_size(tmp_path):
    sizes = ["--width", "60", "--dim", "40", "--samples", "50", "--repeats", "1"]
    command = [sys.executable, "-m", "benchmarks", *sizes, "--json", str(tmp_path / "b.json")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent.parent, timeout=300)
    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "b.json").read_text())
    assert {"schema", "machine", "sizes", "ratios", "seconds"} <= set(document)
    assert len(document["ratios"]) == 6
    for row in document["ratios"]:
        assert 0 < row["ratio"]["min"] <= row["ratio"]["median"] <= row["ratio"]["max"]
    assert "two steps, float32" in done.stdout
