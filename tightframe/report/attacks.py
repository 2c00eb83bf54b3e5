"""What was tried against a claim and written down: the smallest margin that a search found, and mutants of the claim.

    recorded(key) -> {"searched": entry | None, "mutants": entry | None}

proofs/margins.json and proofs/mutants.json hold one entry for each claim, and a hash of what it was made from. One
is stale when that has changed since or was never named; None where nothing was recorded.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import proofs
from proofs.cache import places

FOLDER = Path(proofs.__file__).parent
FILES = {"searched": (FOLDER / "margins.json", "statement"), "mutants": (FOLDER / "mutants.json", "hash")}


def recorded(key: str) -> dict[str, dict[str, Any] | None]:
    """Both entries of a claim, each with `stale`."""
    return {name: _entry(path, field, key) for name, (path, field) in FILES.items()}


def current(field: str, key: str) -> str:
    """The hash of the claim, its derivation and all that they rest on, as it stands now."""
    return places([key])[key].stem.removeprefix(f"{key}-")


def _entry(path: Path, field: str, key: str) -> dict[str, Any] | None:
    entry = _read(path).get(key)
    return entry and {"not_searched": {}} | entry | {"stale": entry.get(field) != current(field, key)}


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
