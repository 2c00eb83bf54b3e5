"""A real Dask cluster of worker processes: killed workers cost no trial, and a cluster that goes away is told."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from gpu_experiments.judge import read_run
from tightframe.sweeping import _in_processes, _on_dask, plan, sweep

pytest.importorskip("distributed", reason="the extra [cluster] is not installed")

ROOT = Path(__file__).parents[2]
TINY = ["train=100", "test=100", "width=8", "log_points=2"]
CLUSTER = """
import sys
from distributed import LocalCluster

if __name__ == "__main__":
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    pids = [worker.process.pid for worker in cluster.workers.values()]
    print(cluster.scheduler_address, *pids, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def cluster():
    """(address, ids of two worker processes, the process group that all of it is in)"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, "-c", CLUSTER], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
        env=environment, start_new_session=True,
    )  # fmt: skip
    address, *pids = process.stdout.readline().split()
    yield address, [int(pid) for pid in pids], process.pid
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(), process.stdin.close(), process.stdout.close()


def when_a_checkpoint_is_there(folder, act, count=1):
    """Run `act` in a thread once `count` trials of `folder` have a checkpoint."""

    def wait():
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if len(list(folder.glob("*/checkpoints"))) >= count:
                return act()
            time.sleep(0.02)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def same(first, second):
    here, there = read_run(first).trajectory, read_run(second).trajectory
    return all(np.array_equal(here[name], there[name], equal_nan=True) for name in there.observables)


def test_workers_killed_in_the_middle_lose_no_trial_and_change_none(tmp_path, cluster):
    address, pids, _ = cluster
    words = [*TINY, "steps=600", "checkpoint_every=50", "seed=0,1,2"]
    trials = plan("grokking_mlp", words, tmp_path / "dask")
    killer = when_a_checkpoint_is_there(tmp_path / "dask", lambda: os.kill(pids[0], signal.SIGKILL))
    outcomes = list(_on_dask(trials, address))
    killer.join()
    assert sorted((trial.seed, reason) for trial, reason in outcomes) == [(0, None), (1, None), (2, None)]
    undisturbed = plan("grokking_mlp", words, tmp_path / "local")
    assert all(reason is None for _, reason in _in_processes(undisturbed))
    assert all(same(one.folder, other.folder) for one, other in zip(trials, undisturbed, strict=True))


def test_a_cluster_that_disappears_is_told_and_the_sweep_goes_on_elsewhere(tmp_path, cluster, capfd):
    address, _, group = cluster
    words = [*TINY, "steps=3000", "checkpoint_every=50", "seed=0,1"]
    killer = when_a_checkpoint_is_there(tmp_path, lambda: os.killpg(group, signal.SIGKILL))
    assert not sweep("grokking_mlp", words, tmp_path, "dask", address)
    killer.join()
    told = capfd.readouterr().err
    assert told.count("disappeared") == 2 and "start it again" in told
    assert not any((trial.folder / "trajectory.parquet").exists() for trial in plan("grokking_mlp", words, tmp_path))
    assert sweep("grokking_mlp", words, tmp_path, "local", None)


def test_a_scheduler_that_is_not_there_is_told(tmp_path):
    from tightframe.sweeping import SweepError

    with pytest.raises(SweepError, match="where no scheduler answers"):
        sweep("grokking_mlp", [*TINY, "steps=10", "seed=0"], tmp_path, "dask", "nowhere://1.2.3.4:5")
