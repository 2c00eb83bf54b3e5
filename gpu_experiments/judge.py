"""Judges run folders: every bound that any statement of the theory carries, held against what the run logged.

    judge(folder) -> {"path", "experiment", "seed", "observables", "verdicts", "clocks", "surrogate_over_exact"}

A bound is judged when its observable is a column of the run; a new statement with a bound is judged without any list
being edited. Runs that differ in the seed alone are judged again together, because a verdict of VIOLATED on a
probabilistic bound needs a test over seeds. Each folder keeps its verdicts in verdicts.json, written atomically.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpu_experiments.clocks import surrogate_ratio, two_clocks
from numerics.trajectory import Trajectory, load_trajectory, write_atomically
from numerics.verdict import as_json, compare
from theory.errors import UsersMistake
from theory.statement import Bound


class RunFolderError(UsersMistake):
    """A run folder that is missing, half-written or unreadable."""


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run as it lies on disk; `about` is its config.json."""

    folder: Path
    about: dict[str, Any]
    trajectory: Trajectory

    @property
    def setting(self) -> str:
        """Equal for runs that differ in the seed alone."""
        speed = [self.about[name] for name in ("precision", "compiled") if name in self.about]
        return json.dumps([self.about.get("experiment"), self.about.get("config"), *speed], sort_keys=True)


def judge(folder: Path, bounds: Sequence[tuple[str, Bound]] | None = None) -> dict[str, Any]:
    """Verdicts and observations of one run folder, also written to its verdicts.json.

    `bounds` are (claim key, bound) pairs; by default all that the statements carry. Raises RunFolderError where the
    folder is missing or half-written, TrajectoryError where its trajectory is truncated, OSError where verdicts.json
    cannot be written.
    """
    return _judge(read_run(folder), theory_bounds() if bounds is None else bounds)


def judge_all(folders: Iterable[Path], bounds: Sequence[tuple[str, Bound]] | None = None) -> dict[str, Any]:
    """{"runs": one entry per folder, "groups": verdicts over seeds, for settings with two runs or more}."""
    bounds = theory_bounds() if bounds is None else bounds
    runs = [read_run(folder) for folder in folders]
    return {"runs": [_judge(run, bounds) for run in runs], "groups": over_seeds(runs, bounds)}


def over_seeds(runs: Sequence[Run], bounds: Sequence[tuple[str, Bound]]) -> list[dict[str, Any]]:
    """Each setting's verdicts over its seeds; settings with a single run are left to that run's own entry."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.setting, []).append(run)
    return [
        {
            "paths": [str(run.folder) for run in group],
            "experiment": group[0].about.get("experiment"),
            "seeds": [run.about.get("seed") for run in group],
            "verdicts": verdicts([run.trajectory for run in group], bounds),
        }
        for group in groups.values()
        if len(group) > 1
    ]


def verdicts(trajectories: Sequence[Trajectory], bounds: Sequence[tuple[str, Bound]]) -> list[dict[str, Any]]:
    """Every bound whose observable all trajectories log, judged over them."""
    return [
        as_json(compare(bound, trajectories, claim))
        for claim, bound in bounds
        if all(bound.observable in trajectory for trajectory in trajectories)
    ]


def theory_bounds() -> list[tuple[str, Bound]]:
    """(claim key, bound) for every bound of every statement in the blueprint, in the order of the keys."""
    from theory.blueprint import load

    graph, _ = load()  # a statement file that does not load has no bounds; `verify` names it
    return [(key, bound) for key in sorted(graph) for bound in graph.nodes[key]["statement"].bounds]


def run_folders(path: Path) -> list[Path]:
    """The run folders at or below `path`, in the order of their names; empty where there is none."""
    path = Path(path)
    if _looks_like_a_run(path):
        return [path]
    return sorted({found.parent for found in path.rglob("config.json") if _looks_like_a_run(found.parent)})


def read_run(folder: Path) -> Run:
    """A finished run. Raises RunFolderError or TrajectoryError with the file that is wrong and the way out."""
    folder = Path(folder)
    if not folder.is_dir():
        raise RunFolderError(f"{folder} does not exist or is no folder; give a run folder that train or simulate wrote")
    if not (folder / "config.json").exists():
        raise RunFolderError(f"{folder} has no config.json, must be a run folder; give the --out of train or simulate")
    about = _read_json(folder / "config.json")
    if not (folder / "trajectory.parquet").exists():
        command = f"tightframe train {about.get('experiment', 'EXPERIMENT')} --out {folder} --resume"
        raise RunFolderError(f"{folder} is half-written: it has no trajectory.parquet; finish it with {command}")
    return Run(folder, about, load_trajectory(folder / "trajectory.parquet"))


def _looks_like_a_run(folder: Path) -> bool:
    marks = ("trajectory.parquet", "parts", "checkpoints")
    about = folder / "config.json"
    return any((folder / mark).exists() for mark in marks) or (about.exists() and b'"seed"' in about.read_bytes())


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        raise RunFolderError(f"{path} is truncated or no JSON ({error}); start the run again in a new --out") from None
    if not isinstance(content, dict):
        raise RunFolderError(
            f"{path} holds a {type(content).__name__}, must hold a run's settings; choose a run folder"
        )
    return content


def _judge(run: Run, bounds: Sequence[tuple[str, Bound]]) -> dict[str, Any]:
    entry = {
        "path": str(run.folder),
        "experiment": run.about.get("experiment"),
        "seed": run.about.get("seed"),
        "outcome": run.trajectory.about.get("outcome"),
        "observables": sorted(run.trajectory.observables),
        "verdicts": verdicts([run.trajectory], bounds),
        "clocks": two_clocks(run.trajectory),
        "surrogate_over_exact": surrogate_ratio(run.trajectory),
    }
    write_atomically(run.folder / "verdicts.json", json.dumps(entry, indent=1, allow_nan=False).encode())
    return entry
