"""The value that no bulk value is expected to pass: what is seen above it counts as an outlier.

    P(largest bulk value > ceiling) = level

under the Tracy–Widom law of the bulk's edge (`theory.largest_value`; `theory.rectangle_edge` for W0).  Where the
upper end is no soft edge but a thin band of single rows with large readouts, rows fall there one by one, and the
ceiling is the point with ``level`` values expected above it.
"""

from __future__ import annotations

from theory.bulk import MarchenkoPastur
from theory.dyson.path import PathError
from theory.dyson.spectrum import Spectrum
from theory.edge_law import LargestValue
from theory.largest_value import largest_value_law
from theory.prediction import Prediction
from theory.rectangle_edge import largest_with_gaussian_rows, largest_with_rows_of_length_one
from theory.single_thread import on_one_thread

LEVEL = 0.01


@on_one_thread
def bulk_ceiling(prediction: Prediction, init: str = "sphere", level: float = LEVEL) -> float:
    """The upper ``level`` point of the largest bulk value; ``init``: the rows of W0, "sphere" or "gaussian".

    >>> from theory import predict
    >>> p = predict(activation="relu", target="z", width=400, dim=200, samples=400, alpha1=0.3, alpha2=0.3, bulk="mp")
    >>> round(p.bulk.upper, 3), round(bulk_ceiling(p), 3)
    (2.414, 2.439)
    """
    law = _law(prediction, init)
    return prediction.bulk_quantile(level / prediction.values) if law is None else float(law.isf(level))


def _law(prediction: Prediction, init: str) -> LargestValue | None:
    bulk = prediction.bulk
    if isinstance(bulk, MarchenkoPastur):
        rows = largest_with_gaussian_rows if init == "gaussian" else largest_with_rows_of_length_one
        return rows(round(prediction.width), round(prediction.width / bulk.gamma))
    if not isinstance(bulk, Spectrum):
        return None
    try:
        return largest_value_law(bulk)
    except (ValueError, PathError):  # no soft edge, or none that the equation can be followed from
        return None
