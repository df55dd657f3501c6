"""The one or two gradient steps of a problem, W_t = W_{t−1} + η_t G_t (theory.md, section 1)."""

import numpy as np

from rmt_spikes.draws import Draw
from rmt_spikes.functions import resolve
from rmt_spikes.gradient import gradient_step
from rmt_spikes.problem import TwoLayer


def train(draw: Draw, problem: TwoLayer) -> np.ndarray:
    """W1 or W2 (N×d), according to `problem.steps`, from the arrays of `draw`, which stay as they are.

    Step t uses η_t = C_t N^{α_t} and batch t; the activation, the loss and the number of steps are the
    problem's. Raises ValueError if the draw has no second batch for a second step, and as `gradient_step`
    does.

    >>> from rmt_spikes.draws import draw
    >>> problem = TwoLayer(activation="tanh", target="z", width=30, dim=10, samples=20)
    >>> train(draw(np.random.default_rng(1), problem), problem).shape
    (30, 10)
    """
    sigma = resolve(problem.activation, "activation")
    W = gradient_step(draw.W0, draw.a, draw.X1, draw.y1, sigma, problem.eta1, problem.loss)
    if problem.steps == 1:
        return _check_overflow(W)
    if draw.X2 is None or draw.y2 is None:
        raise ValueError("the draw has no second batch and steps = 2: draw it from a problem with steps = 2")
    _check_overflow(W)
    return _check_overflow(gradient_step(W, draw.a, draw.X2, draw.y2, sigma, problem.eta2, problem.loss))


def _check_overflow(W: np.ndarray) -> np.ndarray:
    if not np.isfinite(W).all():
        raise ValueError(
            f"the updated weights overflow {W.dtype}: give smaller scales or exponents, slower functions, or float64"
        )
    return W
