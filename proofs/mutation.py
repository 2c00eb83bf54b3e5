"""Every mutant of every claim against the claim's own proof: what comes out proved, and whether it is true.

    python -m proofs.mutation [--most 200] [--jobs N] [KEY ...]      writes proofs/mutants.json

A mutant that its derivation still proves is attacked at random exact points. One that is false there is a hole in the
proof rules, and an error. The others are listed with the reason why they are true, as far as their kind tells it.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from functools import partial
from os import cpu_count
from pathlib import Path
from typing import Any

from sympy import Eq, Ge, Gt, Le, Lt
from sympy.logic.boolalg import Boolean

from proofs import ledger, resumable
from proofs.algebra.balls import decide
from proofs.attack import attack
from proofs.mutants import mutants
from theory import blueprint
from theory.statement import Expected, RootIn, Statement

RECORD = Path(__file__).with_name("mutants.json")
POINTS, RELATIONS = 8, (Eq, Ge, Gt, Le, Lt)


def tried(statement: Statement, most: int, seconds: float = 3600.0) -> dict[str, Any]:
    """Check at most `most` mutants, evenly chosen, for at most so many seconds: those caught, those proved."""
    every, until = list(mutants(statement)), time.monotonic() + seconds
    chosen = [every[place * len(every) // most] for place in range(most)] if len(every) > most else every
    random.Random(0).shuffle(chosen)  # so that the time limit cuts them off evenly, too
    proved, number = [], 0
    for label, mutant in chosen:
        if time.monotonic() > until:
            break
        number += 1
        proved += [(label, mutant)] if _proved(mutant) else []
    judged = [_judged(label, mutant, statement) for label, mutant in proved]
    return {
        "most": most,
        "seconds": seconds,
        "generated": len(every),
        "tried": number,
        "caught": number - len(proved),
        "proved": [row for row in judged if "witness" not in row],
        "false": [row for row in judged if "witness" in row],
    }


def _proved(mutant: Statement) -> bool:
    status = ledger.check_claim(mutant, attacked=False)["status"]
    return status in {"proved", "sharpened"} or (status == "refuted" and mutant.instead is not None)


def _judged(label: str, mutant: Statement, original: Statement) -> dict[str, Any]:
    """The row of a mutant that came out proved: a witness against it, or how often it was tried and why it is true."""
    changed = [part for part in mutant.parts if part not in original.parts] or list(mutant.parts)
    row = {"label": label, "part": str(changed[0])[:300]}
    points = []
    for part in mutant.parts:
        tried, witness = attack(part, mutant.hypotheses, POINTS)
        if witness is None and isinstance(part, RELATIONS) and not part.free_symbols and decide(part, {}) is False:
            witness = {"left - right": str((part.lhs - part.rhs).evalf(8))}
        if witness is not None:
            return row | {"part": str(part)[:300], "witness": witness}
        points += [tried] if part in changed else []
    return row | {"points": min(points), "reason": _reason(mutant, original, changed[0], min(points))}


def _reason(mutant: Statement, original: Statement, after: Boolean, points: int) -> str:
    """Why the mutant is true as well, where its kind shows it."""
    if mutant.goal == original.goal:
        return "the proof does not use this assumption"
    before = next((a for a, b in zip(original.parts, mutant.parts, strict=False) if a != b), original.goal)
    return _kind(before, after) or (
        f"no counterexample at {points} random exact points" if points else "proved; no random exact point to try it at"
    )


def _kind(before: Boolean, after: Boolean) -> str | None:
    if isinstance(before, RootIn) and isinstance(after, RootIn) and before.args[:2] == after.args[:2]:
        return "the one zero is in this bracket, too"
    if not isinstance(after, RELATIONS) or not isinstance(before, RELATIONS):
        return None
    if not after.free_symbols:
        return "a comparison of two numbers, true where it is evaluated" if decide(after, {}) else None
    if before.args == after.args and {before.func, after.func} in ({Ge, Gt}, {Le, Lt}):
        return "the inequality is strict on the assumptions' domain"
    if isinstance(before, Eq):
        zero = isinstance(after, Eq) and before.rhs == after.rhs == 0
        return "a constant multiple of a side that is zero" if zero and (after.lhs / before.lhs).is_number else None
    if before.func != after.func or before.lhs != after.lhs:
        return None
    gap = after.rhs - before.rhs if isinstance(before, (Le, Lt)) else before.rhs - after.rhs
    return "it is weaker than the claim" if gap.is_nonnegative else None


def recorded(key: str, most: int, seconds: float) -> dict[str, Any]:
    """The record of one claim."""
    statement = blueprint.statement(key)
    return {"hash": _hash(key, statement)} | tried(statement, most, seconds)


def fresh(row: dict[str, Any] | None, key: str, most: int, seconds: float) -> bool:
    """Whether a record is of the same statement and derivation, and as long as what is asked for."""
    if row is None or row.get("hash") != _hash(key, blueprint.statement(key)):
        return False
    return row["tried"] >= min(most, row["generated"]) or (row["most"] >= most and row["seconds"] >= seconds)


def derived() -> list[str]:
    """The keys of the claims that have a proof of their own."""
    return [
        key
        for key in blueprint.keys()
        if _derivation(key).exists() and blueprint.statement(key).expected is not Expected.CITED
    ]


def _derivation(key: str) -> Path:
    return ledger.ROOT / "derivations" / f"{key}.py"


def _hash(key: str, statement: Statement) -> str:
    return resumable.statement_hash(statement, _derivation(key))


def main(words: Sequence[str] | None = None) -> int:
    """Try and record; exit status 1 if a false mutant is proved."""
    from rich.console import Console

    parser = argparse.ArgumentParser(
        prog="python -m proofs.mutation", description="Try the mutants of each claim on its own proof."
    )
    parser.add_argument("keys", nargs="*", metavar="KEY")
    parser.add_argument("--most", type=int, default=200, help="at most so many mutants of a claim, evenly chosen")
    parser.add_argument("--seconds", type=float, default=3600.0, help="at most so long for a claim")
    parser.add_argument("--jobs", type=int, default=cpu_count() or 1)
    chosen = parser.parse_args(words)
    console, kept = Console(stderr=True), resumable.read(RECORD)
    keys = chosen.keys or derived()
    missing = [key for key in keys if not fresh(kept.get(key), key, chosen.most, chosen.seconds)]
    hours = len(missing) * chosen.seconds / chosen.jobs / 3600
    console.print(
        f"{len(missing)} of {len(keys)} claims to try, at most {chosen.most} mutants each, {hours:.1f} hours at most"
    )
    kept = resumable.run(
        missing, partial(recorded, most=chosen.most, seconds=chosen.seconds), RECORD, chosen.jobs, "mutants"
    )
    for key in keys:
        for row in kept[key]["false"]:
            console.print(f"{key}: {row['label']}: proved, and false at {row['witness']}", markup=False)
    return int(any(kept[key]["false"] for key in keys))


if __name__ == "__main__":
    sys.exit(main())
