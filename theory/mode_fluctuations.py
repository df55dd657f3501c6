"""How finitely many inputs and neurons mix the leading modes of a kernel: means to second order.

With orthonormal functions φ_a of the input and e_a of the neuron, k = Σ λ_a φ_a φ_a in expectation over neurons, the
kernel of N neurons seen on m inputs is, in these modes,

    K = Φ S (1 + W) S Φᵀ/m,      S = Diag √λ,    ΦᵀΦ/m = 1 + X,

    X_ab = mean over inputs of φ_a φ_b − δ_ab,      W_ab = mean over neurons of e_a e_b − δ_ab,

independent of each other, of mean zero, with cov(X_ab, X_cd) = (E φ_a φ_b φ_c φ_d − E φ_a φ_b E φ_c φ_d)/m.  With 1
+ X = L Lᵀ and an eigenvector v of Lᵀ S (1 + W) S L for the value λ̂, the unit eigenvector of K is Φ L^{−T} v/√m, and
its squared overlap with a function Σ h_a φ_a, normalised on the same inputs, is (hᵀ L v)²/(hᵀ L Lᵀ h).  All
functions but the first are made orthogonal to the first on these inputs: if that is 1, they are centred there, which
spares them the chance mean of m values.

For a smooth F(X, W) the mean to second order is

    E F ≈ F(0) + ½ Σ_i [F(h √c_i u_i) + F(−h √c_i u_i) − 2 F(0)]/h²,      h small,

over eigenvalues c_i and eigenvectors u_i of both covariances.  What is left out is of order m^{−2}, N^{−2}, and
larger the nearer two modes: (√(λ_a λ_b)/(λ_a − λ_b))² (1/m + 1/N) must be small.  The other modes, the bulk, are the
business of `theory.dyson.networks.kernel_features`.  (Derived for this project; to this order the shifts are
classical: Lawley 1956.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from theory.quadrature import Array

Sampled = tuple[Array, Array, float]  # functions (a, K) of atoms, the atoms' weights, how many are drawn

STEP = 0.1  # h: small enough for heavy-tailed products, whose standard deviation 1 + X may not survive
INDEPENDENT = 1e-6  # a function whose part outside the others is shorter than this adds none


@dataclass(frozen=True, eq=False)
class Moved:
    """By how much the means of the leading ``eigenvalues`` (k,) and of the squared ``overlaps`` (functions, k) exceed
    those of the kernel itself."""

    eigenvalues: Array
    overlaps: Array


def second_order_mean(function: Callable[[Array], Array], covariance: Array) -> Array:
    """E F(x) − F(0) for small x of mean zero, to second order.

    >>> second_order_mean(lambda x: np.array([x[0] * x[1]]), np.array([[2.0, 0.5], [0.5, 1.0]])).round(12)
    array([0.5])
    """
    values, vectors = np.linalg.eigh(covariance)
    centre = function(np.zeros(len(values)))
    steps = (STEP * np.sqrt(max(c, 0.0)) * u for c, u in zip(values, vectors.T, strict=True))
    return np.asarray(sum((function(step) + function(-step)) / 2 - centre for step in steps)) / STEP**2


def moved(eigenvalues: Array, inputs: Sampled, neurons: Sampled, functions: Array, leading: int) -> Moved:
    """For modes of given eigenvalues (a,), descending, with functions (a, K) of the input and (a, K') of the neuron.

    ``inputs`` and ``neurons`` are (functions, weights, count); ``functions`` (h, K) those to compare with, centred on
    the inputs if the first is 1.
    """
    phi, weights, m = inputs
    e, masses, N = neurons
    basis = _completed(phi, functions, weights)
    h = functions @ (basis * weights).T
    a, b = len(eigenvalues), len(basis)
    root = np.concatenate([np.sqrt(eigenvalues), np.zeros(b - a)])
    covariance = np.zeros((b * (b + 1) // 2 + a * (a + 1) // 2,) * 2)
    split = b * (b + 1) // 2
    covariance[:split, :split] = _covariance(basis, weights) / m
    covariance[split:, split:] = _covariance(e, masses) / N

    def seen(x: Array) -> Array:
        X, W = np.eye(b), np.eye(b)
        X += _symmetric(x[:split], b)
        W[:a, :a] += _symmetric(x[split:], a)
        L = np.linalg.cholesky(X)
        values, v = np.linalg.eigh(L.T @ (root[:, None] * W * root) @ L)
        values, v = values[::-1][:leading], v[:, ::-1][:, :leading]
        images = h @ L
        images[1:] -= np.outer(images[1:] @ images[0], images[0]) / (images[0] @ images[0])
        overlaps = (images @ v) ** 2 / np.sum(images**2, axis=1)[:, None]
        return np.concatenate([values, overlaps.ravel()])

    shift = second_order_mean(seen, covariance)
    return Moved(shift[:leading], shift[leading:].reshape(len(functions), leading))


def _completed(phi: Array, functions: Array, weights: Array) -> Array:
    """φ and what the functions add to it, orthonormal under the weights."""
    basis = list(phi)
    for one in functions:
        rest = one
        for _ in range(2):
            rest = rest - sum((weights @ (rest * known)) * known for known in basis)
        length = np.sqrt(weights @ rest**2)
        if length > INDEPENDENT * np.sqrt(weights @ one**2):
            basis.append(rest / length)
    return np.array(basis)


def _covariance(functions: Array, weights: Array) -> Array:
    """Of φ_a φ_b, a ≤ b, under one draw."""
    rows, cols = np.triu_indices(len(functions))
    products = functions[rows] * functions[cols]
    products -= (products @ weights)[:, None]
    return np.asarray((products * weights) @ products.T)


def _symmetric(entries: Array, size: int) -> Array:
    matrix = np.zeros((size, size))
    matrix[np.triu_indices(size)] = entries
    return matrix + np.triu(matrix, 1).T
