"""Standard deviations over 200 draws of outliers and overlaps at N = n = 500, d = 250, beside the predicted ones.

σ in softplus, tanh(z + 0.8), relu; both batch modes; noise in one case, one step in another.  Every draw is a child
of its own of one seed.  Written to docs/results/fluctuations.json by

    python -m benchmarks.fluctuations_reference

For each predicted outlier that is not marginal: predicted and observed standard deviation of its singular value, of
the squared overlap of its right vector with β*, and of its left one with the prediction; their ratio, and the error
of the ratio from the draws' kurtosis κ, √((κ − 1)/4 draws).  An outlier is the triplet whose left vector fits the
predicted one best; ``identified`` counts the draws in which that overlap is at least half of the predicted one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from rmt_spikes import TwoLayer, draw, train
from rmt_spikes.observation import Observation, observe
from theory import predict
from theory.fluctuations import OutlierFluctuation, outlier_fluctuations

SEED, DRAWS = 20261123, 200
SIZES = {"width": 500, "dim": 250, "samples": 500}
BATCHES = ("independent", "reuse")
HE12 = "z + (z**2 - 1)/2"
TWO_STEPS = (
    {"activation": "softplus", "target": "z", "alpha1": "0.3", "alpha2": "0.3"},
    {"activation": "softplus", "target": HE12, "alpha1": "0.4", "alpha2": "0.45"},
    {"activation": "tanh(z + 0.8)", "target": HE12, "alpha1": "0.35", "alpha2": "0.45"},
    {"activation": "relu", "target": HE12, "alpha1": "0.35", "alpha2": "0.45", "noise": 0.5},
)
CASES = (
    *({**fields, "batch": batch} for fields in TWO_STEPS for batch in BATCHES),
    {"activation": "relu", "target": "tanh", "alpha1": "0.4", "steps": 1},
)
HOME = Path(__file__).parent.parent / "docs" / "results" / "fluctuations.json"


def compared(predicted: float, observed: np.ndarray) -> dict[str, float]:
    """Both standard deviations and their ratio with its error."""
    sd = float(observed.std(ddof=1))
    kurtosis = float(np.mean(((observed - observed.mean()) / sd) ** 4))
    ratio = predicted / sd
    error = float(ratio * np.sqrt((kurtosis - 1) / (4 * observed.size)))
    return {
        "predicted": round(predicted, 6),
        "observed": round(sd, 6),
        "ratio": round(ratio, 4),
        "error": round(error, 4),
    }


def outlier(k: int, left: float, one: OutlierFluctuation, seen: list[Observation]) -> dict[str, object]:
    """Outlier k, whose predicted left overlap is ``left``."""
    overlaps = np.array([each.left_overlaps[k] for each in seen])
    return {
        "identified": int(np.sum(overlaps >= left / 2)),
        "singular_value": compared(one.singular_value_sd, np.array([each.outliers[k] for each in seen])),
        "target_overlap_squared": compared(
            one.target_overlap_sd, np.array([each.target_overlaps[k] for each in seen])
        ),
        "left_overlap_squared": compared(one.left_overlap_sd, overlaps),
    }


def case(problem: TwoLayer, root: np.random.Generator) -> list[dict[str, object]]:
    """Every outlier of one problem that the theory of fluctuations covers."""
    prediction = predict(problem)
    seen = []
    for rng in root.spawn(DRAWS):
        sample = draw(rng, problem)
        seen.append(observe(train(sample, problem), sample.beta, prediction.left_vectors(sample.a)))
    both = zip(prediction.outliers, outlier_fluctuations(problem, prediction), strict=True)
    return [
        outlier(k, one.left_overlap_squared, fluctuation, seen)
        for k, (one, fluctuation) in enumerate(both)
        if not fluctuation.reason
    ]


def main() -> None:
    found = []
    for root, fields in zip(np.random.default_rng(SEED).spawn(len(CASES)), CASES, strict=True):
        outliers = case(TwoLayer(**SIZES, **fields), root)
        found.append({**fields, "outliers": outliers})
        print(fields, *outliers, sep="\n    ", file=sys.stderr, flush=True)
        HOME.write_text(json.dumps({**SIZES, "seed": SEED, "draws": DRAWS, "cases": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
