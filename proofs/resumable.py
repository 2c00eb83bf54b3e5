"""Work over many claims in parallel processes, each result written to a JSON record as it comes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sympy import srepr

from theory.statement import Statement


def statement_hash(statement: Statement, *more: Path) -> str:
    """24 hex digits of what the statement says (goal, assumptions) and of further files."""
    digest = hashlib.sha256(srepr((statement.goal, statement.domain)).encode())
    for path in more:
        digest.update(path.read_bytes() if path.exists() else b"none")
    return digest.hexdigest()[:24]


def read(record: Path) -> dict[str, Any]:
    try:
        return json.loads(record.read_text())
    except (OSError, ValueError):
        return {}


def write(record: Path, kept: dict[str, Any]) -> None:
    part = record.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    os.replace(part, record)


def run(keys: Iterable[str], work: Callable[[str], dict], record: Path, jobs: int, words: str) -> dict[str, Any]:
    """`work(key)` for every key; what comes back is kept in `record` under the key, the rest of it untouched."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    keys = list(keys)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with ProcessPoolExecutor(jobs, mp_context=get_context("forkserver")) as pool, Progress(*columns) as progress:
        task = progress.add_task(words, total=len(keys))
        running = {pool.submit(work, key): key for key in keys}
        for job in as_completed(running):
            kept = read(record)
            kept[running[job]] = job.result()
            write(record, kept)
            progress.update(task, advance=1, description=f"{words}: {running[job]}")
    return read(record)
