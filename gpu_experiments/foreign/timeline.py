"""Puts the rows of one run on a strictly increasing time axis, or refuses; every repair is a sentence.

shuffled, no epoch twice            sorted
the same row twice                  one copy kept
one epoch over several rows that    merged (some loggers write training and validation metrics on separate rows)
  do not contradict each other
a rewind to epoch e > first that    a resumed run: the rows from e on that the resumed run wrote again are replaced
  goes beyond what was there
anything else                       an error: two runs in one file, or several values for one epoch
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from gpu_experiments.foreign.errors import LogError

TIME = "time of the log"


def put_in_order(frame: pd.DataFrame, where: str, unit: str) -> tuple[pd.DataFrame, list[str]]:
    """`frame` has the column TIME and float64 columns; returns it with TIME finite and strictly increasing.

    Raises LogError where a time is missing beside logged values, or rows contradict each other.
    """
    frame, repairs = _drop_timeless(frame, where, unit)
    time = frame[TIME].to_numpy()
    if np.all(np.diff(time) > 0):
        return frame, repairs
    copies = frame.duplicated(keep="first")
    if copies.any() and not _starts_again(time[~copies.to_numpy()]):
        repairs.append(f"{int(copies.sum())} repeated rows dropped (equal to an earlier row in every column read)")
        frame = frame[~copies]
    time = frame[TIME].to_numpy()
    if len(np.unique(time)) == len(time):
        if np.any(np.diff(time) < 0):
            repairs.append(f"rows were not in order of {unit} (no {unit} twice): sorted")
        return frame.sort_values(TIME, kind="stable"), repairs
    if _contradictions(frame) is None:
        merged = frame.groupby(TIME, sort=True).first().reset_index()
        repairs.append(f"{len(frame) - len(merged)} rows merged into others of the same {unit} (nothing contradicted)")
        return merged, repairs
    return _resumed(frame, where, unit, repairs)


def _drop_timeless(frame: pd.DataFrame, where: str, unit: str) -> tuple[pd.DataFrame, list[str]]:
    timeless = ~np.isfinite(frame[TIME].to_numpy())
    if not timeless.any():
        return frame, []
    values = frame.drop(columns=TIME).notna().any(axis=1).to_numpy()
    if (timeless & values).any():
        row = int(np.argmax(timeless & values)) + 1
        raise LogError(f"{where}, row {row}, has values but no {unit}, must have both; mend or delete the row")
    return frame[~timeless], [f"{int(timeless.sum())} rows without {unit} and without values dropped"]


def _starts_again(time: np.ndarray) -> bool:
    """Whether a rewind goes back to the first time at all, as a second run in the same file does."""
    back = np.flatnonzero(np.diff(time) < 0)
    return bool(len(back)) and bool(np.any(time[back + 1] <= time[0]))


def _contradictions(frame: pd.DataFrame) -> tuple[float, str, list[float]] | None:
    """(time, column, values) of the first time at which a column holds two different values."""
    repeated = frame[frame.duplicated(TIME, keep=False)]
    distinct = repeated.groupby(TIME, sort=False).nunique()
    bad = distinct.gt(1)
    if not bad.to_numpy().any():
        return None
    time = bad.index[bad.any(axis=1).to_numpy()][0]
    column = bad.columns[bad.loc[time].to_numpy()][0]
    values = repeated.loc[repeated[TIME] == time, column].dropna().unique()[:2]
    return float(time), str(column), [float(value) for value in values]


def _resumed(frame: pd.DataFrame, where: str, unit: str, repairs: list[str]) -> tuple[pd.DataFrame, list[str]]:
    time = frame[TIME].to_numpy()
    steps = np.diff(time)
    back = np.flatnonzero(steps < 0) + 1
    stretches = np.split(np.arange(len(time)), back)
    resumes = len(back) > 0 and np.all(steps != 0)
    resumes = resumes and all(
        time[after[0]] > time[0] and time[after[-1]] > time[before[-1]]
        for before, after in zip(stretches[:-1], stretches[1:], strict=True)
    )
    if not resumes:
        at, column, values = _contradictions(frame)
        shown = " and ".join(f"{value:g}" for value in values)
        raise LogError(
            f"{where} has {unit} {at:g} more than once with different {column} ({shown}), must have one; split "
            f"the file, name the column that tells runs apart (group=COLUMN), or map a finer time (step=COLUMN)"
        )
    keep = np.ones(len(time), dtype=bool)
    for stretch in stretches[1:]:
        keep[: stretch[0]] &= time[: stretch[0]] < time[stretch[0]]
    dropped = int((~keep).sum())
    restarts = ", ".join(f"{time[stretch[0]]:g}" for stretch in stretches[1:])
    repairs.append(
        f"the log goes back to {unit} {restarts} and on: a resumed run, {dropped} rows written before replaced"
    )
    return frame[keep], repairs
