"""What should be true: Hermite coefficients, exponents, outlier locations and overlaps of two-layer networks.

Ratios and symbols in, expressions and numbers out.  Never imports `rmt_spikes` nor Numba, so that each can refute
the other.  The names below load on first use.  A function that is called like its
module stays there, since the module would hide it: `theory.exponents.exponents`, `theory.leap.leap`,
`theory.phases.phases`, `theory.phase_grid.phase_grid`, `theory.reuse_weight.reuse_weight`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from theory.batch_reuse import BatchReuseIndex, ReuseCondition, batch_reuse_index, reuse_condition
    from theory.bulk import MarchenkoPastur
    from theory.count import OutlierCount, outlier_count
    from theory.exponents import Exponents
    from theory.functions import RealFunction, activation, function
    from theory.generative import GenerativeExponent, generative_exponent
    from theory.growth import Growth, strengths_along
    from theory.hermite import HermiteCoefficient, HermiteExpansion, hermite_coefficients, information_exponent
    from theory.hermite_precision import DigitsCoefficient, hermite_digits
    from theory.hermite_symbolic import kth_coefficient
    from theory.hermite_tensor import HermiteTensor, tensor_coefficients
    from theory.information import InformationExponent, certified_information_exponent
    from theory.leap import Leap
    from theory.parseval import Remainder, parseval_remainder
    from theory.phase_grid import PhaseGrid
    from theory.phases import Phases, Region, line_height
    from theory.prediction import Outlier, Prediction, predict, predict_draw
    from theory.symbolic import LeadingOutlier, leading_outliers, self_interaction

__all__ = [
    "BatchReuseIndex",
    "DigitsCoefficient",
    "Exponents",
    "GenerativeExponent",
    "Growth",
    "HermiteCoefficient",
    "HermiteExpansion",
    "HermiteTensor",
    "InformationExponent",
    "LeadingOutlier",
    "Leap",
    "MarchenkoPastur",
    "Outlier",
    "OutlierCount",
    "PhaseGrid",
    "Phases",
    "Prediction",
    "RealFunction",
    "Region",
    "Remainder",
    "ReuseCondition",
    "activation",
    "batch_reuse_index",
    "certified_information_exponent",
    "function",
    "generative_exponent",
    "hermite_coefficients",
    "hermite_digits",
    "information_exponent",
    "kth_coefficient",
    "leading_outliers",
    "line_height",
    "outlier_count",
    "parseval_remainder",
    "predict",
    "predict_draw",
    "reuse_condition",
    "self_interaction",
    "strengths_along",
    "tensor_coefficients",
]

_HOME = {
    "batch_reuse": ("BatchReuseIndex", "ReuseCondition", "batch_reuse_index", "reuse_condition"),
    "bulk": ("MarchenkoPastur",),
    "count": ("OutlierCount", "outlier_count"),
    "exponents": ("Exponents",),
    "functions": ("RealFunction", "activation", "function"),
    "generative": ("GenerativeExponent", "generative_exponent"),
    "growth": ("Growth", "strengths_along"),
    "hermite": ("HermiteCoefficient", "HermiteExpansion", "hermite_coefficients", "information_exponent"),
    "hermite_precision": ("DigitsCoefficient", "hermite_digits"),
    "hermite_symbolic": ("kth_coefficient",),
    "hermite_tensor": ("HermiteTensor", "tensor_coefficients"),
    "information": ("InformationExponent", "certified_information_exponent"),
    "leap": ("Leap",),
    "parseval": ("Remainder", "parseval_remainder"),
    "phase_grid": ("PhaseGrid",),
    "phases": ("Phases", "Region", "line_height"),
    "prediction": ("Outlier", "Prediction", "predict", "predict_draw"),
    "symbolic": ("LeadingOutlier", "leading_outliers", "self_interaction"),
}


def __getattr__(name: str) -> object:
    for module, names in _HOME.items():
        if name in names:
            value = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
