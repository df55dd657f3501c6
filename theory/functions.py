"""Real functions of one Gaussian variable, as σ and σ* are: NumPy evaluation, kinks, parity, derivative.

A function is admitted only if it is real and finite on the real line and square-integrable under N(0, 1); an
activation must moreover be continuous with a square-integrable derivative.  What fails is refused with the
region where it fails.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import mpmath
import numpy as np
import scipy.special
import sympy
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize_scalar

from theory.elementary import Absolute, Sigmoid, Sign, Softplus, Z
from theory.expressions import parse

NUMPY = {
    "Absolute": np.abs,
    "Sign": np.sign,
    "Softplus": lambda u: np.logaddexp(0.0, u),
    "Sigmoid": scipy.special.expit,
    "erf": scipy.special.erf,
}
HUGE = 1e12  # an exponent beyond ±10^12 counts as infinite: writing e^{e^{1024}} down would fill the memory


def _exp(u: mpmath.mpf) -> mpmath.mpf:
    return mpmath.exp(u) if abs(u) < HUGE else mpmath.inf if u > 0 else mpmath.mpf(0)


MPMATH = {
    "Absolute": mpmath.fabs,
    "Sign": mpmath.sign,
    "Softplus": lambda u: mpmath.log1p(_exp(u)) if u < HUGE else u,
    "Sigmoid": lambda u: 1 / (1 + _exp(-u)),
    "exp": _exp,
    "sinh": lambda u: (_exp(u) - _exp(-u)) / 2,
    "cosh": lambda u: (_exp(u) + _exp(-u)) / 2,
    "tanh": lambda u: mpmath.tanh(u) if abs(u) < HUGE else mpmath.sign(u),
    "erf": lambda u: mpmath.erf(u) if abs(u) < HUGE else mpmath.sign(u),
    # the phase of sin(e^{z²}) at z = 1024 would take a million digits, and only the growth is wanted
    "sin": lambda u: mpmath.sin(u) if abs(u) < 1e30 else mpmath.mpf(1),
    "cos": lambda u: mpmath.cos(u) if abs(u) < 1e30 else mpmath.mpf(1),
}
# where zeros of subexpressions are looked for: multiples of 1/400, so that 0, 1/2, … are hit exactly
GRID = np.arange(-40 * 400, 40 * 400 + 1) / 400
MOST_KINKS = 40
FINE = {"xatol": 1e-12}
# |u| is zero at a minimum below this part of its values at the distance NEXT, or of the sum of its |terms|
NEAR_ZERO, NEXT, ROUNDING = 1e-6, 1e-4, 1e-15
BESIDE = np.geomspace(1e-9, 5e-3, 60)  # distances from a zero at which signs are looked at
MOST_STRETCHES = 4  # of bad points that are named
FAR = 2.0**17  # where the growth is judged, below HUGE for z²/4
GROWTH = 0.2499  # log|f|/z² beyond which E f² is infinite, or too near to it for a quadrature


def compile_numpy(expr: sympy.Expr) -> Callable[[ArrayLike], NDArray[np.float64]]:
    """A vectorised float64 function of z."""
    # NumPy's functions refuse integers that do not fit 64 bits
    expr = expr.xreplace({k: sympy.Float(k, 60) for k in expr.atoms(sympy.Integer) if abs(k) > 2**53})
    raw = sympy.lambdify(Z, expr, modules=[NUMPY, "numpy"], cse=True)

    def call(z: ArrayLike) -> NDArray[np.float64]:
        z = np.asarray(z, dtype=float)
        with np.errstate(all="ignore"):
            value = np.asarray(raw(z))
        if np.iscomplexobj(value):  # a constant such as (−3)^(1/3) inside the expression
            value = np.where(value.imag == 0, value.real, np.nan)
        value = np.asarray(value, dtype=float)
        return (value if value.shape == z.shape else np.broadcast_to(value, z.shape)) + 0.0

    return call


@dataclass(frozen=True)
class RealFunction:
    """A function of z with its definition: ``text`` as given, ``expr`` in SymPy, ``kinks`` on the real line."""

    text: str
    expr: sympy.Expr
    kinks: tuple[float, ...]

    @cached_property
    def _numpy(self) -> Callable[[ArrayLike], NDArray[np.float64]]:
        return compile_numpy(self.expr)

    def __call__(self, z: ArrayLike) -> NDArray[np.float64]:
        """The values at ``z``, any shape, in float64."""
        return self._numpy(z)

    @cached_property
    def derivative(self) -> RealFunction:
        """The derivative almost everywhere, with the same kinks."""
        return RealFunction(f"d/dz {self.text}", sympy.diff(self.expr, Z), self.kinks)

    @cached_property
    def parity(self) -> str:
        """``"odd"``, ``"even"`` or ``"none"``, by algebra on the definition."""
        return parity(self.expr)


@lru_cache(maxsize=256)
def function(text: str) -> RealFunction:
    """The admitted function of a definition; ValueError in one line if it is refused.

    >>> function("relu").kinks, function("z**3").parity
    ((0.0,), 'odd')
    """
    return admit(text, parse(text))


@lru_cache(maxsize=256)
def activation(text: str) -> RealFunction:
    """The same for σ: continuous, and its derivative admitted too."""
    sigma = function(text)
    if not sigma.expr.has(Z):
        raise ValueError(f"the activation {text!r} is constant: no gradient step moves the weights; use tanh, say")
    for kink in sigma.kinks:
        below, above = sigma([kink - 1e-9, kink + 1e-9])
        if abs(above - below) > 1e-6 * (1 + abs(above)):
            raise ValueError(
                f"the activation {text!r} jumps at z = {kink:.6g}: its derivative vanishes almost everywhere and "
                "misses the jump, so a gradient step does not see it; use a continuous one such as tanh(5*z)"
            )
    try:
        admit(text, sigma.derivative.expr)
    except ValueError as error:
        raise ValueError(f"{error} (this concerns the derivative, which a gradient step needs)") from None
    return sigma


def admit(text: str, expr: sympy.Expr) -> RealFunction:
    """Check that the expression is real, finite and square-integrable, and find its kinks."""
    _refuse_bad_points(text, expr)
    _refuse_heavy_growth(text, expr)
    return RealFunction(text, expr, find_kinks(text, expr))


def find_kinks(text: str, expr: sympy.Expr) -> tuple[float, ...]:
    """Real points where |u|, sign(u) or a fractional power inside the expression is not analytic."""
    arguments = [atom.args[0] for atom in expr.atoms(Absolute, Sign)]
    arguments += [p.base for p in expr.atoms(sympy.Pow) if p.exp.is_Rational and not p.exp.is_Integer]
    found = [zero for u in arguments if u.has(Z) for zero in real_zeros(u)]
    kinks = tuple(sorted({round(float(zero), 13) + 0.0 for zero in found}))
    if len(kinks) > MOST_KINKS:
        raise ValueError(f"{text!r} has {len(kinks)} kinks in [-40, 40]; at most {MOST_KINKS} are handled")
    return kinks


def real_zeros(u: sympy.Expr) -> list[float]:
    """Zeros of a real expression in [−40, 40]: sign changes on a fine grid, and touching minima of |u|."""
    if u.is_polynomial(Z) and sympy.degree(u, Z) == 1:
        return [float(sympy.solve(u, Z)[0])]
    f = compile_numpy(u)
    values = f(GRID)
    zero = values == 0
    # where u vanishes on a stretch, as relu(z) does, the ends of the stretch are kinks of u itself, found there
    flat = np.convolve(zero, [1, 1, 1], mode="same") > 1
    zeros = list(GRID[zero & ~flat])
    changes = np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) < 0)
    if len(zeros) + len(changes) > 10 * MOST_KINKS:  # too many to be handled, or rounding noise: not refined
        return [*zeros, *GRID[changes]]
    for i in changes:
        zeros.append(brentq(lambda x: float(f(x)), GRID[i], GRID[i + 1], xtol=1e-15))
    return zeros + [x for x in _touching(u, f, np.abs(values)) if all(abs(x - zero) > 1e-4 for zero in zeros)]


def _touching(u: sympy.Expr, f: Callable[[ArrayLike], NDArray[np.float64]], size: NDArray[np.float64]) -> list[float]:
    """Minima of |u| that are zero: to a millionth of |u| next to them, or to the rounding of the sum that u is.

    Both are local: 1/cosh(2z) has no pole at 0, though cosh(80) is 10^34 times larger than cosh(0).
    """
    beside = np.maximum(size[:-2], size[2:])
    # |z − z0|^m takes at most 3^{−m} of its larger neighbour at the grid point next to z0
    dips = np.flatnonzero((size[1:-1] < size[:-2]) & (size[1:-1] <= size[2:]) & (size[1:-1] < 0.6 * beside)) + 1
    deepest = dips[np.argsort(size[dips] / beside[dips - 1], kind="stable")][: 10 * MOST_KINKS]
    if not deepest.size:
        return []
    terms = compile_numpy(sympy.Add(*(Absolute(term) for term in sympy.Add.make_args(u))))
    slope = compile_numpy(sympy.diff(u, Z))
    found, step = [], GRID[1] - GRID[0]
    for start in GRID[np.sort(deepest)]:
        # the tolerance of the search is relative: so it runs over the distance from the grid point
        best = minimize_scalar(
            lambda t, start=start: abs(float(f(start + t))), method="bounded", bounds=(-step, step), options=FINE
        )
        x = float(start + best.x)
        if best.fun <= max(NEAR_ZERO * np.abs(f([x - NEXT, x + NEXT])).min(), ROUNDING * float(terms(x))):
            found.append(_levelled(slope, x))
    return found


def _levelled(slope: Callable[[ArrayLike], NDArray[np.float64]], x: float) -> float:
    """The zero of u' next to x: |u| itself is flat there to the square root of the rounding."""
    below, above = slope([x - NEXT, x + NEXT])
    return brentq(lambda t: float(slope(t)), x - NEXT, x + NEXT, xtol=1e-15) if below * above < 0 else x


def _refuse_bad_points(text: str, expr: sympy.Expr) -> None:
    """Non-real or non-finite values on the line, by grid and by the zeros of denominators and logarithms."""
    window = GRID[np.abs(GRID) <= 20]
    values = compile_numpy(expr)(window)
    bad = window[~np.isfinite(values)]
    if bad.size:
        where = _stretches(bad)
        raise ValueError(f"{text!r} is not a finite real number {where}; it must be one, below 1e308, up to |z| = 20")
    risky = [p.base for p in expr.atoms(sympy.Pow) if p.exp.is_negative]
    risky += [atom.args[0] for atom in expr.atoms(sympy.log)]
    for u in risky:
        zeros = real_zeros(u) if u.has(Z) else []
        if zeros:
            raise ValueError(
                f"{text!r} is not finite at z = {zeros[0]:.6g}, or so large that rounding decides; it must be finite "
                "for every real z"
            )
    _refuse_unreal_gaps(text, expr)


def _refuse_unreal_gaps(text: str, expr: sympy.Expr) -> None:
    """Roots of what is negative on less than a step of the grid, next to where it is small; with fifty digits, since
    rounding alone makes √(z² − 2z/3 + 1/9) unreal."""
    roots = {p.base for p in expr.atoms(sympy.Pow) if p.exp.is_Rational and p.exp.q % 2 == 0 and p.base.has(Z)}
    for u in roots:
        value = sympy.lambdify(Z, u, modules=[MPMATH, "mpmath"])
        for zero in real_zeros(u):
            with mpmath.workdps(50):
                near = [mpmath.mpf(float(zero)) + side * mpmath.mpf(float(t)) for t in BESIDE for side in (-1, 1)]
                bad = [float(x) for x in near if mpmath.re(value(x)) < 0]
            if bad:
                raise ValueError(
                    f"{text!r} is not a finite real number between z = {min(bad):.9g} and {max(bad):.9g}; it must be "
                    "one, below 1e308, up to |z| = 20"
                )


def _stretches(bad: NDArray[np.float64]) -> str:
    """Points of the grid as text, each run of neighbours by its ends."""
    runs = np.split(bad, np.flatnonzero(np.diff(bad) > 1.5 * (GRID[1] - GRID[0])) + 1)
    named = [
        f"at z = {run[0]:.6g}" if run.size == 1 else f"from {run[0]:.6g} to {run[-1]:.6g}"
        for run in runs[:MOST_STRETCHES]
    ]
    more = len(runs) - len(named)
    text = " and ".join(named) + (f" and at {more} more places up to {bad[-1]:.6g}" if more else "")
    return f"at many z {text}" if text.startswith("from") else text


def _refuse_heavy_growth(text: str, expr: sympy.Expr) -> None:
    """E f² < ∞ needs log|f| below z²/4 in the tails; judged at |z| = 2 … 1024 with unbounded exponents."""
    f = sympy.lambdify(Z, expr, modules=[MPMATH, "mpmath"])

    def growth(z: float) -> mpmath.mpf:
        try:
            size = mpmath.fabs(f(mpmath.mpf(z)))
        except (ZeroDivisionError, ValueError, OverflowError):
            raise ValueError(f"{text!r} is not a finite real number at z = {z}") from None
        return mpmath.log(size) if size > 0 else mpmath.mpf(-1)

    # whole and other points, so that no factor such as sin(πz) hides the growth
    directions = [sign * stretch for stretch in (1, 1.2371) for sign in (1, -1)]
    with mpmath.workdps(30), warnings.catch_warnings():
        for z in [direction * 2**j for j in range(1, 11) for direction in directions]:
            if growth(z) <= GROWTH * z**2 + (500 if abs(z) < 1024 else 0):
                continue
            size = f"|f({z})| ≈ 1e{int(min(growth(z), HUGE) / mpmath.log(10))}"
            if any(growth(far) >= mpmath.mpf(far) ** 2 / 4 for far in [FAR * direction for direction in directions]):
                raise ValueError(
                    f"{text!r} is not square-integrable under the Gaussian: it grows like exp(z²/4) or faster "
                    f"({size}); use a slower one"
                )
            raise ValueError(
                f"{text!r} grows too fast to be integrated numerically against the Gaussian ({size}): accepted is up "
                f"to about exp({GROWTH} z²), and E f² is infinite from exp(z²/4) on; use a slower one"
            )


def parity(expr: sympy.Expr) -> str:
    """Parity by algebra: of the expression as it stands, else of its expanded form."""
    for form in (expr, sympy.expand(rewrite_even(expr), power_exp=False, log=False, trig=False)):
        sign = _parity(form)
        if sign:
            return "even" if sign > 0 else "odd"
    return "none"


ODD = (sympy.tanh, sympy.erf, sympy.sin, sympy.sinh, sympy.atan, Sign)
EVEN = (sympy.cos, sympy.cosh, Absolute)


def _parity(expr: sympy.Expr) -> int:
    """+1 even, −1 odd, 0 unknown; the zero function counts as even."""
    if not expr.has(Z):
        return 1
    if expr == Z:
        return -1
    if isinstance(expr, sympy.Add):
        signs = {_parity(term) for term in expr.args}
        return signs.pop() if len(signs) == 1 else 0
    if isinstance(expr, sympy.Mul):
        return int(np.prod([_parity(factor) for factor in expr.args]))
    inner = _parity(expr.args[0])
    if isinstance(expr, sympy.Pow) and expr.exp.is_Integer:
        return inner ** int(expr.exp % 2) if inner else 0
    if inner > 0:
        return 1
    if inner < 0 and isinstance(expr, ODD):
        return -1
    return 1 if inner < 0 and isinstance(expr, EVEN) else 0


def rewrite_even(expr: sympy.Expr) -> sympy.Expr:
    """Split sigmoid and softplus into their odd and even parts: (1 + tanh(u/2))/2 and u/2 + log(2 cosh(u/2))."""
    expr = expr.replace(Sigmoid, lambda u: (1 + sympy.tanh(u / 2)) / 2)
    return expr.replace(Softplus, lambda u: u / 2 + sympy.log(2 * sympy.cosh(u / 2)))
