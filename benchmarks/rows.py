"""One row of the document: what was measured, ours beside theirs, what was asked and whether it was reached.

``asked`` maps measures to the largest value asked: "ratio" and "seconds" are medians, "gigabytes" and "memory_ratio"
peaks, any other name one of the figures in ``accuracy``.  A row is reached when all of them hold.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from benchmarks.timing import Spread, ratios, spread

MISSING = {
    "torch": "PyTorch is not installed (pip install 'rmt-spikes[bench]')",
    "sklearn": "scikit-learn is not installed (pip install 'rmt-spikes[bench]')",
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the tables; None where a figure does not apply or could not be taken."""

    group: str
    what: str
    ours: str
    theirs: str | None = None
    seconds: Mapping[str, Spread | None] | None = None
    gigabytes: Mapping[str, float | None] | None = None
    ratio: Spread | None = None
    rounds: int = 0
    asked: Mapping[str, float] | None = None
    accuracy: Mapping[str, float] = field(default_factory=dict)
    note: str | None = None

    def measured(self, name: str) -> float | None:
        """The figure that an asked name speaks of."""
        if name == "ratio":
            return self.ratio and self.ratio["median"]
        if name == "seconds":
            return self.seconds and self.seconds["ours"]["median"]
        if name in ("gigabytes", "memory_ratio"):
            key = "ours" if name == "gigabytes" else "ratio"
            return self.gigabytes and self.gigabytes[key]
        return self.accuracy.get(name)

    @property
    def reached(self) -> bool | None:
        """Whether all that was asked holds; None where nothing was asked or a figure is missing."""
        values = {name: self.measured(name) for name in self.asked or {}}
        if not values or None in values.values():
            return None
        return all(values[name] <= most for name, most in self.asked.items())

    def document(self) -> dict[str, object]:
        """The row as plain JSON."""
        return {**asdict(self), "reached": self.reached}


def timed(times: Mapping[str, list[float]], theirs: str | None = None, **fields) -> Row:
    """The row of the times of "ours" beside those of ``theirs``, both from the same rounds."""
    mine = times["ours"]
    yours = times[theirs] if theirs else None
    return Row(
        theirs=theirs,
        seconds={"ours": spread(mine), "theirs": yours and spread(yours)},
        ratio=spread(ratios(mine, yours)) if yours else None,
        rounds=len(mine),
        **fields,
    )
