"""Which terms of W2 ≈ W0 + Σ_k a^{∘(k+1)} R_kᵀ make an outlier of their own, and which of them carry β*.

R_k = (η2 η1^k/n) Σ_j y_j Φ_k(y_j, g_j) x_j to leading order, plus η1 μ1 β1 at k = 0.  The left vectors are linearly
independent for a Gaussian readout, and the scales N^{α2 − k(1/2 − α1)} fall with k, so that the k-th term adds a
singular value of its scale iff R_k is linearly independent of R_0 … R_{k−1} (the singular values of L D Rᵀ with
graded D follow the pivots of R).  Since R_k is isotropic but for two directions, that means: iff y Φ_k(y, g) is
independent of y Φ_0, …, y Φ_{k−1} as a function of a sample.  Hence four fates:

    alive      independent: an outlier of scale N^{α2 − k(1/2 − α1)}
    killed     Φ_k = 0.  Fresh batches and c_2 E y = 0: Φ_k = (k+1) c_{k+1} E_ξ(μ1 g + κξ)^k, so iff c_{k+1} = 0 (or
               c_1 = 0 and k is odd).  Reused batch: iff moreover all E[σ^{(k+1)} σ'^i], i ≤ k, vanish, as they do
               for odd σ and odd k
    absorbed   Φ_k ≠ 0 in the span of earlier ones: it turns their left vectors and adds nothing at its scale
    merged     Rademacher readout: a^{∘(k+1)} is a or constant, so only one even and one odd term stay

Term k shows β* iff o_k = E[z y Φ_k] ≠ 0: for fresh batches and c*_1 = 0 never, since g is then independent of z;
with a reused batch o_k = Σ_{ij} Φ_k[y^i g^j] E[z y^{i+1}] E g^j, whose first chance is k = J with weight
φ^J E[σ^{(J+1)} σ'^J]/J!.  (Derived for this project; see docs/phases.md.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from theory.expansion import NoExpansion, Polynomial, kinked_message, response_term, self_moment
from theory.hermite import HermiteCoefficient, hermite_coefficients
from theory.labels import label_moment
from theory.model import Model
from theory.population import sample_nodes
from theory.quadrature import Array
from theory.spikes import FINE

DEPENDENT = 1e-7  # relative distance to the span of earlier terms that counts as none
MOST_TERMS = 8


@dataclass(frozen=True)
class Term:
    """Term k: ``coefficient`` c_{k+1}, Φ_k as {(i, j): coefficient of y^i g^j}, its ``fate`` (module docstring) with
    the ``reason``, and ``carries_target``: o_k ≠ 0."""

    k: int
    coefficient: HermiteCoefficient
    response: Polynomial
    fate: str
    reason: str
    carries_target: bool


def terms(model: Model, most: int = MOST_TERMS) -> tuple[Term, ...]:
    """Terms k = 0 … most − 1 with their fates.

    ValueError where the expansion does not exist: a kinked σ with a reused batch.

    >>> model = Model.of(activation="relu", target="z", width=100, dim=50, samples=100, alpha1=0.3)
    >>> [term.fate for term in terms(model, 5)]
    ['alive', 'alive', 'killed', 'alive', 'killed']
    """
    if model.reuse and model.sigma.kinks:
        raise NoExpansion(kinked_message(model.sigma))
    c = hermite_coefficients(model.sigma, most)
    responses = response_polynomials(model, most)
    fates = _fates(model, responses)
    return tuple(
        Term(
            k, c[k + 1], responses[k], fates[k], _reason(model, k, c[k + 1], fates[k]), _carries(model, responses[k])
        )
        for k in range(most)
    )


def response_polynomials(model: Model, most: int) -> list[Polynomial]:
    """Φ_0 … Φ_{most−1}, with certified zeros."""

    def moment(k: int, i: int, p: int) -> float:
        found = self_moment(model.sigma, k, i, p)
        return 0.0 if found.vanishes else found.value

    variance = model.activation_moments[2]
    label = hermite_coefficients(model.target, 0)[0]
    m = 0.0 if label.vanishes else moment(0, 0, 1) * label.value
    phi = model.phi if model.reuse else 0.0
    mu1 = moment(0, 0, 0)
    return [response_term(k, moment, phi, mu1, model.phi * model.m2 * variance, m) for k in range(most)]


def _fates(model: Model, responses: list[Polynomial]) -> list[str]:
    z, t, y, w = sample_nodes(model, FINE)
    c1, _, m2 = model.target_moments
    g = c1 * z + np.sqrt(model.phi * m2) * t
    basis: list[Array] = []
    taken: set[int] = set()
    fates = []
    for k, response in enumerate(responses):
        if not response:
            fates.append("killed")
        elif model.readout == "rademacher" and k % 2 in taken:
            fates.append("merged")
        else:
            new = _new_direction(_values(response, y, g) * y * np.sqrt(w), basis)
            fates.append("alive" if new else "absorbed")
            if new:
                taken.add(k % 2)
    return fates


def _values(response: Polynomial, y: Array, g: Array) -> Array:
    return np.sum([value * y**i * g**j for (i, j), value in response.items()], axis=0)


def _new_direction(q: Array, basis: list[Array]) -> bool:
    """Whether q leaves the span of the orthonormal ``basis``, which then grows by it."""
    rest = q / np.linalg.norm(q)
    for _ in range(2):
        for direction in basis:
            rest = rest - (direction @ rest) * direction
    distance = float(np.linalg.norm(rest))
    if distance > DEPENDENT:
        basis.append(rest / distance)
    return distance > DEPENDENT


def _carries(model: Model, response: Polynomial) -> bool:
    """o_k = Σ Φ_k[y^i g^j] E[z y^{i+1} g^j] ≠ 0."""
    c1 = label_moment(model.target, 0.0, 1)
    if c1:  # E g^j couples to z; then the leading term carries β* already, unless μ1 = 0 and no g occurs
        z, t, y, w = sample_nodes(model, FINE)
        g = c1 * z + np.sqrt(model.phi * model.m2) * t
        moments = [(value, z * y ** (i + 1) * g**j) for (i, j), value in response.items()]
        # against the size of the integrands: a moment that vanishes by parity is rounding, and no scale for itself
        size = sum(abs(value) * float(w @ np.abs(moment)) for value, moment in moments)
        return abs(sum(value * float(w @ moment) for value, moment in moments)) > DEPENDENT * size
    if not model.reuse:
        return False
    b2 = model.phi * model.m2
    parts = [
        value * label_moment(model.target, model.noise, i + 1) * b2 ** (j / 2) * float(np.prod(range(1, j, 2)))
        for (i, j), value in response.items()
        if j % 2 == 0
    ]
    return abs(sum(parts)) > DEPENDENT * sum(map(abs, parts))


def _first(model: Model) -> str:
    """= 0, or that it is smaller than any double."""
    first = hermite_coefficients(model.sigma, 1)[1]
    return "= 0" if first.vanishes else f"= {first.exact or first.value} rounds to 0 in doubles"


def _reason(model: Model, k: int, c: HermiteCoefficient, fate: str) -> str:
    name = f"c_{k + 1}"
    if c.vanishes:
        how = "exactly" if c.exact is not None else f"within {c.error_bound:.0e}"
        odd = model.sigma.parity == "odd" and k % 2 == 1
        name += f" = 0 {'(σ is odd)' if odd else how}"
    else:
        name += f" = {c.exact if c.exact is not None and len(str(c.exact)) < 24 else format(c.value, '.4g')}"
    if fate == "killed" and not c.vanishes:
        return f"{name}, but c_1 {_first(model)}: the first step shifts nothing"
    if fate == "killed" and model.reuse and k:
        return f"{name}, and so are all E[σ^({k + 1}) σ'^i]"
    if fate == "merged":
        return f"{name}; Rademacher readout: the left vector is that of an earlier term"
    if fate == "absorbed":
        return f"{name}; its right vector lies in the span of earlier ones"
    if fate == "alive" and c.vanishes:
        keeper = f"the self-interaction E[σ^({k + 1}) σ'^i] ≠ 0" if model.reuse else "E y ≠ 0"
        return f"{name}, but {keeper} keeps it"
    return name
