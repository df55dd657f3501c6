"""Measured ratios: ours against bare products, NumPy, PyTorch, SciPy, scikit-learn: ``python -m benchmarks``."""
