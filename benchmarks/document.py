"""The JSON document of a run: machine, sizes, when and under which load each group was taken, rows, scaling."""

import json
from pathlib import Path

from benchmarks.groups import ROWS, SCALING
from benchmarks.machine import load, machine, now, with_threads
from benchmarks.scaling import scaling
from benchmarks.settings import Settings

SCHEMA = 2
SIZES = ("width", "dim", "samples", "rounds", "triplets", "threads")


def measured(settings: Settings, groups: tuple[str, ...]) -> dict:
    """Run the groups one after the other."""
    document = {
        "schema": SCHEMA,
        "setting": settings.name,
        "sizes": {name: getattr(settings, name) for name in SIZES},
        "groups": {},
        "rows": [],
        "scaling": [],
    }
    with with_threads(settings.threads):
        for name in groups:
            document["groups"][name] = {"date": now(), "load": load()}
            if name == SCALING:
                document["scaling"] = scaling(settings)
            else:
                document["rows"] += [{**row.document(), "group": name} for row in ROWS[name](settings)]
        document["machine"] = machine(settings.threads)  # last, when every BLAS is loaded
    return document


def merged(old: dict, new: dict) -> dict:
    """The old document with the groups of the new one in place of its own.

    Raises ValueError if the two were not taken at the same sizes on the same machine and versions.
    """
    for key in ("schema", "setting", "sizes", "machine"):
        mine, yours = (
            {k: v for k, v in d[key].items() if k != "blas"} if key == "machine" else d[key] for d in (new, old)
        )
        if mine != yours:
            raise ValueError(f"cannot merge: {key} was {yours} and is {mine}; write to another file")
    kept = [row for row in old["rows"] if row["group"] not in new["groups"]]
    rows = sorted([*kept, *new["rows"]], key=lambda row: list(ROWS).index(row["group"]))
    blas = sorted({*old["machine"]["blas"], *new["machine"]["blas"]})
    return {
        **new,
        "groups": {**old["groups"], **new["groups"]},
        "rows": rows,
        "scaling": new["scaling"] or old["scaling"],
        "machine": {**new["machine"], "blas": blas},
    }


def write(document: dict, path: Path) -> None:
    """As indented JSON; floats to six significant digits, which is more than any of them means."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_rounded(document), indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n")


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value
