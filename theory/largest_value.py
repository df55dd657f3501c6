"""The law of the largest value of a solved bulk (`theory.dyson`): edge, curvature and shift from its own equation.

At its upper edge the reduced Dyson equation has a fold, Im⟨G⟩ ≈ amplitude √(x₊ − x), hence the curvature c of
`theory.edge_law`: the density of singular values is 2 Im m/π (m is that of the law of ±s), that of eigenvalues
Im m/π.  The shift of a real matrix's edge is read off log |det J| a little above, J the Jacobian of that equation:
for W0 it is 1 − γA²B² times what does not vanish.

The fluctuations are those of a Gaussian polynomial whose diagonals are fixed.  Not covered: an edge that is none of a
square root; a band at the top that holds few values (an *island*: single rows with large readouts, as in the bulk of
W1 and W2 with Gaussian readouts, where the quantile ½/min(N, d) stands in); deterministic or spherical corrections of
order 1/p (rows of length 1: `theory.rectangle_edge`).
"""

from __future__ import annotations

import numpy as np

from theory.dyson.edges import Edge
from theory.dyson.outliers import RealAxis
from theory.dyson.spectrum import Spectrum
from theory.edge_law import LargestValue, SoftEdge, edge_law, edge_shift

ABOVE = np.geomspace(3e-4, 3e-2, 8)  # of the edge: where det J is read
FEWEST = 20  # values in the top band: with fewer its edge is no edge of a bulk


def largest_value_law(spectrum: Spectrum) -> LargestValue:
    """Tracy–Widom, β = 1, at the upper edge; ValueError where it does not apply.

    >>> from theory.dyson.dimensions import Dimension
    >>> from theory.dyson.law import SingularValues
    >>> from theory.dyson.matrices import Gaussian
    >>> N, d = Dimension("N", 300), Dimension("d", 200)
    >>> law = largest_value_law(SingularValues(Gaussian("W", N, d, 1 / d)))
    >>> round(law.edge, 4), round(law.scale, 5)  # (√299.5 + √199.5)/√200
    (2.2225, 0.01784)
    """
    edge = _soft_edge(spectrum)
    explorer = spectrum.explorer
    sides = 2 if explorer.even else 1
    soft = SoftEdge(edge.x, sides * explorer.factor * edge.amplitude)
    axis = RealAxis(explorer.equation)
    known = axis.states(spectrum.top.gap)
    states = [axis.at(float(x), known) for x in edge.x + abs(edge.x) * ABOVE]
    z = np.array([state.x for state in states])
    logs = [np.linalg.slogdet(explorer.equation.jacobian(state.point.G))[1] for state in states]
    shift = edge_shift(z, np.array(logs), soft, round(spectrum.count))
    return edge_law(edge.x + shift, soft.curvature, round(spectrum.count))


def _soft_edge(spectrum: Spectrum) -> Edge:
    end = spectrum.top.gap.lower
    if end is None or end.edge is None:
        raise ValueError(
            "the upper end of this law is no soft edge (the density does not vanish there like a square root): there "
            "is no Tracy–Widom law; use the quantile Spectrum.largest_value"
        )
    if len(spectrum.support.bands) > 1:
        values = spectrum.bands[-1].mass * spectrum.count
        if values < FEWEST:
            raise ValueError(
                f"the upper end belongs to an island of about {values:.1f} values: it follows single rows or "
                "samples, not a Tracy–Widom law; use the quantile Spectrum.largest_value"
            )
    return end.edge
