"""What should be true: Hermite coefficients, exponents, outlier locations and overlaps of two-layer networks.

Ratios and symbols in, expressions and numbers out.  Never imports `rmt_spikes` nor Numba, so that each can refute
the other.
"""

from theory.bulk import MarchenkoPastur
from theory.count import OutlierCount, outlier_count
from theory.functions import RealFunction, activation, function
from theory.hermite import HermiteCoefficient, HermiteExpansion, hermite_coefficients, information_exponent
from theory.prediction import Outlier, Prediction, predict, predict_draw

__all__ = [
    "HermiteCoefficient",
    "HermiteExpansion",
    "MarchenkoPastur",
    "Outlier",
    "OutlierCount",
    "Prediction",
    "RealFunction",
    "activation",
    "function",
    "hermite_coefficients",
    "information_exponent",
    "outlier_count",
    "predict",
    "predict_draw",
]
