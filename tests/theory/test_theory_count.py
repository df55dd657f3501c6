"""The published count in exact arithmetic, and the exponents it refuses."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory import OutlierCount, outlier_count

COUNTS = {  # (α1, α2): ratio, floor, total, critical
    ("0.35", "0.45"): ("3", 3, 4, True),
    (0.35, 0.45): ("3", 3, 4, True),
    (0.3, "9/20"): ("9/4", 2, 3, False),
    ("0.45", "0.45"): ("9", 9, 10, True),
    ("2/5", "1/10"): ("1", 1, 2, True),
    (0.4, 0.45): ("9/2", 4, 5, False),
    (0.1, 0.1): ("1/4", 0, 1, False),
    (0, 0): ("0", 0, 1, True),
    (0, 0.3): ("3/5", 0, 1, False),
    (0.3, 0): ("0", 0, 1, False),
    (Fraction(1, 3), Fraction(1, 3)): ("2", 2, 3, True),
    (np.float64(0.35), np.float32(0.45)): ("3", 3, 4, True),
    (Decimal("0.3"), 0.45): ("9/4", 2, 3, False),
    (" 0.3 ", "0.45"): ("9/4", 2, 3, False),
}


@pytest.mark.parametrize("alphas", COUNTS)
def test_the_ratio_is_an_exact_rational(alphas):
    ratio, *rest = COUNTS[alphas]
    assert outlier_count(*alphas) == OutlierCount(Fraction(ratio), *rest)


def test_floating_point_arithmetic_would_get_it_wrong():
    assert math.floor(0.45 / (0.5 - 0.35)) == 2
    assert outlier_count(0.35, 0.45).floor == 3


def test_one_step_makes_one_outlier():
    assert outlier_count("0.3", steps=1) == OutlierCount(None, 0, 1, False)
    assert outlier_count(0, steps=1).critical


@given(st.fractions(0, "49/100", max_denominator=1000), st.fractions(0, "49/100", max_denominator=1000))
def test_a_term_diverges_iff_its_power_of_n_is_positive(alpha1, alpha2):
    """‖a^{∘(k+1)}‖ ‖R_k‖ ~ N^{α2 − k(1/2 − α1)}, and term 0 holds the first step's spike."""
    count = outlier_count(alpha1, alpha2)
    powers = [alpha2 - k * (Fraction(1, 2) - alpha1) for k in range(count.total + 1)]
    assert all(p >= 0 for p in powers[: count.total])
    assert powers[count.total] < 0
    leading = max(powers[0], alpha1) if count.total == 1 else powers[count.total - 1]
    assert count.critical == (leading == 0)


@pytest.mark.parametrize("value", ["-0.1", 0.5, "1/2", 1, "3", -1e-9, "0.50000000000000000001"])
def test_an_exponent_outside_the_range_is_refused(value):
    with pytest.raises(ValueError, match=r"alpha2 = .* is outside \[0, 1/2\), where the theory holds: give, say"):
        outlier_count(0.3, value)


NO_NUMBERS = [
    "",
    "abc",
    "1/0",
    None,
    True,
    False,
    math.nan,
    math.inf,
    "nan",
    "0.3 + 0.1",
    [0.3],
    0.3j,
    "1e-3",
    "1E-3",
]


@pytest.mark.parametrize(
    "value", [*NO_NUMBERS, "1e-999999999", "1E-999999999", Decimal("1E-999999999"), "0." + "1" * 50]
)
def test_what_is_no_plain_number_is_refused_at_once(value):
    with pytest.raises(ValueError, match=r"alpha1 = .* is no number: give a decimal or a ratio such as 0.45 or 9/20"):
        outlier_count(value, 0.3)


@pytest.mark.parametrize("steps", [0, 3, "2", None])
def test_other_numbers_of_steps_are_refused(steps):
    with pytest.raises(ValueError, match=r"steps = .* is not accepted: give 1 or 2"):
        outlier_count(0.3, 0.3, steps)
