"""One trial of an experiment, from settings and seed to a run folder: the part that every experiment shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from gpu_experiments import config as settings
from gpu_experiments import machine, record, train
from numerics.trajectory import Trajectory

COMMON = (
    "flatness_from_loss",
    "flatness_from_margin",
    "near_collapse_flatness",
    "surrogate_dominates_flatness",
    "collapse_implies_flatness",
    "cantelli_generalisation",
    "directional_generalisation",
    "unseen_error",
    "bottleneck_bound",
    "bottleneck_logdet_bound",
    "nc1_from_balancedness",
)
"""Claims that every run is held against: their bounds need only what every run logs."""


def describe(experiment: str, config: Any, seed: int, bounds: Sequence[str]) -> dict[str, Any]:
    """What identifies a trial, as JSON-able values: experiment, settings, seed, claims, dtype. Raises ConfigError."""
    settings.require_seed(seed)
    about = {"experiment": experiment, "config": settings.as_json(config), "seed": seed, "bounds": list(bounds)}
    return about | {"dtype": str(torch.get_default_dtype()).removeprefix("torch.")} | dict(machine.CHOSEN.get().about())


def run(
    experiment: str,
    config: Any,
    seed: int,
    out: Path,
    bounds: Sequence[str],
    build: Callable[[Any, int, torch.device], train.Job],
    *,
    resume: bool,
    device: str,
    progress: bool,
) -> Trajectory:
    """Train `build(config, seed, device)` into the run folder `out`; a finished one is read back when `resume` is on.

    Raises ConfigError, RecordError, DataError or DeviceError for what the user can mend.
    """
    about = describe(experiment, config, seed, bounds)
    place = machine.choose_device(device)
    opened = record.begin(Path(out), about, resume=resume)
    if opened.finished:
        return opened.trajectory()
    return train.train(build(config, seed, place), opened, about, progress=progress)
