"""Our own runs in the form in which somebody else's logs are judged, so that both meet the same rules."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gpu_experiments.foreign import runs as foreign
from gpu_experiments.foreign.columns import ColumnMapping
from gpu_experiments.foreign.families import Label
from gpu_experiments.foreign.logs import Log
from gpu_experiments.foreign.onset import find_onset
from gpu_experiments.judge import Run
from numerics.trajectory import Trajectory

FACTORS = {"depth": "hidden", "width": "width", "activation": "activation", "weight_decay": "weight_decay"}


def as_logs(groups: dict[str, list[Run]], threshold: float) -> list[foreign.Run]:
    """Every run of every group as one seed of the family that the group's name names; time in epochs."""
    return [_as_log(label, run, threshold) for label, group in groups.items() for run in group]


def _as_log(family: str, run: Run, threshold: float) -> foreign.Run:
    config, table, seed = run.about["config"], run.trajectory, str(run.about["seed"])
    columns = {name: table[name] for name in table.observables if name not in ("epoch", "phase")}
    columns["loss_phase"] = table["phase"]
    label = Label(family, seed)
    shown = Trajectory(f"{family} seed {seed}", table["epoch"], columns, "epoch", {})
    mapping = ColumnMapping(("epoch", "epoch"), {name: name for name in columns}, (), ())
    log = Log(Path(shown.name), shown.name, label, shown, mapping, (), np.zeros(len(shown), dtype=bool))
    settings = {factor: _value(config[key]) for factor, key in FACTORS.items()}
    first, second = find_onset(log, threshold), find_onset(log, threshold, second_phase=True)
    return foreign.Run(log, label, settings, None, first, second)


def _value(value: float | str) -> float | str:
    return value if isinstance(value, str) else float(value)


def families(logs: Sequence[foreign.Run]) -> dict[str, list[foreign.Run]]:
    return foreign.families(logs)
