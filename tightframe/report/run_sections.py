"""What the page shows of runs: their curves, the bounds drawn in, verdicts, and closed forms for simulations.

    run_sections(folders) -> (runs, verdicts over seeds, findings)

A run's name tells what it differs in from the page's other runs of the same experiment. Series are thinned to POINTS
rows; the bounds are evaluated from the statements' own expressions, never retyped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sympy

from gpu_experiments import evidence
from gpu_experiments.clocks import two_clocks
from gpu_experiments.foreign.findings import as_json
from gpu_experiments.judge import Run, over_seeds, read_run, theory_bounds, verdicts
from numerics import margin
from numerics.trajectory import Trajectory
from theory.statement import Bound
from tightframe.report.closed_forms import compared

POINTS = 240
Bounds = Sequence[tuple[str, Bound]]
UNVARIED = {"threads", "log_points", "checkpoint_every"}


def run_sections(folders: Sequence[Path]) -> tuple[list[dict], list[dict], list[dict]]:
    """(runs, verdicts over seeds, findings) of the run folders, judged; a folder twice is shown once.

    Raises RunFolderError or TrajectoryError for a run that is half-written or truncated.
    """
    found = list({folder.resolve(): folder for folder in folders}.values())
    if not found:
        return [], [], []
    runs, bounds = [read_run(folder) for folder in found], theory_bounds()
    names = _names(runs)
    shown = [_section(*parts, bounds) for parts in zip(runs, names, _anchors(names), strict=True)]
    groups = over_seeds([run for run in runs if not is_simulation(run)], bounds)
    in_order = sorted(shown, key=lambda run: (("simulation", "diagram", "network").index(run["kind"]), run["name"]))
    return in_order, _over_seeds(groups, dict(zip(map(str, found), shown, strict=True))), _findings(runs)


def is_simulation(run: Run) -> bool:
    return run.about.get("kind") == "simulation"


def model_of(run: Run) -> str:
    return str(run.about.get("experiment") or run.trajectory.name)


def _section(run: Run, name: str, anchor: str, bounds: Bounds) -> dict[str, Any]:
    """One run, judged here and not in its folder: a page changes nothing of what it shows."""
    model = model_of(run)
    judged = verdicts([run.trajectory], bounds)
    kind = "network" if not is_simulation(run) else "diagram" if model == "phase_diagrams" else "simulation"
    rows = _thinned(len(run.trajectory))
    shown = {
        "anchor": anchor,
        "name": name,
        "kind": kind,
        "model": model,
        "path": str(run.folder),
        "config": dict(run.about.get("config") or {}),
        "seed": run.about.get("seed"),
        "verdicts": [_without_curves(v) for v in judged],
        "observations": {"outcome": run.trajectory.about.get("outcome"), "clocks": two_clocks(run.trajectory)},
        "series": _series(run.trajectory, rows),
        "bounds": _bound_curves(run.trajectory, judged, bounds, rows) if kind != "diagram" else [],
        "closed_forms": compared(run, rows) if kind == "simulation" else None,
    }
    if kind == "diagram":
        shown["columns"] = {key: _plain(values) for key, values in run.trajectory.observables.items()}
    return shown


def _thinned(length: int) -> np.ndarray:
    return np.unique(np.linspace(0, length - 1, min(POINTS, length)).round().astype(int))


def _series(trajectory: Trajectory, rows: np.ndarray) -> dict[str, Any]:
    columns = {name: _plain(values[rows]) for name, values in sorted(trajectory.observables.items())}
    return {"time": _plain(trajectory.time[rows]), "time_unit": trajectory.time_unit, "columns": columns}


def _plain(values: Iterable[float]) -> list[float | None]:
    """Six significant digits; what is not finite becomes null."""
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in values]


def _without_curves(verdict: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in verdict.items() if key != "margins"}


def _bound_curves(trajectory: Trajectory, judged: list[dict], bounds: Bounds, rows: np.ndarray) -> list[dict[str, Any]]:
    """Every judged bound along the run: {"name", "claim", "observable", "side", "values"}."""
    drawn = {v["bound"] for v in judged if v["agreement"] in {"RESPECTED", "VIOLATED", "VACUOUS"}}
    curves = []
    for claim, bound in bounds:
        if bound.name not in drawn or not margin.needed(bound) <= set(trajectory.observables):
            continue
        for side in ("upper", "lower"):
            expression = getattr(bound, side)
            if expression is None:
                continue
            values = margin.evaluate(sympy.sympify(expression), trajectory)
            curve = {"name": bound.name, "claim": claim, "observable": bound.observable, "side": side}
            curves.append(curve | {"values": _plain(values[rows])})
    return curves


def _names(runs: Sequence[Run]) -> list[str]:
    """Model (or diagram), the fewest settings that tell the page's runs of that model apart, and the seed."""
    telling = {model: _telling([r for r in runs if model_of(r) == model]) for model in set(map(model_of, runs))}
    return [_name(run, telling[model_of(run)]) for run in runs]


def _name(run: Run, keys: Sequence[str]) -> str:
    own, seed = run.about.get("config") or {}, run.about.get("seed")
    if is_simulation(run) and "diagram" in own:
        return str(own["diagram"])
    parts = [model_of(run), *(f"{key} = {own.get(key)}" for key in keys)]
    return ", ".join(parts if seed is None else [*parts, f"seed {seed}"])


def _telling(runs: Sequence[Run]) -> list[str]:
    """Settings, best first, until no further one tells more runs apart; the number of steps only at need."""
    configs = [run.about.get("config") or {} for run in runs]
    left = sorted({key for config in configs for key in config} - UNVARIED, key=lambda key: (key == "steps", key))

    def told(keys: list[str]) -> int:
        return len({json.dumps([config.get(key) for key in keys]) for config in configs})

    chosen: list[str] = []
    while left:
        best = max(left, key=lambda key: told([*chosen, key]))
        if told([*chosen, best]) == told(chosen):
            break
        chosen.append(best)
        left.remove(best)
    return chosen


def _anchors(names: Sequence[str]) -> list[str]:
    """One readable identifier for each name: letters, digits, dots and dashes only, each once on the page."""
    anchors: list[str] = []
    for name in names:
        stem = "run-" + (re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")[:80] or "unnamed")
        repeats = sum(re.fullmatch(rf"{re.escape(stem)}(-\d+)?", anchor) is not None for anchor in anchors)
        anchors.append(f"{stem}-{repeats + 1}" if repeats else stem)
    return anchors


def _over_seeds(groups: list[dict], shown: dict[str, dict]) -> list[dict[str, Any]]:
    """Verdicts over seeds, with the names of the runs in place of their paths."""
    return [
        {
            "experiment": group["experiment"],
            "runs": [{"name": shown[path]["name"], "anchor": shown[path]["anchor"]} for path in group["paths"]],
            "verdicts": [_without_curves(v) for v in group["verdicts"]],
        }
        for group in groups
    ]


def _findings(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """What each experiment's runs say together, by the rules of gpu_experiments.evidence."""
    by_experiment: dict[str, list[Run]] = {}
    for run in runs:
        if not is_simulation(run):
            by_experiment.setdefault(model_of(run), []).append(run)
    return [
        {"experiment": experiment, "runs": len(group), **as_json(finding)}
        for experiment, group in sorted(by_experiment.items())
        for finding in evidence.conclusions(experiment)(group)
    ]
