"""The published numbers beside the same numbers recomputed from the logs at hand.

published.json holds what was printed (as text, so that its digits are known), where it stands, and which runs it was
printed for. Nothing here returns a printed number as a result: it is only ever subtracted from a recomputed one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from gpu_experiments import statistics
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.foreign.onset import find_onset
from gpu_experiments.foreign.runs import Run

Summaries = Mapping[str, pd.DataFrame]


@cache
def load() -> dict[str, Any]:
    """The content of published.json."""
    return json.loads((files("gpu_experiments.foreign") / "published.json").read_text())


def recognised(names: Sequence[str]) -> bool:
    """Whether the logs are (part of) the public release: two of its cells or more have all their runs among `names`."""
    have = set(names)
    return sum(bool(cell["runs"]) and set(cell["runs"]) <= have for cell in load()["cells"]) >= 2


def cell_values(cell: Mapping, runs: Mapping[str, Run], summaries: Summaries) -> tuple[list[float], list[float], dict]:
    """(onset epochs, feature norms, where they came from) of a cell: from its logs, and from the author's summaries for
    the runs whose logs are not at hand."""
    epochs, norms, told = [], [], {"from_logs": [], "from_summaries": [], "missing": []}
    for name in cell["runs"]:
        found = find_onset(runs[name].log, cell["threshold"], cell["rule"] == "second phase") if name in runs else None
        if found is None or found.feature_norm is None:
            told["missing"].append(name)
            continue
        epochs.append(found.epoch)
        norms.append(found.feature_norm)
        told["from_logs"].append(name)
    for row in cell["rows"]:
        values = _summary_row(row, summaries)
        label = f"{row['summary']} {row['where']}"
        if values is None:
            told["missing"].append(label)
            continue
        epochs.append(values[0])
        norms.append(values[1])
        told["from_summaries"].append(label)
    return epochs, norms, told


def _summary_row(row: Mapping, summaries: Summaries) -> tuple[float, float] | None:
    table = summaries.get(row["summary"])
    if table is None:
        return None
    for column, value in row["where"].items():
        table = table[table[column] == value]
    return (float(table[row["epoch"]].iloc[0]), float(table[row["norm"]].iloc[0])) if len(table) == 1 else None


def compare_cells(runs: Mapping[str, Run], summaries: Summaries) -> list[dict]:
    """One entry per published cell: its printed statistics, the recomputed ones, the differences."""
    found = []
    for cell in load()["cells"]:
        epochs, norms, told = cell_values(cell, runs, summaries)
        entry = {name: cell[name] for name in ("name", "place", "threshold", "rule")} | told
        entry["note"] = cell.get("note")
        complete = bool(epochs) and not told["missing"]
        entry["status"] = "recomputed" if complete else "no logs here" if not epochs else "incomplete"
        entry["statistics"] = compare(cell["printed"], describe(epochs, norms)) if complete else []
        found.append(entry)
    return found


def describe(epochs: Sequence[float], norms: Sequence[float]) -> dict[str, float]:
    """The statistics that the tables print: n, mean and sample sd of onset and norm, t interval, CV in per cent."""
    epoch, norm = statistics.mean_interval(epochs), statistics.mean_interval(norms)
    return {"n": float(norm.n), "epoch_mean": epoch.value, "epoch_sd": epoch.sd, "norm_mean": norm.value,
            "norm_sd": norm.sd, "cv_percent": 100 * norm.sd / norm.value, "ci_low": norm.low,
            "ci_high": norm.high}  # fmt: skip


def compare(printed: Mapping[str, str], recomputed: Mapping[str, float]) -> list[dict]:
    """Per statistic: as printed, recomputed, difference, and whether it rounds to the printed digits."""
    return [compare_one(name, text, recomputed[name]) for name, text in printed.items() if name in recomputed]


def compare_one(name: str, text: str, value: float) -> dict:
    """`agrees` allows half a unit of the last printed digit (a thousandth more, for ties in rounding), and a whole unit
    where the text starts with "~" because it was printed as approximate."""
    digits = text.removeprefix("~")
    unit = 10.0 ** -len(digits.partition(".")[2])
    difference = float(value) - float(digits)
    allowed = unit if text.startswith("~") else 0.501 * unit
    return {"statistic": name, "printed": text, "recomputed": float(value), "difference": difference,
            "agrees": bool(np.isfinite(value) and abs(difference) <= allowed)}  # fmt: skip


def judge_comparison(cells: Sequence[Mapping], quantities: Sequence[Mapping]) -> Finding:
    """Whether every recomputed number rounds to the printed one. Margin: minus the count of those that do not."""
    rows = [(cell["name"], row) for cell in cells for row in cell["statistics"]]
    rows += [(row["place"], row) for row in quantities]
    off = [f"{where} {row['statistic']} {row['printed']} against {row['recomputed']:.4g}" for where, row in rows
           if not row["agrees"]]  # fmt: skip
    words = f"{len(rows) - len(off)} of {len(rows)} recomputed numbers agree with print"
    if off:
        words += "; not " + ", ".join(off)
    agreement = Agreement.VIOLATED if off else Agreement.RESPECTED
    return Finding("published_numbers_recomputed", "threshold_concentrates", agreement, 0.0 - len(off), words)
