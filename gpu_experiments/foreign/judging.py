"""judge_logs: other people's logs read, grouped and judged, in the shape of `check --json`.

    {"runs": [{path, observables, onset, verdicts, ...}], "groups": [...], "mapping": {...}, "claims": [...],
     "doubts": [...], "published": {...} or null, "skipped": [...], "refused": [...]}

A file that is no log (it has no time column) is skipped with the reason, a broken one refused with the reason; where
nothing is left to judge the first reason is raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from gpu_experiments.foreign import concentration, doubts, grid, loss_ratio, prediction, published, quantities, single
from gpu_experiments.foreign.columns import map_columns, read_mapping
from gpu_experiments.foreign.errors import LogError
from gpu_experiments.foreign.families import Grouping, check_grouping
from gpu_experiments.foreign.findings import Finding, as_json
from gpu_experiments.foreign.logs import Log, read_logs
from gpu_experiments.foreign.onset import RELAXED, STRICT, as_dict, check_threshold, find_onset
from gpu_experiments.foreign.records import LOG_ENDINGS, read_table
from gpu_experiments.foreign.runs import Run, families, make_runs
from gpu_experiments.foreign.sweeps import judge_sweeps, sweep
from gpu_experiments.judge import theory_bounds, verdicts
from theory.statement import Bound

Paths = str | Path | Iterable[str | Path]


def judge_logs(
    paths: Paths,
    mapping: Mapping[str, str] | str | None = None,
    onset_threshold: float = STRICT,
    group: Grouping = None,
    milestones: Mapping[str, Sequence[float]] | None = None,
) -> dict[str, Any]:
    """Judge log files, or all logs in folders.

    mapping          `{"nc1": "NC1"}` or "nc1=NC1,fn=feat_norm"; overrides the synonyms
    onset_threshold  NC1 below it is the onset: 0.01 strict, 0.05 relaxed
    group            a column, a pattern with (?P<family>...), or {log name: family}
    milestones       {family: epochs after which the learning rate drops}, for logs without a learning-rate column

    Returns JSON-able data. Raises LogError (a ValueError) where nothing can be judged or an argument has no meaning.
    """
    threshold = check_threshold(onset_threshold)
    check_grouping(group)
    read_mapping(mapping)
    logs, summaries, skipped, refused = read_all(paths, mapping, group)
    known = published.load() if group is None and published.recognised([log.name for log in logs]) else None
    schedule = {**(known["milestones"] if known else {}), **(milestones or {})}
    runs = make_runs(logs, threshold, known["families"] if known else None)
    bounds = theory_bounds()
    report = {"onset_threshold": threshold, "runs": [_run_entry(run, schedule, bounds) for run in runs]}
    report |= judge_runs(runs, threshold, schedule)
    report["mapping"] = {entry["path"]: entry["mapping"] for entry in report["runs"]}
    report["published"] = _beside_published(runs, summaries) if known else None
    if known:
        author = doubts.dropped_runs_do_not_matter(quantities.published_leads(summaries), "author's table")
        report["doubts"].append(author)
    return as_json(report | {"skipped": skipped, "refused": refused})


def judge_runs(runs: Sequence[Run], threshold: float, milestones: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Groups, claims over many runs, and doubts; Findings not yet turned into JSON."""
    grouped = families(runs)
    variation = {family: concentration.judge_family(family, members) for family, members in grouped.items()}
    leads = prediction.leads(grouped)
    depths = {int(level): members for level, members in sweep(runs, "depth").items()}
    first_attempts = [run for run in runs if run.attempt_of is None]
    strict, relaxed = (judge_sweeps([_at(run, level) for run in runs], level) for level in (STRICT, RELAXED))
    claims = [concentration.judge_all(list(variation.values())), prediction.judge_leads(leads), *grid.judge_grid(runs)]
    claims += strict + relaxed + ([] if threshold in (STRICT, RELAXED) else judge_sweeps(runs, threshold))
    collapsed = {depth: members for depth, members in depths.items() if all(run.onset for run in members)}
    claims.append(loss_ratio.judge_families(grouped))
    claims.append(loss_ratio.judge_depth_law(depths, "depth_law_margin_constant"))
    claims.append(loss_ratio.judge_depth_law(collapsed, "depth_law_margin_constant_where_collapsed"))
    return {
        "groups": [_group_entry(family, members, variation[family]) for family, members in grouped.items()],
        "claims": claims,
        "doubts": [
            doubts.onset_phase_everywhere(runs),
            doubts.onset_at_milestone_by_chance(runs, _schedules(runs, milestones)),
            doubts.norm_monotone_to_threshold({run.name: single.crosses_once(run) for run in first_attempts}),
            doubts.verdict_at_one_threshold(first_attempts, strict, relaxed),
            doubts.dropped_runs_do_not_matter(leads),
            doubts.second_attempts_agree(runs),
            doubts.onset_is_a_special_time(list(variation.values())),
        ],
    }


def read_all(
    paths: Paths, mapping: Mapping[str, str] | str | None, group: Grouping
) -> tuple[list[Log], dict[str, pd.DataFrame], list[dict], list[dict]]:
    """(logs, tables that are no logs by name, skipped, refused). Raises LogError where no log is left."""
    logs, tables, skipped, refused = [], {}, [], []
    for path in _files(paths):
        try:
            logs += read_logs(path, mapping, group)
        except LogError as error:
            table = _table_without_time(path, mapping)
            (refused if table is None else skipped).append({"path": str(path), "reason": str(error)})
            if table is not None:
                tables[path.stem] = table
    if not logs:
        reasons = [entry["reason"] for entry in refused + skipped]
        raise LogError(reasons[0] if reasons else "no log was given; give files or a folder that holds some")
    return logs, tables, skipped, refused


def _files(paths: Paths) -> list[Path]:
    chosen = [paths] if isinstance(paths, str | Path) else list(paths)
    found: list[Path] = []
    for path in map(Path, chosen):
        if path.is_dir():
            inside = sorted(file for file in path.iterdir() if file.suffix.lower() in LOG_ENDINGS and file.is_file())
            if not inside:
                raise LogError(f"{path} holds no log ({', '.join(sorted(LOG_ENDINGS))}); give files or another folder")
            found += inside
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def _table_without_time(path: Path, mapping: Mapping[str, str] | str | None) -> pd.DataFrame | None:
    """The table where the file can be read but has no time column: a summary, not a broken log."""
    try:
        table, _ = read_table(path)
        map_columns(list(table.columns), {}, str(path))
    except LogError as error:
        return table if "no epoch column" in str(error) else None
    return None


def _at(run: Run, threshold: float) -> Run:
    return replace(run, first=find_onset(run.log, threshold), second=find_onset(run.log, threshold, second_phase=True))


def _schedules(runs: Sequence[Run], given: Mapping[str, Sequence[float]]) -> dict[str, Sequence[float]]:
    logged = {run.log.label.family: single.drops(run) for run in runs}
    return {family: drops for family, drops in logged.items() if drops} | dict(given)


def _run_entry(
    run: Run, milestones: Mapping[str, Sequence[float]], bounds: Sequence[tuple[str, Bound]]
) -> dict[str, Any]:
    trajectory = run.log.trajectory
    return {
        "path": str(run.log.path),
        "name": run.name,
        "group": run.label.family,
        "seed": run.label.seed or None,
        "observables": sorted(trajectory.observables),
        "rows": len(trajectory),
        "time_unit": trajectory.time_unit,
        "onset": as_dict(run.first),
        "onset_second_phase": as_dict(run.second),
        "mapping": {run.log.mapping.time[0]: run.log.mapping.time[1], **run.log.mapping.observables},
        "ignored_columns": run.log.mapping.ignored,
        "assumed": run.log.mapping.assumed,
        "repairs": [*run.log.repairs, *run.told],
        "verdicts": single.judge_run(run, milestones.get(run.log.label.family)) + verdicts([trajectory], bounds),
    }


def _group_entry(family: str, runs: Sequence[Run], variation: Finding) -> dict[str, Any]:
    return {
        "name": family,
        "runs": [run.name for run in runs],
        "settings": dict(runs[0].settings),
        "cell": runs[0].cell,
        "onsets": [run.onset.epoch if run.onset else None for run in runs],
        "verdicts": [variation],
    }


def _beside_published(runs: Sequence[Run], summaries: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    by_name = {run.name: run for run in runs}
    recomputed = quantities.recompute(by_name, summaries)
    content = published.load()
    rows = [
        {"place": entry["place"], **published.compare_one(name, entry["printed"], recomputed[name])}
        for name, entry in content["quantities"].items()
        if name in recomputed
    ]
    cells = published.compare_cells(by_name, summaries)
    return {
        "source": content["source"],
        "recognised_by": "names of the log files",
        "verdict": published.judge_comparison(cells, rows),
        "cells": cells,
        "quantities": rows,
        "without_logs": content["without_logs"],
    }
