"""A second witness for Hermite coefficients: composite Gauss–Legendre in mpmath, written apart from the library.

The functions are Python functions of an mpmath number, with their kinks given by hand.
"""

import itertools
from functools import lru_cache

import mpmath

ORDER = 50


@lru_cache(maxsize=8)
def legendre(order, digits):
    """Nodes and weights on [−1, 1], Newton's method from the cosine guesses."""
    with mpmath.workdps(digits + 10):
        rule = []
        for i in range(order):
            x = mpmath.cos(mpmath.pi * (i + mpmath.mpf(3) / 4) / (order + mpmath.mpf(1) / 2))
            for _ in range(9):
                p, q = mpmath.mpf(1), x
                for n in range(1, order):
                    p, q = q, ((2 * n + 1) * x * q - n * p) / (n + 1)
                slope = order * (x * q - p) / (x * x - 1)
                x -= q / slope
            rule.append((x, 2 / ((1 - x * x) * slope**2)))
        return tuple(rule)


def coefficients(f, kinks=(), degree=8, digits=50, reach=20):
    """E[f He_k]/k! for k = 0..degree."""
    with mpmath.workdps(digits + 10):
        edges = sorted({mpmath.mpf(j) for j in range(-reach, reach + 1)} | {mpmath.mpf(x) for x in kinks})
        total = [mpmath.mpf(0)] * (degree + 1)
        for low, high in itertools.pairwise(edges):
            middle, half = (low + high) / 2, (high - low) / 2
            for x, w in legendre(ORDER, digits):
                z = middle + half * x
                weight = half * w * f(z) * mpmath.exp(-z * z / 2)
                older, he = mpmath.mpf(0), mpmath.mpf(1)
                for k in range(degree + 1):
                    total[k] += weight * he
                    older, he = he, z * he - k * older
        return [t / mpmath.sqrt(2 * mpmath.pi) / mpmath.factorial(k) for k, t in enumerate(total)]
