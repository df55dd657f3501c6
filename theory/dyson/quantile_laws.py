"""Laws → atoms: samples, or a distribution of scipy.stats, as few nodes with the same moments.

A distribution becomes the discrete law of its n quantiles F⁻¹((k − ½)/n), k = 1 … n, shifted and scaled to the mean
and the variance of the distribution; then, as any sample of many values, the m-node Gauss quadrature of that discrete
measure (Lanczos on its values).  Nodes stay inside the sample's range and 2m − 1 moments are exact.  An unbounded law
has no edge: n, the size of the dimension, is then part of the answer, and a `FiniteSizeEdge` warning says so.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from theory.dyson.dimensions import Dimension
from theory.dyson.sources import Array, Source

NODES = 28
MOST_ATOMS = 64
MOST_QUANTILES = 100_000


class FiniteSizeEdge(UserWarning):
    """The law of a diagonal is unbounded: the edge of the spectrum is that of a finite sample."""


def law(name: str, dimension: Dimension, given: Any, weights: ArrayLike | None = None, nodes: int = NODES) -> Source:
    """The source of a law: a source as it is, atoms (K,) or (K, m) with weights, samples, a frozen distribution.

    Samples of more than 64 values, and distributions, are replaced by ``nodes`` atoms (module docstring).

    >>> from scipy import stats
    >>> source = law("D", Dimension("n", 1000), stats.uniform(0, 2), nodes=5)
    >>> print(round(source.weights @ source.atoms[:, 0] ** 2, 4))
    1.3333
    """
    if isinstance(given, Source):
        return given
    if hasattr(given, "ppf"):
        if weights is not None:
            raise ValueError(f"{name}: a distribution has its own weights; give none")
        return _from_distribution(name, dimension, given, nodes)
    source = Source(name, dimension, given, weights)
    if source.atoms.shape[1] > 1 or len(source.weights) <= MOST_ATOMS:
        return source
    return Source(name, dimension, *gauss_nodes(source.atoms[:, 0], source.weights, nodes))


def gauss_nodes(values: Array, weights: Array, nodes: int) -> tuple[Array, Array]:
    """Atoms and weights of the ``nodes``-point Gauss quadrature of Σ_k weights_k δ(values_k).

    Lanczos with full reorthogonalisation, then the eigenvectors of the Jacobi matrix (Golub & Welsch 1969).

    >>> gauss_nodes(np.array([0.0, 1.0, 2.0]), np.ones(3) / 3, 2)[0].round(4)
    array([0.1835, 1.8165])
    """
    x, place = np.unique(values, return_inverse=True)
    w = np.bincount(place, weights).astype(float)
    if len(x) <= nodes:
        return x, w
    center, scale = w @ x, np.ptp(x)
    t = (x - center) / scale
    q = [np.sqrt(w)]
    alpha, beta = [], []
    for _ in range(nodes):
        r = t * q[-1]
        alpha.append(q[-1] @ r)
        for _ in range(2):
            basis = np.array(q)
            r = r - basis.T @ (basis @ r)
        beta.append(np.linalg.norm(r))
        q.append(r / beta[-1])
    jacobi = np.diag(alpha) + np.diag(beta[:-1], 1) + np.diag(beta[:-1], -1)
    found, vectors = np.linalg.eigh(jacobi)
    return np.clip(center + scale * found, x[0], x[-1]), vectors[0] ** 2 / (vectors[0] ** 2).sum()


def quantile_values(distribution: Any, size: int) -> Array:
    """The n-quantile law of a frozen distribution, with its mean and variance where both are finite.

    The shift and scale are left out for a discrete law, and where they would lead outside the support.
    """
    values = np.asarray(distribution.ppf((np.arange(size) + 0.5) / size), dtype=float)
    if not np.isfinite(values).all():
        raise ValueError("the quantiles of the distribution are not finite; check its parameters")
    mean, variance = (float(moment) for moment in distribution.stats(moments="mv"))
    lower, upper = distribution.support()
    if not (hasattr(distribution, "pdf") and np.isfinite([mean, variance]).all() and values.std() > 0):
        return values
    scaled = mean + (values - values.mean()) * np.sqrt(variance) / values.std()
    return scaled if lower <= scaled[0] and scaled[-1] <= upper else values


def _from_distribution(name: str, dimension: Dimension, distribution: Any, nodes: int) -> Source:
    size = int(np.clip(round(dimension.size), nodes + 1, MOST_QUANTILES))
    values = quantile_values(distribution, size)
    if not np.isfinite(distribution.support()).all():
        warnings.warn(
            f"the law of {name} is unbounded: the edge is a finite-size one, of {size} values between "
            f"{values[0]:.4g} and {values[-1]:.4g}, and moves with the size; "
            "take a bounded law for an edge that does not",
            FiniteSizeEdge,
            stacklevel=4,
        )
    return Source(name, dimension, *gauss_nodes(values, np.full(size, 1 / size), nodes))
