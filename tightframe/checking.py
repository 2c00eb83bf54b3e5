"""`check`: whatever lies at a path is recognised and judged, and its verdicts are told.

    a run folder, or a folder of them      gpu_experiments.judge
    .csv .tsv .jsonl .parquet, or folders  gpu_experiments.foreign: somebody else's logs, all judged together
    .npz .safetensors                      gpu_experiments.audit: saved features

A half-written run among finished ones is skipped and listed under "skipped"; named by itself it is an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from theory.errors import UsersMistake

LOGS = (".csv", ".tsv", ".jsonl", ".parquet")
FEATURES = (".npz", ".safetensors")
PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin")  # never opened; named by themselves, refused with reason


class CheckError(UsersMistake):
    """A path with nothing at it that can be judged."""


def check(paths: Sequence[Path], mapping: Mapping[str, str], onset_threshold: float | None) -> dict[str, Any]:
    """{"runs": [...]} in the shape of the command contract, with "groups" and "skipped" where there are any."""
    from gpu_experiments.judge import judge_all

    runs, logs, features, skipped = recognised(paths)
    result: dict[str, Any] = {"runs": []}
    if runs:
        _merge(result, judge_all(runs))
    if logs:
        _merge(result, _foreign(logs, mapping, onset_threshold))
    for path in features:
        _merge(result, _audit(path))
    if skipped:
        result["skipped"] = skipped
    return result


def recognised(paths: Sequence[Path]) -> tuple[list[Path], list[Path], list[Path], list[dict[str, str]]]:
    """(run folders, logs, saved features, skipped half-written runs) at the paths. Raises CheckError for none."""
    runs, logs, features, skipped = [], [], [], []
    for path in map(Path, paths):
        if not path.exists():
            raise CheckError(f"{path} does not exist; give a run folder, a log or saved features")
        found, passed_over = _runs_at(path)
        runs += found
        skipped += passed_over
        if not found:
            files = _files_at(path)
            logs += [file for file in files if file.suffix in LOGS]
            features += [file for file in files if file.suffix in FEATURES + PICKLES]
    return list(dict.fromkeys(runs)), logs, features, skipped


def _runs_at(path: Path) -> tuple[list[Path], list[dict[str, str]]]:
    """Finished run folders at or below the path; the unreadable ones among them, with the reason."""
    from gpu_experiments.judge import read_run, run_folders

    if path.name == "trajectory.parquet":
        path = path.parent
    found = run_folders(path) if path.is_dir() else []
    if found == [path]:
        return found, []  # named by itself: whatever is wrong with it is the answer
    sound, skipped = [], []
    for folder in found:
        try:
            read_run(folder)
        except UsersMistake as error:
            skipped.append({"path": str(folder), "reason": str(error)})
        else:
            sound.append(folder)
    if skipped and not sound:
        raise CheckError(skipped[0]["reason"])
    return sound, skipped


def _files_at(path: Path) -> list[Path]:
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    known = [file for file in files if file.suffix in LOGS + FEATURES + (PICKLES if file == path else ())]
    if not known:
        kinds = " ".join(LOGS + FEATURES)
        raise CheckError(
            f"{path} holds no run folder and no file of {kinds}; give the --out of train or simulate, or a log"
        )
    return known


def _foreign(logs: list[Path], mapping: Mapping[str, str], onset_threshold: float | None) -> dict[str, Any]:
    from gpu_experiments import foreign

    threshold = {} if onset_threshold is None else {"onset_threshold": onset_threshold}
    return foreign.judge_logs(logs, mapping=dict(mapping) or None, **threshold)


def _audit(path: Path) -> dict[str, Any]:
    if find_spec("gpu_experiments.audit") is None:
        raise CheckError(
            f"{path} holds saved features, which this version cannot judge yet; give a run folder or a log"
        )
    return import_module("gpu_experiments.audit").audit_features(path)


def _merge(result: dict[str, Any], part: dict[str, Any]) -> None:
    """Append the part's lists to the result's; a part that is one run by itself counts as such."""
    part = part if "runs" in part else {"runs": [part]}
    for name, value in part.items():
        if isinstance(value, list):
            result[name] = [*result.get(name, []), *value]
        else:
            result.setdefault(name, value)
