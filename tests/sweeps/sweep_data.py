"""Datasets of sweeps as a store holds them, with a known theory and simulated values drawn around it."""

import json

import numpy as np
import xarray as xr

from rmt_spikes.sweeps.specification import Sweep

EXPONENTS = ("alpha1", "alpha2")


def power_laws(problem, prefactors=(4.0, 2.0), exponents=(0.4, 0.2), overlaps=((0.5, 0.0), (0.2, -0.1)), edge=1.5):
    """Outlier k at prefactor N^exponent with the overlap c N^e: what a test of scaling must find."""
    N = problem.width
    return {
        "singular_value": [c * N**e for c, e in zip(prefactors, exponents, strict=True)],
        "target_overlap": [c * N**e for c, e in overlaps],
        "bulk_edge": edge,
    }


def dataset(model, theory=power_laws, observed=None, trials=8, seed=0, relative=0.05, keep=2):
    """Each trial of a quantity is ``observed`` (default: the theory) times 1 + ``relative``·N(0, 1).

    ``theory(problem)`` returns singular_value, target_overlap (lists), bulk_edge and, where the count of the
    simulation is another, count.
    """
    sweep = Sweep(model, {"trials": trials, "outliers": keep})
    rng = np.random.default_rng(seed)
    columns = empty(sweep.shape, trials, keep)
    for cell in sweep.cells():
        says = theory(cell.problem)
        does = (observed or theory)(cell.problem)
        fill(columns, cell.index, says, does, rng, relative, trials)
    return labelled(sweep, columns, trials, keep)


def empty(shape, trials, keep):
    per_trial = ("singular_value", "target_overlap", "left_overlap")
    per_outlier = (*(f"theory_{name}" for name in per_trial), "theory_singular_value_sd", "theory_target_overlap_sd")
    columns = {name: np.full((*shape, trials, keep), np.nan) for name in per_trial}
    columns |= {name: np.full((*shape, keep), np.nan) for name in per_outlier}
    columns["outlier_count"] = np.full((*shape, trials), np.nan)
    columns |= {name: np.zeros(shape) for name in ("theory_outlier_count", "limit_outlier_count", "bulk_edge")}
    return columns


def fill(columns, index, says, does, rng, relative, trials):
    s, c = np.array(says["singular_value"]), np.array(says["target_overlap"])
    count = len(s)
    columns["bulk_edge"][index] = says["bulk_edge"]
    columns["theory_outlier_count"][index] = count
    columns["limit_outlier_count"][index] = count
    for name, values in (("singular_value", s), ("target_overlap", c), ("left_overlap", np.full(count, 0.8))):
        columns[f"theory_{name}"][(*index, slice(count))] = values
        seen = np.full(count, 0.8) if name == "left_overlap" else np.array(does[name])[:count]
        noise = 1 + relative * rng.standard_normal((trials, count))
        columns[name][(*index, slice(None), slice(count))] = seen * noise
    columns["theory_singular_value_sd"][(*index, slice(count))] = np.where(
        s > says["bulk_edge"] * 1.2, 0.05 * s, np.nan
    )
    columns["theory_target_overlap_sd"][(*index, slice(count))] = 0.0
    columns["outlier_count"][index] = does.get("count", len(does["singular_value"]))


def labelled(sweep, columns, trials, keep):
    names = [axis.name for axis in sweep.axes]

    def dims(name, table):
        extra = table.ndim - len(names)
        return [
            *names,
            *{0: [], 1: ["trial" if name == "outlier_count" else "outlier"], 2: ["trial", "outlier"]}[extra],
        ]

    coords = {axis.name: _values(axis) for axis in sweep.axes} | {"trial": range(trials), "outlier": range(keep)}
    data = xr.Dataset({name: (dims(name, table), table) for name, table in columns.items()}, coords)
    data["finished"] = (names, np.ones(sweep.shape, dtype=np.uint8))
    data.attrs = {"specification": json.dumps(sweep.document()), "schema": 1, "versions": "{}", "seed": 0}
    return data


def _values(axis):
    return [float(v) for v in axis.values] if axis.name in EXPONENTS else list(axis.values)


def unfinished(data, **where):
    """The same with one cell as a store has it before it is computed: NaN everywhere."""
    chosen = data.copy(deep=True)
    for name in chosen.data_vars:
        empty = 0 if name == "finished" else np.nan
        chosen[name].loc[where] = empty
    return chosen
