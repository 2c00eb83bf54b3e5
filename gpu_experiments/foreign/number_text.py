"""Text to numbers, each departure from plain numerals said in words: decimal commas, per cent, cells that are none.

A cell that cannot be read becomes "not logged" (NaN) and is reported with its row; the mask of such cells travels
along, because an onset after an unreadable cell may in truth have come earlier.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

MISSING = frozenset({"", "nan", "NaN", "NAN", "na", "NA", "n/a", "N/A", "none", "None", "null", "NULL", "-", "--", "?"})
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|[+-]?inf(inity)?$", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?$")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+$")


def is_number(text: str) -> bool:
    """Whether the cell is a plain numeral or one of the words for a missing value."""
    text = text.strip()
    return text in MISSING or _NUMBER.match(text) is not None


def to_numbers(values: pd.Series, column: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """(float64 values, mask of cells that hold text, repairs), both arrays of shape (rows,)."""
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        return numbers, np.zeros(len(numbers), dtype=bool), []
    text = values.astype("object").map(lambda cell: None if cell is None or cell != cell else str(cell).strip())
    text = text.where(~text.isin(MISSING), None)
    present = text.notna().to_numpy()
    plain, repairs = _without_decoration(text[present], column)
    numbers = np.full(len(text), np.nan)
    numbers[present] = pd.to_numeric(plain, errors="coerce").to_numpy(dtype=np.float64)
    unreadable = present & np.isnan(numbers)
    if unreadable.any():
        rows = np.flatnonzero(unreadable)
        shown = ", ".join(f"{text.iloc[row]!r} in row {row + 1}" for row in rows[:3]) + (
            " ..." if len(rows) > 3 else ""
        )
        repairs.append(f"column {column}: {len(rows)} cells are no number ({shown}), read as not logged")
    return numbers, unreadable, repairs


def _without_decoration(text: pd.Series, column: str) -> tuple[pd.Series, list[str]]:
    """Decimal commas and per cent signs removed where the whole column is written that way."""
    repairs = []
    if text.str.endswith("%").any():
        whole = text[text.map(lambda cell: cell.endswith("%") and _NUMBER.match(cell[:-1].strip()) is not None)]
        repairs.append(f"column {column}: {len(whole)} cells in per cent, divided by 100")
        text = text.copy()
        text.loc[whole.index] = whole.map(lambda cell: repr(float(cell[:-1]) / 100))
    commas = text.map(lambda cell: _DECIMAL_COMMA.match(cell) is not None)
    others = text[~commas]
    if commas.any() and not others.str.contains(",").any() and not text[commas].map(_is_grouped).all():
        if not others.str.contains(".", regex=False).any():
            repairs.append(f"column {column}: decimal commas read as points")
            text = text.str.replace(",", ".", regex=False)
    return text, repairs


def _is_grouped(cell: str) -> bool:
    return _GROUPED.match(cell) is not None
