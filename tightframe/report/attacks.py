"""What was tried against a claim and written down: the smallest margin that a search found, and mutants of the claim.

    recorded(statement) -> {"searched": entry | None, "mutants": entry | None}

proofs/margins.json and proofs/mutants.json hold one entry for each claim, and a hash of what it was made from: of the
statement (a margin), of statement and derivation (mutants). One is stale when that has changed since or was never
named; None where nothing was recorded.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from sympy import srepr

import proofs
from theory.statement import Statement

FOLDER = Path(proofs.__file__).parent
MARGINS, MUTANTS = FOLDER / "margins.json", FOLDER / "mutants.json"


def recorded(statement: Statement) -> dict[str, dict[str, Any] | None]:
    """Both entries of a claim, each with `stale`."""
    derivation = FOLDER / "derivations" / f"{statement.key}.py"
    searched, mutants = _entry(MARGINS, statement.key), _entry(MUTANTS, statement.key)
    if searched is not None:
        searched = {"not_searched": {}} | searched | {"stale": searched.get("statement") != current(statement)}
    if mutants is not None:
        mutants = mutants | {"stale": mutants.get("hash") != current(statement, derivation)}
    return {"searched": searched, "mutants": mutants}


def current(statement: Statement, *files: Path) -> str:
    """24 hex digits of what the statement says (goal, assumptions) and of further files, as they stand now."""
    digest = hashlib.sha256(srepr((statement.goal, statement.domain)).encode())
    for path in files:
        digest.update(path.read_bytes() if path.exists() else b"none")
    return digest.hexdigest()[:24]


def _entry(path: Path, key: str) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text()).get(key)
    except (OSError, ValueError):
        return None
