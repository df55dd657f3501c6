"""An experiment for the tests of the frame, in a module of its own: worker processes find it by name."""

from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from rmt_spikes import fields
from rmt_spikes.experiments import Experiment, plot_curve


@dataclass(frozen=True, kw_only=True)
class Parameters:
    size: int = field(default=400, metadata={"help": "n, how many <numbers>"})
    centre: float = field(default=0.5, metadata={"help": "μ"})
    wrong: float = 0.0
    spread: float = 1.0
    orders: tuple[float, ...] = (1, 2)
    share: Fraction = Fraction(1, 2)
    law: str = "gaussian"
    centred: bool = False

    def __post_init__(self) -> None:
        fields.keep(
            self,
            size=fields.whole("size", self.size, 2, 10**6, "from 2 to 10^6", 200),
            centre=fields.number("centre", self.centre, "at all", lambda x: True),
            wrong=fields.number("wrong", self.wrong, "at all", lambda x: True),
            spread=fields.number("spread", self.spread, "above 0", lambda x: x > 0),
            orders=fields.several("orders", self.orders, order),
            share=fields.ratio("share", self.share),
            law=fields.choice("law", self.law, ("gaussian", "rademacher")),
            centred=fields.flag("centred", self.centred),
        )


def order(name, value):
    return fields.number(name, value, "of 1 or 2", lambda k: k in (1, 2))


def predict(p):
    moments = {1: p.centre + p.wrong, 2: p.spread**2 + p.centre**2}
    return {"mean": p.centre + p.wrong, "moments": np.array([moments[k] for k in p.orders])}


def simulate(rng, p):
    z = p.centre + p.spread * rng.standard_normal(p.size)
    return {"mean": z.mean(), "moments": np.array([np.mean(z**k) for k in p.orders]), "sample": z}


def figure(result, figure):
    plot_curve(result, "moments", figure.subplots()).set(xlabel="order", ylabel="moment")


def made(**changed):
    given = {
        "name": "toy",
        "title": "Moments of <Gaussian> numbers",
        "citation": "C. F. Gauss, Theoria motus & more, 1809",
        "assumes": "Nothing: exact at any n.",
        "parameters": Parameters,
        "keys": ("mean", "moments"),
        "predict": predict,
        "simulate": simulate,
        "figure": figure,
        "control": lambda p: replace(p, centre=p.centre + 0.3),
        "points": lambda p: {"moments": ("order", p.orders)},
        "quick": Parameters(size=100),
    }
    return Experiment(**{**given, **changed})


EXPERIMENT = made()
