"""Work for the tests of trials, in a module of its own: worker processes import it by name."""

import os
import signal
import warnings

from rmt_spikes import threads


def number(rng):
    return float(rng.standard_normal())


def process_and_threads(rng):
    return os.getpid(), threads.count()


def fails_once(rng, at):
    found = number(rng)
    if found == at:
        raise ValueError("this draw is bad")
    return found


def warns(rng):
    warnings.warn("a rough number", RuntimeWarning, stacklevel=1)
    return number(rng)


def is_killed(rng):
    os.kill(os.getpid(), signal.SIGKILL)
