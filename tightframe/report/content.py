"""What the page shows, as one JSON-able object: ledger, blueprint, runs and verdicts. Nothing is typed by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import networkx as nx

from gpu_experiments.evidence import RECORDS
from gpu_experiments.judge import run_folders
from numerics.verdict import Agreement
from proofs import answers
from theory import blueprint
from theory.errors import UsersMistake
from tightframe import __version__
from tightframe.checking import recognised
from tightframe.report.claim_sections import claim_section
from tightframe.report.discoveries import discoveries
from tightframe.report.foreign_sections import foreign_section
from tightframe.report.grids import weight_decay_grids
from tightframe.report.layout import drawing_of
from tightframe.report.reading import READING
from tightframe.report.run_sections import run_sections


class ReportError(UsersMistake):
    """A page that cannot be written."""


QUESTIONS = {
    "verify": "Is this theorem true, under exactly which assumptions, and what must I trust to believe it?",
    "simulate": "What do the idealised dynamics do?",
    "check": "Does a real network obey the theory?",
}
STRENGTH = ("kernel", "exact", "ball", "SMT", "cited", "empirical", "undecided", "unproved")


def collect(folders: Sequence[Path], only: str | None = None) -> dict[str, Any]:
    """Everything the page shows. `only` keeps one claim and what it rests on.

    Raises LedgerError for an unknown claim, ReportError for saved features, and CheckError, RunFolderError,
    TrajectoryError or LogError for a path that holds nothing to show.
    """
    sources = _sources(folders)
    report, graph = _verified(only)
    shown = _shown(*sources)
    claims = [claim_section(row, graph.nodes[row["key"]]["statement"], shown) for row in report["claims"]]
    networks = [run for run in shown["runs"] if run["kind"] == "network"]
    counts = Counter(claim["evidence"] for claim in claims)
    return {
        "version": __version__,
        "made": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "only": only,
        "questions": QUESTIONS,
        "claims": claims,
        "problems": report["problems"],
        "summary": report["summary"],
        "evidence": {kind: counts[kind] for kind in STRENGTH if counts[kind]},
        "verdicts": _counted(v for run in networks for v in run["verdicts"]),
        "verdicts_over_runs": _counted(shown["findings"]),
        "verdicts_over_logs": _counted(shown["logs"]["claims"] + shown["logs"]["doubts"] if shown["logs"] else ()),
        "discoveries": discoveries(claims),
        "reading": READING,
        "blueprint": drawing_of(graph, {claim["key"]: claim for claim in claims}),
        "grids": weight_decay_grids(shown["runs"]),
        **shown,
    }


def _counted(verdicts: Iterable[dict[str, Any]]) -> dict[str, int]:
    """How often each agreement was found, in the order in which the page tells them."""
    counts = Counter(verdict["agreement"] for verdict in verdicts)
    return {name: counts[name] for name in map(str, Agreement) if counts[name]}


def _verified(only: str | None) -> tuple[dict[str, Any], nx.DiGraph]:
    graph, _ = blueprint.load()
    report = answers.verify([only] if only else None)
    keys = {row["key"] for row in report["claims"]}
    if only:
        keys |= nx.ancestors(graph, only)
        report = answers.verify(sorted(keys))
    return report, graph.subgraph(keys & set(graph)).copy()


def _sources(folders: Sequence[Path]) -> tuple[list[Path], list[Path], list[dict[str, str]]]:
    """Run folders, logs and skipped runs at the given places, looked at before anything is computed."""
    found, logs, features, skipped = recognised([Path(folder) for folder in folders])
    if features:
        raise ReportError(f"{features[0]} holds saved features, which have no curves to show; judge them with check")
    return found, logs, skipped


def _shown(found: list[Path], logs: list[Path], skipped: list[dict[str, str]]) -> dict[str, Any]:
    """These runs and logs, and the project's frozen records."""
    records = run_folders(RECORDS) if RECORDS.exists() else []
    runs, groups, findings = run_sections([*found, *records])
    section = foreign_section(logs)
    return {"runs": runs, "groups": groups, "findings": findings, "logs": section, "skipped": skipped}
