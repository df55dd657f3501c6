"""The k-th Hermite coefficient as an expression in k, where f is a sum of terms of these kinds.

With P^{(j)} the j-th derivative of a polynomial P, φ the normal density, r = 1 − 2p, and c_k = μ_k/k!:

    P(z) sign(z − x)             μ_k = 2 φ(x) Σ_j P^{(j)}(x) He_{k−1−j}(x)                      k > deg P
    e^{bz} cos(ωz + φ)           μ_k = e^{(b²−ω²)/2} |β|^k cos(bω + φ + k arg β),   β = b + iω
    e^{pz² + bz},  p < 0         μ_k = e^{b²/(2r)} r^{−1/2} (−2p/r)^{k/2} He_k(b/√(−2pr))
    e^{pz²},  p > 0              μ_k = r^{−1/2} (p/r)^{k/2} k!/(k/2)! for even k
    erf(az + s)                  μ_k = √(2/π) e^{−t²/2} ρ^k (−1)^{k−1} He_{k−1}(t)               k ≥ 1
                                 ρ = a√2/√(1 + 2a²),  t = s√2/√(1 + 2a²)

and their products with z^n, (z·μ)_k = μ_{k+1} + k μ_{k−1}.  The first few k, where that does not hold, are listed.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy

from theory.elementary import Z
from theory.functions import RealFunction, function
from theory.hermite_atoms import ZERO, Atom
from theory.hermite_exact import Polynomial, decompose, exact_moments

K = sympy.Symbol("k", integer=True, nonnegative=True)
Sequence = Callable[[sympy.Expr], sympy.Expr]


def kth_coefficient(f: str | RealFunction) -> sympy.Expr:
    """c_k as a SymPy expression in the symbol `K`; ValueError where no closed form in k is known.

    >>> kth_coefficient("exp(z/3)")
    exp(1/18)/(3**k*factorial(k))
    >>> kth_coefficient("relu").subs(K, 2)
    sqrt(2)/(4*sqrt(pi))
    """
    real = f if isinstance(f, RealFunction) else function(f)
    table, rest = decompose(real.expr)
    generic, first = ZERO, 0
    for atom, polynomial in table.items():
        part = None if rest != 0 else _moments(atom, polynomial)
        if part is None:
            break
        generic, first = generic + part[0], max(first, part[1])
    else:
        if rest == 0:
            return _with_first(real, generic / sympy.factorial(K), first)
    raise ValueError(
        f"no closed form in k is known for {real.text!r}; known are piecewise polynomials, and polynomials times "
        "exp, sin, cos, erf of linear arguments or Gaussians"
    )


def _with_first(f: RealFunction, generic: sympy.Expr, first: int) -> sympy.Expr:
    listed = exact_moments(f.expr, first - 1) if first else []
    pairs = [(mu / sympy.factorial(k), sympy.Eq(K, k)) for k, mu in enumerate(listed) if mu is not None]
    generic = sympy.powsimp(generic)
    # a general formula that holds sooner needs no list
    while pairs and _agrees(generic, len(pairs) - 1, pairs[-1][0]):
        pairs.pop()
    return sympy.Piecewise(*pairs, (generic, True)) if pairs else generic


def _agrees(generic: sympy.Expr, k: int, listed: sympy.Expr) -> bool:
    try:
        value = generic.subs(K, k)
    except ValueError:  # a Hermite polynomial of negative degree
        return False
    return not value.has(sympy.nan, sympy.zoo, sympy.oo) and sympy.expand(value - listed) == 0


def _moments(atom: Atom, polynomial: Polynomial) -> tuple[sympy.Expr, int] | None:
    """μ_k of polynomial × atom and the first k for which it holds."""
    degree = max(polynomial)
    if atom == Atom():
        return ZERO, degree + 1
    if atom.kink is not None:
        plain = (atom.p, atom.b, atom.trig, atom.erfs) == (0, 0, None, ()) and atom.root is None
        return (_jump(atom.kink, polynomial), degree + 1) if plain else None
    found = _smooth(atom)
    if found is None:
        return None
    sequence, first = found
    total = ZERO
    for power in range(degree + 1):
        total += polynomial.get(power, ZERO) * sequence(K)
        sequence = _times_z(sequence)
    return total, first + degree


def _times_z(mu: Sequence) -> Sequence:
    return lambda k: mu(k + 1) + k * mu(k - 1)


def _jump(x: sympy.Expr, polynomial: Polynomial) -> sympy.Expr:
    p = sum((c * Z**n for n, c in polynomial.items()), ZERO)
    total = ZERO
    for j in range(max(polynomial) + 1):
        total += sympy.diff(p, Z, j).subs(Z, x) * hermite_at(K - 1 - j, x)
    return sympy.sqrt(2 / sympy.pi) * sympy.exp(-(x**2) / 2) * total


def hermite_at(n: sympy.Expr, x: sympy.Expr) -> sympy.Expr:
    """He_n(x) for symbolic n ≥ 0.

    >>> hermite_at(K, ZERO).subs(K, 4), hermite_at(K, sympy.Integer(2)).subs(K, 3)
    (3, 2)
    """
    if x == 0:
        return _quarter_turns(n) * 2 ** (n / 2) * sympy.gamma((n + 1) / 2) / sympy.sqrt(sympy.pi)
    return 2 ** (-n / 2) * sympy.hermite(n, x / sympy.sqrt(2))


def _quarter_turns(n: sympy.Expr) -> sympy.Expr:
    """cos(πn/2), for n = k + m through cos or sin of πk/2."""
    m = sympy.expand(n - K)
    if not m.is_Integer:
        return sympy.cos(sympy.expand(sympy.pi * n / 2))
    angle = sympy.pi * K / 2
    return [sympy.cos(angle), -sympy.sin(angle), -sympy.cos(angle), sympy.sin(angle)][int(m) % 4]


def _smooth(atom: Atom) -> tuple[Sequence, int] | None:
    """μ of an atom without a kink, and where it begins to hold."""
    if atom.erfs:
        alone = len(atom.erfs) == 1 and (atom.p, atom.b, atom.trig) == (0, 0, None)
        return (_error_function(*atom.erfs[0]), 1) if alone else None
    if atom.p == 0:
        return _wave(atom), 0
    return None if atom.trig is not None else _gaussian(atom.p, atom.b)


def _error_function(a: sympy.Expr, s: sympy.Expr) -> Sequence:
    root = sympy.sqrt(1 + 2 * a**2)
    rho, t = sympy.sqrt(2) * a / root, sympy.sqrt(2) * s / root
    density = sympy.sqrt(2 / sympy.pi) * sympy.exp(-(t**2) / 2)
    return lambda k: density * rho**k * (-1) ** (k - 1) * hermite_at(k - 1, t)


def _wave(atom: Atom) -> Sequence:
    b = atom.b
    if atom.trig is None:
        return lambda k: sympy.exp(b**2 / 2) * b**k
    wave, omega, phase = atom.trig
    size, turn = sympy.sqrt(b**2 + omega**2), sympy.atan2(omega, b)
    return lambda k: sympy.exp((b**2 - omega**2) / 2) * size**k * wave(sympy.expand(b * omega + phase + k * turn))


def _gaussian(p: sympy.Expr, b: sympy.Expr) -> tuple[Sequence, int] | None:
    r = 1 - 2 * p
    mass = sympy.exp(b**2 / (2 * r)) / sympy.sqrt(r)
    if p.is_negative:
        rate, place = sympy.sqrt(-2 * p / r), b / sympy.sqrt(-2 * p * r)
        return (lambda k: mass * rate**k * hermite_at(k, place)), 0
    if b != 0:
        return None
    return (
        lambda k: mass * _quarter_turns(k) ** 2 * (p / r) ** (k / 2) * sympy.factorial(k) / sympy.gamma(k / 2 + 1)
    ), 0
