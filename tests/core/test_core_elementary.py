"""The vectorised elementary functions against mpmath, and their polynomials against interpolation in 60 digits."""

import mpmath
import numpy as np
import pytest
from numba import njit
from numpy.polynomial import polynomial as P

from rmt_spikes.elementary import vocabulary
from rmt_spikes.polynomials import POLYNOMIALS

EXACT = {
    "exp": mpmath.exp,
    "tanh": mpmath.tanh,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "log": mpmath.log,
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "gaussian": lambda x: mpmath.exp(-x * x),
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "atan": mpmath.atan,
    "sqrt": mpmath.sqrt,
    "absolute": abs,
    "sign": mpmath.sign,
}
ULPS = {"erfc": 8}  # relative error allowed, in eps; 4 for the others
POSITIVE = ("log", "sqrt")
AT_INFINITY = {  # at −∞ and ∞
    "exp": (0, np.inf),
    "tanh": (-1, 1),
    "sigmoid": (0, 1),
    "sinh": (-np.inf, np.inf),
    "cosh": (np.inf, np.inf),
    "softplus": (0, np.inf),
    "gaussian": (0, 0),
    "erf": (-1, 1),
    "erfc": (2, 0),
    "atan": (-np.pi / 2, np.pi / 2),
}


def loop(word):
    @njit(fastmath={"contract"}, error_model="numpy")
    def over(x, out):
        for i in range(len(x)):
            out[i] = word(x[i])

    return over


def evaluated(name, x):
    out = np.empty_like(x)
    loop(vocabulary(x.dtype.type)[name])(x, out)
    return out


def points(name, real):
    rng = np.random.default_rng(0)
    widest = 9 if name in ("gaussian", "erfc") else 30
    tiny = 10.0 ** rng.uniform(-12, 0, 100) * rng.choice([-1, 1], 100)
    x = np.concatenate([rng.uniform(-widest, widest, 400), rng.standard_normal(400), tiny, [1.0, -1.0]])
    return (np.abs(x) if name in POSITIVE else x).astype(real)


def worst(name, real):
    x = points(name, real)
    with mpmath.workdps(40):
        exact = [EXACT[name](mpmath.mpf(float(t))) for t in x]
        errors = [
            float(abs((mpmath.mpf(float(found)) - wanted) / wanted)) if wanted else abs(float(found))
            for found, wanted in zip(evaluated(name, x), exact, strict=True)
        ]
    return max(errors) / np.finfo(real).eps


def test_every_word_has_an_exact_counterpart():
    assert set(vocabulary(np.float64)) == {*EXACT, "decay", "scaled"}


@pytest.mark.parametrize("real", [np.float32, np.float64])
@pytest.mark.parametrize("name", EXACT)
def test_each_function_keeps_its_stated_relative_error(name, real):
    assert worst(name, real) <= ULPS.get(name, 4)


def test_a_polynomial_of_single_precision_would_not_pass_for_double(monkeypatch):
    coefficients = POLYNOMIALS["expm1"]
    monkeypatch.setitem(coefficients, np.float64, coefficients[np.float32])
    vocabulary.cache_clear()
    try:
        assert worst("exp", np.float64) > 1000
    finally:
        monkeypatch.undo()
        vocabulary.cache_clear()


@pytest.mark.parametrize("real", [np.float32, np.float64])
@pytest.mark.parametrize("name", AT_INFINITY)
def test_the_limits_are_reached_and_a_nan_is_passed_on(name, real):
    found = evaluated(name, np.array([-np.inf, np.inf, -1e30, 1e30, np.nan], dtype=real))
    low, high = (real(limit) for limit in AT_INFINITY[name])
    large = [low, real(1e30)] if name == "softplus" else [low, high]
    np.testing.assert_array_equal(found, [low, high, *large, np.nan])


def test_the_logarithm_knows_zero_negative_and_subnormal_numbers():
    for real in (np.float32, np.float64):
        small = np.finfo(real).smallest_subnormal
        found = evaluated("log", np.array([0.0, -1.0, small, 1.0], dtype=real))
        np.testing.assert_allclose(found, [-np.inf, np.nan, np.log(np.float64(small)), 0.0], rtol=1e-6)


def test_angles_are_reduced_up_to_a_million():
    x = np.random.default_rng(1).uniform(-1e6, 1e6, 300)
    with mpmath.workdps(40):
        exact = [float(mpmath.sin(mpmath.mpf(float(t)))) for t in x]
    np.testing.assert_allclose(evaluated("sin", x), exact, atol=3e-16, rtol=0)


K = mpmath.mpf(15) / 4
INTERPOLATED = {  # function of the polynomial's variable, and the interval
    "expm1": (lambda r: mpmath.expm1(r) / r, -mpmath.log(2) / 2, mpmath.log(2) / 2),
    "artanh": (lambda q: 2 * mpmath.atanh(mpmath.sqrt(q)) / mpmath.sqrt(q), 0, mpmath.mpf(1) / 9),
    "erf": (lambda q: mpmath.erf(mpmath.sqrt(q)) / mpmath.sqrt(q), 0, 1),
    "erfc": (lambda t: _scaled_tail(K * (1 + t) / (1 - t)), -1, 1),
    "atan": (lambda q: mpmath.atan(mpmath.sqrt(q)) / mpmath.sqrt(q), 0, 1),
    "sin": (lambda q: mpmath.sin(mpmath.sqrt(q)) / mpmath.sqrt(q), 0, (mpmath.pi / 4) ** 2),
    "cos": (lambda q: mpmath.cos(mpmath.sqrt(q)), 0, (mpmath.pi / 4) ** 2),
}


def _scaled_tail(x):
    return (1 + 2 * x) * mpmath.exp(x * x) * mpmath.erfc(x)


@pytest.mark.parametrize(("name", "real"), [(name, real) for name in POLYNOMIALS for real in POLYNOMIALS[name]])
def test_each_polynomial_equals_its_function_on_its_interval(name, real):
    function, low, high = INTERPOLATED[name]
    # as many points as a polynomial one degree higher would need, none of them an end where the formula is 0/0
    with mpmath.workdps(60):
        points = [low + (high - low) * (mpmath.mpf(k) + mpmath.mpf("0.5")) / 60 for k in range(60)]
        wanted = np.array([float(function(x)) for x in points])
    found = P.polyval(np.array([float(x) for x in points]), np.asarray(POLYNOMIALS[name][real], dtype=float))
    np.testing.assert_allclose(found, wanted, rtol=3 * np.finfo(real).eps)
