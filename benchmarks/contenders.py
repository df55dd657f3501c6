"""What is timed: pairs of the same work, ours and somebody's.  Each contender is a function without arguments."""

import numpy as np
from scipy.sparse.linalg import svds

from rmt_spikes import TwoLayer, draw, leading_triplets, singular_values, train


def plain_numpy(sample, problem):
    """Two gradient steps the way one writes them by hand, σ = tanh."""
    W = sample.W0
    for X, y, eta in ((sample.X1, sample.y1, problem.eta1), (sample.X2, sample.y2, problem.eta2)):
        value = np.tanh(W @ X.T)
        residual = y - sample.a @ value / problem.width**0.5  # a NumPy scalar would turn float32 into float64
        gradient = (np.outer(sample.a, residual) * (1 - value**2)) @ X / problem.samples
        W = W + eta * gradient
    return W


def bare_products(sample):
    """The four matrix products that two steps cannot do without."""
    for X in (sample.X1, sample.X2):
        H = sample.W0 @ X.T
        _ = H @ X


def matchups(width, dim, samples):
    """(what, ours, theirs, ours as a function, theirs as a function), for each pair."""
    found = []
    for dtype in ("float32", "float64"):
        problem = TwoLayer(activation="tanh", target="z", width=width, dim=dim, samples=samples, dtype=dtype)
        sample = draw(np.random.default_rng(0), problem)
        steps = lambda s=sample, p=problem: train(s, p)  # noqa: E731
        found.append((f"two steps, {dtype}", "train", "4 bare products", steps, lambda s=sample: bare_products(s)))
        found.append(
            (f"two steps, {dtype}", "train", "NumPy by hand", steps, lambda s=sample, p=problem: plain_numpy(s, p))
        )
    W = train(sample, problem)
    found.append(
        ("all singular values", "singular_values", "numpy.linalg.svd", lambda: singular_values(W),
         lambda: np.linalg.svd(W, compute_uv=False))
    )  # fmt: skip
    k = min(10, min(width, dim) // 2)
    found.append(
        (
            f"{k} leading triplets",
            "leading_triplets",
            "scipy svds",
            lambda: leading_triplets(W, k),
            lambda: svds(W, k=k),
        )
    )
    return found
