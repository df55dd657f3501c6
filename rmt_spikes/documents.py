"""The JSON documents of the command line, as plain dictionaries (schema 1, described in docs/json.md).

The shapes are a contract: fields may be added, never renamed.  Numbers that do not exist (an error bar of one
trial, a relative error against zero) are null.
"""

from __future__ import annotations

from dataclasses import asdict
from math import isfinite
from typing import Any

from rmt_spikes.comparison import Comparison
from rmt_spikes.estimates import Estimate
from rmt_spikes.problem import TwoLayer
from rmt_spikes.verdict import (
    FRACTIONS,
    BulkAgreement,
    found,
    kolmogorov_distance,
    largest_value_agreement,
    left_agreement,
    overlap_agreement,
    quantile_agreement,
    singular_value_agreement,
    verdict,
)
from theory import HermiteExpansion, Prediction
from theory.fluctuations import OutlierFluctuation, outlier_fluctuations
from theory.parseval import Remainder

SCHEMA = 1


def prediction_document(problem: TwoLayer, prediction: Prediction) -> dict[str, Any]:
    """What ``rmt-spikes predict --json`` prints."""
    count = prediction.count
    return {
        "schema": SCHEMA,
        "model": {name: str(value) if "alpha" in name else value for name, value in asdict(problem).items()},
        "count": {
            "ratio": None if count.ratio is None else str(count.ratio),
            "floor": count.floor,
            "total": count.total,
            "critical": count.critical,
            "finite_size": len(prediction.outliers),
        },
        "information_exponent": prediction.information_exponent,
        "bulk": {
            "law": prediction.emergence.name,
            "lower": prediction.bulk.lower,
            "upper": prediction.bulk.upper,
            "largest_value": prediction.largest_bulk_value,
            "quantiles": {f"{f:g}": prediction.bulk_quantile(f) for f in FRACTIONS},
        },
        "outliers": [
            {**asdict(outlier), **_standard_deviations(fluctuation)}
            for outlier, fluctuation in zip(
                prediction.outliers, outlier_fluctuations(problem, prediction), strict=True
            )
        ],
        "target_captured": sum(outlier.target_overlap_squared for outlier in prediction.outliers),
        "quadrature_error": prediction.quadrature_error,
        "notes": list(prediction.notes),
    }


def comparison_document(result: Comparison, seed: int | None = None) -> dict[str, Any]:
    """What ``rmt-spikes compare --json`` prints: the prediction, the observations and their agreement."""
    outliers = range(len(result.prediction.outliers))
    return {
        **prediction_document(result.problem, result.prediction),
        "seed": seed,
        "observed": {
            "trials": len(result.trials),
            "outliers": [
                {
                    "singular_value": _estimate(result.singular_value(k)),
                    "target_overlap_squared": _estimate(result.target_overlap(k)),
                    "left_overlap_squared": _estimate(result.left_overlap(k)),
                    "identified": result.identified(k),
                }
                for k in outliers
            ],
            "target_captured": _estimate(result.captured),
            "bulk": {
                "upper": _estimate(result.largest_bulk_value),
                "largest_value": _estimate(result.largest_bulk_value),
                "quantiles": {f"{f:g}": _estimate(result.bulk_quantile(f)) for f in FRACTIONS},
                "beyond_edge": _estimate(result.beyond_edge),
                "kolmogorov_distance": kolmogorov_distance(result),
            },
        },
        "agreement": [_agreement(result, k) for k in outliers],
        "bulk_agreement": {
            "largest_value": _bulk_agreement(largest_value_agreement(result)),
            "quantiles": {f"{f:g}": _bulk_agreement(quantile_agreement(result, f)) for f in FRACTIONS},
        },
        "verdict": verdict(result),
    }


def hermite_document(expansion: HermiteExpansion) -> dict[str, Any]:
    """What ``rmt-spikes hermite --json`` prints, before the fields of its options."""
    return {
        "schema": SCHEMA,
        "expression": expansion.expression,
        "parity": expansion.parity,
        "information_exponent": expansion.information_exponent,
        "coefficients": [
            {
                "k": c.k,
                "exact": None if c.exact is None else str(c.exact),
                "value": c.value,
                "orthonormal": c.orthonormal,
                "error_bound": c.error_bound,
            }
            for c in expansion
        ],
    }


def parseval_fields(remainder: Remainder) -> dict[str, Any]:
    """How much of E f² lies beyond the degree."""
    whole = remainder.second_moment_exact
    return {
        "degree": remainder.degree,
        "second_moment": remainder.second_moment,
        "second_moment_exact": None if whole is None else str(whole),
        "remainder": remainder.value,
        "remainder_error_bound": remainder.error_bound,
        "remainder_exact": None if remainder.exact is None else str(remainder.exact),
    }


def _standard_deviations(fluctuation: OutlierFluctuation) -> dict[str, float | None]:
    """Over draws; null where the theory of fluctuations does not cover the outlier."""
    names = ("singular_value_sd", "target_overlap_sd", "left_overlap_sd")
    values = {name: getattr(fluctuation, name) for name in names}
    return {name: value if isfinite(value) else None for name, value in values.items()}


def _estimate(value: Estimate) -> dict[str, float | None]:
    return {"mean": value.mean, "sem": value.sem}


def _bulk_agreement(judged: BulkAgreement) -> dict[str, Any]:
    return {"z": judged.z, "relative_error": judged.relative_error, "state": judged.state}


def _agreement(result: Comparison, k: int) -> dict[str, Any]:
    judges = (singular_value_agreement, overlap_agreement, left_agreement)
    value, overlap, left = (judge(result, k) for judge in judges)
    return {
        "z_singular_value": value.z,
        "relative_error": value.relative_error,
        "z_overlap": overlap.z,
        "relative_error_overlap": overlap.relative_error,
        "z_left_overlap": left.z,
        "state": {
            "found": found(result, k),
            "singular_value": value.state,
            "target_overlap_squared": overlap.state,
            "left_overlap_squared": left.state,
        },
        "conditional": {
            "singular_value": _estimate(value.conditional),
            "target_overlap_squared": _estimate(overlap.conditional),
            "left_overlap_squared": _estimate(left.conditional),
            "z_singular_value": value.z_conditional,
            "z_overlap": overlap.z_conditional,
            "z_left_overlap": left.z_conditional,
        },
    }
