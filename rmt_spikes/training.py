"""The one or two gradient steps of a problem, W_t = W_{t−1} + η_t G_t (theory.md, section 1)."""

import numpy as np

from rmt_spikes.draws import Draw
from rmt_spikes.functions import Activation, resolve
from rmt_spikes.gemm import add_product
from rmt_spikes.gradient import Workspace, check_overflow, operands, stepped
from rmt_spikes.problem import TwoLayer
from rmt_spikes.shared_batch import signal_of_two_steps
from rmt_spikes.working_memory import shared_bytes, shared_pays, whole_bytes


def train(draw: Draw, problem: TwoLayer, memory_budget: int | None = None) -> np.ndarray:
    """W1 or W2 (N×d), according to `problem.steps`, from the arrays of `draw`, which stay as they are.

    Step t uses η_t = C_t N^{α_t} and batch t; the activation, the loss and the number of steps are the
    problem's. Two steps on a reused batch go through X Xᵀ where that takes fewer operations
    (`rmt_spikes.shared_batch`) and the budget holds it. `memory_budget`: bytes that may be held beside the
    draw, W1 and the result. Raises ValueError if the draw has no second batch for a second step, and as
    `gradient_step` does.

    >>> from rmt_spikes.draws import draw
    >>> problem = TwoLayer(activation="tanh", target="z", width=30, dim=10, samples=20)
    >>> train(draw(np.random.default_rng(1), problem), problem).shape
    (30, 10)
    """
    sigma = resolve(problem.activation, "activation")
    if through_gram(draw, problem, memory_budget):
        W0, S, X = shared_signal(draw, problem, sigma)
        W = np.array(W0, order="C")
        add_product(W, S, X)
        return check_overflow(W)
    W0, a, X1, y1 = operands((draw.W0, draw.a, draw.X1, draw.y1))
    workspace = Workspace.of(W0, X1, memory_budget)
    W1 = check_overflow(stepped(W0, a, X1, y1, sigma, problem.eta1, problem.loss, workspace))
    if problem.steps == 1:
        return W1
    _, _, X2, y2 = operands((W0[:1], a[:1], *second_batch(draw)))
    return check_overflow(stepped(W1, a, X2, y2, sigma, problem.eta2, problem.loss, workspace))


def second_batch(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    """X2, y2. Raises ValueError if the draw has none."""
    if draw.X2 is None or draw.y2 is None:
        raise ValueError("the draw has no second batch and steps = 2: draw it from a problem with steps = 2")
    return draw.X2, draw.y2


def through_gram(draw: Draw, problem: TwoLayer, memory_budget: int | None = None) -> bool:
    """Whether both steps are taken at once, through the Gram matrix of their batch."""
    (N, d), n = draw.W0.shape, len(draw.X1)
    same = problem.steps == 2 and draw.X2 is draw.X1 and draw.y2 is draw.y1
    fits = memory_budget is None or shared_bytes(N, n, draw.W0.itemsize) <= whole_bytes(memory_budget)
    return same and fits and shared_pays(N, d, n)


def shared_signal(draw: Draw, problem: TwoLayer, sigma: Activation) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """W0, S = S_1 + S_2 (N×n) and X of two steps on one batch: W2 = W0 + S X."""
    W0, a, X, y = operands((draw.W0, draw.a, draw.X1, draw.y1))
    return W0, signal_of_two_steps(W0, a, X, y, sigma, (problem.eta1, problem.eta2), problem.loss), X
