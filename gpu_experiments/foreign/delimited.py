"""Reads comma-, semicolon-, tab-, bar- or space-separated text strictly: a row either has as many fields as the header,
or is mended with words that say so, or is an error that names it.

pyarrow parses (10^6 rows in a few seconds) and hands back every row of another length; only a file that has such rows
is walked line by line. Nothing is filled in silently, which is what a forgiving reader does with a short row.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from gpu_experiments.foreign.errors import LogError
from gpu_experiments.foreign.number_text import MISSING, is_number

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
SAMPLE_LINES = 60


def read_delimited(path: Path, raw: bytes) -> tuple[pd.DataFrame, list[str]]:
    """Columns of a text table (numbers as float64 or int64, everything else as text) and the repairs that were needed.

    Raises LogError for an empty or binary file, a missing header, repeated column names, and rows that cannot be read.
    """
    text, repairs = _decode(path, raw)
    lines, more = _plain_lines(path, text)
    separator = _sniff(path, lines)
    header = _split(lines[0], separator)
    _check_header(path, header)
    if separator == " ":
        lines = ["\t".join(line.split()) for line in lines]
        separator = "\t"
    frame, bad = _parse(lines, separator, header)
    if bad:
        lines, mended = _mend(path, text, lines, separator, len(header))
        more += mended
        frame, bad = _parse(lines, separator, header)
    if len(frame) == 0:
        raise LogError(f"{path} has a header and no rows, must have at least one; give a log that was written to")
    return frame, repairs + more


def _decode(path: Path, raw: bytes) -> tuple[str, list[str]]:
    if not raw.strip():
        raise LogError(f"{path} is empty, must hold a header and rows; give a log that was written to")
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            try:
                return raw.decode(encoding), [f"byte-order mark removed, read as {encoding.removesuffix('-sig')}"]
            except UnicodeDecodeError as error:
                raise LogError(
                    f"{path} starts with a {encoding} mark but is not ({error.reason}); save as UTF-8"
                ) from None
    if b"\x00" in raw[:4096]:
        raise LogError(f"{path} is binary, must be text, JSONL or parquet; export the log as CSV")
    try:
        return raw.decode("utf-8"), []
    except UnicodeDecodeError:
        return raw.decode("latin-1"), ["not UTF-8: read as latin-1 (numbers are the same in both)"]


def _plain_lines(path: Path, text: str) -> tuple[list[str], list[str]]:
    """Lines without blanks and comments; a commented first line is the header where numbers follow (numpy.savetxt)."""
    repairs = []
    lines = [line for line in text.splitlines() if line.strip()]
    if re.fullmatch(r"sep=.", lines[0].strip()):
        repairs.append(f"spreadsheet line {lines.pop(0)!r} skipped")
    comments = sum(line.lstrip().startswith("#") for line in lines)
    if comments:
        first = lines[0].lstrip("# ")
        lines = [line for line in lines if not line.lstrip().startswith("#")]
        repairs.append(f"{comments} comment lines (#) skipped")
        if not lines or all(is_number(field) for field in re.split(r"[,;\t| ]+", lines[0].strip())):
            lines.insert(0, first)
            repairs.append(f"header taken from the comment {first!r}")
    if len(lines) < 2:
        raise LogError(f"{path} has {len(lines)} lines, must have a header and rows; give a log that was written to")
    return lines, repairs


def _sniff(path: Path, lines: Sequence[str]) -> str:
    """The separator under which most of the first lines have the header's number of fields, at least two."""
    sample = lines[1 : SAMPLE_LINES + 1]
    scores = {}
    for separator in SEPARATORS:
        fields = len(_split(lines[0], separator))
        agreeing = sum(len(_split(line, separator)) == fields for line in sample) / len(sample)
        if fields > 1:
            scores[separator] = (agreeing > 0, fields if separator != " " else 0, agreeing)
    if not scores:
        names = ", ".join(SEPARATORS.values())
        raise LogError(f"{path} has the header {lines[0][:80]!r}, must hold two columns or more separated by {names}")
    return max(scores, key=scores.get)


def _split(line: str, separator: str) -> list[str]:
    if separator == " ":
        return line.split()
    if '"' not in line:
        return [field.strip() for field in line.split(separator)]
    import csv

    return [field.strip() for field in next(csv.reader([line], delimiter=separator))]


def _check_header(path: Path, header: Sequence[str]) -> None:
    named = [name for name in header if name]
    if named and all(is_number(name) for name in named):
        raise LogError(
            f"{path} starts with numbers ({', '.join(header)[:60]}), must start with column names; add a header"
        )
    repeated = sorted({name for name in named if named.count(name) > 1})
    if repeated:
        raise LogError(
            f"{path} has the column {repeated[0]!r} {named.count(repeated[0])} times, must be once; rename one"
        )


def _parse(lines: Sequence[str], separator: str, header: Sequence[str]) -> tuple[pd.DataFrame, int]:
    """The rows of full length, and how many had another length."""
    from pyarrow import csv

    bad = []

    def collect(row):
        bad.append(row.text)
        return "skip"

    names = [name or f"unnamed {place}" for place, name in enumerate(header)]
    table = csv.read_csv(
        io.BytesIO("\n".join(lines).encode()),
        read_options=csv.ReadOptions(column_names=names, skip_rows=1, use_threads=False, block_size=1 << 26),
        parse_options=csv.ParseOptions(delimiter=separator, invalid_row_handler=collect),
        convert_options=csv.ConvertOptions(
            null_values=sorted(MISSING), strings_can_be_null=True, quoted_strings_can_be_null=True, true_values=[],
            false_values=[], timestamp_parsers=["%d %b %Y at %H:%M:%S never"],
        ),
    )  # fmt: skip
    return table.to_pandas(), len(bad)


def _mend(path: Path, text: str, lines: list[str], separator: str, width: int) -> tuple[list[str], list[str]]:
    """Rows that another separator splits into the header's number of fields are rewritten; a last row cut off in the
    middle is dropped; anything else is an error that names the row."""
    mended, others, repairs = [lines[0]], {}, []
    for number, line in enumerate(lines[1:], start=1):
        if len(_split(line, separator)) == width:
            mended.append(line)
            continue
        readings = {tuple(_split(line, mark)): mark for mark in reversed(SEPARATORS) if _fits(line, mark, width)}
        if len(readings) == 1:
            ((fields, mark),) = readings.items()
            others.setdefault(mark, []).append(number)
            mended.append(separator.join(fields))
        elif number == len(lines) - 1 and not text.endswith("\n") and len(_split(line, separator)) < width:
            repairs.append(f"last row dropped: cut off after {len(_split(line, separator))} of {width} fields")
        else:
            found = len(_split(line, separator))
            raise LogError(
                f"{path}, row {number}, is {line[:60]!r}: {found} fields, must be {width}; mend or delete the row"
            )
    for mark, rows in others.items():
        where = f"rows {rows[0]} to {rows[-1]}" if len(rows) > 1 else f"row {rows[0]}"
        message = f"mixed separators: {len(rows)} rows split at a {SEPARATORS[mark]} ({where}), the others at a "
        repairs.append(message + SEPARATORS[separator])
    return mended, repairs


def _fits(line: str, separator: str, width: int) -> bool:
    fields = _split(line, separator)
    return len(fields) == width and all(is_number(field) or field.isalpha() for field in fields)
