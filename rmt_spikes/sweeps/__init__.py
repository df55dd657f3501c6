"""Sweeps: many cells of one specification, one labelled store (docs/sweeps.md)."""
