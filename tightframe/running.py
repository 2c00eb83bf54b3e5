"""Simulations and training runs, one run folder per seed: --out itself for one seed, --out/seed-0, ... for more.

Settings, seeds and places are checked before the first run starts, so that nothing fails after an hour for a reason
that was known at the beginning. A simulation reaches the disk when it is done, whole or not at all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from theory.errors import UsersMistake
from tightframe.console import say


class PlaceError(UsersMistake):
    """A place for a run that is taken or cannot be written."""


def folders(out: Path, seeds: int) -> list[Path]:
    """The run folder of each seed. Raises PlaceError for fewer than one."""
    if seeds < 1:
        raise PlaceError(f"--seeds is {seeds}, must be >= 1; leave it out for one run")
    return [out] if seeds == 1 else [out / f"seed-{seed}" for seed in range(seeds)]


def simulate(model: str, settings: Sequence[str], seeds: int, out: Path) -> list[Path]:
    """Simulate `model` for seeds 0, 1, ..., write a run folder for each, and draw what the model knows to draw."""
    from numerics import simulators
    from numerics.config import as_json, override

    module = simulators.load(model)
    config = override(module.Config(), settings)
    places = folders(out, seeds)
    refuse_taken(places)
    trajectories = []
    for seed, folder in enumerate(places):
        trajectory = module.simulate(config, seed)
        about = {"experiment": model, "kind": "simulation", "config": as_json(config), "seed": seed}
        stopped = trajectory.about.get("stopped")
        write_simulation(folder, about | ({"stopped": stopped} if stopped else {}), trajectory)
        trajectories.append(trajectory)
        ended = f"stopped early, {stopped}; " if stopped else ""
        say(f"{model}, seed {seed}: {ended}{len(trajectory)} rows in {folder}")
    for path in module.draw(trajectories, out) if hasattr(module, "draw") else ():
        say(f"{model}: {path}")
    return places


def write_simulation(folder: Path, about: Mapping[str, Any], trajectory: Any) -> None:
    """config.json and trajectory.parquet, both or neither. Raises OSError where the disk refuses."""
    from gpu_experiments.record import surroundings
    from numerics.trajectory import save_trajectory, write_atomically

    settings = folder / "config.json"
    try:
        write_atomically(settings, json.dumps({**about, **surroundings()}, indent=2).encode())
        save_trajectory(trajectory, folder / "trajectory.parquet")
    except BaseException:
        settings.unlink(missing_ok=True)
        with suppress(OSError):  # not there, or not empty and so not ours
            folder.rmdir()
        raise


def train(
    experiment: str,
    settings: Sequence[str],
    seeds: int,
    device: str,
    out: Path,
    resume: bool,
    progress: bool = True,
    precision: str = "float32",
    compiled: bool = False,
) -> list[Path]:
    """Train `experiment` for seeds 0, 1, ... and leave a run folder for each. Raises UsersMistake.

    With `resume` a half-written run goes on from its newest checkpoint and a finished one is left as it is.
    """
    from gpu_experiments import experiments, machine
    from gpu_experiments.config import override

    module = experiments.load(experiment)
    config = override(module.Config(), settings)
    places = folders(out, seeds)
    if not resume:
        refuse_taken(places)
    for seed, folder in enumerate(places):
        with machine.speed(precision, compiled):
            trajectory = module.run(config, seed, folder, resume=resume, device=device, progress=progress)
        outcome = trajectory.about.get("outcome", "finished")
        say(f"{experiment}, seed {seed}: {outcome}, {len(trajectory)} rows in {folder}")
    return places


def refuse_taken(places: Sequence[Path]) -> None:
    """Raise PlaceError where a folder holds a run or something else already, or cannot be made."""
    for folder in places:
        if (folder / "trajectory.parquet").exists():
            raise PlaceError(f"{folder} holds a finished record, which is never overwritten; choose another --out")
        if (folder / "config.json").exists():
            raise PlaceError(f"{folder} holds a half-written run; train it on with --resume, or choose another --out")
        nearest = next(parent for parent in [folder, *folder.absolute().parents] if parent.exists())
        if not nearest.is_dir():
            raise PlaceError(f"{nearest} is a file, must be a folder; choose another --out")
        if nearest == folder and any(folder.iterdir()):
            raise PlaceError(f"{folder} holds other files, must be empty or new; choose another --out")
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise PlaceError(f"{nearest} cannot be written (no permission); choose another --out")
