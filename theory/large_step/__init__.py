"""One gradient step of the largest size, η ~ √N, on a network with the homogeneous readout a = 1/√N.

`step` has the numbers of the step, `rows` the law of the rows of W1, `bulk` the resolvent of what is left of W1
beside its spike, `conditional` the features given the spike's direction, `ridge` the errors of ridge regression on
them.
"""

from theory.large_step.bulk import isotropic, of_step
from theory.large_step.conditional import Conditional
from theory.large_step.ridge import RidgeError, ridge_error
from theory.large_step.step import Step

__all__ = ["Conditional", "RidgeError", "Step", "isotropic", "of_step", "ridge_error"]
