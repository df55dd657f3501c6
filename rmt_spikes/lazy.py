"""Names of a package that load on first use, so that importing it stays quick."""

from collections.abc import Callable, Mapping
from importlib import import_module
from sys import modules


def loader(package: str, home: Mapping[str, str]) -> Callable[[str], object]:
    """The ``__getattr__`` (PEP 562) of a package whose names live in the modules ``home`` says.

    >>> loader("rmt_spikes", {"size": "fields"})("size").__name__
    'size'
    """

    def load(name: str) -> object:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{home[name]}"), name)
        setattr(modules[package], name, value)
        return value

    return load
