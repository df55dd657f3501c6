"""Densities of classical laws from formulas and polynomials, sharing nothing with the engine.

A polynomial P(z, g) = 0 for g(z) = ∫ dμ/(z − x) is followed from far up the imaginary direction, where g ≈ 1/z, down
to the real axis; coefficients in g, highest first, as `numpy.roots` takes them.
"""

import itertools

import numpy as np
from numpy.polynomial import Polynomial


def followed(coefficients, x, height=1e-11):
    """−Im g(x + i0)/π."""
    y = 40.0
    g = 1 / (x + 1j * y)
    while y > height:
        y = max(0.86 * y, height) if y > 1e-3 else height
        roots = np.roots(coefficients(x + 1j * y))
        g = roots[np.argmin(np.abs(roots - g))]
        # of a pair that meets on the axis, the one of the upper half-plane's transform
        near = roots[np.abs(roots - np.conj(g)) < 1e-6 * abs(g) + 1e-12] if y == height else []
        g = min([g, *near], key=lambda root: root.imag)
    return -g.imag / np.pi


def from_polynomial(coefficients):
    return np.vectorize(lambda x: followed(coefficients, x))


def turning_points(z, start, stop, count=200001):
    """Values of a function z(g) at its stationary points between two ends, by bisection of its derivative's sign."""
    g = np.linspace(start, stop, count)[1:-1]
    slope = np.gradient(z(g), g)
    places = np.flatnonzero(np.sign(slope[:-1]) != np.sign(slope[1:]))
    found = []
    for i in places:
        fine = np.linspace(g[i] - 2 * (g[1] - g[0]), g[i + 1] + 2 * (g[1] - g[0]), 2001)
        values = z(fine)
        k = np.argmax(values) if slope[i] > 0 else np.argmin(values)
        a, b, c = values[k - 1], values[k], values[k + 1]
        found.append(b - (c - a) ** 2 / (8 * (a - 2 * b + c)))
    return np.array(found)


def semicircle(variance):
    edge = 2 * np.sqrt(variance)
    return [-edge, edge], lambda x: np.sqrt(edge**2 - x**2) / (2 * np.pi * variance)


def marchenko_pastur(gamma, variance=1.0):
    """Of the p×p matrix, γ = p/n."""
    a, b = variance * (1 - np.sqrt(gamma)) ** 2, variance * (1 + np.sqrt(gamma)) ** 2
    return [a, b], lambda x: np.sqrt((b - x) * (x - a)) / (2 * np.pi * gamma * variance * x)


def rectangular(gamma):
    a, b = abs(1 - np.sqrt(gamma)), 1 + np.sqrt(gamma)
    return [a, b], lambda s: np.sqrt((b**2 - s**2) * (s**2 - a**2)) / (np.pi * s * min(1, gamma))


def jacobi(n, m, p):
    """A corner of a projection of rank p in n + m dimensions (Wachter 1980; Collins 2005)."""
    u, v = n / (n + m), p / (n + m)
    a, b = ((np.sqrt(u * (1 - v)) + sign * np.sqrt(v * (1 - u))) ** 2 for sign in (-1, 1))
    return [a, b], lambda x: np.sqrt((b - x) * (x - a)) / (2 * np.pi * u * x * (1 - x))


def f_ratio(n, m, p):
    """Silverstein 1985, Bai & Silverstein 2010, theorem 4.10; as a law of n values instead of p."""
    c, y = p / n, p / m
    h = np.sqrt(c + y - c * y)
    a, b = ((1 + sign * h) ** 2 / (1 - y) ** 2 for sign in (-1, 1))
    return [a, b], lambda x: c * (1 - y) * np.sqrt((b - x) * (x - a)) / (2 * np.pi * x * (c + y * x))


def inverse_wishart(gamma):
    (a, b), density = marchenko_pastur(gamma)
    return [1 / b, 1 / a], lambda x: density(1 / x) / x**2


def semicircle_plus_marchenko_pastur(gamma, variance):
    """z = 1/g + variance g + 1/(1 − γ g)."""

    def z(g):
        return 1 / g + variance * g + 1 / (1 - gamma * g)

    def coefficients(z):
        return [-variance * gamma, variance + z * gamma, 1 - gamma - z, 1]

    upper = turning_points(z, 1e-3, 1 / gamma - 1e-3)
    lower = turning_points(z, -20, -1e-3)
    return [lower.max(), upper.min()], from_polynomial(coefficients)


def deformed_semicircle(atoms, weights, variance):
    """g = Σ w/(z − variance g − d): with u = z − variance g, z = u + variance Σ w/(u − d)."""

    def z(u):
        return u + variance * sum(w / (u - d) for d, w in zip(atoms, weights, strict=True))

    def coefficients(z):
        factors = [Polynomial([z - d, -variance]) for d in atoms]
        whole = Polynomial([0, 1]) * np.prod(factors)
        rest = sum(
            w * np.prod([f for j, f in enumerate(factors) if j != i], initial=1) for i, w in enumerate(weights)
        )
        return (whole - rest).coef[::-1]

    cuts = [min(atoms) - 9, *sorted(atoms), max(atoms) + 9]
    edges = [turning_points(z, a, b) for a, b in itertools.pairwise(cuts)]
    return sorted(np.concatenate(edges)), from_polynomial(coefficients)


def generalised_marchenko_pastur(gamma, atoms, weights):
    """The companion v = −1/α has z = α + γ α Σ w t/(α − t) (Silverstein & Bai 1995)."""

    def z(alpha):
        return alpha + gamma * alpha * sum(w * t / (alpha - t) for t, w in zip(atoms, weights, strict=True))

    def coefficients(z):
        # in G = 1/α, the transform of the n×n companion: z G = 1 + γ Σ w t G/(1 − t G)
        G = Polynomial([0, 1])
        factors = [1 - t * G for t in atoms]
        rest = sum(
            w * t * np.prod([f for j, f in enumerate(factors) if j != i], initial=1)
            for i, (t, w) in enumerate(zip(atoms, weights, strict=True))
        )
        return ((z * G - 1) * np.prod(factors) - gamma * G * rest).coef[::-1]

    cuts = [0, *sorted(atoms), 9 * max(atoms)]
    inner = [turning_points(z, a, b) for a, b in itertools.pairwise(cuts)]
    negative = turning_points(z, -9 * max(atoms), 0) if gamma > 1 else np.array([])
    density = from_polynomial(coefficients)
    return sorted(np.concatenate([negative, *inner])), lambda x: density(x) / gamma


def gaussian_product(ratios):
    """Squared values of X1…Xk with entries of variance 1/columns: z = (1 + M)/M Π (1 + r_i M) with r_i = rows of X1
    over columns of X_i and M = z g − 1 (Burda, Jarosz, Livan, Nowak & Święch 2010)."""

    def z(M):
        return (1 + M) / M * np.prod([1 + r * M for r in ratios], axis=0)

    def coefficients(z):
        M = Polynomial([-1, z])
        return ((1 + M) * np.prod([1 + r * M for r in ratios]) - z * M).coef[::-1]

    density = from_polynomial(coefficients)
    upper, lower = turning_points(z, 1e-3, 9), turning_points(z, *sorted([-1, -1 / max(ratios)]))
    return np.sqrt([lower.max(), upper.min()]), lambda s: 2 * s * density(s**2) / min(1, 1 / ratios[-1])


def information_plus_noise(gamma, values, weights, variance):
    """m = Σ w/(t/(1 + γ σ² m) − (1 + γ σ² m) z + σ² (1 − γ)), t squared values (Dozier & Silverstein 2007, m =
    −g)."""

    def coefficients(z):
        s = Polynomial([1, -gamma * variance])  # 1 + γ σ² m in g
        factors = [t**2 - s * s * z + variance * (1 - gamma) * s for t in values]
        rest = sum(
            w * s * np.prod([f for j, f in enumerate(factors) if j != i], initial=1) for i, w in enumerate(weights)
        )
        return (Polynomial([0, -1]) * np.prod(factors) - rest).coef[::-1]

    return from_polynomial(coefficients)


def conjugate_kernel(neurons, inputs, samples, mu1, nu):
    """Population ν + μ1² WWᵀ: with v the companion's m, γ(1 − m_W(−w)/(μ1² v)) = 1 + z v, w = (1 + ν v)/(μ1² v), and
    c w m² + (1 − c + w) m − 1 = 0 for WWᵀ, c = N/d."""
    gamma, c = neurons / samples, neurons / inputs

    def coefficients(z):
        v = Polynomial([0, -1])  # companion m in its g
        a = mu1**2 * v  # w = (1 + ν v)/a, m = a b
        b = 1 - (1 + z * v) / gamma
        one = 1 + nu * v
        return (c * one * a * b * b + (1 - c) * a * b + one * b - 1).coef[::-1]

    density = from_polynomial(coefficients)
    return lambda x: density(x) / gamma
