"""Means with their errors, and files that are whole or not there."""

import os

import numpy as np
import pytest

from rmt_spikes.estimates import Estimate, estimate
from rmt_spikes.files import prepare_folder, write_whole


def test_the_standard_error_is_the_sample_deviation_over_the_root_of_the_trials():
    values = [1.0, 2.0, 4.0, 9.0]
    found = estimate(values)
    assert found.mean == pytest.approx(4.0)
    assert found.sem == pytest.approx(np.sqrt(sum((v - 4.0) ** 2 for v in values) / 3 / 4))
    assert found.trials == 4


def test_one_trial_has_no_error_bar_and_no_z_score():
    found = estimate([2.0])
    assert found.sem is None
    assert found.z_score(1.0) is None


def test_equal_trials_have_no_z_score_rather_than_an_infinite_one():
    assert Estimate(1.0, 0.0, 8).z_score(2.0) is None


@pytest.mark.parametrize("values", [[], [1.0, np.nan], [[1.0]]])
def test_trials_that_are_no_finite_numbers_are_refused(values):
    with pytest.raises(ValueError, match="give one value a trial"):
        estimate(values)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    target = tmp_path / "result.json"
    write_whole(target, b"old")

    def refuse(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(KeyboardInterrupt):
        write_whole(target, b"new and longer")
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["result.json"]


def test_a_folder_that_cannot_be_written_is_refused_before_any_work(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="give another folder"):
        prepare_folder(tmp_path / "file")
    prepare_folder(tmp_path / "new" / "deeper")
    assert os.listdir(tmp_path / "new" / "deeper") == []
