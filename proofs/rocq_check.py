"""Compile the Rocq proof of a claim against the proposition translated from its statement, and list its axioms.

check(key) translates the statement afresh, compiles proofs/rocq/<key>.v and what it requires under a time budget, and
asks for the axioms of a probe `claim := <key>`, so that nothing weaker passes under the same name. Without coqc the
recorded result is shown, bound to the hash of every file that it rests on. Whatever goes wrong is a status with a
message.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from proofs import cache
from proofs.index_ranges import RangeError
from proofs.translate import TranslationError, translate
from theory import blueprint
from theory.statement import Statement

FOLDER = Path(__file__).resolve().parent / "rocq"
RECORD = FOLDER / "recorded.json"
SECONDS_PER_FILE = 120
OLDEST, NEWEST = (8, 16), (8, 20)
PACKAGES = "coq libcoq-mathcomp-analysis libcoq-mathcomp-algebra-tactics libcoq-coquelicot libcoq-interval"
STANDARD = {
    "ClassicalDedekindReals": "rocq: classical reals",
    "FunctionalExtensionality": "rocq: functional extensionality",
    "Classical_Prop": "rocq: excluded middle",
    "Epsilon": "rocq: Hilbert's epsilon",
    "PrimInt63": "rocq: primitive integers",
    "Uint63": "rocq: primitive integers",
    "PrimFloat": "rocq: primitive floats",
    "FloatAxioms": "rocq: primitive floats",
}
CHECKED, RECORDED = "kernel-checked", "kernel-checked, not re-checked here"
ACCEPTED = (CHECKED, RECORDED)
TRUSTED = ("rocq", "translation to rocq")


class RocqFailure(Exception):
    """A proof that does not check; `status` is one of the words of `check`."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


def keys() -> list[str]:
    """The claims that have a Rocq proof, sorted."""
    return [key for key in blueprint.keys() if (FOLDER / f"{key}.v").exists()]


def check(key: str) -> dict[str, Any] | None:
    """The kernel's verdict on one claim, or None where it has no Rocq proof.

    {"status", "theorem", "axioms", "trusts", "message", "seconds", "hash"}; status is "kernel-checked",
    "kernel-checked, not re-checked here", "not kernel-checked" (no coqc and no valid record), "failed", "timed out",
    "library missing", "unsupported version" or "untranslatable".
    """
    if not (FOLDER / f"{key}.v").exists():
        return None
    try:
        return check_statement(blueprint.statement(key))
    except (TranslationError, RangeError, blueprint.BlueprintError) as error:
        return _result(key, "untranslatable", str(error))


def recorded(key: str) -> dict[str, Any] | None:
    """The recorded result, in the shape of `check`, where it is of these very files: nothing is compiled, and the
    answer is kept with the ledger's results."""
    if not (FOLDER / f"{key}.v").exists():
        return None
    (place,) = cache.places([key], [*(FOLDER / f"{module}.v" for module in (*required(key), key)), RECORD]).values()
    if (kept := cache.recall(place)) is None:
        cache.keep(place, kept := _recorded_now(key))
    return kept


def _recorded_now(key: str) -> dict[str, Any]:
    try:
        digest = _digest(key, translate(blueprint.statement(key)))
    except (TranslationError, RangeError, blueprint.BlueprintError) as error:
        return _result(key, "untranslatable", str(error))
    return _from_record(key, digest, RocqFailure("not kernel-checked", "coqc was not run; see `make kernel`"))


def check_statement(statement: Statement) -> dict[str, Any]:
    """The same for a statement object, so that mutants of a claim can be held against its proof."""
    key, text = statement.key, translate(statement)
    digest = _digest(key, text)
    try:
        version = coqc_version()
    except RocqFailure as failure:
        return _from_record(key, digest, failure)
    begin = time.perf_counter()
    try:
        axioms = list(_proved(key, text, digest, shutil.which("coqc"), FOLDER))
        own = [axiom for axiom in axioms if axiom.split(".")[0] not in STANDARD]
        if own:
            raise RocqFailure("failed", f"the proof assumes {', '.join(own)}; it may use the standard axioms only")
    except RocqFailure as failure:
        return _result(key, failure.status, str(failure), digest=digest, seconds=time.perf_counter() - begin)
    message = f"coqc {version}; {len(axioms) or 'no'} axiom{'s' * (len(axioms) != 1)}"
    return _result(key, CHECKED, message, axioms, digest, time.perf_counter() - begin)


@lru_cache(maxsize=1)
def coqc_version() -> str:
    """The version of the coqc on the path. Raises RocqFailure when there is none, or one that is not supported."""
    if shutil.which("coqc") is None:
        raise RocqFailure("not kernel-checked", f"coqc is missing; as root: apt-get install {PACKAGES}")
    found = re.search(r"(\d+)\.(\d+)\S*", _run(["coqc", "--version"], FOLDER)[1])
    if found is None or not OLDEST <= (int(found[1]), int(found[2])) <= NEWEST:
        told = found[0] if found else "unreadable"
        wanted = f"{'.'.join(map(str, OLDEST))} to {'.'.join(map(str, NEWEST))}"
        raise RocqFailure("unsupported version", f"coqc is {told}, must be {wanted}; install Debian's coq")
    return found[0]


def regenerate() -> list[str]:
    """Write proofs/rocq/generated/ afresh; returns the keys whose file changed."""
    changed = []
    for key in keys():
        path, text = FOLDER / "generated" / f"{key}.v", translate(blueprint.statement(key))
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            changed.append(key)
    return changed


def record() -> dict[str, Any]:
    """Check every proof without a recorded result of exactly its files, and keep what passes beside the proofs."""
    try:
        known = json.loads(RECORD.read_text())
    except (OSError, ValueError):
        known = {}
    kept, results = {}, {}
    for key in keys():
        digest = _digest(key, translate(blueprint.statement(key)))
        if known.get(key, {}).get("hash") == digest:
            kept[key] = known[key]
            continue
        results[key] = check(key)
        if results[key]["status"] == CHECKED:
            kept[key] = {name: results[key][name] for name in ("hash", "axioms", "message")}
    RECORD.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    return results


# --- files and compilation -----------------------------------------------------------------------------------------


def required(name: str) -> Iterator[str]:
    """The shared modules that proofs/rocq/<name>.v requires, each after what it requires itself."""
    seen: dict[str, None] = {}

    def visit(module: str) -> None:
        for found in re.findall(
            r"^From Tightframe Require Import ([\w ]+)\.", (FOLDER / f"{module}.v").read_text(), re.M
        ):
            for inner in found.split():
                if inner not in seen:
                    visit(inner)
                    seen[inner] = None

    visit(name)
    return iter(seen)


def _digest(key: str, proposition: str) -> str:
    digest = hashlib.sha256(proposition.encode())
    for module in (*required(key), key):
        digest.update(module.encode() + (FOLDER / f"{module}.v").read_bytes())
    return digest.hexdigest()


@lru_cache(maxsize=128)
def _proved(key: str, proposition: str, digest: str, coqc: str, folder: Path) -> tuple[str, ...]:
    """The axioms of a proof that compiles, found once per process for these files; a failure is not kept."""
    return tuple(_compiled(key, proposition))


def _compiled(key: str, proposition: str) -> list[str]:
    """Compile everything and return the axioms. The shared modules are kept, under a hash of their text."""
    with tempfile.TemporaryDirectory(prefix="tightframe-rocq-") as scratch:
        build = Path(scratch)
        (build / "generated").mkdir()
        (build / "generated" / f"{key}.v").write_text(proposition)
        _compile(f"generated/{key}", build)
        for module in required(key):
            _shared(module, build)
        shutil.copy(FOLDER / f"{key}.v", build)
        _compile(key, build)
        probe = (
            f"From Tightframe.generated Require {key}.\nFrom Tightframe Require {key}.\n"
            f"Definition probe : Tightframe.generated.{key}.claim := Tightframe.{key}.{key}.\n"
            "Print Assumptions probe.\n"
        )
        (build / "probe.v").write_text(probe)
        return _axioms(_compile("probe", build))


def _shared(module: str, build: Path) -> None:
    """Bring a shared module into the build folder, compiled: from the cache, or now."""
    digest = hashlib.sha256(coqc_version().encode())
    for needed in (*required(module), module):
        digest.update((FOLDER / f"{needed}.v").read_bytes())
    base = (
        os.environ.get("TIGHTFRAME_CACHE")
        or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tightframe"
    )
    kept = Path(base) / "rocq" / f"{module}-{digest.hexdigest()[:24]}.vo"
    shutil.copy(FOLDER / f"{module}.v", build)
    if kept.exists():
        shutil.copy(kept, build / f"{module}.vo")
        return
    _compile(module, build)
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(build / f"{module}.vo", kept.with_suffix(f".{os.getpid()}"))
        os.replace(kept.with_suffix(f".{os.getpid()}"), kept)
    except OSError:
        pass  # a cache that cannot be written costs time, not truth


def _compile(module: str, build: Path) -> str:
    code, told = _run(["coqc", "-Q", ".", "Tightframe", f"{module}.v"], build)
    if not code:
        return told
    if "Cannot find a physical path" in told or "Unable to locate library" in told:
        raise RocqFailure("library missing", f"{_first_error(told)}; as root: apt-get install {PACKAGES}")
    raise RocqFailure("failed", f"{module}.v does not compile: {_first_error(told)}")


def _run(command: list[str], folder: Path) -> tuple[int, str]:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS_PER_FILE)
    except subprocess.TimeoutExpired as error:
        raise RocqFailure("timed out", f"{command[-1]} gave no result within {SECONDS_PER_FILE} s") from error
    except OSError as error:
        raise RocqFailure("failed", f"{command[0]} does not run: {error}") from error
    return done.returncode, done.stdout + done.stderr


def _first_error(told: str) -> str:
    lines = told.splitlines()
    place = next((number for number, line in enumerate(lines) if line.startswith("Error")), len(lines) - 1)
    return " ".join(" ".join(lines[max(place - 1, 0) : place + 3]).split())[:300]


def _axioms(told: str) -> list[str]:
    """Names that Print Assumptions lists: each starts a line, its type is indented."""
    if "Closed under the global context" in told:
        return []
    listed = told.partition("Axioms:\n")[2]
    if not listed:
        raise RocqFailure("failed", "Print Assumptions gave no list of axioms")
    return sorted({line.split()[0] for line in listed.splitlines() if line and not line[0].isspace()})


def _from_record(key: str, digest: str, failure: RocqFailure) -> dict[str, Any]:
    try:
        kept = json.loads(RECORD.read_text()).get(key)
    except (OSError, ValueError):
        kept = None
    if failure.status != "not kernel-checked":
        return _result(key, failure.status, str(failure), digest=digest)
    if kept is None:
        return _result(key, failure.status, f"{failure}; no result is recorded", digest=digest)
    if kept["hash"] != digest:
        return _result(key, failure.status, f"{failure}; the recorded result is of other files", digest=digest)
    return _result(key, RECORDED, f"recorded: {kept['message']}", kept["axioms"], digest)


def _result(
    key: str, status: str, message: str, axioms: list[str] | None = None, digest: str = "", seconds: float = 0.0
) -> dict[str, Any]:
    trusts = sorted({*TRUSTED, *(STANDARD[axiom.split(".")[0]] for axiom in axioms)}) if axioms is not None else []
    return {
        "status": status,
        "theorem": f"proofs/rocq/{key}.v: {key}",
        "axioms": axioms or [],
        "trusts": trusts,
        "message": message,
        "seconds": round(seconds, 2),
        "hash": digest,
    }
