"""Simulations and training runs, one run folder per seed: --out itself for one seed, --out/seed-0, ... for more.

Settings, seeds and places are checked before the first run starts, so that nothing fails after an hour for a reason
that was known at the beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from theory.errors import UsersMistake
from tightframe.console import say


class PlaceError(UsersMistake):
    """A place for a run that is taken."""


def folders(out: Path, seeds: int) -> list[Path]:
    """The run folder of each seed."""
    return [out] if seeds == 1 else [out / f"seed-{seed}" for seed in range(seeds)]


def simulate(model: str, settings: Sequence[str], seeds: int, out: Path) -> list[Path]:
    """Simulate `model` for seeds 0, 1, ... and write a run folder for each. Raises UsersMistake."""
    from numerics import simulators
    from numerics.config import as_json, override

    module = simulators.load(model)
    config = override(module.Config(), settings)
    refuse_finished(folders(out, seeds))
    from gpu_experiments.record import begin, disk_errors
    from numerics.trajectory import save_trajectory

    for seed, folder in enumerate(folders(out, seeds)):
        about = {"experiment": model, "kind": "simulation", "config": as_json(config), "seed": seed}
        begin(folder, about, resume=True)
        trajectory = module.simulate(config, seed)
        with disk_errors(folder):
            save_trajectory(trajectory, folder / "trajectory.parquet")
        say(f"{model}, seed {seed}: {len(trajectory)} times in {folder}")
    return folders(out, seeds)


def train(
    experiment: str, settings: Sequence[str], seeds: int, device: str, out: Path, resume: bool, progress: bool = True
) -> list[Path]:
    """Train `experiment` for seeds 0, 1, ... and leave a run folder for each. Raises UsersMistake.

    With `resume` a half-written run goes on from its newest checkpoint and a finished one is left as it is.
    """
    from gpu_experiments import experiments

    module = experiments.load(experiment)
    from gpu_experiments.config import override

    config = override(module.Config(), settings)
    if not resume:
        refuse_finished(folders(out, seeds))
    for seed, folder in enumerate(folders(out, seeds)):
        trajectory = module.run(config, seed, folder, resume=resume, device=device, progress=progress)
        outcome = trajectory.about.get("outcome", "finished")
        say(f"{experiment}, seed {seed}: {outcome}, {len(trajectory)} rows in {folder}")
    return folders(out, seeds)


def refuse_finished(places: Sequence[Path]) -> None:
    """Raise PlaceError where a folder already holds a finished record."""
    for folder in places:
        if (folder / "trajectory.parquet").exists():
            raise PlaceError(f"{folder} holds a finished record, which is never overwritten; choose another --out")
