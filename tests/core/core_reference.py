"""A second witness for the tests: σ and σ' in NumPy and SciPy, and the gradient step by its dense formula."""

import numpy as np
from scipy.special import erf as scipy_erf
from scipy.special import expit, ndtr


def _gauss(z):
    return np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


REFERENCE = {
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0),
    "tanh": (np.tanh, lambda z: np.cosh(z) ** -2.0),
    "erf": (scipy_erf, lambda z: 2 * np.exp(-z * z) / np.sqrt(np.pi)),
    "softplus": (lambda z: np.logaddexp(0, z), expit),
    "sigmoid": (expit, lambda z: expit(z) * expit(-z)),
    "gelu": (lambda z: z * ndtr(z), lambda z: ndtr(z) + z * _gauss(z)),
    "silu": (lambda z: z * expit(z), lambda z: expit(z) * (1 + z * expit(-z))),
    "abs": (np.abs, np.sign),
    "z": (lambda z: z, np.ones_like),
}
SMOOTH = [name for name in REFERENCE if name not in ("relu", "abs")]


def output(W, a, X, value):
    """f = N^{-1/2} aᵀ σ(W Xᵀ)."""
    return a @ value(W @ X.T) / np.sqrt(len(W))


def dense_step(W, a, X, y, name, eta, loss="squared"):
    """W + η G with G = (1/n) [a rᵀ ∘ σ'(W Xᵀ)] X."""
    value, derivative = REFERENCE[name]
    r = y - output(W, a, X, value) if loss == "squared" else y
    return W + eta / len(X) * (np.outer(a, r) * derivative(W @ X.T)) @ X


def operands(seed=0, N=70, d=11, n=23, dtype="float64"):
    rng = np.random.default_rng(seed)
    W, a = rng.standard_normal((N, d)) / np.sqrt(d), rng.standard_normal(N) / np.sqrt(N)
    X, y = rng.standard_normal((n, d)), rng.standard_normal(n)
    return [array.astype(dtype) for array in (W, a, X, y)]
