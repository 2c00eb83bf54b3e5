"""What the page shows, as one JSON-able object: the ledger, the blueprint, the runs and their verdicts. Nothing is typed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

import gpu_experiments
from gpu_experiments.judge import judge_all, read_run, run_folders
from numerics.trajectory import Trajectory
from proofs import ledger
from theory import blueprint
from tightframe import __version__
from tightframe.report.formulas import as_latex, as_mathml
from tightframe.report.layout import HEIGHT, WIDTH, draw

RECORDS = Path(gpu_experiments.__file__).parent / "records"
POINTS = 400
STRENGTH = ("rocq", "sympy", "arb", "z3")
QUESTIONS = {
    "verify": "Is this theorem true, under exactly which assumptions, and what must I trust to believe it?",
    "simulate": "What do the idealised dynamics do?",
    "check": "Does a real network obey the theory?",
}


def collect(folders: Sequence[Path], only: str | None = None) -> dict[str, Any]:
    """Everything the page shows. `only` keeps one claim and what it rests on. Raises LedgerError for an unknown claim."""
    report = ledger.verify([only] if only else None)
    graph, _ = blueprint.load()
    keys = {row["key"] for row in report["claims"]}
    if only:
        keys |= nx.ancestors(graph, only)
        report = ledger.verify(sorted(keys))
    graph = graph.subgraph(keys & set(graph)).copy()
    runs, groups = _runs(folders)
    claims = [_claim(row, graph.nodes[row["key"]]["statement"], runs) for row in report["claims"]]
    return {
        "version": __version__,
        "made": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "questions": QUESTIONS,
        "claims": claims,
        "problems": report["problems"],
        "summary": report["summary"],
        "evidence": dict(Counter(claim["evidence"] for claim in claims)),
        "verdicts": dict(Counter(v["agreement"] for run in runs if run["kind"] == "network" for v in run["verdicts"])),
        "blueprint": _drawn(graph, {claim["key"]: claim for claim in claims}),
        "runs": runs,
        "groups": groups,
    }


def _claim(row: dict[str, Any], statement, runs: list[dict]) -> dict[str, Any]:
    judged = [
        {"run": run["name"], "anchor": run["anchor"], "kind": run["kind"], **verdict}
        for run in runs
        for verdict in run["verdicts"]
        if verdict["claim"] == row["key"]
    ]
    formulas = [as_mathml(part) for part in statement.parts]
    assumptions = [{"words": a.words, "mathml": as_mathml(a.relation)} for a in statement.assumptions]
    refuted = as_mathml(statement.claim) if statement.instead is not None else None
    return row | {
        "formulas": formulas,
        "latex": [as_latex(part) for part in statement.parts],
        "refuted_formula": refuted,
        "assumption_formulas": assumptions,
        "evidence": _strongest(row),
        "judged": judged,
        "seconds": round(sum(step["seconds"] for step in row["steps"]), 3),
    }


def _strongest(row: dict[str, Any]) -> str:
    """The strongest kind of evidence that a decided claim has of its own."""
    if row["status"] not in {"proved", "sharpened", "refuted"}:
        return row["status"]
    if row.get("kernel", {}).get("status") == "checked":
        return "kernel"
    rules = {step["rule"] for step in row["steps"]}
    return (
        "SMT"
        if rules == {"Smt"}
        else "ball"
        if rules and rules <= {"Ball", "Counterexample", "Conjunction"}
        else "exact"
    )


def _drawn(graph: nx.DiGraph, claims: dict[str, dict]) -> dict[str, Any]:
    drawing = draw(graph)
    nodes = [
        {
            "key": key,
            "x": round(x, 1),
            "y": round(y, 1),
            "status": claims[key]["status"],
            "fully": claims[key]["fully"],
            "title": claims[key]["title"],
            "label": _broken(key),
        }
        for key, (x, y) in drawing.places.items()
        if key in claims
    ]
    edges = [{"from": a, "to": b, "path": _curve(drawing.places[a], drawing.places[b])} for a, b in graph.edges]
    size = {
        "width": round(drawing.width),
        "height": round(drawing.height),
        "box": [WIDTH, HEIGHT],
        "engine": drawing.engine,
    }
    return size | {"nodes": nodes, "edges": edges}


def _broken(key: str) -> list[str]:
    """A key on at most two lines."""
    words, lines = key.split("_"), [""]
    for word in words:
        joined = f"{lines[-1]}_{word}" if lines[-1] else word
        if len(joined) > 24 and len(lines) < 2:
            lines.append(word)
        else:
            lines[-1] = joined
    return lines


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = start, end
    y1, y2 = (y1 + HEIGHT / 2, y2 - HEIGHT / 2) if y2 > y1 else (y1 - HEIGHT / 2, y2 + HEIGHT / 2)
    middle = (y1 + y2) / 2
    return f"M{x1:.0f},{y1:.0f} C{x1:.0f},{middle:.0f} {x2:.0f},{middle:.0f} {x2:.0f},{y2:.0f}"


# --- runs ----------------------------------------------------------------------------------------------------------


def _runs(folders: Sequence[Path]) -> tuple[list[dict], list[dict]]:
    """The given folders and the frozen records, judged. The same folder twice is shown once."""
    found = [run for folder in folders for run in run_folders(folder)]
    found += (
        [run for run in run_folders(RECORDS) if run.resolve() not in {f.resolve() for f in found}]
        if RECORDS.exists()
        else []
    )
    if not found:
        return [], []
    judged = judge_all(found)
    shown = []
    for place, (folder, verdict) in enumerate(zip(found, judged["runs"], strict=True)):
        run = read_run(folder)
        model = run.about.get("experiment") if run.about.get("kind") == "simulation" else None
        config = {k: v for k, v in (run.about.get("config") or {}).items()}
        shown.append(
            {
                "anchor": f"run-{place + 1}",
                "name": _name(run.about, run.trajectory),
                "kind": "simulation" if model else "network",
                "model": str(model or run.about.get("experiment") or run.trajectory.name),
                "path": str(folder),
                "config": config,
                "seed": run.about.get("seed"),
                "verdicts": verdict["verdicts"],
                "observations": {k: v for k, v in verdict.items() if k not in {"path", "observables", "verdicts"}},
                "series": _series(run.trajectory),
            }
        )
    return shown, judged["groups"]


def _name(about: dict, trajectory: Trajectory) -> str:
    what = about.get("simulator") or about.get("experiment") or trajectory.name
    return f"{what}, seed {about.get('seed')}" if about.get("seed") is not None else str(what)


def _series(trajectory: Trajectory) -> dict[str, Any]:
    """Columns thinned to at most POINTS rows; what is not finite becomes null."""
    rows = np.unique(np.linspace(0, len(trajectory) - 1, min(POINTS, len(trajectory))).round().astype(int))
    columns = {name: _plain(values[rows]) for name, values in sorted(trajectory.observables.items())}
    return {"time": _plain(trajectory.time[rows]), "time_unit": trajectory.time_unit, "columns": columns}


def _plain(values: np.ndarray) -> list[float | None]:
    return [float(f"{value:.7g}") if np.isfinite(value) else None for value in values]
