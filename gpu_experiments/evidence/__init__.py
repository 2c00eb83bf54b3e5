"""Frozen records and what they say: completed runs that live in the repository, small, without checkpoints.

    records/<experiment>/<trial>/config.json, trajectory.parquet, verdicts.json
    records/<experiment>/findings.json            statistics over seeds, one entry per empirical claim

    freeze(run_folder) -> Path         copy a finished run into the records
    conclude("grokking_mlp") -> [Finding, ...]     read the records, judge, write findings.json

What an experiment's runs say is computed by the file of the same stem here: `findings(runs) -> list[Finding]`.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gpu_experiments.config import trial_key
from gpu_experiments.foreign.findings import Finding, as_json
from gpu_experiments.judge import Run, judge_all, read_run, run_folders
from numerics.trajectory import write_atomically
from theory.errors import UsersMistake

RECORDS = Path(__file__).parents[1] / "records"


class EvidenceError(UsersMistake):
    """A record that is missing, or differs from the one that is frozen already."""


def freeze(folder: Path, records: Path = RECORDS) -> Path:
    """Copy settings and trajectory of a finished run to records/<experiment>/<trial>; a frozen one is never changed.

    Raises RunFolderError where the run is not finished, EvidenceError where another run is frozen under its name.
    """
    run = read_run(folder)
    name = trial_key_of(run)
    target = records / run.about["experiment"] / name
    for file in ("config.json", "trajectory.parquet"):
        content = (Path(folder) / file).read_bytes()
        if not (target / file).exists():
            write_atomically(target / file, content)
        elif file == "trajectory.parquet" and (target / file).read_bytes() != content:
            raise EvidenceError(f"{target} holds another trajectory, must be this one; records are never overwritten")
    return target


def trial_key_of(run: Run) -> str:
    """The trial's name from what its config.json says."""
    from gpu_experiments import experiments

    fields = {key: tuple(v) if isinstance(v, list) else v for key, v in run.about["config"].items()}
    config = experiments.load(run.about["experiment"]).Config(**fields)
    return trial_key(run.about["experiment"], config, run.about["seed"])


def names(records: Path = RECORDS) -> tuple[str, ...]:
    """Experiments that have frozen records, sorted."""
    return tuple(sorted(path.name for path in records.iterdir() if path.is_dir())) if records.exists() else ()


def runs_of(experiment: str, records: Path = RECORDS) -> list[Run]:
    """The frozen runs of one experiment, in the order of their settings and seeds."""
    runs = [read_run(folder) for folder in run_folders(records / experiment)]
    return sorted(runs, key=lambda run: (run.setting, run.about["seed"]))


def conclude(experiment: str, records: Path = RECORDS) -> list[Finding]:
    """Judge every frozen run of the experiment (verdicts.json) and write its findings.json. Raises EvidenceError."""
    runs = runs_of(experiment, records)
    if not runs:
        raise EvidenceError(f"{records / experiment} holds no record; freeze a finished run first")
    judged = judge_all([run.folder for run in runs])
    found = conclusions(experiment)(runs)
    for run, entry in zip(runs, judged["runs"], strict=True):  # a record is read elsewhere: no path of this machine
        content = json.dumps(entry | {"path": run.folder.name}, allow_nan=False, separators=(",", ":"))
        write_atomically(run.folder / "verdicts.json", content.encode())
    groups = [_in_short(group) for group in judged["groups"]]
    content = {"experiment": experiment, "runs": len(runs), "findings": as_json(found), "groups": groups}
    write_atomically(records / experiment / "findings.json", json.dumps(content, indent=1).encode())
    return found


def _in_short(group: Mapping[str, Any]) -> dict[str, Any]:
    """Verdicts over the seeds of one setting, without the margins over time that each run's verdicts.json has."""
    kept = ("bound", "claim", "agreement", "margin", "at", "reason")
    verdicts = [{name: verdict.get(name) for name in kept} for verdict in group["verdicts"]]
    return {"trials": [Path(path).name for path in group["paths"]], "seeds": group["seeds"], "verdicts": verdicts}


def conclusions(experiment: str) -> Callable[[Sequence[Run]], list[Finding]]:
    """The function that draws conclusions from the runs of `experiment`: those of its own file, where there is one, and
    how sharp the bound for nearly collapsed networks is along them."""
    from gpu_experiments.evidence._sharpness import sharpness

    stems = {module.name for module in pkgutil.iter_modules(__path__)}
    own = importlib.import_module(f"{__name__}.{experiment}").findings if experiment in stems else lambda runs: []
    return lambda runs: [*own(runs), *sharpness(runs)]


BOOKKEEPING = ("steps", "log_points", "checkpoint_every", "threads", "log_epochs")


def by_setting(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Runs grouped by all their settings, under the shortest names that tell them apart: "weight_decay=0.1 width=64".

    A setting is left out of the name where it has the value that more than half of all runs have; how long was trained
    and how often it was logged, where the names differ without it. "usual" where nothing is left to say.
    """
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(json.dumps(run.about["config"], sort_keys=True), []).append(run)
    told = {key: _unusual(group[0].about["config"], runs) for key, group in groups.items()}
    short = {key: {name: value for name, value in words.items() if name not in BOOKKEEPING}
             for key, words in told.items()}  # fmt: skip
    chosen = short if len({json.dumps(words) for words in short.values()}) == len(groups) else told
    return {_name(chosen[key]): group for key, group in groups.items()}


def _unusual(config: Mapping[str, Any], runs: Sequence[Run]) -> dict[str, Any]:
    found = {}
    for key, value in config.items():
        shared = sum(run.about["config"].get(key) == value for run in runs)
        if shared * 2 <= len(runs):
            found[key] = value
    return found


def _name(words: Mapping[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in words.items()) or "usual"


def apart(runs: Sequence[Run], *free: str) -> dict[str, list[Run]]:
    """Runs in families that agree in every setting but those named in `free` and how long and how often, under what
    follows a bound's name: "[data=mnist_5k prime=59]", the settings in which the families differ; "" for a single one.
    """
    ignored = {*free, *BOOKKEEPING}
    families: dict[str, list[Run]] = {}
    for run in runs:
        kept = {key: value for key, value in run.about["config"].items() if key not in ignored}
        families.setdefault(json.dumps(kept, sort_keys=True), []).append(run)
    configs = [group[0].about["config"] for group in families.values()]
    differing = [key for key in configs[0] if key not in ignored and len({str(c.get(key)) for c in configs}) > 1]
    names = [_name({key: config.get(key) for key in differing}) for config in configs]
    return {f"[{name}]" if len(families) > 1 else "": group
            for name, group in zip(names, families.values(), strict=True)}  # fmt: skip


def named(found: Sequence[Finding], suffix: str) -> list[Finding]:
    """The findings with `suffix` after the names of their bounds."""
    return [replace(finding, bound=finding.bound + suffix) for finding in found]
