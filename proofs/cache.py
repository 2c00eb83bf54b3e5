"""Results of checked claims on disk, under a hash of all that they depend on: a stale one cannot be found.

The hash covers the statement, its derivation, those of other claims that they take anything from, the kernel with its
algebra, the shared theory and the library versions.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
THEORY = ROOT.parent / "theory"
# how a file names another claim: an import of its statement or derivation, or blueprint.statement("its key")
NAMED = re.compile(
    r"(?:theory\.statements|proofs\.derivations)(?:\.| import )([\w, ]+)|blueprint\.statement\(\"(\w+)\"\)"
)
LIBRARIES = ("sympy", "python-flint", "z3-solver", "networkx")


def places(keys: Iterable[str], more: Iterable[Path] = ()) -> dict[str, Path]:
    """Where the result of each claim is kept, as everything stands now; `more` are further files that it depends on."""
    folder, common = _folder(), _common_hash()
    for path in more:
        common += hashlib.sha256(path.read_bytes() if path.exists() else b"none").hexdigest()
    return {key: folder / f"{key}-{_claim_hash(key, common)}.json" for key in keys}


def place_of_answer(keys: Iterable[str] | None) -> Path:
    """Where the answer to `verify KEY...` is kept: under a hash of the keys and of every file of theory and proofs."""
    from theory import statements

    files = [path for folder in (ROOT, THEORY) for path in folder.rglob("*.py")]
    files += [path for folder in statements.__path__ for path in Path(folder).glob("*.py")]
    files += [*(ROOT / "rocq").glob("*.v"), *(ROOT / "rocq").glob("*.json")]
    digest = hashlib.sha256(_stamped(sorted(set(files))).encode())
    digest.update(" ".join(sorted(set(keys or ()))).encode())
    return _folder() / f"answer-{digest.hexdigest()[:24]}.json"


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


def keep_newest(pattern: str, most: int) -> None:
    """Forget all but the `most` newest kept results whose file names match."""
    try:
        newest_first = sorted(_folder().glob(pattern), key=lambda path: -path.stat().st_mtime_ns)
        for path in newest_first[most:]:
            path.unlink()
    except OSError:  # somebody else was quicker, or the folder is not ours to change
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
    return _stamped([path for folder in folders for path in sorted(folder.glob("*.py"))])


def _stamped(files: Iterable[Path]) -> str:
    return _hash_of(tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in files))


@cache
def _hash_of(stamps: tuple[tuple[Path, int, int], ...]) -> str:
    """Of the files' contents; read once in a process while none of them is written."""
    digest = hashlib.sha256()
    for path, *_ in stamps:
        digest.update(f"{path.parent.name}/{path.name}".encode() + path.read_bytes())
    for library in LIBRARIES:
        digest.update(f"{library}={importlib.metadata.version(library)}".encode())
    return digest.hexdigest()


def _claim_hash(key: str, common: str) -> str:
    digest = hashlib.sha256(common.encode())
    for path in files_of(key):
        digest.update(path.name.encode() + (path.read_bytes() if path.exists() else b"none"))
    return digest.hexdigest()[:24]


def files_of(key: str) -> list[Path]:
    """Statement and derivation of the claim, then those of every claim that one of these files names, and so on."""
    found: dict[str, None] = {key: None}
    for name in iter(waiting := [key]):
        for path in _own_files(name):
            text = path.read_text() if path.exists() else ""
            named = {word for words in NAMED.findall(text) for word in re.findall(r"\w+", " ".join(words))}
            more = [other for other in sorted(named - found.keys()) if _own_files(other)[0].exists()]
            found |= dict.fromkeys(more)
            waiting += more
    return [path for name in found for path in _own_files(name)]


def size_of_derivation(key: str) -> int:
    """Bytes of its file, 0 without one: the longer ones tend to take longer to check."""
    path = _own_files(key)[1]
    return path.stat().st_size if path.exists() else 0


def _own_files(key: str) -> tuple[Path, Path]:
    return THEORY / "statements" / f"{key}.py", ROOT / "derivations" / f"{key}.py"
