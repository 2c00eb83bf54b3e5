"""What the page shows of a claim: the ledger's row, typeset formulas, strongest evidence, all that was judged on it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from proofs import rocq_check
from theory.statement import Statement
from tightframe.report.attacks import recorded
from tightframe.report.formulas import as_latex, as_mathml
from tightframe.report.witness import WitnessError, witness_code

DECIDED = {"proved", "sharpened", "refuted"}
TOPICS = ("geometry", "unconstrained features", "flatness", "dynamics", "feature norm", "generalisation", "collapse")


def claim_section(row: dict[str, Any], statement: Statement, shown: dict[str, Any]) -> dict[str, Any]:
    """`row` is the ledger's; `shown` holds the page's runs, verdicts over seeds, findings and foreign logs."""
    judged = _judged(row["key"], shown)
    kernel = row.get("kernel") or rocq_check.recorded(row["key"])
    row = row | {"kernel": kernel} | recorded(statement)
    return row | {
        "formulas": [as_mathml(part) for part in statement.parts],
        "latex": [as_latex(part) for part in statement.parts],
        "refuted_formula": as_mathml(statement.claim) if statement.instead is not None else None,
        "assumption_formulas": [{"words": a.words, "mathml": as_mathml(a.relation)} for a in statement.assumptions],
        "topic": next((tag for tag in statement.tags), "other"),
        "evidence": strongest(row),
        "points": sum(step.get("points") or 0 for step in row["steps"]),
        "seconds": round(sum(step["seconds"] for step in row["steps"]), 3),
        "witness_code": _code(statement, row["witness"]),
        "judged": judged,
        "agreement": dict(Counter(v["agreement"] for v in judged)),
        "bounds": [{"name": b.name, "observable": b.observable, "words": b.words} for b in statement.bounds],
        "smallest_margin": _smallest(judged, {bound.name for bound in statement.bounds}),
        "simulated": _simulated(row["key"], shown["runs"]),
    }


def strongest(row: dict[str, Any]) -> str:
    """The strongest kind of evidence that a decided claim has of its own; the status of a claim that is not decided."""
    if row["status"] not in DECIDED:
        return row["status"]
    rules = {step["rule"] for step in row["steps"]} - {"Conjunction", "Chain"}
    if (row.get("kernel") or {}).get("status") in rocq_check.ACCEPTED or "Kernel" in rules:
        return "kernel"
    if "Citation" in rules:
        return "cited"
    return "SMT" if rules == {"Smt"} else "ball" if rules and rules <= {"Ball", "Counterexample"} else "exact"


def by_topic(claims: list[dict[str, Any]]) -> list[tuple[str, list[dict]]]:
    """Claims under their first tag, the topics in the order in which they build on each other."""
    found = {claim["topic"] for claim in claims}
    topics = [topic for topic in TOPICS if topic in found] + sorted(found - set(TOPICS))
    return [(topic, [claim for claim in claims if claim["topic"] == topic]) for topic in topics]


def _judged(key: str, shown: dict[str, Any]) -> list[dict[str, Any]]:
    """Verdicts on the claim, networks before simulations; then what runs say together, then somebody else's logs."""
    order = {"network": 0, "simulation": 1}
    runs = sorted((run for run in shown["runs"] if run["kind"] in order), key=lambda run: order[run["kind"]])
    rows = [_row(run["name"], run["anchor"], v) for run in runs for v in run["verdicts"] if v["claim"] == key]
    rows += [
        _row(f"{group['experiment']}, {len(group['runs'])} seeds", group["runs"][0]["anchor"], v)
        for group in shown["groups"]
        for v in group["verdicts"]
        if v["claim"] == key
    ]
    rows += [
        _row(f"{found['experiment']}, {found['runs']} runs", "networks", found)
        for found in shown["findings"]
        if found["claim"] == key
    ]
    logs = shown["logs"]["claims"] + shown["logs"]["doubts"] if shown["logs"] else []
    return rows + [_row("feature-norm logs", "logs", found) for found in logs if found["claim"] == key]


def _code(statement: Statement, witness: dict[str, str] | None) -> dict[str, str] | None:
    """A witness that fails is shown as what it is: its message in place of what it prints."""
    try:
        return witness_code(statement, witness)
    except WitnessError as error:
        return {"words": "", "code": f"# {error}", "prints": "nothing"}


def _smallest(judged: list[dict[str, Any]], bounds: set[str]) -> float | None:
    """Relative margins only: what is said over several runs has margins in units of its own."""
    margins = (v["margin"] for v in judged if v["bound"] in bounds and isinstance(v.get("margin"), float))
    return min(margins, default=None)


def _row(name: str, anchor: str, verdict: dict[str, Any]) -> dict[str, Any]:
    return {"run": name, "anchor": anchor} | {k: verdict[k] for k in ("bound", "agreement", "margin", "reason")}


def _simulated(key: str, runs: list[dict]) -> list[dict[str, Any]]:
    return [
        {"run": run["name"], "anchor": run["anchor"]} | row
        for run in runs
        for row in (run["closed_forms"] or {}).get("rows", ())
        if row["claim"] == key
    ]
