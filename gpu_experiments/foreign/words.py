"""The report of judge_logs as lines for people: what was read as what, onsets, claims, doubts, published numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def in_words(report: Mapping[str, Any]) -> list[str]:
    """Plain lines, in the order of reading; the same content as the JSON, without its tables of numbers."""
    return [*_runs(report), *_verdicts(report), *_published(report), *_left_out(report)]


def _runs(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"onset: first NC1 < {report['onset_threshold']:g}"
    shown: dict[str, list[str]] = {}
    for run in report["runs"]:
        columns = ", ".join(f"{name} = {column}" for name, column in run["mapping"].items())
        shown.setdefault(columns, []).append(run["name"])
    for columns, names in shown.items():
        yield f"columns of {_some(names)}: {columns}"
    for assumed in sorted({words for run in report["runs"] for words in run["assumed"]}):
        yield f"assumed: {assumed}"
    for run in report["runs"]:
        yield f"{run['name']} [{run['group']}]: {_onset(run['onset'])}"
        yield from (f"    note: {repair}" for repair in run["repairs"])


def _onset(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "no onset"
    phase = "" if found["phase"] is None else f", loss phase {found['phase']}"
    norm = "not logged" if found["feature_norm"] is None else f"{found['feature_norm']:.4g}"
    return f"onset at {found['epoch']:g}{phase}, feature norm {norm}"


def _verdicts(report: Mapping[str, Any]) -> Iterator[str]:
    for group in report["groups"]:
        for verdict in group["verdicts"]:
            yield f"{verdict['agreement']:>12}  {verdict['claim']}: {verdict['reason']}"
    for kind in ("claims", "doubts"):
        for verdict in report[kind]:
            yield f"{verdict['agreement']:>12}  {verdict['claim']} ({verdict['bound']}): {verdict['reason']}"


def _published(report: Mapping[str, Any]) -> Iterator[str]:
    found = report["published"]
    if found is None:
        return
    yield f"published ({found['source']}) beside recomputed:"
    for cell in found["cells"]:
        if cell["status"] != "recomputed":
            yield f"    {cell['name']}: {cell['status']}"
        for row in cell["statistics"]:
            yield _row(cell["name"], row)
    for row in found["quantities"]:
        yield _row(row["place"], row)


def _row(where: str, row: Mapping[str, Any]) -> str:
    mark = "agrees" if row["agrees"] else "DIFFERS"
    numbers = f"printed {row['printed']}, recomputed {row['recomputed']:.6g}, difference {row['difference']:+.2g}"
    return f"    {where}, {row['statistic']}: {numbers}: {mark}"


def _left_out(report: Mapping[str, Any]) -> Iterator[str]:
    for kind in ("skipped", "refused"):
        yield from (f"{kind}: {entry['reason']}" for entry in report[kind])


def _some(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:2])} and {len(names) - 2} more"
