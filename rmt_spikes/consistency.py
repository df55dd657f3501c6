"""Whether the two products of an operator belong to each other: ⟨u, A v⟩ = ⟨Aᵀ u, v⟩ on random vectors.

Arrays need no such check.  A difference that shows only in a few entries is beyond what vectors drawn at random see;
the residuals, which are measured with both products, are looked at in the end."""

import numpy as np

from rmt_spikes.krylov import column_norms
from rmt_spikes.operators import Linear
from rmt_spikes.requests import START, inconsistent

PROBES = 4


def check_transpose(A: Linear) -> None:
    """Raise ValueError unless an operator's transposed product is that of its product."""
    apart = _difference(A, A.adjoint)
    if apart:
        raise ValueError(
            f"the transposed product of A does not belong to A: ⟨u, A v⟩ and ⟨Aᵀ u, v⟩ {apart}: correct rmatvec, "
            "rmatmat or the transpose"
        )


def check_self_adjoint(A: Linear) -> None:
    """Raise ValueError unless an operator is its own transpose."""
    apart = _difference(A, A.times)
    if apart:
        raise ValueError(
            f"A is not symmetric: ⟨u, A v⟩ and ⟨A u, v⟩ {apart}: correct its product, or take leading_triplets"
        )


def check_residuals(A: Linear, residuals: np.ndarray, largest: float, tol: float) -> None:
    """Raise ValueError where the measured residuals of an operator say that its products were not those of one
    matrix."""
    worst = float(residuals.max())
    if A.own is not None and worst > 10 * max(tol, inconsistent(A.own)) * largest:
        raise ValueError(
            f"the products of A are not those of one matrix: vectors found with them leave residuals of {worst:.2g} "
            f"where the largest value is {largest:.2g}: correct the product and its transpose"
        )


def _difference(A: Linear, adjoint) -> str:
    """In words; nothing where there is none, or for an array."""
    if A.own is None:
        return ""
    rng, (m, n) = np.random.default_rng(START), A.shape
    U, V = rng.standard_normal((m, PROBES)), rng.standard_normal((n, PROBES))
    U, V = (W / column_norms(W) for W in (U, V))
    # in the operator's own precision, so that both products see the same vectors
    U, V = (W.astype(A.own).astype(np.float64) for W in (U, V))
    image, back = A.times(V, A.own), adjoint(U, A.own)
    scale = max(column_norms(image).max(), column_norms(back).max())
    apart = float(np.abs(U.T @ image - back.T @ V).max())
    return f"differ by {apart:.2g} where ‖A v‖ is about {scale:.2g}" if apart > inconsistent(A.own) * scale else ""
