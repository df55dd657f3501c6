"""W1 and W2 as linear systems in Gaussian matrices, diagonals and low-rank terms: `docs/dyson-networks.md`."""
