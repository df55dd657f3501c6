"""Random compositions of the catalogue: the exact coefficients are the integrals of an independent witness."""

import mpmath
from hermite_witness import coefficients
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mpmath import mpf

from theory.hermite import hermite_coefficients

DEGREE, DIGITS = 5, 30
small = st.sampled_from(["1/2", "1", "-1", "2", "-3/2", "1/3"])
shift = st.sampled_from(["0", "1", "-1/2", "1/4"])


def number(text):
    top, _, bottom = text.partition("/")
    return mpf(top) / mpf(bottom or "1")


def line(a, b):
    return f"({a})*z + ({b})", lambda z: number(a) * z + number(b), lambda: -number(b) / number(a)


@st.composite
def smooth(draw):
    u, value, _ = line(draw(small), draw(shift))
    name, f = draw(
        st.sampled_from([("sin", mpmath.sin), ("cos", mpmath.cos), ("erf", mpmath.erf), ("exp", mpmath.exp)])
    )
    return f"{name}({u})", lambda z: f(value(z)), []


@st.composite
def gaussian(draw):
    u, value, _ = line(draw(small), draw(shift))
    return f"exp(-({u})**2/2)", lambda z: mpmath.exp(-(value(z) ** 2) / 2), []


@st.composite
def kinked(draw):
    u, value, kink = line(draw(small), draw(shift))
    name, f = draw(
        st.sampled_from([("sign", mpmath.sign), ("abs", mpmath.fabs), ("relu", lambda x: (x + mpmath.fabs(x)) / 2)])
    )
    return f"{name}({u})", lambda z: f(value(z)), [kink]


@st.composite
def term(draw):
    """A polynomial times one smooth atom, or up to two kinked ones, or one kinked and a Gaussian or exponential."""
    chosen = draw(
        st.sampled_from([[smooth()], [gaussian()], [kinked()], [kinked(), kinked()], [kinked(), gaussian()]])
    )
    c, a = draw(small), draw(shift)
    power = draw(st.integers(0, 2))
    text, values, kinks = f"({c})*(z + ({a}))**{power}", [], []
    for atom in chosen:
        inner, f, k = draw(atom)
        text, values, kinks = f"{text}*{inner}", [*values, f], [*kinks, *k]

    def value(z):
        return number(c) * (z + number(a)) ** power * mpmath.fprod(f(z) for f in values)

    return text, value, kinks


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(term(), min_size=1, max_size=3))
def test_exact_coefficients_are_the_integrals(terms):
    text = " + ".join(t for t, _, _ in terms)
    exact = [c.exact for c in hermite_coefficients(text, DEGREE)]
    assert None not in exact, text
    with mpmath.workdps(DIGITS + 10):
        kinks = [k() for _, _, ks in terms for k in ks]
        expected = coefficients(lambda z: mpmath.fsum(f(z) for _, f, _ in terms), kinks, DEGREE, DIGITS, reach=15)
        for value, integral in zip(exact, expected, strict=True):
            assert abs(mpf(str(value.evalf(DIGITS + 5, maxn=300))) - integral) < mpf(10) ** -(DIGITS - 2), text
