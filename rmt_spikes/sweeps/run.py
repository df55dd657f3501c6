"""The `[run]` of a sweep: how many draws of each cell, from which seed, and what is kept of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rmt_spikes.fields import choice, seed, whole
from rmt_spikes.sweeps.refusals import Refused, at, refuse_unknown

if TYPE_CHECKING:
    import numpy as np

    from rmt_spikes.problem import TwoLayer

KEEP = ("outliers", "bulk", "spectrum", "draws")
MOST_TRIALS, MOST_OUTLIERS, MOST_THREADS = 100_000, 1000, 1024


@dataclass(frozen=True, kw_only=True)
class Run:
    """What is done in every cell.

    trials     independent draws; 0 for the theory alone
    seed       of all randomness
    keep       "outliers", always; "bulk" (quantiles and largest value), "spectrum" (all values), "draws" (the theory
               given each draw)
    bulk       the bulk of the theory: "dyson", or "mp" for that of W0
    outliers   how many leading ones are stored
    threads    BLAS threads of a cell; another number may change last bits

    Raises ValueError naming the field and what it accepts.

    >>> Run(keep=["bulk"]).keep
    ('outliers', 'bulk')
    """

    trials: int = 4
    seed: int = 0
    keep: tuple[str, ...] = ("outliers",)
    bulk: str = "dyson"
    outliers: int = 8
    threads: int = 1

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Run:
        """From a `[run]` table."""
        refuse_unknown("[run]", table, (field.name for field in dataclasses.fields(cls)))
        return cls(**table)

    def __post_init__(self) -> None:
        counts = {"trials": (0, MOST_TRIALS, 4), "outliers": (1, MOST_OUTLIERS, 8), "threads": (1, MOST_THREADS, 1)}
        for field, (least, most, example) in counts.items():
            with at(field):
                self._set(field, whole(field, getattr(self, field), least, most, f"from {least} to {most}", example))
        with at("seed"):
            self._set("seed", seed(self.seed))
        with at("bulk"):
            self._set("bulk", choice("bulk", self.bulk, ("dyson", "mp")))
        with at("keep"):
            self._set("keep", _kept(self.keep))
            if self.trials == 0 and self.keep != ("outliers",):
                raise Refused(f"keep = {list(self.keep)} needs draws and trials = 0: set trials, or leave keep out")

    def _set(self, field: str, value: object) -> None:
        object.__setattr__(self, field, value)

    def compute(self, problem: TwoLayer) -> dict[str, np.ndarray]:
        """Every variable of a cell."""
        from rmt_spikes.sweeps.cell import compute

        return compute(problem, self)

    def seconds(self, problems: Sequence[TwoLayer]) -> list[float]:
        """What each is expected to take, by the counts of `rmt_spikes.cost`."""
        from rmt_spikes.sweeps.estimate import counted

        return counted(problems, self)

    def document(self) -> dict[str, Any]:
        """As a JSON-able table; `Run.of` inverts it."""
        return {**dataclasses.asdict(self), "keep": list(self.keep)}


def _kept(words: Any) -> tuple[str, ...]:
    """In the order of KEEP, "outliers" among them."""
    if not isinstance(words, list | tuple):
        raise Refused(f'keep = {words!r:.60} is not a list: give one such as keep = ["outliers", "bulk"]')
    for k, word in enumerate(words):
        with at(k):
            choice("keep", word, KEEP)
            if word in words[:k]:
                raise Refused(f"keep = {word!r} is there twice: leave one out")
    return tuple(word for word in KEEP if word == "outliers" or word in words)
