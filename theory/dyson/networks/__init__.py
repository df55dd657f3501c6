"""W1 and W2 of two-layer networks as random-matrix expressions (derived in docs/dyson-networks.md)."""

from theory.dyson.networks.bulk import network, network_bulk, network_outliers
from theory.dyson.networks.network import Network

__all__ = ["Network", "network", "network_bulk", "network_outliers"]
