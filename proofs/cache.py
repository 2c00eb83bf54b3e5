"""Results of checked claims on disk, under a hash of all that they depend on: a stale one cannot be found.

The hash covers the statement, its derivation, the kernel with its algebra, the shared theory and the library versions.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
THEORY = ROOT.parent / "theory"
LIBRARIES = ("sympy", "python-flint", "z3-solver", "networkx")


def places(keys: Iterable[str]) -> dict[str, Path]:
    """Where the result of each claim is kept, as everything stands now."""
    folder, common = _folder(), _common_hash()
    return {key: folder / f"{key}-{_claim_hash(key, common)}.json" for key in keys}


def recall(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def keep(path: Path, result: dict[str, Any]) -> None:
    """Write atomically; a cache that cannot be written costs time, not truth."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(result))
        os.replace(part, path)
    except OSError:
        pass


def _folder() -> Path:
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tightframe"
    return Path(os.environ.get("TIGHTFRAME_CACHE") or base) / "ledger"


def _common_hash() -> str:
    folders = (
        ROOT,
        ROOT / "kernel",
        ROOT / "algebra",
        ROOT / "arguments",
        THEORY,
        THEORY / "objects",
        THEORY / "flows",
    )
    digest = hashlib.sha256()
    for path in (path for folder in folders for path in sorted(folder.glob("*.py"))):
        digest.update(path.name.encode() + path.read_bytes())
    for library in LIBRARIES:
        digest.update(f"{library}={importlib.metadata.version(library)}".encode())
    return digest.hexdigest()


def _claim_hash(key: str, common: str) -> str:
    digest = hashlib.sha256(common.encode())
    for path in (THEORY / "statements" / f"{key}.py", ROOT / "derivations" / f"{key}.py"):
        digest.update(path.read_bytes() if path.exists() else b"none")
    return digest.hexdigest()[:24]
