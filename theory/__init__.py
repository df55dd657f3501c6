"""What should be true: Hermite coefficients, exponents, outlier locations and overlaps of two-layer networks.

Ratios and symbols in, expressions and numbers out.  Never imports `rmt_spikes` nor Numba, so that each can refute
the other.  The names below load on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from theory.bulk import MarchenkoPastur
    from theory.count import OutlierCount, outlier_count
    from theory.functions import RealFunction, activation, function
    from theory.hermite import HermiteCoefficient, HermiteExpansion, hermite_coefficients, information_exponent
    from theory.hermite_precision import DigitsCoefficient, hermite_digits
    from theory.hermite_symbolic import kth_coefficient
    from theory.hermite_tensor import HermiteTensor, tensor_coefficients
    from theory.parseval import Remainder, parseval_remainder
    from theory.prediction import Outlier, Prediction, predict, predict_draw

__all__ = [
    "DigitsCoefficient",
    "HermiteCoefficient",
    "HermiteExpansion",
    "HermiteTensor",
    "MarchenkoPastur",
    "Outlier",
    "OutlierCount",
    "Prediction",
    "RealFunction",
    "Remainder",
    "activation",
    "function",
    "hermite_coefficients",
    "hermite_digits",
    "information_exponent",
    "kth_coefficient",
    "outlier_count",
    "parseval_remainder",
    "predict",
    "predict_draw",
    "tensor_coefficients",
]

_HOME = {
    "bulk": ("MarchenkoPastur",),
    "count": ("OutlierCount", "outlier_count"),
    "functions": ("RealFunction", "activation", "function"),
    "hermite": ("HermiteCoefficient", "HermiteExpansion", "hermite_coefficients", "information_exponent"),
    "hermite_precision": ("DigitsCoefficient", "hermite_digits"),
    "hermite_symbolic": ("kth_coefficient",),
    "hermite_tensor": ("HermiteTensor", "tensor_coefficients"),
    "parseval": ("Remainder", "parseval_remainder"),
    "prediction": ("Outlier", "Prediction", "predict", "predict_draw"),
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
