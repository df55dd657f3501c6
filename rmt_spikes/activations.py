"""The built-in scalar functions and their derivatives, written for Numba by hand.

Each is stable for large |z|: exponentials only of −|z| or −z², so that nothing overflows. At a kink the
derivative is the middle-of-the-road 0: relu'(0) = 0 and abs'(0) = 0. Φ is the normal law, gelu(z) = z Φ(z)
exactly."""

import math

from numba import njit

from rmt_spikes.functions import Activation

# A NaN takes the last branch of relu and abs, so it is passed on, not hidden.


@njit
def relu(z):
    return 0.0 if z < 0.0 else z


@njit
def relu_prime(z):
    return 1.0 if z > 0.0 else 0.0


@njit
def tanh(z):
    return math.tanh(z)


@njit
def tanh_prime(z):
    e = math.exp(-2.0 * abs(z))
    return 4.0 * e / ((1.0 + e) * (1.0 + e))


@njit
def erf(z):
    return math.erf(z)


@njit
def erf_prime(z):
    return 2.0 / math.sqrt(math.pi) * math.exp(-z * z)


@njit
def softplus(z):
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


@njit
def sigmoid(z):
    e = math.exp(-abs(z))
    return 1.0 / (1.0 + e) if z >= 0.0 else e / (1.0 + e)


@njit
def sigmoid_prime(z):
    e = math.exp(-abs(z))
    return e / ((1.0 + e) * (1.0 + e))


@njit
def gelu(z):
    return 0.5 * z * math.erfc(-z * math.sqrt(0.5))


@njit
def gelu_prime(z):
    return 0.5 * math.erfc(-z * math.sqrt(0.5)) + z * math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


@njit
def silu(z):
    return z * sigmoid(z)


@njit
def silu_prime(z):
    s = sigmoid(z)
    return s + z * s * (1.0 - s)


@njit
def absolute(z):
    return abs(z)


@njit
def sign(z):
    return 1.0 if z > 0.0 else (-1.0 if z < 0.0 else z)


@njit
def identity(z):
    return z


@njit
def one(z):
    return 1.0


BUILT_IN = {
    "relu": Activation(relu, relu_prime),
    "tanh": Activation(tanh, tanh_prime),
    "erf": Activation(erf, erf_prime),
    "softplus": Activation(softplus, sigmoid),
    "sigmoid": Activation(sigmoid, sigmoid_prime),
    "gelu": Activation(gelu, gelu_prime),
    "silu": Activation(silu, silu_prime),
    "abs": Activation(absolute, sign),
    "z": Activation(identity, one),
    "sign": Activation(sign, None),
}
