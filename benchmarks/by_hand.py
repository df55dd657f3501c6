"""Two steps the way one writes them in NumPy, with σ and σ' of the value σ(h) or of h."""

from collections.abc import Callable

import numpy as np

from rmt_spikes import TwoLayer
from rmt_spikes.draws import Draw

# σ(h) and σ'(h)
FUNCTIONS = {
    "tanh": (np.tanh, lambda h, value: 1 - value**2),
    "relu": (lambda h: np.maximum(h, 0), lambda h, value: h > 0),
    "tanh(z + 0.8)": (lambda h: np.tanh(h + 0.8), lambda h, value: 1 - value**2),
}


def numpy_by_hand(draw: Draw, problem: TwoLayer) -> Callable[[], np.ndarray]:
    """W2 in the problem's precision."""
    sigma, derivative = FUNCTIONS[problem.activation]

    def run() -> np.ndarray:
        W = draw.W0
        for X, y, eta in ((draw.X1, draw.y1, problem.eta1), (draw.X2, draw.y2, problem.eta2)):
            H = W @ X.T
            value = sigma(H)
            # plain Python numbers: a NumPy scalar would turn float32 into float64
            residual = y - draw.a @ value / problem.width**0.5
            gradient = (np.outer(draw.a, residual) * derivative(H, value)) @ X / problem.samples
            W = W + eta * gradient
        return W

    return run
