"""What was tried against a claim and written down: the smallest margin that a search found, and mutants of the claim.

    recorded(statement) -> {"searched": entry | None, "mutants": entry | None}

proofs/margins.json and proofs/mutants.json hold one entry for each claim, and a hash of what it was made from: of the
statement (a margin), of statement and derivation (mutants). One is stale when that has changed since or was never
named; None where nothing was recorded.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import proofs
from proofs.resumable import statement_hash as current
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


def _entry(path: Path, key: str) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text()).get(key)
    except (OSError, ValueError):
        return None
