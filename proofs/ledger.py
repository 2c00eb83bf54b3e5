"""The ledger: every claim's status, computed from its derivation, and what each claim rests on and trusts.

A claim is proved when the last step of its derivation concludes exactly the statement's goal with outcome PROVED and
every relation of the certificate's domain follows from the statement's assumptions. It is fully proved when all claims
that it rests on are too. It is refuted when a step refutes it at an exact witness and what holds instead is proved.
Results are kept under a hash of claim, derivation, kernel, theory and library versions: a stale one cannot be found.
"""

from __future__ import annotations

import importlib
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from multiprocessing import forkserver, get_context
from pathlib import Path
from typing import Any

import networkx as nx

from proofs import cache
from theory import blueprint
from theory.errors import UsersMistake, near
from theory.plain_text import in_text
from theory.statement import Expected, Statement

ROOT = Path(__file__).resolve().parent
SECONDS_PER_CLAIM = 60


class LedgerError(UsersMistake):
    """A key that no statement has."""


def claims() -> dict[str, Any]:
    """Every claim as it is stated, without checking anything; `problems` names the files that do not load."""
    graph, problems = blueprint.load()
    return {"claims": [_described(key, graph) for key in sorted(graph)], "problems": problems}


def verify(
    keys: Sequence[str] | None = None, kernel: bool = False, progress: Callable[[str], None] | None = None
) -> dict[str, Any]:
    """Check the named claims and all that they rest on (default: every claim), in parallel processes.

    A claim with a proof in Rocq ends with a step by rule Kernel, compiled now if `kernel` is set, else as recorded.

    Returns {"claims": [...], "summary": {status: count}, "problems": {key: message}}. Raises LedgerError for an unknown
    key.
    """
    from proofs.second_proof import with_second_proof

    _start_workers(keys or blueprint.keys())
    graph, problems = blueprint.load()
    for key in keys or ():
        if key not in graph and key not in problems:
            raise LedgerError(f"claim {key} is unknown{near(key, list(graph))}; `tightframe claims` lists them all")
    wanted = set(graph) if not keys else {k for k in keys if k in graph}
    needed = wanted.union(*(nx.ancestors(graph, key) for key in wanted))
    checked = _check_all(sorted(needed), graph, progress)
    broken = set(problems)
    rows = [
        with_second_proof(_row(key, graph, checked, broken), graph.nodes[key]["statement"], kernel)
        for key in sorted(wanted)
    ]
    summary: dict[str, int] = {}
    for row in rows:
        summary[row["status"]] = summary.get(row["status"], 0) + 1
    shown = problems if not keys else {k: m for k, m in problems.items() if k in keys or k in needed}
    return {"claims": rows, "summary": summary, "problems": shown}


# --- one claim -----------------------------------------------------------------------------------------------------


def check_claim(statement: Statement, attacked: bool = True) -> dict[str, Any]:
    """Run the derivation of one statement (or of a mutant of it) under its time budget.

    Returns status, steps, trusts, witness and, where nothing follows, the reason. `attacked=False` skips the attack at
    random points, which can only object."""
    try:
        with _time_limit(SECONDS_PER_CLAIM):
            derive = importlib.import_module(f"proofs.derivations.{statement.key}").derive
            return _checked(statement, derive(statement), attacked)
    except ModuleNotFoundError as error:
        if error.name == f"proofs.derivations.{statement.key}":
            empirical = statement.expected is Expected.EMPIRICAL
            return _result("empirical" if empirical else "unproved", [], set(), None)
        return _failed(error)
    except TimeoutError:
        return _failed(TimeoutError(f"no result within {SECONDS_PER_CLAIM} s"))
    except Exception as error:  # a broken derivation is that claim's result, not the end of the ledger
        return _failed(error)


def _checked(statement: Statement, steps: Sequence, attacked: bool) -> dict[str, Any]:
    from proofs.algebra.signs import implied, undefined
    from proofs.kernel.certificate import Outcome, checked

    seen: set = set()
    shown = [row for step in steps for row in _trace(step, attacked, seen)]
    certificates = [checked(step) for step in steps]
    trusts = set().union(*(certificate.trusts for certificate in certificates))
    trusts |= {"arb"} if any(row["points"] for row in shown) else set()
    objection = next((row for row in shown if row["witness"]), None)
    if objection is not None:
        reason = f"fails at a random exact point: {objection['claim']}"
        return _result(
            "refuted" if statement.instead is None else "undecided", shown, trusts, objection["witness"], reason
        )
    last = certificates[-1]
    outside = [r for c in certificates for r in c.domain if not implied(r, statement.hypotheses)]
    singular = undefined(statement.goal, statement.hypotheses)
    refuting = next((c for c in certificates if c.claim == statement.claim and c.outcome is Outcome.REFUTED), None)
    expected = {Outcome.PROVED} if statement.instead is None else {Outcome.PROVED, Outcome.REFUTED}
    whole = (
        all(c.outcome in expected for c in certificates)
        and last.outcome is Outcome.PROVED
        and last.claim == statement.goal
    )
    if last.outcome is Outcome.TRUSTED and last.claim == statement.goal:
        status = "cited"
    elif refuting is not None and (statement.instead is None or whole and not outside and singular is None):
        status = "refuted"
    elif whole and not outside and singular is None and statement.instead is None:
        status = "sharpened" if statement.source.printed else "proved"
    else:
        status = "undecided"
    reason = None
    if status == "undecided":
        weak = next((c for c in certificates if c.outcome not in expected), None)
        reason = f"{weak.outcome}: {weak.evidence}" if weak is not None else None
        reason = reason or (f"{singular} may be undefined under the assumptions" if singular is not None else None)
        reason = reason or (
            f"not covered by the assumptions: {outside[0]}" if outside else "the last step concludes something else"
        )
    return _result(
        status, shown, trusts, dict(refuting.witness) if refuting is not None and refuting.witness else None, reason
    )


def _result(status: str, steps: list, trusts: set, witness: dict | None, reason: str | None = None) -> dict[str, Any]:
    return {"status": status, "steps": steps, "trusts": sorted(trusts), "witness": witness, "reason": reason}


def _failed(error: Exception) -> dict[str, Any]:
    return _result("undecided", [], set(), None, f"{type(error).__name__}: {error}")


def _trace(step, attacked: bool, seen: set, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The step and its premises, premises first, each once, with its own certificate and the attack on its claim."""
    from proofs.attack import attack
    from proofs.kernel.certificate import Outcome, checked

    if step in seen:
        return
    seen.add(step)
    for field in fields(step):
        value = getattr(step, field.name)
        for inner in value if isinstance(value, tuple) else (value,):
            if is_dataclass(inner) and hasattr(inner, "check"):
                yield from _trace(inner, attacked, seen, depth + 1)
    begin = time.perf_counter()
    certificate = checked(step)
    tried, witness = attack(step.claim, step.hypotheses) if attacked and hasattr(step, "hypotheses") else (0, None)
    yield {
        "rule": type(step).__name__,
        "outcome": str(Outcome.REFUTED if witness else certificate.outcome),
        "seconds": round(time.perf_counter() - begin, 4),
        "evidence": certificate.evidence + (f"; {tried} random exact points agree" if tried and not witness else ""),
        "claim": _formula(certificate.claim),
        "words": step.words,
        "depth": depth,
        "points": tried,
        "witness": witness,
    }


def _formula(claim) -> str:
    text = in_text(claim)
    return text if len(text) <= 2000 else text[:2000] + " ..."


# --- all claims ----------------------------------------------------------------------------------------------------


def _start_workers(keys: Sequence[str]) -> None:
    """Where a claim is to be checked, let the process that workers are forked from load the statements meanwhile."""
    if any(not place.exists() for place in cache.places(keys).values()):
        get_context("forkserver").set_forkserver_preload(["proofs.preload"])
        forkserver.ensure_running()


def _check_all(keys: list[str], graph: nx.DiGraph, progress: Callable[[str], None] | None) -> dict[str, dict]:
    kept = cache.places(keys)
    results = {key: found for key in keys if (found := cache.recall(kept[key])) is not None}
    missing = {key: kept[key] for key in keys if key not in results}
    if not missing:
        return results
    workers = min(os.cpu_count() or 1, len(missing))
    longest_first = sorted(missing, key=lambda key: -cache.size_of_derivation(key))
    with ProcessPoolExecutor(workers, mp_context=get_context("forkserver")) as pool:
        jobs = {pool.submit(_check_by_key, key): key for key in longest_first}
        for job in as_completed(jobs):
            key = jobs[job]
            results[key] = job.result()
            if results[key]["status"] != "undecided":  # that may be the time budget's doing
                cache.keep(missing[key], results[key])
            if progress:
                progress(key)
    return results


def _check_by_key(key: str) -> dict[str, Any]:
    begin = time.perf_counter()
    result = check_claim(blueprint.statement(key))
    return result | {"seconds": round(time.perf_counter() - begin, 3)}


def _described(key: str, graph: nx.DiGraph) -> dict[str, Any]:
    statement: Statement = graph.nodes[key]["statement"]
    source = statement.source
    return {
        "key": key,
        "title": statement.title,
        "words": statement.words,
        "source": f"{source.paper}, {source.place}",
        "printed": source.printed,
        "expected": str(statement.expected),
        "assumptions": [{"relation": _formula(a.relation), "words": a.words} for a in statement.assumptions],
        "finding": statement.finding,
        "tags": list(statement.tags),
        "uses": sorted(statement.uses),
        "rests_on": sorted(nx.ancestors(graph, key)),
    }


def _row(key: str, graph: nx.DiGraph, checked: dict[str, dict], broken: set[str]) -> dict[str, Any]:
    ancestors = nx.ancestors(graph, key)
    result = checked[key]
    trusts = set(result["trusts"]).union(*(checked[a]["trusts"] for a in ancestors))
    if key in broken:
        result = result | {"status": "undecided", "reason": "its file has a problem"}
    fully = all(checked[a]["status"] in {"proved", "sharpened", "refuted"} and a not in broken for a in ancestors)
    row = _described(key, graph) | result | {"trusts": sorted(trusts), "fully": fully}
    return row


@contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    def stop(*_):
        raise TimeoutError

    try:
        previous = signal.signal(signal.SIGALRM, stop)
    except ValueError:  # not in the main thread: no alarm there
        yield
        return
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
