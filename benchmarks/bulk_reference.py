"""Reference simulations of the bulk of W2: 18 cases at N = n = 2000, d = 1000, target z + (z² − 1)/2, no noise.

σ in relu, tanh(z + 0.8), softplus; (α1, α2) in (.3, .4), (.35, .45), (.45, .45); both batch modes; 24 draws each, in
float64, every draw from a child of its own of one seed.  Written to
docs/results/bulk-reference.json by

    python -m benchmarks.bulk_reference

Conventions.  *Outliers* are the leading K singular values: of the six largest, those before the first whose left
vector has, on average over the draws, less than a third of its squared length in span{a, a∘a, a∘a∘a}.  The rule
knows no theory.  *Bulk*: the other min(N, d) − K values b_1 ≥ b_2 ≥ …; the k-th is taken as the quantile (k −
1/2)/(min(N, d) − K) from the top, linearly interpolated between (NumPy's "hazen"), per draw, then averaged.
*Overlaps* are squared cosines: of v_k with β* and β1 = X1ᵀ y1/n, of u_k with a, a∘a, a∘a∘a (each normalised, not
orthogonalised).
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

import numpy as np

from rmt_spikes import TwoLayer, draw, leading_triplets, singular_values, train

SEED, DRAWS, LEADING, SHARE = 20261122, 24, 6, 1 / 3
FRACTIONS = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9)
ACTIVATIONS = ("relu", "tanh(z + 0.8)", "softplus")
EXPONENTS = (("0.3", "0.4"), ("0.35", "0.45"), ("0.45", "0.45"))
BATCHES = ("independent", "reuse")
HOME = Path(__file__).parent.parent / "docs" / "results" / "bulk-reference.json"


def problem(activation: str, exponents: tuple[str, str], batch: str) -> TwoLayer:
    """One case: N = n = 2000, d = 1000."""
    alpha1, alpha2 = exponents
    return TwoLayer(activation=activation, alpha1=alpha1, alpha2=alpha2, batch=batch)


def observed(case: TwoLayer, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """All singular values, and the overlaps of the leading triplets, of one draw."""
    sample = draw(rng, case)
    W = train(sample, case)
    U, _, Vt, _ = leading_triplets(W, LEADING)
    powers = np.stack([sample.a, sample.a**2, sample.a**3])
    beta1 = sample.X1.T @ sample.y1 / case.samples
    orthonormal = np.linalg.qr(powers.T)[0]
    return {
        "values": singular_values(W),
        "beta": (Vt @ sample.beta) ** 2,
        "beta1": (Vt @ beta1) ** 2 / (beta1 @ beta1),
        "powers": (powers @ U) ** 2 / np.sum(powers**2, axis=1)[:, None],
        "share": np.sum((orthonormal.T @ U) ** 2, axis=0),
    }


def outlier_count(share: np.ndarray) -> int:
    """K from the shares (draws, leading) of span{a, a∘a, a∘a∘a} in the left vectors."""
    low = np.flatnonzero(share.mean(axis=0) < SHARE)
    return int(low[0]) if low.size else share.shape[1]


def summary(draws: list[dict[str, np.ndarray]]) -> dict[str, object]:
    """Means and standard deviations over draws."""
    stacked = {name: np.array([one[name] for one in draws]) for name in draws[0]}
    K = outlier_count(stacked["share"])
    bulk = stacked["values"][:, K:]
    quantiles = np.quantile(bulk, 1 - np.array(FRACTIONS), axis=1, method="hazen").T
    return {
        "outliers": K,
        "quantiles": moments(quantiles),
        "largest_value": moments(bulk[:, 0]),
        "leading_values": moments(stacked["values"][:, :LEADING]),
        "right_overlaps": {name: moments(stacked[name]) for name in ("beta", "beta1")},
        "left_overlaps": {name: moments(stacked["powers"][:, k]) for k, name in enumerate(("a", "a2", "a3"))},
        "share_of_powers": moments(stacked["share"]),
    }


def moments(samples: np.ndarray) -> dict[str, object]:
    """Mean and standard deviation over the first axis."""
    return {
        "mean": np.round(samples.mean(axis=0), 6).tolist(),
        "sd": np.round(samples.std(axis=0, ddof=1), 6).tolist(),
    }


def main() -> None:
    cases = []
    choices = list(itertools.product(ACTIVATIONS, EXPONENTS, BATCHES))
    # the draws of different cases are independent, so that their errors are
    for root, (activation, exponents, batch) in zip(
        np.random.default_rng(SEED).spawn(len(choices)), choices, strict=True
    ):
        case = problem(activation, exponents, batch)
        found = summary([observed(case, rng) for rng in root.spawn(DRAWS)])
        cases.append(
            {"activation": activation, "alpha1": exponents[0], "alpha2": exponents[1], "batch": batch, **found}
        )
        print(activation, exponents, batch, found["outliers"], found["quantiles"], file=sys.stderr, flush=True)
    document = {
        "width": 2000, "dim": 1000, "samples": 2000, "target": "z + (z**2 - 1)/2", "noise": 0.0,
        "seed": SEED, "draws": DRAWS, "fractions_from_the_top": FRACTIONS, "cases": cases,
    }  # fmt: skip
    HOME.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
