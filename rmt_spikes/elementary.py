"""Elementary functions that a loop over an array turns into vector instructions, in float32 and float64.

The functions of the C library are called once a number, and one call keeps a whole loop from being vectorised.
These have no calls and no branches: both sides of a choice are computed and one is taken.  All exponentials come
from one reduction,

    x = k ln 2 + r,  |r| ≤ (ln 2)/2,      e^x = 2^k (1 + p),   e^x − 1 = (2^k − 1) + 2^k p,    p = e^r − 1,

whose second form is accurate at small x (tanh, sinh); k is read off the bits of x/ln 2 + 1.5·2^m, which rounds to a
whole number (m the bits of the mantissa), and 2^k is made from bits.  Logarithms are 2 artanh of (u − 1)/(u + 1); the
complementary error function is a polynomial times exp(−x²)/(1 + 2x), x² being split so that it is exact.

Errors, relative to the value, in units of the precision's eps, as the tests measure them: at most 4 (erfc and gelu's
tail at most 8).  sin and cos are for |x| ≤ 10^6: beyond, the reduction loses digits in proportion to |x|.  A NaN
gives a NaN.  Derived from the identities above; intervals and polynomials in `rmt_spikes.polynomials`."""

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numba import njit

from rmt_spikes.polynomials import CONTRACT, polynomial

# forced into the caller: a function left as a call keeps the caller's loop from being vectorised
compiled = njit(fastmath=CONTRACT, error_model="numpy", forceinline=True)

# real: (whole numbers as wide, bits of the mantissa, exponent's offset, ln 2 in two parts of which the first has
# trailing zeros, the range in which 2^k is a normal number, and e^x infinite above or zero below)
LAYOUT: dict[type, Any] = {
    np.float32: (np.int32, 23, 127, 0.693115234375, 3.1946184945309415e-05, -87.0, 88.0),
    np.float64: (np.int64, 52, 1023, 0.6931471803691238, 1.9082149292705877e-10, -708.0, 709.0),
}
HALF_PI = (1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21)  # parts of 33, 33 and 53 bits


@lru_cache(maxsize=2)
def vocabulary(real: type) -> dict[str, Any]:
    """Name → compiled function of one number of type `real` (float32 or float64), with the same type out.

    >>> float(vocabulary(np.float64)["tanh"](0.0)), float(vocabulary(np.float32)["exp"](np.float32(0)))
    (0.0, 1.0)
    """
    words = _exponentials(real)
    return {**words, **_logarithms(real, words), **_errors(real, words), **_angles(real), **_signs(real)}


def _exponentials(real):
    whole, mantissa, bias, ln2_high, ln2_low, least, most = LAYOUT[real]
    magic, per_ln2, high, low = real(1.5 * 2.0**mantissa), real(1 / math.log(2)), real(ln2_high), real(ln2_low)
    offset, shift, least, most = whole(bias), whole(mantissa), real(least), real(most)
    zero, half, one, two, infinite = real(0), real(0.5), real(1), real(2), real(np.inf)
    ratio = polynomial("expm1", real)

    @compiled
    def scaled(x, rest):
        """(2^k, p) of e^(x + rest), x kept inside the range and rest small."""
        x = most if x > most else (least if x < least else x)
        rounded = x * per_ln2 + magic
        k = rounded - magic
        r = (x - k * high) - k * low + rest
        power = whole((whole(real(rounded).view(whole)) + offset) << shift).view(real)
        return power, ratio(r) * r

    @compiled
    def exp(x):
        power, p = scaled(x, zero)
        found = power + power * p
        return infinite if x > most else (zero if x < least else found)

    @compiled
    def decay(x):
        """(e^−|x|, e^−|x| − 1)."""
        power, p = scaled(-abs(x), zero)
        return (zero if abs(x) > -least else power + power * p), (power - one) + power * p

    @compiled
    def tanh(x):
        _, less = decay(two * x)
        found = -less / (two + less)
        return found if x > zero else -found

    @compiled
    def sigmoid(x):
        e, _ = decay(x)
        found = one / (one + e)
        return found if x > zero else e * found

    @compiled
    def sinh(x):
        power, p = scaled(abs(x), zero)
        more = (power - one) + power * p
        found = half * (more + more / (one + more))
        found = infinite if abs(x) > most else found
        return found if x > zero else -found

    @compiled
    def cosh(x):
        e = exp(abs(x))
        return half * e + half / e

    return {
        "scaled": scaled,
        "exp": exp,
        "decay": decay,
        "tanh": tanh,
        "sigmoid": sigmoid,
        "sinh": sinh,
        "cosh": cosh,
    }


def _logarithms(real, words):
    whole, mantissa, bias, ln2_high, ln2_low, _, _ = LAYOUT[real]
    low_bits, offset, shift = whole(2**mantissa - 1), whole(bias), whole(mantissa)
    high, low, zero, one, two, root = real(ln2_high), real(ln2_low), real(0), real(1), real(2), real(math.sqrt(2))
    tiny, lift, lifted = real(np.finfo(real).tiny), real(2.0**mantissa), real(mantissa)
    infinite, undefined, half = real(np.inf), real(np.nan), real(0.5)
    series, decay = polynomial("artanh", real), words["decay"]

    @compiled
    def log(x):
        small = x < tiny
        bits = whole(real(x * lift if small else x).view(whole))
        exponent = real((bits >> shift) - offset) - (lifted if small else zero)
        u = whole((bits & low_bits) | (offset << shift)).view(real)
        large = u > root
        u, exponent = (u * half if large else u), (exponent + one if large else exponent)
        s = (u - one) / (u + one)
        found = exponent * high + (s * series(s * s) + exponent * low)
        found = found if x > zero else (-infinite if x == zero else undefined)
        return found if x < infinite else x + zero

    @compiled
    def softplus(x):
        e, _ = decay(x)
        s = e / (two + e)
        return (x if x > zero else zero) + s * series(s * s)

    return {"log": log, "softplus": softplus}


def _errors(real, words):
    whole, mantissa, *_ = LAYOUT[real]
    upper = whole(-(2 ** (mantissa // 2 + 1)))  # keeps the upper half of a mantissa, whose square is then exact
    zero, one, two, centre = real(0), real(1), real(2), real(3.75)
    near, tail, scaled = polynomial("erf", real), polynomial("erfc", real), words["scaled"]
    vanished = real(math.sqrt(-LAYOUT[real][5]))

    @compiled
    def gaussian(x):
        """exp(−x²); zero from where 2^k would not be a normal number."""
        y = vanished if abs(x) > vanished else x
        head = whole(real(y).view(whole) & upper).view(real)
        power, p = scaled(-head * head, -(y - head) * (y + head))
        return zero if abs(x) >= vanished else power + power * p

    @compiled
    def beyond(y):
        """erfc(y) for y ≥ 0."""
        y = vanished if y > vanished else y
        return gaussian(y) * tail((y - centre) / (y + centre)) / (one + two * y)

    # both pieces are computed at every x, their arguments held in their intervals

    @compiled
    def pieces(x):
        """(erf(x) for |x| ≤ 1, erfc(|x|) for |x| ≥ 1)."""
        y = abs(x)
        held = one if x > one else (-one if x < -one else x)
        return held * near(held * held), beyond(y if y > one else one)

    @compiled
    def erfc(x):
        inner, outer = pieces(x)
        found = outer if x > zero else two - outer
        return found if abs(x) > one else one - inner

    @compiled
    def erf(x):
        inner, outer = pieces(x)
        found = one - outer if x > zero else outer - one
        return found if abs(x) > one else inner

    return {"gaussian": gaussian, "erf": erf, "erfc": erfc}


def _angles(real):
    first, second, third = HALF_PI
    magic, per = 1.5 * 2.0**52, 2 / math.pi
    sine, cosine = polynomial("sin", np.float64), polynomial("cos", np.float64)
    zero, one, quarter = real(0), real(1), real(math.pi / 2)
    ratio = polynomial("atan", real)

    @compiled
    def turned(x, quarters):
        """sin(x + quarters π/2), in float64."""
        rounded = np.float64(x) * per + magic
        k = rounded - magic
        r = ((x - k * first) - k * second) - k * third
        turn = np.float64(rounded).view(np.int64) + quarters
        even, odd = r * sine(r * r), cosine(r * r)
        found = odd if turn & 1 else even
        return real(-found if turn & 2 else found)

    @compiled
    def sin(x):
        return turned(x, 0)

    @compiled
    def cos(x):
        return turned(x, 1)

    @compiled
    def atan(x):
        y = abs(x)
        inside = y if y <= one else one / y
        found = inside * ratio(inside * inside)
        found = found if y <= one else quarter - found
        return found if x > zero else -found

    return {"sin": sin, "cos": cos, "atan": atan}


def _signs(real):
    zero, one = real(0), real(1)

    @compiled
    def sign(x):
        return one if x > zero else (-one if x < zero else x)

    @compiled
    def absolute(x):
        return abs(x)

    @compiled
    def sqrt(x):
        return real(math.sqrt(x))

    return {"sign": sign, "absolute": absolute, "sqrt": sqrt}
