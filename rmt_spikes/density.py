"""The distribution of all singular values or eigenvalues without computing them: stochastic Lanczos quadrature.

For a random vector v uniform on the sphere, E vᵀ f(A) v = tr f(A)/n.  Lanczos steps from v make a tridiagonal
T = P Λ Pᵀ whose eigenvalues and squared first components P_{1i}² are the nodes and weights of the Gauss rule of
f ↦ vᵀ f(A) v: exact for polynomials up to degree 2·steps − 1.  For singular values the rule is that of (AᵀA)^{1/2} on
the smaller side, from the bidiagonal form: exact in even powers.  Probes run side by side, so that a step is one
pass over the memory of A; each keeps its own basis, made orthogonal in full.  Golub & Meurant (1994); Bai, Fahey &
Golub (1996); Ubaru, Chen & Saad (2017)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from rmt_spikes.krylov import column_norms
from rmt_spikes.operators import Linear, Operand, linear
from rmt_spikes.requests import check_rng, inconsistent
from rmt_spikes.spectra import check_symmetric

NEGLIGIBLE = 64 * np.finfo(np.float64).eps


class Averaged(NamedTuple):
    """Mean over probes and its standard error, of the shape of what was asked."""

    mean: np.ndarray
    sem: np.ndarray


@dataclass(frozen=True, eq=False)
class SpectralDensity:
    """A probability distribution of values as one Gauss rule a probe: ``nodes`` and ``weights``, probes × steps.

    The standard errors cover the randomness of the probes only: they are about (n·probes)^{−1/2} for smooth
    quantities, and describe this matrix, not its ensemble.  They do not cover what a rule with so many nodes cannot
    resolve, about the width of the support over ``steps``: detail below that in `cumulative`, the width in
    `density`.  Moments up to the exact degree have no such error.  Choose steps so that doubling them
    changes results by less than the standard error, and ``width`` no less than the support over ``steps``."""

    nodes: np.ndarray
    weights: np.ndarray

    def cumulative(self, x: ArrayLike) -> Averaged:
        """The share of values up to x.  At a node the truth lies between the weights before it and with it
        (Chebyshev, Markov, Stieltjes); their middle is taken, and straight lines from there to the middle between
        nodes or, across a gap, no further than the support over the number of nodes."""
        x = np.asarray(x, dtype=float)
        rules = zip(self.nodes, self.weights, strict=True)
        return _average(np.stack([_cumulative(x, nodes, weights) for nodes, weights in rules]))

    def density(self, x: ArrayLike, width: float) -> Averaged:
        """The density at x convolved with a Gaussian of standard deviation ``width`` > 0."""
        if not isinstance(width, int | float | np.floating) or not 0 < width < np.inf:
            raise ValueError(f"width = {width!r} is not a positive number: give about the support over the steps")
        x = np.asarray(x, dtype=float)
        apart = (x[..., None, None] - self.nodes) / width
        kernel = np.exp(-(apart**2) / 2) / (np.sqrt(2 * np.pi) * width)
        return _average(np.moveaxis((kernel * self.weights).sum(axis=-1), -1, 0))

    def moment(self, p: float) -> Averaged:
        """The mean of the p-th powers of the values."""
        return _average((self.weights * self.nodes**p).sum(axis=1))


def spectral_density(rng: np.random.Generator, A: Operand, probes: int = 16, steps: int = 64) -> SpectralDensity:
    """The distribution of the min(m, n) singular values of A (m×n): array, sparse matrix or operator.

    Costs 2·steps passes over A, each with `probes` columns, and probes·steps·(m + n) numbers of memory; steps beyond
    min(m, n) are left out.  Raises as `leading_triplets`, and ValueError unless probes ≥ 2 and steps ≥ 1.

    >>> law = spectral_density(np.random.default_rng(0), np.diag([1.0, 2.0, 2.0]), probes=50)
    >>> law.moment(2).mean.round(1), law.cumulative([0.9, 2.1]).mean
    (np.float64(2.7), array([0., 1.]))
    """
    L = linear(A)
    L = L if L.shape[0] >= L.shape[1] else L.transposed
    return _density(rng, L, probes, steps, _bidiagonal)


def eigenvalue_density(rng: np.random.Generator, A: Operand, probes: int = 16, steps: int = 64) -> SpectralDensity:
    """The distribution of the n eigenvalues of the symmetric A, likewise; `steps` passes over A.

    Raises ValueError unless A is symmetric but for rounding.

    >>> law = eigenvalue_density(np.random.default_rng(0), np.diag([1.0, -1.0, -1.0]), probes=50)
    >>> law.cumulative([-1.1, 1.1]).mean
    array([0., 1.])
    """
    L = linear(A)
    if L.shape[0] != L.shape[1]:
        raise ValueError(f"A has shape {L.shape}: give a square matrix, or take spectral_density")
    if L.array is not None:
        check_symmetric(L.array)
    return _density(rng, L, probes, steps, _tridiagonal)


Rules = tuple[np.ndarray, np.ndarray]


def _density(
    rng: np.random.Generator, A: Linear, probes: int, steps: int, rules: Callable[..., Rules]
) -> SpectralDensity:
    if rng is None:
        raise TypeError("rng = None is not a numpy Generator: give numpy.random.default_rng(seed)")
    _whole("probes", probes, 2, "an error bar needs two")
    _whole("steps", steps, 1, "64 resolve a sixtieth of the support")
    start = check_rng(rng).standard_normal((probes, A.shape[1]))
    start /= np.linalg.norm(start, axis=1, keepdims=True)
    nodes, weights = rules(A, start, min(steps, A.shape[1]))
    return SpectralDensity(np.ldexp(nodes, A.exponent), weights)


def _tridiagonal(A: Linear, start: np.ndarray, steps: int) -> Rules:
    V, scale = _Bases(start, steps), 0.0
    alphas, betas = np.zeros((2, len(start), steps))
    for j in range(steps):
        image = A.times(V.last.T, A.own or np.float64).T
        scale = max(scale, column_norms(image.T).max())
        alphas[:, j] = (V.last * image).sum(axis=1)
        _consistent(V.before(image, 2), betas[:, j - 1] if j else 0.0, scale, A)
        betas[:, j] = V.append(image, scale)
    rules = [linalg.eigh_tridiagonal(a, b[:-1]) for a, b in zip(alphas, betas, strict=True)]
    return np.stack([values for values, _ in rules]), np.stack([vectors[0] ** 2 for _, vectors in rules])


def _bidiagonal(A: Linear, start: np.ndarray, steps: int) -> Rules:
    U, V, scale = _Bases(np.empty((len(start), A.shape[0])), steps, empty=True), _Bases(start, steps), 0.0
    alphas, betas = np.zeros((2, len(start), steps))
    for j in range(steps):
        image = A.times(V.last.T, A.own or np.float64).T
        scale = max(scale, column_norms(image.T).max())
        alphas[:, j] = U.append(image, scale)
        image = A.adjoint(U.last.T, A.own or np.float64).T
        _consistent((V.last * image).sum(axis=1), alphas[:, j], scale, A)
        betas[:, j] = V.append(image, scale)
    rules = [
        linalg.svd(np.diag(a) + np.diag(b[:-1], 1), check_finite=False)[1:]
        for a, b in zip(alphas, betas, strict=True)
    ]
    return np.stack([s[::-1] for s, _ in rules]), np.stack([Qt[::-1, 0] ** 2 for _, Qt in rules])


class _Bases:
    """One orthonormal basis a probe, all of the same number of rows; exhausted ones go on with zero rows."""

    def __init__(self, start: np.ndarray, steps: int, empty: bool = False) -> None:
        self._store, self.count = np.zeros((len(start), steps + 1, start.shape[1])), 0 if empty else 1
        self._store[:, 0] = start

    @property
    def last(self) -> np.ndarray:
        return self._store[:, self.count - 1]

    def before(self, image: np.ndarray, back: int) -> np.ndarray:
        """Inner products with the rows `back` from the end."""
        return (self._store[:, self.count - back] * image).sum(axis=1) if self.count >= back else np.zeros(1)

    def append(self, image: np.ndarray, scale: float) -> np.ndarray:
        """Add the parts orthogonal to the bases; their norms."""
        known = self._store[:, : self.count]
        for _ in range(2):
            image = image - ((known @ image[:, :, None]).transpose(0, 2, 1) @ known)[:, 0]
        norms = column_norms(image.T)
        norms[norms <= NEGLIGIBLE * scale] = 0.0
        self._store[:, self.count] = image / np.where(norms, norms, np.inf)[:, None]
        self.count += 1
        return norms


def _consistent(found: np.ndarray, expected: np.ndarray | float, scale: float, A: Linear) -> None:
    apart = np.abs(found - expected).max()
    if apart > inconsistent(A.own or np.float64) * scale:
        raise ValueError(
            f"the products of A are not those of one matrix and its transpose: they differ by {apart:.2g} where ‖A‖ "
            f"is about {scale:.2g}: correct them, or take spectral_density where A is not symmetric"
        )


def _cumulative(x: np.ndarray, nodes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    weighty = weights > NEGLIGIBLE  # the others may lie anywhere once a basis is exhausted
    nodes, weights = nodes[weighty], weights[weighty]
    if len(nodes) == 1:
        return np.heaviside(x - nodes[0], 1.0)
    # each weight evenly over the half cells beside its node, but not across what the rule resolves as empty
    resolved = (nodes[-1] - nodes[0]) / len(nodes)
    half = np.minimum(np.diff(nodes) / 2, resolved)
    below, above = np.concatenate([[0.0], half]), np.concatenate([half, [0.0]])
    upper = np.cumsum(weights)
    points = np.stack([nodes - below, nodes, nodes + above], axis=1).ravel()
    return np.interp(x, points, np.stack([upper - weights, upper - weights / 2, upper], axis=1).ravel())


def _average(values: np.ndarray) -> Averaged:
    return Averaged(values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(len(values)))


def _whole(name: str, value: object, least: int, why: str) -> None:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} = {value!r} is not a whole number from {least}: {why}")
