"""Group ``triplets``: the leading triplets of a large matrix with two outliers just above the edge.

A = Z + Σ θ_i u_i v_iᵀ (m×n), Z_ij ~ N(0, 1/n).  With γ = m/n a spike shows when θ > γ^{1/4}; here θ = 1.05 and 1.10
times that.  Every contender's residual is measured from what it returns:

    max_i √(‖A v_i − s_i u_i‖² + ‖Aᵀ u_i − s_i v_i‖²) / s_1.

`scipy.sparse.linalg.svds` hands tol² to ARPACK, whose tolerance is relative for the eigenvalues of AᵀA; a residual of
1e-10 takes tol = 1e-5 there.
"""

import warnings
from importlib.util import find_spec

import numpy as np
from scipy.sparse.linalg import svds

from benchmarks.rows import MISSING, Row, timed
from benchmarks.settings import Settings
from benchmarks.timing import rounds_of
from rmt_spikes import leading_triplets

STRENGTHS = (1.05, 1.10)  # of γ^{1/4}
RESIDUAL = 1e-10
ARPACK, DEFAULT, LOBPCG, RANDOM = (
    "scipy svds, tol = 1e-5",
    "scipy svds, defaults",
    "scipy svds, solver lobpcg, defaults",
    "scikit-learn randomized_svd, defaults",
)


def near_edge(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Z plus the two spikes."""
    A = rng.standard_normal((rows, columns))
    A /= columns**0.5
    for strength in STRENGTHS:
        u, v = rng.standard_normal(rows), rng.standard_normal(columns)
        u *= strength * (rows / columns) ** 0.25 / (np.linalg.norm(u) * np.linalg.norm(v))
        A += np.outer(u, v)
    return A


def contenders(A: np.ndarray, k: int) -> dict[str, object]:
    """Functions that return U, s, Vt in any order of the values; the start vectors are the same in every call."""
    v0 = np.random.default_rng(1).standard_normal(min(A.shape))
    found = {
        "ours": lambda: leading_triplets(A, k, tol=RESIDUAL)[:3],
        ARPACK: lambda: svds(A, k=k, tol=RESIDUAL**0.5, v0=v0),
        DEFAULT: lambda: svds(A, k=k, v0=v0),
        LOBPCG: lambda: _quiet_lobpcg(A, k),
    }
    if find_spec("sklearn"):
        from sklearn.utils.extmath import randomized_svd

        found[RANDOM] = lambda: randomized_svd(A, n_components=k, random_state=0)
    return found


def _quiet_lobpcg(A, k):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of its accuracy, which is measured here
        return svds(A, k=k, solver="lobpcg", random_state=np.random.default_rng(1))


def residual(A: np.ndarray, U: np.ndarray, s: np.ndarray, Vt: np.ndarray) -> float:
    """The largest residual relative to the largest value."""
    right, left = A @ Vt.T - U * s, A.T @ U - Vt.T * s
    return float(np.sqrt((right**2).sum(axis=0) + (left**2).sum(axis=0)).max() / s.max())


def accuracies(A: np.ndarray, found: dict[str, tuple]) -> dict[str, dict[str, float]]:
    """Residual, and largest error of a value relative to the largest, by the values of least residual."""
    residuals = {name: residual(A, *triplets) for name, triplets in found.items()}
    exact = np.sort(found[min(residuals, key=residuals.__getitem__)][1])
    errors = {name: float(np.abs(np.sort(s) - exact).max() / exact[-1]) for name, (_, s, _) in found.items()}
    return {name: {"residual": residuals[name], "error": errors[name]} for name in found}


def triplets(settings: Settings) -> list[Row]:
    """Ours against ARPACK at equal accuracy, and against what users call by default."""
    shape, k = settings.triplet_shape, settings.triplets
    A = near_edge(np.random.default_rng(0), *shape)
    works = contenders(A, k)
    accuracy = accuracies(A, {name: work() for name, work in works.items()})
    times = rounds_of(works, settings.rounds, warm=False)
    what = f"{k} leading triplets, two near-edge outliers, {shape[0]} × {shape[1]}"
    fields = {"group": "triplets", "what": what, "ours": "leading_triplets, tol = 1e-10"}
    found = []
    for name in (ARPACK, DEFAULT, LOBPCG, RANDOM):
        if name not in works:
            found.append(Row(theirs=name, note=MISSING["sklearn"], **fields))
            continue
        figures = {key: accuracy["ours"][key] for key in ("residual", "error")}
        figures |= {f"{key}_theirs": accuracy[name][key] for key in ("residual", "error")}
        asked = settings.asked(ratio=0.5, residual=RESIDUAL) if name == ARPACK else None
        note = None if accuracy[name]["residual"] <= RESIDUAL else "theirs is less accurate"
        found.append(timed(times, name, accuracy=figures, asked=asked, note=note, **fields))
    return found
