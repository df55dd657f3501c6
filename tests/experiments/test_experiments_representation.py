"""The experiment representation: what it refuses, and the paper's statements at their limits."""

from dataclasses import replace

import numpy as np
import pytest

from rmt_spikes.experiments import get
from rmt_spikes.experiments.representation import Parameters, fitted, predict, source, spectrum


def test_the_source_is_that_of_the_paper():
    z, weights = np.polynomial.hermite_e.hermegauss(30)
    weights = weights / weights.sum()
    assert weights @ source(z) ** 2 == pytest.approx(1)  # E f*² = 1
    assert weights @ (source(z) * (z**2 - 1)) == pytest.approx(1)  # E f*'' = 1


def test_ratios_below_the_transition_are_refused():
    with pytest.raises(ValueError, match="not above the bulk: give larger ratios"):
        predict(replace(get("representation").quick, ratios=(0.01,)))


def test_too_few_neurons_are_refused():
    with pytest.raises(ValueError, match="width = 20 is below dim/4"):
        Parameters(width=20, dim=200)


def test_pretrained_features_need_fewer_samples_than_the_kernel():
    pretrained, kernel = (fitted(10, before, False, 10**4, 1.0, 1.0) for before in (10**4, 0))
    assert pretrained < 0.6 * kernel


def test_transfer_does_not_depend_on_d_where_pretraining_had_enough_samples():
    near, far = (fitted(d, 10**5 * d**2, True, 300, 1.0, 1.0) for d in (60, 180))
    assert near == pytest.approx(far, rel=0.03)
    kernels = [fitted(d, 0, True, 300, 1.0, 1.0) for d in (10, 40)]
    assert kernels[1] > 1.03 * kernels[0] > 1.5 * near


def test_the_share_of_the_neurons_is_half_way_at_n_of_order_d_squared():
    p = Parameters(noise=0.0, rank=1)
    shares = [spectrum(p, n)[1] for n in p.counts((0.1, 1.0, 10.0))]
    assert shares[0] < 0.3 < shares[1] < 0.8 < shares[2]
