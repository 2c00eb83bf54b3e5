"""A run folder loses nothing but the steps since a checkpoint, whatever happens to it."""

import errno
import json
import os

import numpy as np
import pytest
import torch

from gpu_experiments import record as records
from gpu_experiments.record import Checkpoint, RecordError, begin, read_checkpoint
from numerics.trajectory import load_trajectory

ABOUT = {"experiment": "small", "config": {"steps": 40, "rate": 0.1}, "seed": 3}
SCHEDULE = range(0, 41, 5)


def state(step):
    return Checkpoint(step, {"model.weight": torch.full((4, 3), float(step))}, {"optimiser": None})


def half_written(folder, until=30):
    opened = begin(folder, ABOUT, resume=False)
    for step in range(0, until + 1, 5):
        opened.append(step, {"loss": 1.0 / (1 + step)})
        if step % 10 == 0:
            opened.checkpoint(state(step))
    return opened


def finished(folder):
    opened = half_written(folder, 40)
    opened.finish({**ABOUT, "outcome": "finished"})
    return folder


def test_a_finished_folder_holds_one_trajectory_and_no_parts(tmp_path):
    folder = finished(tmp_path / "run")
    assert load_trajectory(folder / "trajectory.parquet").time.tolist() == list(SCHEDULE)
    assert not (folder / "parts").exists()
    assert not list(folder.rglob("*.part"))
    assert json.loads((folder / "config.json").read_text())["versions"]["torch"].startswith("2")


def test_a_finished_record_is_never_overwritten(tmp_path):
    folder = finished(tmp_path / "run")
    before = (folder / "trajectory.parquet").read_bytes()
    with pytest.raises(RecordError, match="finished record.*choose another --out"):
        begin(folder, ABOUT, resume=False)
    assert (folder / "trajectory.parquet").read_bytes() == before


def test_a_half_written_folder_asks_for_resume(tmp_path):
    half_written(tmp_path / "run")
    with pytest.raises(RecordError, match="half-written run; pass --resume"):
        begin(tmp_path / "run", ABOUT, resume=False)


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(RecordError, match="thesis.tex and no config.json"):
        begin(tmp_path, ABOUT, resume=True)
    assert os.listdir(tmp_path) == ["thesis.tex"]


def test_other_settings_are_refused_with_the_key_that_differs(tmp_path):
    half_written(tmp_path / "run")
    other = {**ABOUT, "config": {"steps": 40, "rate": 0.2}}
    with pytest.raises(RecordError, match="rate = 0.1, must be 0.2"):
        begin(tmp_path / "run", other, resume=True)


def test_a_damaged_config_is_named(tmp_path):
    half_written(tmp_path / "run")
    (tmp_path / "run" / "config.json").write_text('{"experiment": "sma')
    with pytest.raises(RecordError, match="config.json is not a run's configuration"):
        begin(tmp_path / "run", ABOUT, resume=True)


def test_resume_starts_at_the_newest_checkpoint_and_forgets_later_rows(tmp_path):
    half_written(tmp_path / "run").append(35, {"loss": 0.0})
    again = begin(tmp_path / "run", ABOUT, resume=True)
    found = again.restart_point(SCHEDULE)
    assert found.step == 30 and again.warnings == []
    assert torch.equal(found.tensors["model.weight"], torch.full((4, 3), 30.0))
    assert sorted(again.rows) == list(range(0, 31, 5))


@pytest.mark.parametrize("damage", ["cut", "flip", "empty"])
def test_a_corrupt_checkpoint_is_named_and_the_previous_one_used(tmp_path, damage):
    half_written(tmp_path / "run")
    newest = sorted((tmp_path / "run" / "checkpoints").iterdir())[-1]
    content = bytearray(newest.read_bytes())
    content[-2] ^= 1
    newest.write_bytes({"cut": content[:-7], "flip": bytes(content), "empty": b""}[damage])
    again = begin(tmp_path / "run", ABOUT, resume=True)
    found = again.restart_point(SCHEDULE)
    assert found.step == 20
    assert newest.name in again.warnings[0] and "corrupt" in again.warnings[0]
    assert max(again.rows) == 20


def test_a_truncated_part_sends_the_run_back_to_a_checkpoint_whose_rows_survive(tmp_path):
    half_written(tmp_path / "run")
    newest = sorted((tmp_path / "run" / "parts").iterdir())[-1]
    newest.write_bytes(newest.read_bytes()[:40])
    again = begin(tmp_path / "run", ABOUT, resume=True)
    assert again.restart_point(SCHEDULE).step == 20
    assert any(newest.name in warning for warning in again.warnings)


def test_with_every_checkpoint_gone_the_run_starts_over(tmp_path):
    half_written(tmp_path / "run")
    for path in (tmp_path / "run" / "checkpoints").iterdir():
        path.unlink()
    again = begin(tmp_path / "run", ABOUT, resume=True)
    assert again.restart_point(SCHEDULE) is None and again.rows == {}


def test_files_of_a_killed_write_are_swept_away_on_resume(tmp_path):
    half_written(tmp_path / "run")
    stale = tmp_path / "run" / "checkpoints" / ".000000000040.safetensors.999.part"
    stale.write_bytes(b"half")
    begin(tmp_path / "run", ABOUT, resume=True)
    assert not stale.exists()


def test_a_full_disk_is_reported_and_leaves_the_last_state_usable(tmp_path, monkeypatch):
    opened = half_written(tmp_path / "run")
    opened.append(35, {"loss": 0.5})

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(RecordError, match="No space left on device.*free space.*--resume"):
            opened.checkpoint(state(35))
    assert not list((tmp_path / "run").rglob("*.part"))
    again = begin(tmp_path / "run", ABOUT, resume=True)
    assert again.restart_point(SCHEDULE).step == 30


def test_an_error_of_the_disk_that_is_not_the_users_is_not_swallowed(tmp_path, monkeypatch):
    def broken(descriptor):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="Input/output error"):
        begin(tmp_path / "run", ABOUT, resume=False)


def test_no_permission_is_reported_with_the_way_out(tmp_path, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(records.Path, "mkdir", refused)
    with pytest.raises(RecordError, match="no permission.*choose another --out"):
        begin(tmp_path / "run", ABOUT, resume=False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_reported(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(RecordError, match="no permission"):
            begin(tmp_path / "run", ABOUT, resume=False)
    finally:
        tmp_path.chmod(0o700)


def test_a_file_in_place_of_the_folder_is_reported(tmp_path):
    (tmp_path / "run").write_text("a file")
    with pytest.raises(RecordError, match="not a folder"):
        begin(tmp_path / "run", ABOUT, resume=False)


def test_a_checkpoint_keeps_every_bit(tmp_path):
    opened = begin(tmp_path / "run", ABOUT, resume=False)
    tensors = {
        "a": torch.tensor(np.random.default_rng(0).normal(size=(5, 7))),
        "step": torch.tensor(3.0),
        "none": torch.zeros(0, 4),
        "half": torch.arange(6).to(torch.bfloat16),
    }
    opened.checkpoint(Checkpoint(9, tensors, {"words": [1, "two", None]}))
    back = read_checkpoint(tmp_path / "run" / "checkpoints" / "000000000009.safetensors")
    assert back.state == {"words": [1, "two", None]}
    assert all(torch.equal(back.tensors[name], value) for name, value in tensors.items())


def test_a_missing_checkpoint_is_reported(tmp_path):
    with pytest.raises(RecordError, match="does not exist"):
        read_checkpoint(tmp_path / "none.safetensors")


def test_only_the_newest_two_checkpoints_stay(tmp_path):
    half_written(tmp_path / "run")
    names = sorted(path.stem for path in (tmp_path / "run" / "checkpoints").iterdir())
    assert names == ["000000000020", "000000000030"]
