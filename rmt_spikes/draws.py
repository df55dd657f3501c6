"""One draw of everything random in the model (theory.md, section 1).

    β* uniform on the unit sphere          rows of W0 uniform on S^{d−1}, or N(0, I/d)
    a_i ~ N(0, 1/N), or ±1/√N              X_t ~ N(0, I_d) by rows, y_t = σ*(X_t β*) + σ_ε N(0, 1)

Each object has its own child of `rng`, in a fixed order, so that a change of the noise, the readout or the
batch leaves the others as they are. All is drawn in float64 and then rounded: a float32 run is the rounded
float64 run."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rmt_spikes.functions import apply
from rmt_spikes.memory import check_memory
from rmt_spikes.problem import ENTRIES, TwoLayer


@dataclass(frozen=True, eq=False)
class Draw:
    """W0 (N×d), a (N,), beta (d,), X1 (n×d), y1 (n,), X2, y2: the second batch.

    With a reused batch X2 and y2 are X1 and y1 themselves; with a single step they are None."""

    W0: np.ndarray
    a: np.ndarray
    beta: np.ndarray
    X1: np.ndarray
    y1: np.ndarray
    X2: np.ndarray | None
    y2: np.ndarray | None


def draw(rng: np.random.Generator, problem: TwoLayer) -> Draw:
    """Draw teacher, weights, readout and batches of `problem`; all arrays have its dtype.

    Raises TypeError unless `rng` is a `numpy.random.Generator`, ValueError if the run would not fit in
    memory.

    >>> problem = TwoLayer(activation="tanh", target="z", width=30, dim=10, samples=20, batch="reuse")
    >>> sample = draw(np.random.default_rng(1), problem)
    >>> sample.W0.shape, sample.X1.shape, sample.X2 is sample.X1
    ((30, 10), (20, 10), True)
    """
    check_generator(rng)
    check_memory(problem)
    teacher, weights, readout, *batches = rng.spawn(7)
    beta = _sphere(teacher.standard_normal((1, problem.dim)))[0]
    W0 = _weights(weights, problem)
    a = _rounded(_readout(readout, problem), problem)
    X1, y1 = _batch(batches[0], batches[1], beta, problem)
    X2, y2 = None, None
    if problem.steps == 2:
        reuse = problem.batch == "reuse"
        X2, y2 = (X1, y1) if reuse else _batch(batches[2], batches[3], beta, problem)
    return Draw(W0, a, _rounded(beta, problem), X1, y1, X2, y2)


def check_generator(rng: object) -> None:
    """Raise TypeError unless `rng` is a `numpy.random.Generator`."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng = {rng!r} is not a numpy Generator: give numpy.random.default_rng(seed)")


def _sphere(W: np.ndarray) -> np.ndarray:
    """Rows scaled to the unit sphere, in place."""
    W /= np.sqrt(np.einsum("ij,ij->i", W, W))[:, None]
    return W


def _by_rows(rng, rows: int, problem: TwoLayer, use: Callable[[np.ndarray, slice], np.ndarray]) -> np.ndarray:
    """A rows×d matrix from standard normal rows, drawn in float64 a few at a time and rounded at once, so that a
    float32 matrix is never held in float64; ``use(part, where)`` makes the rows what they should be."""
    found = np.empty((rows, problem.dim), dtype=problem.dtype)
    block = max(1, ENTRIES // problem.dim)
    for first in range(0, rows, block):
        where = slice(first, min(first + block, rows))
        found[where] = _rounded(use(rng.standard_normal((where.stop - first, problem.dim)), where), problem)
    return found


def _weights(rng, problem: TwoLayer) -> np.ndarray:
    if problem.init == "sphere":
        return _by_rows(rng, problem.width, problem, lambda part, _: _sphere(part))
    return _by_rows(rng, problem.width, problem, lambda part, _: np.divide(part, np.sqrt(problem.dim), out=part))


def _readout(rng, problem: TwoLayer) -> np.ndarray:
    if problem.readout == "gaussian":
        return rng.standard_normal(problem.width) / np.sqrt(problem.width)
    return (2.0 * rng.integers(0, 2, problem.width) - 1.0) / np.sqrt(problem.width)


def _batch(points, noise, beta: np.ndarray, problem: TwoLayer) -> tuple[np.ndarray, np.ndarray]:
    projections = np.empty(problem.samples)

    def labelled(part: np.ndarray, where: slice) -> np.ndarray:
        projections[where] = part @ beta
        return part

    X = _by_rows(points, problem.samples, problem, labelled)
    y = apply(problem.target, projections) + problem.noise * noise.standard_normal(problem.samples)
    return X, _rounded(y, problem)


def _rounded(array: np.ndarray, problem: TwoLayer) -> np.ndarray:
    with np.errstate(over="ignore"):
        rounded = array.astype(problem.dtype, copy=False)
    if not np.isfinite(rounded).all():
        raise ValueError(
            f"the draw overflows {problem.dtype}: give a target of slower growth, less noise, or dtype float64"
        )
    return rounded
