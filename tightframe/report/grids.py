"""Weight-decay grids: for each experiment that was run at several weight decays, the times of its clocks over them.

weight_decay_grids(runs) -> [{"experiment", "unit", "figure", "points": [{"weight_decay", "seed", "fit", ...}]}]
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tightframe.report.figures import figure_name

CLOCKS = ("fit", "rnc1_drop", "generalise")
FREE = {"weight_decay", "steps", "log_points", "checkpoint_every", "threads"}


def weight_decay_grids(runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One grid for each experiment and setting with two weight decays or more; `steps` may differ along it."""
    groups: dict[str, list[dict]] = {}
    for run in runs:
        if run["kind"] == "network" and run["observations"].get("clocks") and _decay(run) is not None:
            rest = {key: value for key, value in run["config"].items() if key not in FREE}
            groups.setdefault(json.dumps([run["model"], rest], sort_keys=True), []).append(run)
    grids = [_grid(group) for group in groups.values() if len({_decay(run) for run in group}) > 1]
    for place, grid in enumerate(grids):
        grid["figure"] = "weight-decay-" + figure_name(grid["experiment"]) + (f"-{place + 1}" if place else "")
    return grids


def _decay(run: dict[str, Any]) -> float | None:
    value = run["config"].get("weight_decay")
    return float(value) if isinstance(value, int | float) and value > 0 else None


def _grid(group: list[dict]) -> dict[str, Any]:
    points = [
        {"weight_decay": _decay(run), "seed": run["seed"], "name": run["name"], "anchor": run["anchor"]}
        | {clock: run["observations"]["clocks"].get(clock) for clock in CLOCKS}
        for run in group
    ]
    points.sort(key=lambda point: (point["weight_decay"], str(point["seed"])))
    return {"experiment": group[0]["model"], "unit": group[0]["series"]["time_unit"], "points": points}
