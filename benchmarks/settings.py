"""The sizes of a run: ``small`` (minutes), ``default`` (those of the reach), ``large``; each number also by hand."""

from dataclasses import dataclass, replace

from rmt_spikes.fields import whole

# what the reach is stated for; elsewhere rows are measured all the same but nothing is asked of them
STATED = {"width": 4000, "dim": 2000, "samples": 4000, "threads": 2}


@dataclass(frozen=True)
class Settings:
    """N, d, n of the two steps, rounds, threads, widths of the scaling (at the ratios of N, d, n).

    >>> chosen("small").triplet_shape, chosen("small", width=4000, dim=2000, samples=4000).stated
    ((2000, 1000), True)
    """

    name: str
    width: int
    dim: int
    samples: int
    rounds: int
    scaling: tuple[int, ...]
    triplets: int = 10
    threads: int = 2

    @property
    def stated(self) -> bool:
        """Whether these are the sizes that the reach is stated for."""
        return all(getattr(self, name) == value for name, value in STATED.items())

    @property
    def triplet_shape(self) -> tuple[int, int]:
        """The matrix whose leading triplets are sought: 8000 × 4000 in the reach."""
        return 2 * self.width, 2 * self.dim

    def asked(self, **most: float) -> dict[str, float] | None:
        """What is asked at these sizes."""
        return most if self.stated else None

    @property
    def shape(self) -> str:
        """The sizes as a table writes them."""
        return f"N = {self.width}, d = {self.dim}, n = {self.samples}"


SETTINGS = {
    "small": Settings("small", 1000, 500, 1000, 3, (500, 1000, 2000)),
    "default": Settings("default", 4000, 2000, 4000, 7, (500, 1000, 2000, 4000)),
    "large": Settings("large", 4000, 2000, 4000, 7, (1000, 2000, 4000, 8000)),
}


def chosen(name: str, **by_hand: int | None) -> Settings:
    """A setting with the numbers given by hand in place of its own.

    Raises ValueError for an unknown name or a number out of range.
    """
    if name not in SETTINGS:
        raise ValueError(f"size = {name!r} is unknown: give one of {', '.join(SETTINGS)}")
    given = {field: value for field, value in by_hand.items() if value is not None}
    for field, value in given.items():
        least, most, example = {"threads": (1, 4096, 2), "rounds": (1, 1000, 7)}.get(field, (32, 10**6, 2000))
        whole(field, value, least, most, f"from {least} to {most}", example)
    settings = replace(SETTINGS[name], **given)
    if any(field in given for field in ("width", "dim", "samples")):
        widths = tuple(settings.width // divisor for divisor in (4, 2, 1) if settings.width // divisor >= 16)
        settings = replace(settings, name="by hand", scaling=widths)
    return settings
