"""Expectations under N(0, 1) and under any discrete law, with kinks known.

Gauss–Hermite of any order errs by O(1/m) where the integrand has a kink, so every rule here is split at the
kinks.  A rule is a pair (nodes, weights) with weights summing to 1.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import roots_legendre

Array = NDArray[np.float64]
Rule = tuple[Array, Array]

REACH = 12.0  # beyond ±12 the normal law has mass 4e-33
SMOOTHED = 8.25  # the same for averages, beyond which it has mass 2e-16
NEGLIGIBLE = 1e-15  # nodes of smaller weight are dropped
FINEST = 1 / 128  # of the trapezoidal steps
FEW = 100  # means, at which a step is judged
BLOCK = 2**14  # values of a function computed at once: temporaries stay in the second cache


def read_only(*arrays: Array) -> None:
    """What is remembered and shared is not to be written to."""
    for array in arrays:
        array.flags.writeable = False


def panel_rule(edges: Sequence[float] | Array, order: int = 16) -> Rule:
    """Composite Gauss–Legendre nodes on [edges₀, edges₁], [edges₁, edges₂], … and their lengths as weights."""
    x, w = roots_legendre(order)
    edges = np.asarray(edges, dtype=float)
    half = np.diff(edges) / 2
    nodes = (edges[:-1] + half)[:, None] + half[:, None] * x
    return nodes.ravel(), (half[:, None] * w).ravel()


def fine_normal_rule(kinks: Sequence[float] = (), reach: float = REACH) -> Rule:
    """N(0, 1) on panels of length ≤ 1/2 that end at every kink: spectral accuracy between kinks."""
    inside = [k for k in kinks if -reach < k < reach]
    edges = np.unique(np.concatenate([np.linspace(-reach, reach, int(4 * reach) + 1), inside]))
    nodes, lengths = panel_rule(edges)
    weights = lengths * np.exp(-(nodes**2) / 2) / np.sqrt(2 * np.pi)
    return nodes, weights / weights.sum()


def gauss_rule(points: Array, weights: Array, m: int) -> Rule:
    """The m-node Gauss rule of the discrete measure Σ wᵢ δ(pointsᵢ): exact for degrees below 2m.

    Lanczos with full reorthogonalisation on diag(points) from √w, then the eigenvalues of the Jacobi matrix
    (Golub & Welsch 1969).  A measure with fewer than m points is returned whole.

    >>> nodes, weights = gauss_rule(np.array([-1.0, 1.0, 1.0]), np.array([1.0, 0.5, 0.5]) / 2, 5)
    >>> nodes.round(12).tolist(), weights.round(12).tolist()
    ([-1.0, 1.0], [0.5, 0.5])
    """
    total = weights.sum()
    # powers of two, so that tiny points do not underflow and nothing is rounded
    exponent = int(np.frexp(np.abs(points).max())[1])
    points = np.ldexp(points, -exponent)
    basis = [np.sqrt(weights / total)]
    alpha, beta = [], []
    for _ in range(m):
        q = basis[-1]
        v = points * q
        alpha.append(q @ v)
        stack = np.array(basis)
        v -= stack.T @ (stack @ v)
        v -= stack.T @ (stack @ v)
        norm = float(np.linalg.norm(v))
        if norm < 1e-10:
            break
        beta.append(norm)
        basis.append(v / norm)
    off = beta[: len(alpha) - 1]
    nodes, vectors = np.linalg.eigh(np.diag(alpha) + np.diag(off, 1) + np.diag(off, -1))
    return np.ldexp(nodes, exponent), vectors[0] ** 2 * total


def normal_rule(m: int, kinks: Sequence[float] = ()) -> Rule:
    """N(0, 1) with m nodes on each piece between kinks; nodes of weight below 1e-15 are left out.

    >>> x, w = normal_rule(20, kinks=(0.0,))
    >>> bool(abs(w @ np.maximum(x, 0) - 1 / np.sqrt(2 * np.pi)) < 1e-14)
    True
    """
    fine, mass = fine_normal_rule(kinks)
    cuts = [-np.inf, *sorted(k for k in kinks if abs(k) < REACH), np.inf]
    pieces = []
    for low, high in itertools.pairwise(cuts):
        inside = (fine > low) & (fine < high)
        if mass[inside].sum() > NEGLIGIBLE:
            pieces.append(gauss_rule(fine[inside], mass[inside], m))
    nodes = np.concatenate([piece[0] for piece in pieces])
    weights = np.concatenate([piece[1] for piece in pieces])
    kept = weights > NEGLIGIBLE
    return nodes[kept], weights[kept] / weights[kept].sum()


def smoothed(f: Callable[[Array], Array], kinks: Sequence[float], mean: Array, sd: float) -> Array:
    """E f(mean + sd ξ), ξ ~ N(0, 1), for an array of means.

    Without kinks the trapezoidal rule in ξ, which converges geometrically for analytic f, with a step that fits
    the steepness of f; with kinks, Gauss–Legendre between ξ = (kink − mean)/sd.
    """
    mean = np.asarray(mean, dtype=float)
    if sd < 1e-12:
        return f(mean)
    if not kinks:
        return _trapezoid(f, mean, sd, _step(f, mean, sd))
    return by_panels(f, kinks, mean, sd)


def by_panels(
    f: Callable[[Array], Array], kinks: Sequence[float], mean: Array, sd: Array | float, nodes: int = 48
) -> Array:
    """E f(mean + sd ξ) by Gauss–Legendre with so many nodes between ξ = (kink − mean)/sd; means and deviations entry
    by entry.

    >>> by_panels(np.abs, [0.0], np.array([0.0, 9.0]), 1.0).round(6).tolist()
    [0.797885, 9.0]
    """
    cuts = [np.clip((kink - mean) / sd, -SMOOTHED, SMOOTHED) for kink in sorted(kinks)]
    edges = [np.full_like(mean, -SMOOTHED), *cuts, np.full_like(mean, SMOOTHED)]
    x, w = roots_legendre(nodes)
    total = np.zeros(np.broadcast(mean, sd).shape)
    for low, high in itertools.pairwise(edges):
        middle, half = (low + high) / 2, (high - low) / 2
        for part in blocks(nodes, total.size):
            xi = middle + half * x[part].reshape(-1, *[1] * middle.ndim)
            total += np.tensordot(w[part], half * np.exp(-(xi**2) / 2) * f(mean + sd * xi), axes=1)
    return total / np.sqrt(2 * np.pi)


@np.errstate(over="ignore", invalid="ignore")
def _step(f: Callable[[Array], Array], mean: Array, sd: float) -> float:
    """1/4, halved until that changes nothing at some of the means; tanh(20 z) at sd = 1 needs 1/64."""
    ordered = np.sort(mean, axis=None)
    probe = ordered[:: 1 + ordered.size // FEW]
    step = 0.25
    noise = 1e-14 * np.max(np.abs(f(probe[:, None] + sd * np.linspace(-2, 2, 9))))
    value = _trapezoid(f, probe, sd, step)
    while step > FINEST:
        finer = _trapezoid(f, probe, sd, step / 2)
        change, size = np.max(np.abs(finer - value)), np.max(np.abs(finer))
        if not change > 1e-11 * size + noise:  # or not finite, which no step mends
            break
        value, step = finer, step / 2
    return step


def _trapezoid(f: Callable[[Array], Array], mean: Array, sd: float, step: float) -> Array:
    last = int(SMOOTHED / step)
    xi: Array = np.arange(-last, last + 1, dtype=np.float64) * step
    weights: Array = np.exp(-(xi**2) / 2)
    weights /= weights.sum()
    flat = mean.ravel()
    total = np.zeros_like(flat)
    for part in blocks(len(xi), flat.size):
        total += weights[part] @ f(flat + sd * xi[part, None])
    return total.reshape(mean.shape)


def blocks(nodes: int, points: int) -> Iterator[slice]:
    """Slices of the nodes for which an array of nodes × points stays in a processor's cache."""
    size = max(1, BLOCK // max(points, 1))
    return (slice(start, start + size) for start in range(0, nodes, size))
