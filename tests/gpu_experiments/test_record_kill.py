"""Killed with SIGKILL at any moment, a run resumes to the identical trajectory.

A nursery process imports torch once and forks one child per attempt; each trains on from the newest checkpoint. It
is killed at random moments (30 of them) or exactly before or after a given write reaches the disk.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from numerics.trajectory import load_trajectory

ROOT = Path(__file__).parents[2]
NURSERY = """
import os, signal, sys
import torch
from torch import nn
from torch.nn import functional
from pathlib import Path
from gpu_experiments import nets, record, train
torch.set_num_threads(1)
ABOUT = {"experiment": "victim", "config": {}, "seed": 0}
x = torch.randn(64, 8, generator=torch.Generator().manual_seed(0))
y = torch.arange(64) % 4

def job():
    model = nets.seeded(lambda: nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 4)), 0)
    def measure(network, step):
        with torch.no_grad():
            return {"loss": float(functional.cross_entropy(network(x), y))}
    loss = lambda network, a, b: functional.cross_entropy(network(a), b)
    phase = train.Phase(STEPS, lambda m: torch.optim.AdamW(m.parameters(), lr=0.01, fused=True), loss)
    return train.Job(model, x, y, 16, 0, (phase,), measure, range(0, STEPS + 1, 5), checkpoint_every=9)

def child(folder, crash):
    seen = [0]
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        def counted(*arguments, real=real):
            seen[0] += 1
            if seen[0] == crash:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments)
        setattr(os, name, counted)
    train.train(job(), record.begin(Path(folder), ABOUT, resume=True), ABOUT, progress=False)

STEPS = int(sys.argv[1])
train.train(job(), record.begin(Path(sys.argv[2]), ABOUT, resume=True), ABOUT, progress=False)
print("ready", flush=True)
for line in sys.stdin:
    folder, crash = line.rsplit(" ", 1)
    pid = os.fork()
    if pid == 0:
        try:
            child(folder, int(crash))
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(9)
        os._exit(0)
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


class Nursery:
    def __init__(self, folder, steps):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-c", NURSERY, str(steps), str(folder / "whole")]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment, cwd=ROOT)
        assert self.process.stdout.readline() == "ready\n"
        self.whole = load_trajectory(folder / "whole" / "trajectory.parquet")

    def attempt(self, folder, *, crash=0, kill_after=None):
        """Exit code of one child (-9 when killed)."""
        self.process.stdin.write(f"{folder} {crash}\n")
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline())
        if kill_after is not None:
            time.sleep(kill_after)
            with contextlib.suppress(ProcessLookupError):  # it was done before, and the nursery has read its status
                os.kill(pid, signal.SIGKILL)
        return int(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(timeout=20) == 0
        self.process.stdout.close()


@pytest.fixture(scope="module")
def nursery(tmp_path_factory):
    made = Nursery(tmp_path_factory.mktemp("nursery"), steps=150)
    yield made
    made.close()


def identical(nursery, folder):
    run = load_trajectory(folder / "trajectory.parquet")
    assert np.array_equal(run.time, nursery.whole.time) and np.array_equal(run["loss"], nursery.whole["loss"])
    leftovers = [path.name for path in folder.rglob("*") if path.name.endswith((".part", ".corrupt"))]
    assert leftovers == [] and not (folder / "parts").exists()


def test_thirty_kills_at_random_moments_change_nothing(nursery, tmp_path):
    chance = random.Random(20260331)
    kills, folder = 0, tmp_path / "run0"
    while kills < 30:
        code = nursery.attempt(folder, kill_after=chance.uniform(0, 0.1))
        assert code in {0, -signal.SIGKILL}
        kills += code == -signal.SIGKILL
        if (folder / "trajectory.parquet").exists():
            identical(nursery, folder)
            folder = tmp_path / f"run{kills}x{time.monotonic_ns()}"
    assert nursery.attempt(folder) == 0
    identical(nursery, folder)


@pytest.mark.parametrize("crash", [1, 2, 3, 4, 5, 6, 9, 10])
def test_a_kill_at_a_given_write_changes_nothing(nursery, tmp_path, crash):
    """Odd ones fall before the flush to disk, even ones before the rename; each attempt but the last is killed."""
    folder, attempts = tmp_path / "run", 0
    if crash <= 4:  # the first writes of a fresh run: the same kill again would come before any progress
        assert nursery.attempt(folder, crash=crash) == -signal.SIGKILL
    else:
        while nursery.attempt(folder, crash=crash) == -signal.SIGKILL and attempts < 6:
            attempts += 1
    assert nursery.attempt(folder) == 0
    identical(nursery, folder)
