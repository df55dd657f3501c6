"""The classical laws, each an expression: a line that says what the matrix is, and the engine does the rest.

Arguments are sizes, of which only the ratios matter to a law (0.5 and 1 serve as well as 500 and 1000; matrices are
drawn at whole sizes).  A law of a diagonal is what `theory.dyson.matrices.Diagonal` takes: atoms with weights,
samples or a frozen scipy.stats distribution.  All Gaussian matrices here have independent entries, real.

>>> law = marchenko_pastur(1000, 250)
>>> round(law.lower, 12), round(law.upper, 12), law.expression
(0.25, 2.25, X.T*X)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sympy import Identity, sqrt

from theory.dyson.dimensions import Dimension
from theory.dyson.law import Eigenvalues, SingularValues
from theory.dyson.matrices import Diagonal, Gaussian, outer
from theory.dyson.quantile_laws import law as atoms_of
from theory.dyson.vectors import direction


def wigner(name: str, n: Dimension, variance: float = 1.0) -> Any:
    """(G + Gᵀ)/√2: a symmetric matrix whose entries off the diagonal have variance ``variance``/n."""
    G = Gaussian(name, n, n, variance / n)
    return (G + G.T) / sqrt(2)


def semicircle(n: float, variance: float = 1.0) -> Eigenvalues:
    """Wigner 1955: a semicircle on ±2√variance."""
    return Eigenvalues(wigner("G", Dimension("n", n), variance))


def marchenko_pastur(n: float, p: float, variance: float = 1.0) -> Eigenvalues:
    """XᵀX of n samples in p dimensions, entries of variance ``variance``/n (Marchenko & Pastur 1967)."""
    X = _samples("X", n, p, variance)
    return Eigenvalues(X.T * X)


def rectangular(n: float, p: float, variance: float = 1.0) -> SingularValues:
    """Singular values of X, n×p with entries of variance ``variance``/p; closed form `theory.MarchenkoPastur`."""
    rows, cols = Dimension("n", n), Dimension("p", p)
    return SingularValues(Gaussian("X", rows, cols, variance / cols))


def generalised_marchenko_pastur(
    n: float, p: float, population: Any, weights: ArrayLike | None = None
) -> Eigenvalues:
    """√Σ XᵀX √Σ: the sample covariance of n samples whose population covariance has the law ``population``
    (Marchenko & Pastur 1967; Silverstein & Bai 1995)."""
    X = _samples("X", n, p)
    root = _root("sigma", X.cols, population, weights)
    return Eigenvalues(root * X.T * X * root)


def separable_covariance(n: float, p: float, population: Any, samples: Any) -> Eigenvalues:
    """√Σ Xᵀ T X √Σ: samples of unequal weights T, such as correlated in time (Zhang 2006; Burda et al. 2005)."""
    X = _samples("X", n, p)
    root = _root("sigma", X.cols, population, None)
    return Eigenvalues(root * X.T * Diagonal("tau", X.rows, samples) * X * root)


def deformed_semicircle(n: float, law: Any, weights: ArrayLike | None = None, variance: float = 1.0) -> Eigenvalues:
    """D + semicircle: the free sum of a law with a semicircle (Pastur 1972; Biane 1997)."""
    size = Dimension("n", n)
    return Eigenvalues(Diagonal("D", size, law, weights=weights) + wigner("G", size, variance))


def semicircle_plus_marchenko_pastur(n: float, p: float, variance: float = 1.0) -> Eigenvalues:
    """XᵀX + semicircle of the given variance: their free sum."""
    X = _samples("X", n, p)
    return Eigenvalues(X.T * X + wigner("G", X.cols, variance))


def wishart_difference(n: float, m: float, p: float) -> Eigenvalues:
    """XᵀX − YᵀY of n and m samples: the free difference of two Marchenko–Pastur laws."""
    X = _samples("X", n, p)
    Y = _samples("Y", m, p, rows="m")
    return Eigenvalues(X.T * X - Y.T * Y)


def jacobi(n: float, m: float, p: float) -> Eigenvalues:
    """X (XᵀX + YᵀY)⁻¹ Xᵀ, n×n, of n and m samples in p dimensions, p < n + m: MANOVA, or Jacobi ensemble (Wachter
    1980).  Where p > m there is an atom at 1, which the solver does not find yet: it refuses.
    XᵀX (XᵀX + YᵀY)⁻¹ has the same values but for zeros: p instead of n in number.
    """
    if p >= n + m:
        raise ValueError(f"XᵀX + YᵀY has no inverse: p = {p:g} is not below n + m = {n + m:g}; give more samples")
    X, Y = _samples("X", n, p), _samples("Y", m, p, m / n, rows="m")
    return Eigenvalues(X * (X.T * X + Y.T * Y) ** -1 * X.T)


def f_ratio(n: float, m: float, p: float) -> Eigenvalues:
    """X (YᵀY)⁻¹ Xᵀ, n×n, of n and m samples of variance 1/n and 1/m, p < m: the F-matrix S1 S2⁻¹ of two sample
    covariances (Silverstein 1985), which has the same values but for zeros: p instead of n in number.
    """
    _more_samples("YᵀY", "m", m, p)
    X, Y = _samples("X", n, p), _samples("Y", m, p, rows="m")
    return Eigenvalues(X * (Y.T * Y) ** -1 * X.T)


def inverse_wishart(n: float, p: float) -> Eigenvalues:
    """(XᵀX)⁻¹ for p < n: the law of 1/λ of Marchenko–Pastur."""
    _more_samples("XᵀX", "n", n, p)
    X = _samples("X", n, p)
    return Eigenvalues((X.T * X) ** -1)


def gaussian_product(*sizes: float) -> SingularValues:
    """Singular values of X1 X2 … Xk, X_i of shape sizes[i−1]×sizes[i] with entries of variance 1/sizes[i]; squared,
    and for equal sizes, the Fuss–Catalan law (Penson & Życzkowski 2011; Burda et al. 2010).
    """
    if len(sizes) < 2:
        raise ValueError(f"a product needs at least two sizes, rows and columns of X1; {sizes} came")
    spaces = [Dimension(f"n{i}", size) for i, size in enumerate(sizes)]
    product = Gaussian("X1", spaces[0], spaces[1], 1 / spaces[1])
    for i in range(2, len(spaces)):
        product = product * Gaussian(f"X{i}", spaces[i - 1], spaces[i], 1 / spaces[i])
    return SingularValues(product)


def information_plus_noise(
    n: float, p: float, values: Any, weights: ArrayLike | None = None, variance: float = 1.0
) -> Eigenvalues:
    """(R + X)ᵀ(R + X), n×p with p ≤ n, X of entries of variance ``variance``/n, R a fixed matrix whose singular
    values have the law ``values`` (Dozier & Silverstein 2007).

    X is as likely as any rotation of it, so that R may be taken as a diagonal above zeros.
    """
    if p > n:
        raise ValueError(f"information plus noise is n×p with p ≤ n; {n:g}×{p:g} came: give the transpose")
    cols = Dimension("p", p)
    upper = Diagonal("R", cols, values, weights=weights) + Gaussian("X", cols, cols, variance / n)
    if n == p:
        return Eigenvalues(upper.T * upper)
    rest = Gaussian("Y", Dimension("q", n - p), cols, variance / n)
    return Eigenvalues(upper.T * upper + rest.T * rest)


def conjugate_kernel(N: float, d: float, n: float, mu1: float, nu: float) -> Eigenvalues:
    """F Fᵀ/n for the features F = σ(W X) of N neurons on n samples in d dimensions, by the Gaussian-equivalent
    F ≈ μ1 W X + √ν Θ, μ1 = E σ'(h), ν = E σ² − (E σ)² − μ1² (Pennington & Worah 2017).
    """
    neurons, inputs, samples = Dimension("N", N), Dimension("d", d), Dimension("n", n)
    linear = Gaussian("W", neurons, inputs, 1 / inputs) * Gaussian("X", inputs, samples, 1 / samples)
    F = mu1 * linear + Gaussian("Theta", neurons, samples, nu / samples)
    return Eigenvalues(F * F.T)


def anticommutator(n: float, p: float) -> Eigenvalues:
    """S XᵀX + XᵀX S for a semicircle S and Marchenko–Pastur XᵀX: a polynomial that is no free sum or product."""
    X = _samples("X", n, p)
    S = wigner("G", X.cols)
    return Eigenvalues(S * X.T * X + X.T * X * S)


def spiked_wigner(n: float, theta: float, variance: float = 1.0) -> Eigenvalues:
    """Semicircle + θ b bᵀ: an outlier θ + variance/θ iff θ² > variance (Péché 2006; Capitaine, Donati-Martin & Féral
    2009)."""
    size = Dimension("n", n)
    b = direction("b", size)
    return Eigenvalues(wigner("G", size, variance) + theta * outer(b, b))


def spiked_covariance(n: float, p: float, spike: float) -> Eigenvalues:
    """√Σ XᵀX √Σ with Σ = I + ℓ b bᵀ: an outlier (1 + ℓ)(1 + γ/ℓ), γ = p/n, iff ℓ > √γ (Baik, Ben Arous & Péché 2005;
    Paul 2007)."""
    if not spike > -1:
        raise ValueError(f"the population covariance I + ℓ b bᵀ needs ℓ > −1; {spike} came")
    X = _samples("X", n, p)
    b = direction("b", X.cols)
    root = Identity(X.cols) + float(np.sqrt(1 + spike) - 1) * outer(b, b)
    return Eigenvalues(root * X.T * X * root)


def spiked_rectangular(n: float, p: float, theta: float) -> SingularValues:
    """X + θ u vᵀ, X n×p with entries of variance 1/p: an outlier iff θ > (n/p)^{1/4} (Benaych-Georges & Nadakuditi
    2012); closed form `theory.MarchenkoPastur`."""
    rows, cols = Dimension("n", n), Dimension("p", p)
    return SingularValues(
        Gaussian("X", rows, cols, 1 / cols) + theta * outer(direction("u", rows), direction("v", cols))
    )


def _samples(name: str, n: float, p: float, variance: float = 1.0, rows: str = "n") -> Gaussian:
    """n×p with entries of variance ``variance``/n."""
    samples = Dimension(rows, n)
    return Gaussian(name, samples, Dimension("p", p), variance / samples)


def _root(name: str, dimension: Dimension, population: Any, weights: ArrayLike | None) -> Diagonal:
    """√Σ of a population law."""
    source = atoms_of(name, dimension, population, weights)
    if source.atoms.min() < 0:
        raise ValueError(
            f"the law of {name} is that of a covariance; it falls to {source.atoms.min():g}: give it ≥ 0"
        )
    return Diagonal(name, dimension, source, np.sqrt)


def _more_samples(matrix: str, name: str, samples: float, p: float) -> None:
    if p >= samples:
        raise ValueError(f"{matrix} has no inverse: p = {p:g} is not below {name} = {samples:g}; give more samples")
