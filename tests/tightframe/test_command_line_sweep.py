"""A sweep with real worker processes: every trial ends once, also when a worker is killed or a trial fails."""

import os
import signal
import sys
import threading
import time
from multiprocessing import active_children

import pytest

from gpu_experiments.judge import read_run
from tightframe.sweeping import _in_processes, plan, sweep

TINY = ["train=100", "test=100", "width=8", "log_points=2"]


def test_every_trial_ends_once_also_beside_one_that_fails_and_a_second_sweep_repeats_none(tmp_path, capfd):
    (broken,) = plan("grokking_mlp", [*TINY, "steps=10", "seed=7"], tmp_path)
    broken.folder.mkdir(parents=True)
    (broken.folder / "config.json").write_text("somebody else's")
    assert not sweep("grokking_mlp", [*TINY, "steps=10", "seed=0,7,1"], tmp_path, "local", None)
    assert f"failed: {broken.folder.name}" in capfd.readouterr().err
    sound = plan("grokking_mlp", [*TINY, "steps=10", "seed=0,1"], tmp_path)
    assert [read_run(trial.folder).about["seed"] for trial in sound] == [0, 1]
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert sweep("grokking_mlp", [*TINY, "steps=10", "seed=1,0"], tmp_path, "local", None)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_killed_worker_loses_no_trial(tmp_path):
    words = [*TINY, "steps=1000", "checkpoint_every=50", "seed=0,1"]
    trials = plan("grokking_mlp", words, tmp_path)
    killed = []

    def kill_one():
        deadline = time.monotonic() + 60
        while not killed and time.monotonic() < deadline:
            if list(tmp_path.glob("*/checkpoints/*.safetensors")):
                killed.append(active_children()[0].pid)  # a child of this process and of nobody else
                os.kill(killed[0], signal.SIGKILL)
            time.sleep(0.02)

    killer = threading.Thread(target=kill_one)
    killer.start()
    outcomes = list(_in_processes(trials))
    killer.join()
    assert killed
    assert sorted((trial.seed, reason) for trial, reason in outcomes) == [(0, None), (1, None)]
    assert all(read_run(trial.folder).trajectory.time[-1] == 1000 for trial in trials)


def test_a_run_that_diverges_is_told_and_the_sweep_goes_on(tmp_path, capfd):
    assert sweep("grokking_mlp", [*TINY, "steps=10", "learning_rate=1e30,1e-3"], tmp_path, "local", None)
    assert "diverged at step" in capfd.readouterr().err
    ends = [read_run(trial.folder).trajectory.time[-1] for trial in plan("grokking_mlp", [*TINY, "steps=10"], tmp_path)]
    assert ends == [10]


def test_records_that_stay_on_another_machine_are_told(tmp_path, capfd, monkeypatch):
    monkeypatch.setattr("tightframe.sweeping._in_processes", lambda trials: ((trial, None) for trial in trials))
    assert not sweep("grokking_mlp", [*TINY, "steps=10", "seed=0"], tmp_path, "local", None)
    assert "did not come to this machine" in capfd.readouterr().err


def test_a_dask_sweep_without_dask_says_how_to_get_it(tmp_path, monkeypatch):
    from tightframe.sweeping import SweepError

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SweepError, match=r"tightframe\[cluster\]"):
        sweep("grokking_mlp", [*TINY, "steps=10", "seed=0"], tmp_path, "dask", None)
    assert list(tmp_path.iterdir()) == []


def test_a_dask_cluster_gives_the_same_records(tmp_path):
    pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
    assert sweep("grokking_mlp", [*TINY, "steps=10", "seed=0,1"], tmp_path / "dask", "dask", None)
    assert sweep("grokking_mlp", [*TINY, "steps=10", "seed=0,1"], tmp_path / "local", "local", None)
    for folder in (tmp_path / "dask").iterdir():
        here, there = (read_run(tmp_path / engine / folder.name).trajectory for engine in ("dask", "local"))
        assert {name: values.tobytes() for name, values in here.observables.items()} == {
            name: values.tobytes() for name, values in there.observables.items()
        }
