"""Somebody else's feature-norm logs on the page: onsets by family, curves, claims over many runs, print beside logs.

foreign_section(files) -> {"runs", "claims", "doubts", "published", "onset_threshold"} or None without any log
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gpu_experiments import foreign

POINTS = 120


def foreign_section(files: Sequence[Path]) -> dict[str, Any] | None:
    """The logs judged together. Raises LogError where none of them can be read as a log."""
    if not files:
        return None
    report = foreign.judge_logs(files)
    published = report["published"]
    return {
        "onset_threshold": report["onset_threshold"],
        "runs": [_run(entry) for entry in report["runs"]],
        "claims": report["claims"],
        "doubts": report["doubts"],
        "published": published and {"source": published["source"], "verdict": published["verdict"]},
        "left_out": [entry["reason"] for kind in ("skipped", "refused") for entry in report[kind]],
    }


def _run(entry: dict[str, Any]) -> dict[str, Any]:
    onset = entry["onset_second_phase"] or entry["onset"]
    shown = {"name": entry["name"], "group": entry["group"], "unit": entry["time_unit"]}
    shown["onset"] = onset and {"time": onset["epoch"], "feature_norm": onset["feature_norm"]}
    return shown | _curve(Path(entry["path"]), entry)


def _curve(path: Path, entry: dict[str, Any]) -> dict[str, list]:
    """Time and feature norm, thinned; both empty for a log without a feature norm."""
    log = next((log for log in foreign.read_logs(path) if log.name == entry["name"]), None)
    if log is None or "feature_norm" not in log.trajectory:
        return {"time": [], "feature_norm": []}
    known = np.flatnonzero(np.isfinite(log.trajectory["feature_norm"]))
    rows = known[np.unique(np.linspace(0, len(known) - 1, min(POINTS, len(known))).round().astype(int))]
    values = log.trajectory["feature_norm"][rows]
    return {"time": log.trajectory.time[rows].tolist(), "feature_norm": [float(f"{v:.5g}") for v in values]}
