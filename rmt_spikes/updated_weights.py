"""The updated weights as an operator: enough for their outliers, without the last matrix product.

The last gradient enters as S X with S (N×n) known and X (n×d) the batch; multiplying a block of vectors by B + S X
takes N d + N n + n d multiplications a vector, forming it first N n d.  With a reused batch and few samples B is W0
and S holds both steps (`rmt_spikes.shared_batch`); otherwise B = W1 (two steps) or W0 (one)."""

from dataclasses import replace

import numpy as np
from scipy.sparse.linalg import LinearOperator

from rmt_spikes.draws import Draw
from rmt_spikes.functions import resolve
from rmt_spikes.gemm import times_transposed
from rmt_spikes.gradient import check_overflow, operands, residual
from rmt_spikes.problem import TwoLayer
from rmt_spikes.products import adjoint_times, times
from rmt_spikes.training import second_batch, shared_signal, through_gram, train


class UpdatedWeights(LinearOperator):
    """B + S diag(r) X (N×d) for B (N×d), S (N×n), r (n,), X (n×d), all of one precision.

    >>> W = UpdatedWeights(np.ones((1, 2)), np.ones((1, 1)), np.array([3.0]), np.array([[1.0, 2.0]]))
    >>> W @ np.eye(2)
    array([[4., 7.]])
    >>> W.T @ np.eye(1)
    array([[4.],
           [7.]])
    """

    def __init__(self, B: np.ndarray, S: np.ndarray, r: np.ndarray, X: np.ndarray) -> None:
        super().__init__(B.dtype, B.shape)
        self.B, self.S, self.r, self.X = B, S, r, X

    def _matmat(self, V: np.ndarray) -> np.ndarray:
        V = self._given(V)
        return times(self.B, V) + times(self.S, self.r[:, None] * times(self.X, V))

    def _rmatmat(self, U: np.ndarray) -> np.ndarray:
        U = self._given(U)
        return adjoint_times(self.B, U) + adjoint_times(self.X, self.r[:, None] * adjoint_times(self.S, U))

    def _given(self, vectors: np.ndarray) -> np.ndarray:
        # a block of another precision would make a copy of every matrix
        return np.asarray(vectors, dtype=self.dtype)


def updated_operator(draw: Draw, problem: TwoLayer) -> UpdatedWeights:
    """The matrix that `train` returns, as an operator for `leading_triplets`; holds an N×n matrix.

    Raises ValueError as `train` does.

    >>> from rmt_spikes.draws import draw
    >>> from rmt_spikes.training import train
    >>> problem = TwoLayer(activation="tanh", target="z", width=30, dim=10, samples=20)
    >>> sample = draw(np.random.default_rng(1), problem)
    >>> np.allclose(updated_operator(sample, problem) @ np.eye(10), train(sample, problem))
    True
    """
    sigma = resolve(problem.activation, "activation")
    if through_gram(draw, problem):
        W0, S, X = shared_signal(draw, problem, sigma)
        return UpdatedWeights(W0, check_overflow(S), np.ones(len(X), dtype=S.dtype), X)
    two = problem.steps == 2
    B = train(draw, replace(problem, steps=1)) if two else draw.W0
    B, a, X, y = operands((B, draw.a, *(second_batch(draw) if two else (draw.X1, draw.y1))))
    S = np.empty((len(B), len(X)), dtype=B.dtype)
    times_transposed(B, X, S)
    r = residual(S, a, y, sigma, problem.loss, (problem.eta2 if two else problem.eta1) / len(X))
    return UpdatedWeights(B, check_overflow(S), r, X)
