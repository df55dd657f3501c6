"""What one or two gradient steps do to the spectrum of a two-layer network's weights.

The names below form the simulation core: sizes and an `rng` in, arrays out; it never imports the theory.
They load on first use, so that `import rmt_spikes` stays quick."""

from typing import TYPE_CHECKING

from rmt_spikes.lazy import loader

if TYPE_CHECKING:
    from rmt_spikes.density import eigenvalue_density, spectral_density
    from rmt_spikes.draws import draw
    from rmt_spikes.eigenpairs import leading_eigenpairs
    from rmt_spikes.functions import Activation
    from rmt_spikes.gradient import gradient_step
    from rmt_spikes.lanczos import leading_triplets
    from rmt_spikes.overlaps import squared_overlaps
    from rmt_spikes.problem import TwoLayer
    from rmt_spikes.spectra import eigenvalues, singular_values
    from rmt_spikes.training import train
    from rmt_spikes.updated_weights import updated_operator

__version__ = "0.1.0"

__all__ = [
    "Activation",
    "TwoLayer",
    "__version__",
    "draw",
    "eigenvalue_density",
    "eigenvalues",
    "gradient_step",
    "leading_eigenpairs",
    "leading_triplets",
    "singular_values",
    "spectral_density",
    "squared_overlaps",
    "train",
    "updated_operator",
]

_HOME = {
    "Activation": "functions",
    "TwoLayer": "problem",
    "draw": "draws",
    "eigenvalue_density": "density",
    "eigenvalues": "spectra",
    "gradient_step": "gradient",
    "leading_eigenpairs": "eigenpairs",
    "leading_triplets": "lanczos",
    "singular_values": "spectra",
    "spectral_density": "density",
    "squared_overlaps": "overlaps",
    "train": "training",
    "updated_operator": "updated_weights",
}


__getattr__ = loader(__name__, _HOME)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
