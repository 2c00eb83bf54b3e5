"""Reads a log file of any supported kind into one table of columns: delimited text, JSON lines, or parquet.

The kind is told by the name's ending; a `trajectory.parquet` of ours is a parquet file like any other. Nothing is ever
unpickled: pickle, .pt and .npz are refused with the reason.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from gpu_experiments.foreign.delimited import read_delimited
from gpu_experiments.foreign.errors import LogError

DELIMITED = frozenset({".csv", ".tsv", ".tab", ".txt", ".log", ".dat"})
LINES = frozenset({".jsonl", ".ndjson", ".json"})
PARQUET = frozenset({".parquet", ".pq"})
OWN = "tightframe"  # key of frame.attrs: what numerics.trajectory wrote beside the columns, None for foreign files
LOG_ENDINGS = DELIMITED | LINES | PARQUET


def read_table(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """All columns of the file and the repairs that were needed; `attrs[OWN]` is set where we wrote the file.

    Raises LogError where the file is missing, of another kind, empty or cannot be read.
    """
    ending = path.suffix.lower()
    if ending not in LOG_ENDINGS:
        kinds = ", ".join(sorted(LOG_ENDINGS))
        raise LogError(f"{path} ends in {ending or 'nothing'!r}, must end in one of {kinds}; export the log as CSV")
    try:
        if ending in PARQUET:
            return _read_parquet(path), []
        raw = path.read_bytes()
    except FileNotFoundError:
        raise LogError(f"{path} does not exist; give a log file or a folder of logs") from None
    except OSError as error:
        raise LogError(f"{path} cannot be read ({error.strerror}); give a readable file") from None
    return _read_lines(path, raw) if ending in LINES else read_delimited(path, raw)


def _read_parquet(path: Path) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, memory_map=False)
        frame = table.to_pandas(ignore_metadata=True)
        frame.attrs[OWN] = json.loads((table.schema.metadata or {}).get(b"tightframe", b"null"))
    except (pa.ArrowException, ValueError) as error:
        reason = str(error).splitlines()[0][:100]
        raise LogError(f"{path} is no parquet file or truncated ({reason}); write it again") from None
    if frame.empty:
        raise LogError(f"{path} has no rows, must have at least one; give a log that was written to")
    return frame


def _read_lines(path: Path, raw: bytes) -> tuple[pd.DataFrame, list[str]]:
    """One JSON object a line (a JSON array of objects is read too); nested objects become dotted columns."""
    if not raw.strip():
        raise LogError(f"{path} is empty, must hold one JSON object per line; give a log that was written to")
    repairs = []
    if raw.startswith(b"\xef\xbb\xbf"):
        raw, repairs = raw[3:], ["byte-order mark removed, read as utf-8"]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise LogError(f"{path} is no UTF-8 text ({error.reason} at byte {error.start}); save as UTF-8") from None
    rows, more = _rows(path, text)
    if any(isinstance(value, dict) for row in rows for value in row.values()):
        rows = [_flatten(row) for row in rows]
    return pd.DataFrame.from_records(rows), repairs + more


def _rows(path: Path, text: str) -> tuple[list[dict], list[str]]:
    if text.lstrip().startswith("["):
        try:
            rows = json.loads(text)
        except json.JSONDecodeError as error:
            raise LogError(f"{path} is no JSON array ({error.msg} at line {error.lineno}); mend the file") from None
    else:
        rows, lines = [], [line for line in text.splitlines() if line.strip()]
        for number, line in enumerate(lines, start=1):
            try:
                rows.append(json.loads(line))
            except json.JSONDecodeError as error:
                if number == len(lines) and number > 1 and not text.endswith("\n"):
                    return rows, [f"last line dropped: cut off after {len(line)} characters"]
                raise LogError(f"{path}, line {number}, is no JSON object ({error.msg}); mend or delete it") from None
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise LogError(f"{path}, record {number}, is {str(row)[:40]!r}, must be a JSON object; mend or delete it")
    if not rows:
        raise LogError(f"{path} has no rows, must have at least one; give a log that was written to")
    return rows, []


def _flatten(row: dict, prefix: str = "") -> dict:
    flat = {}
    for key, value in row.items():
        flat |= _flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat
