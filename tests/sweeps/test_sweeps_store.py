"""The store without a cluster: cells computed here, written, read, damaged, enlarged, refused."""

import json
import os
import re
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from sweeps_reference import VERSIONS, files, small

from rmt_spikes.sweeps import places
from rmt_spikes.sweeps import store as stores
from rmt_spikes.sweeps.cell import compute, generators
from rmt_spikes.sweeps.lock import InUse
from rmt_spikes.sweeps.specification import Sweep

THEORY = {"width": 60, "dim": 30, "alpha1": [k / 200 for k in range(70)]}
NO_TRIALS = {"trials": 0, "keep": ["outliers"]}


def fill(path, sweep, cells=None):
    """Compute and write the missing cells, or those given, the way `run_sweep` does but here."""
    with places.opened(path, sweep, VERSIONS) as store:
        damaged, missing = store.damaged, store.missing()
        for index in missing if cells is None else cells:
            store.write([(index, compute(sweep.problem(index), sweep.run))])
    return damaged, missing


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "small.zarr"
    fill(path, small())
    return path


@pytest.fixture
def copy(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "small.zarr")
    return tmp_path / "small.zarr"


def test_the_dataset_has_the_swept_fields_as_dimensions_and_the_cells_as_computed(whole):
    sweep = small()
    dataset = stores.open_sweep(whole)
    assert dict(dataset.sizes) == {
        "width": 2, "alpha1": 3, "trial": 2, "outlier": 3, "fraction": 6, "value": 40,
    }  # fmt: skip
    assert dataset.alpha1.attrs["exact"] == ["1/10", "3/10", "2/5"]
    assert dataset.finished.values.all()
    for index in np.ndindex(2, 3):
        for name, value in compute(sweep.problem(index), sweep.run).items():
            stored = dataset[name].values[index]
            own = stored[tuple(map(slice, value.shape))]
            np.testing.assert_array_equal(own, value)
            assert np.isnan(stored).sum() == stored.size - own.size + np.isnan(own).sum()
    assert np.isnan(dataset.spectrum.sel(width=60).values[..., 30:]).all()


def test_xarray_alone_opens_the_store_without_a_warning_and_with_its_types(whole):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset = xr.open_zarr(whole)
        assert dataset.width.dtype == np.int64
        assert dataset.outlier.dtype == np.int64
        assert dataset.dim.dims == ("width",)
        assert set(dataset.coords) >= {"dim", "width", "alpha1"}
        assert list(dataset.dim.values) == [30, 40]
        assert Sweep.from_document(json.loads(dataset.attrs["specification"])) == small()


def test_a_cell_depends_on_its_own_fields_and_the_seed_alone():
    sweep, other = small(), small({"alpha1": ["2/5", "1/10"], "width": [80]})
    ours, theirs = (compute(s.problem(index), s.run) for s, index in ((sweep, (1, 2)), (other, (0, 0))))
    assert all(np.array_equal(ours[name], theirs[name], equal_nan=True) for name in ours)
    reseeded = small(run={"seed": 6})
    different = compute(reseeded.problem((1, 2)), reseeded.run)
    assert not np.array_equal(ours["spectrum"], different["spectrum"])
    assert np.array_equal(ours["theory_singular_value"], different["theory_singular_value"])


def test_more_trials_begin_with_the_same_draws_and_no_two_cells_share_one():
    sweep, longer = small(), small(run={"trials": 3})
    states = [rng.bit_generator.state["state"]["state"] for rng in generators(sweep.problem((0, 0)), sweep.run)]
    more = [rng.bit_generator.state["state"]["state"] for rng in generators(longer.problem((0, 0)), longer.run)]
    assert more[:2] == states
    every = [
        rng.bit_generator.state["state"]["state"]
        for cell in longer.cells()
        for rng in generators(cell.problem, longer.run)
    ]
    assert len(set(every)) == 18


def test_the_chunks_are_those_that_zarr_itself_would_write(tmp_path):
    import zarr

    sweep = small({**THEORY, "alpha1": [k / 200 for k in range(70)]}, NO_TRIALS)
    ours, theirs = tmp_path / "ours.zarr", tmp_path / "theirs.zarr"
    fill(ours, sweep)
    with places.opened(theirs, sweep, VERSIONS):
        pass
    dataset = stores.open_sweep(ours)
    with zarr.config.set({"array.write_empty_chunks": True}):
        root = zarr.open_group(theirs, mode="r+", use_consolidated=False)
        for name in dataset.data_vars:
            root[name][...] = dataset[name].values
    assert files(ours) == files(theirs)


def test_any_order_of_writing_gives_the_same_files(whole, tmp_path):
    sweep = small()
    cells = list(np.ndindex(2, 3))
    fill(tmp_path / "a.zarr", sweep, [cells[k] for k in (4, 0, 5)])
    fill(tmp_path / "a.zarr", sweep)
    assert files(tmp_path / "a.zarr") == files(whole)


@pytest.mark.parametrize("damage", ["truncated", "changed", "removed", "empty"])
@pytest.mark.parametrize("name", ["spectrum/1.2.0.0", "theory_outlier_count/0.1", "finished/1.0"])
def test_a_damaged_chunk_is_found_and_its_cell_computed_again(whole, copy, name, damage):
    chunk = copy / name
    content = chunk.read_bytes()
    if damage == "removed":
        chunk.unlink()
    else:
        new = {"truncated": content[:-3], "changed": content[:-1] + b"\x07", "empty": b""}[damage]
        chunk.write_bytes(new)
    cell = tuple(map(int, name.split("/")[1].split(".")))[:2]
    damaged, missing = fill(copy, small())
    assert missing == [cell]
    assert damaged == (0 if name.startswith("finished") else 1)
    assert files(copy) == files(whole)


def test_an_undamaged_store_is_left_alone(whole, copy):
    assert fill(copy, small()) == (0, [])
    assert files(copy) == files(whole)


def test_a_damaged_chunk_is_no_number_to_other_readers(copy):
    chunk = copy / "spectrum/1.2.0.0"
    chunk.write_bytes(chunk.read_bytes()[:-1] + b"\x07")
    with pytest.raises(RuntimeError, match="checksum"):
        _ = xr.open_zarr(copy).spectrum.values


def test_longer_lists_keep_what_is_there_and_end_as_if_begun_so(whole, copy, tmp_path):
    larger = small({"alpha1": ["1/5", "1/10", "3/10", "2/5"], "width": [60, 80, 100]})
    assert larger.extends(small())
    _, missing = fill(copy, larger)
    assert len(missing) == 6
    assert not {(0, 1), (1, 3), (0, 2)} & set(missing)
    fill(tmp_path / "direct.zarr", larger)
    assert files(copy) == files(tmp_path / "direct.zarr")
    assert [path.name for path in copy.parent.iterdir() if path.name.startswith(".")] == []


def test_an_enlargement_that_was_killed_between_its_renames_is_put_back(whole, copy):
    before = copy.with_name(".small.zarr.before")
    os.rename(copy, before)
    assert fill(copy, small()) == (0, [])
    assert files(copy) == files(whole)
    assert not before.exists()


def test_blocks_of_theory_cells_can_be_half_there(tmp_path):
    sweep = small(THEORY, NO_TRIALS)
    direct = tmp_path / "direct.zarr"
    with places.opened(direct, sweep, VERSIONS) as store:
        blocks = {}
        for index in store.missing():
            blocks.setdefault(store.block(index), []).append((index, compute(sweep.problem(index), sweep.run)))
        assert sorted(map(len, blocks.values())) == [6, 64]
        for cells in blocks.values():
            store.write(cells)
    smaller = small({**THEORY, "alpha1": [k / 200 for k in range(5, 30)]}, NO_TRIALS)
    fill(tmp_path / "grown.zarr", smaller, [(3,), (20,)])
    _, missing = fill(tmp_path / "grown.zarr", sweep)
    assert len(missing) == 68
    assert files(tmp_path / "grown.zarr") == files(direct)
    assert not {"singular_value", "outlier_count", "spectrum"} & set(stores.open_sweep(direct))


def test_a_specification_without_lists_has_one_cell(tmp_path):
    sweep = small({"width": 60, "alpha1": "1/10"})
    fill(tmp_path / "one.zarr", sweep)
    dataset = stores.open_sweep(tmp_path / "one.zarr")
    assert dataset.singular_value.dims == ("trial", "outlier")
    assert int(dataset.finished) == 1
    assert fill(tmp_path / "one.zarr", sweep) == (0, [])


def test_the_store_of_another_specification_is_refused_with_the_difference(copy, whole):
    for other, text in (
        (small(run={"seed": 6}), r"seed: store 5; specification 6"),
        (small({"alpha1": ["1/10", "3/10"]}), r"alpha1: store 1/10, 3/10, 2/5; specification 1/10, 3/10"),
        (small({"samples": 61}), r"samples: store 60; specification 61"),
    ):
        with pytest.raises(ValueError, match=f"made by another specification: .*{text}"):
            fill(copy, other)
    assert files(copy) == files(whole)


def test_two_sweeps_on_one_store_are_refused(copy):
    with (
        places.opened(copy, small(), VERSIONS),
        pytest.raises(InUse, match=rf"in use by process {os.getpid()} on"),
        places.opened(copy, small(), VERSIONS),
    ):
        pass
    with places.opened(copy, small(), VERSIONS) as store:
        assert store.missing() == []


def test_during_an_enlargement_and_after_it_the_store_is_locked(copy):
    larger = small({"width": [60, 80, 100]})
    with (
        places.opened(copy, larger, VERSIONS),
        pytest.raises(InUse, match="in use by process"),
        places.opened(copy, larger, VERSIONS),
    ):
        pass


def test_what_is_no_store_is_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(ValueError, match=r"is an empty folder: remove it"):
        places.check_place(tmp_path / "folder", small())
    (tmp_path / "folder" / "thesis.tex").write_text("…")
    with pytest.raises(ValueError, match="is no store of a sweep"):
        places.check_place(tmp_path / "folder", small())
    (tmp_path / "file").write_text("…")
    with pytest.raises(ValueError, match="is no store of a sweep"):
        places.check_place(tmp_path / "file", small())
    with pytest.raises(ValueError, match="there is no store at"):
        stores.open_sweep(tmp_path / "nothing.zarr")


def test_a_store_inside_a_store_is_refused(copy):
    for use in (places.check_place, fill):
        with pytest.raises(ValueError, match="would lie inside another store"):
            use(copy / "inner.zarr", small())


def test_a_link_to_a_store_stays_a_link_when_the_store_grows(copy, tmp_path):
    link = tmp_path / "link.zarr"
    link.symlink_to(copy)
    larger = small({"width": [60, 80, 100]})
    _, missing = fill(link, larger)
    assert len(missing) == 3
    assert link.is_symlink()
    assert fill(copy, larger) == (0, [])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("spectrum/.zarray", Path.unlink),
        ("spectrum", shutil.rmtree),
        (".zmetadata", lambda path: path.write_bytes(path.read_bytes()[:500])),
        (".zmetadata", Path.unlink),
        (".zgroup", Path.unlink),
        ("alpha1/0", flip),
        ("alpha1/0", Path.unlink),
        ("singular_value/.zarray", lambda path: path.write_text(path.read_text().replace("<f8", ">f8"))),
    ],
)
def test_damage_to_what_a_store_says_of_itself_is_seen_and_mended(copy, name, damage):
    before = files(copy)
    damage(copy / name)
    with pytest.raises(ValueError, match=rf"is damaged in .*{re.escape(name)}.*run rmt-spikes sweep"):
        stores.open_sweep(copy)
    with places.opened(copy, small(), {}) as store:
        assert store.mended >= 1
        assert store.damaged == (6 if name == "spectrum" else 0)
    fill(copy, small())
    assert files(copy) == before
    with places.opened(copy, small(), {}) as store:
        assert store.mended == 0
    stores.open_sweep(copy)


def test_a_damaged_specification_is_said(copy):
    path = copy / ".zattrs"
    path.write_text(path.read_text().replace("activation", "activatiom"))
    with pytest.raises(ValueError, match=r"the specification in the store '.*' is damaged \(activatiom is unknown"):
        fill(copy, small())


def test_the_remains_of_a_killed_process_are_removed(whole, copy):
    (copy / "spectrum" / "1.2.0.ab12.partial").write_bytes(b"half")
    making = copy.parent / ".making-x"
    (making / copy.name).mkdir(parents=True)
    fill(copy, small())
    assert files(copy) == files(whole)
    assert not making.exists()
