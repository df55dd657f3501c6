"""Names of the built-in scalar functions, kept free of Numba so that a problem can be stated without it.

`z` is the identity. `sign` is a target only: its derivative vanishes almost everywhere, so a gradient step
through it moves nothing."""

ACTIVATIONS = ("relu", "tanh", "erf", "softplus", "sigmoid", "gelu", "silu", "abs", "z")
TARGETS = (*ACTIVATIONS, "sign")
