"""How much a gradient step holds beside its inputs and its result, and the samples it takes at a time.

A step works on blocks of samples: the pre-activations of all N neurons for b samples, N×b, and the b scaled samples,
b×d.  Blocks of samples, and not of neurons, because the output f_j of one sample needs all neurons and no other
sample: nothing is computed twice.  A few hundred samples a block are enough for the products to run at full speed."""

import operator

BLOCK = 1024  # samples a block where memory is no concern
DENSE_SIZE = 400  # up to this smaller side leading triplets are LAPACK's, in float64
LEAST_BLOCK = 16  # below it the products no longer run at a useful speed


def step_bytes(N: int, d: int, block: int, itemsize: int) -> int:
    """Bytes of one block.

    >>> step_bytes(4000, 2000, 1024, 4)
    24592384
    """
    return itemsize * block * (N + d) + 16 * block


def sample_block(N: int, d: int, n: int, itemsize: int, memory_budget: int | None = None) -> int:
    """Samples a block under a budget in bytes (None: 1024).

    Raises TypeError unless the budget is a whole number or None, ValueError if it does not hold 16 samples.

    >>> sample_block(4000, 2000, 4000, 4), sample_block(4000, 2000, 4000, 4, 10**7)
    (1024, 416)
    >>> sample_block(4000, 2000, 4000, 4, 10**5)
    Traceback (most recent call last):
    ValueError: memory_budget = 100000 bytes is too small to work in: a step of N = 4000, d = 2000 needs 384256 ...
    """
    if memory_budget is None:
        return min(n, BLOCK)
    budget, one = whole_bytes(memory_budget), step_bytes(N, d, 1, itemsize)
    least = min(n, LEAST_BLOCK) * one
    if budget < least:
        raise ValueError(
            f"memory_budget = {budget} bytes is too small to work in: a step of N = {N}, d = {d} needs {least} "
            "beside its inputs and its result; give that much, or None"
        )
    return min(n, BLOCK, budget // one)


def whole_bytes(memory_budget: object) -> int:
    """The budget as an int. Raises TypeError unless it is a whole number."""
    try:
        return operator.index(memory_budget)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(
            f"memory_budget = {memory_budget!r} is not a whole number of bytes: give one, or None"
        ) from None


def shared_bytes(N: int, n: int, itemsize: int) -> int:
    """Bytes of two steps through the Gram matrix of a reused batch (`rmt_spikes.shared_batch`)."""
    return itemsize * (2 * N * n + n * n) + 16 * n


def shared_pays(N: int, d: int, n: int) -> bool:
    """Whether two steps on one batch take fewer operations through X Xᵀ than four products do.

    2 N n d for W0 Xᵀ, n² d for X Xᵀ (symmetric), 2 N n² for the second pre-activations and 2 N n d for both
    gradients in one, against 8 N n d.

    >>> shared_pays(4000, 4000, 2000), shared_pays(4000, 2000, 4000)
    (True, False)
    """
    return n * (d + 2 * N) < 4 * N * d
