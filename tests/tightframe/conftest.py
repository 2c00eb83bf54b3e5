"""A small page for the tests of the report: six claims, a simulation, a diagram, two hostile runs and a hostile log."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from numerics.trajectory import Trajectory, save_trajectory

CLAIM = "collapse_alone_is_not_flat"
SCRIPT = "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'>"
RIGHT_TO_LEFT = "\u202eרשת עצבית\u202c"
HOSTILE = f"{SCRIPT} {RIGHT_TO_LEFT} $x^2$ {'very' * 60}long"


@dataclass(frozen=True)
class Page:
    folder: Path
    content: dict

    @property
    def file(self) -> Path:
        return self.folder / "index.html"


def _network(folder: Path, experiment: str, weight_decay: float, seed: int = 0) -> Path:
    """A run folder as `train` leaves it, with a made-up trajectory that fits, collapses and generalises in turn."""
    time = np.unique(np.geomspace(1, 10_000, 60).round())
    progress = 1 / (1 + (300 / time) ** 2)
    late = 1 / (1 + (3000 * 0.1 / weight_decay / time) ** 3)
    columns = {
        "train_accuracy": 0.1 + 0.9 * progress,
        "test_accuracy": 0.1 + 0.8 * late,
        "train_loss": np.exp(-6 * progress),
        "rnc1": 1 - 0.999 * late,
        "nc1": 2 - 1.999 * late,
        "relative_flatness": 3 * (1 - 0.99 * progress),
        "relative_flatness_surrogate": 9 * (1 - 0.99 * progress),
        "feature_norm": 1 + progress,
    }
    about = {"experiment": experiment, "config": {"weight_decay": weight_decay, "note": HOSTILE}, "seed": seed}
    save_trajectory(Trajectory(experiment, time, columns, f"step {SCRIPT}", about), folder / "trajectory.parquet")
    (folder / "config.json").write_text(json.dumps(about))
    return folder


def _simulation(folder: Path, simulator: str, **settings: object) -> Path:
    """A run folder as `simulate` leaves it."""
    from numerics import simulators
    from numerics.config import as_json
    from tightframe import running

    module = simulators.load(simulator)
    config = module.Config(**settings)
    about = {"experiment": simulator, "kind": "simulation", "config": as_json(config), "seed": 0}
    running.write_simulation(folder, about, module.simulate(config, 0))
    return folder


def _log(path: Path) -> Path:
    """Somebody else's log, with HTML in a cell that is no number."""
    rows = [f"{epoch},{0.5 / epoch**2:.6f},{2 + 5 / epoch:.4f}" for epoch in range(1, 40)]
    path.write_text("\n".join(["epoch,nc1,feat_norm", *rows]) + "\n")
    return path


@pytest.fixture
def write_network() -> Callable[..., Path]:
    return _network


@pytest.fixture
def write_simulation() -> Callable[..., Path]:
    return _simulation


@pytest.fixture(scope="session")
def page(tmp_path_factory) -> Page:
    """The page built once for all tests of the session; the frozen records are left out, to keep it small."""
    from tightframe.report import build, content

    base = tmp_path_factory.mktemp("page")
    ce = {"model": "planar", "start": "collapsed", "t_end": 60_000.0, "points": 40, "log_times": True}
    _simulation(base / "runs/ce", "ce_ufm", **ce)
    _simulation(base / "runs/diagram", "phase_diagrams", diagram="hysteresis", resolution=6)
    _network(base / "runs/a", HOSTILE, 0.1)
    _network(base / "runs/b", HOSTILE, 0.3)
    (base / "runs/half").mkdir()
    (base / "runs/half/config.json").write_text('{"experiment": "grokking_mlp", "seed": 0}')
    logs = base / f"logs {RIGHT_TO_LEFT}"
    logs.mkdir()
    _log(logs / "depth3 <b>bold_s0.csv")
    _log(logs / f"depth3 {RIGHT_TO_LEFT}_s1.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content, "RECORDS", base / "none")
        build([base / "runs", logs], base / "out", only=CLAIM)
    return Page(base / "out", json.loads((base / "out/report.json").read_text()))
