"""Measured ratios: ours against bare matrix products, NumPy and SciPy in one run: ``python -m benchmarks``."""
