"""Two steps in PyTorch by automatic differentiation, on the same arrays.

With L = (√N/2n) ‖y − f‖² the gradient is −G, so that W − η ∂L/∂W = W + η G is our step.
"""

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

from rmt_spikes import TwoLayer
from rmt_spikes.draws import Draw


def installed() -> bool:
    """Whether PyTorch can be imported; it is an optional extra."""
    return find_spec("torch") is not None


def functions() -> dict[str, Callable]:
    """σ as one writes it in PyTorch."""
    import torch

    return {"tanh": torch.tanh, "relu": torch.relu, "tanh(z + 0.8)": lambda z: torch.tanh(z + 0.8)}


def torch_autograd(draw: Draw, problem: TwoLayer) -> Callable[[], np.ndarray]:
    """W2 in the problem's precision, as an array."""
    import torch

    sigma = functions()[problem.activation]
    W0, a, X1, y1, X2, y2 = (
        torch.from_numpy(array) for array in (draw.W0, draw.a, draw.X1, draw.y1, draw.X2, draw.y2)
    )
    root = problem.width**0.5

    def step(W, X, y, eta):
        W = W.detach().requires_grad_()
        f = a @ sigma(W @ X.T) / root
        loss = root / (2 * problem.samples) * ((y - f) ** 2).sum()
        loss.backward()
        with torch.no_grad():
            return W - eta * W.grad

    def run() -> np.ndarray:
        return step(step(W0, X1, y1, problem.eta1), X2, y2, problem.eta2).numpy()

    return run
