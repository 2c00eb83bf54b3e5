"""Somebody else's log as a Trajectory: read, columns mapped, values checked, rows put in order, runs told apart.

Impossible values (a negative NC1, which is what a one-pass variance in float32 gives; a negative norm; an accuracy
beyond 1 that is no per cent) are read as "not logged" and said so: below a threshold they would count as collapse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gpu_experiments.foreign.columns import ColumnMapping, map_columns, own_columns, read_mapping
from gpu_experiments.foreign.errors import LogError
from gpu_experiments.foreign.families import Grouping, Label, check_grouping, label, run_columns
from gpu_experiments.foreign.number_text import to_numbers
from gpu_experiments.foreign.records import OWN, read_table
from gpu_experiments.foreign.timeline import TIME, put_in_order
from numerics.trajectory import Trajectory

NOT_NEGATIVE = frozenset({"nc1", "nc1_trace_ratio", "nc2_equiangle", "nc2", "feature_norm", "feature_norm_max", "cdnv",
                          "rnc1", "feature_norm_rms", "head_norm", "relative_flatness", "learning_rate"})  # fmt: skip
ACCURACIES = ("train_accuracy", "test_accuracy")
PHASE_WORDS = {"ce": 1, "crossentropy": 1, "xent": 1, "mse": 2, "l2": 2, "squarederror": 2, "meansquarederror": 2}
UNREADABLE = "unreadable_nc1"


@dataclass(frozen=True, slots=True)
class Log:
    """One run. `unreadable` marks times whose NC1 cell held something that is no possible value, shape (T,)."""

    path: Path
    name: str
    label: Label
    trajectory: Trajectory
    mapping: ColumnMapping
    repairs: tuple[str, ...]
    unreadable: np.ndarray

    @property
    def nc1(self) -> str | None:
        """The observable on which onset is judged: the trace ratio where it is logged, else the canonical NC1."""
        return next((name for name in ("nc1_trace_ratio", "nc1") if name in self.trajectory), None)


def read_logs(path: Path, mapping: Mapping[str, str] | str | None = None, group: Grouping = None) -> tuple[Log, ...]:
    """All runs of one file, usually one. Raises LogError for what can neither be read nor mended in words."""
    path = Path(path)
    check_grouping(group)
    frame, repairs = read_table(path)
    own = frame.attrs.get(OWN)
    wanted = read_mapping(mapping)
    columns = own_columns(list(frame.columns), own) if own else map_columns(list(frame.columns), wanted, str(path))
    family_column, seed_column = run_columns(list(frame.columns), group, str(path))
    named = isinstance(group, str) and family_column is not None
    splitters = [c for c in (family_column, seed_column) if c is not None and c not in columns.observables.values()]
    if not splitters or (not named and all(frame[column].nunique() <= 1 for column in splitters)):
        one = _label_of(path.stem, group, frame, None, seed_column)
        return (_one_run(path, path.stem, one, frame, columns, repairs),)
    runs = []
    for values, rows in frame.groupby(splitters, sort=False, dropna=False):
        words = [f"{value:g}" if isinstance(value, float) else str(value) for value in values]
        name = ":".join([path.stem, *(f"{column}={word}" for column, word in zip(splitters, words, strict=True))])
        one = _label_of(path.stem, group, rows, family_column, seed_column)
        told = [*repairs, f"run told apart by {' and '.join(splitters)}"] if len(frame) > len(rows) else repairs
        runs.append(_one_run(path, name, one, rows, columns, told))
    return tuple(runs)


def _label_of(stem: str, group: Grouping, rows: pd.DataFrame, family: str | None, seed: str | None) -> Label:
    by_name = label(stem, group)
    own_family = str(rows[family].iloc[0]) if family is not None else by_name.family
    own_seed = f"{rows[seed].iloc[0]}" if seed is not None else ("" if family is not None else by_name.seed)
    return Label(own_family, own_seed, by_name.suffix)


def _one_run(path: Path, name: str, own: Label, rows: pd.DataFrame, columns: ColumnMapping, told: Sequence[str]) -> Log:
    unit, time_column = columns.time
    where = str(path) if name == path.stem else f"{path} ({name})"
    time, text_in_time, _ = to_numbers(rows[time_column], time_column)
    if text_in_time.any():
        row = int(np.argmax(text_in_time))
        cell = rows[time_column].iloc[row]
        raise LogError(f"{where}, row {row + 1}, has {unit} {cell!r}, must be a number; mend or delete the row")
    table, unreadable, repairs = {TIME: time}, np.zeros(len(time), dtype=bool), list(told)
    for observable, column in columns.observables.items():
        values, doubtful, more = _read_column(rows[column], column, observable)
        repairs += more
        if values is not None:
            table[observable] = values
        if observable in ("nc1", "nc1_trace_ratio"):
            unreadable |= doubtful
    if len(table) == 1:
        raise LogError(f"{where} has no column of numbers ({'; '.join(repairs)}), must have one; mend the file")
    table[UNREADABLE] = np.where(unreadable, 1.0, np.nan)
    ordered, more = put_in_order(pd.DataFrame(table), where, unit)
    kept = {observable: ordered[observable].to_numpy() for observable in table if observable not in (TIME, UNREADABLE)}
    about = {"source": str(path), "family": own.family, "seed": own.seed, "suffix": own.suffix}
    about |= {"mapping": dict(columns.observables), "repairs": [*repairs, *more]}
    trajectory = Trajectory(name, ordered[TIME].to_numpy(), kept, unit, about)
    return Log(path, name, own, trajectory, columns, (*repairs, *more), ordered[UNREADABLE].notna().to_numpy())


def _read_column(cells: pd.Series, column: str, observable: str) -> tuple[np.ndarray | None, np.ndarray, list[str]]:
    """(values or None where the column is not what its name says, mask of impossible cells, repairs)."""
    if observable == "loss_phase":
        return _read_phase(cells, column)
    values, doubtful, repairs = to_numbers(cells, column)
    if observable in ACCURACIES:
        return _read_accuracy(values, doubtful, repairs, column)
    negative = values < 0
    if observable in NOT_NEGATIVE and negative.any():
        row = int(np.argmax(negative))
        words = f"({values[row]:g} in row {row + 1}): impossible for {observable}, read as not logged"
        repairs.append(f"column {column}: {int(negative.sum())} negative values {words}")
        values, doubtful = np.where(negative, np.nan, values), doubtful | negative
    return values, doubtful, repairs


def _read_accuracy(
    values: np.ndarray, doubtful: np.ndarray, repairs: list[str], column: str
) -> tuple[np.ndarray | None, np.ndarray, list[str]]:
    largest, smallest = np.nanmax(values, initial=0.0), np.nanmin(values, initial=0.0)
    if smallest < 0 or largest > 100:
        extreme = smallest if smallest < 0 else largest
        return None, doubtful, [*repairs, f"column {column} holds {extreme:g}, which is no accuracy: not used"]
    if largest > 1 + 1e-9:
        return values / 100, doubtful, [*repairs, f"column {column} goes up to {largest:g}: per cent, divided by 100"]
    return values, doubtful, repairs


def _read_phase(cells: pd.Series, column: str) -> tuple[np.ndarray | None, np.ndarray, list[str]]:
    words = cells.map(lambda cell: "".join(filter(str.isalnum, str(cell).lower())) if isinstance(cell, str) else cell)
    known = words.map(lambda cell: PHASE_WORDS.get(cell, cell) if isinstance(cell, str) else cell)
    numbers, doubtful, _ = to_numbers(known, column)
    if doubtful.any():
        shown = sorted({str(cell) for cell in cells[doubtful]})[:3]
        return (
            None,
            np.zeros(len(cells), dtype=bool),
            [f"column {column} holds {', '.join(shown)}: no loss phase, not used"],
        )
    told = words.map(lambda cell: isinstance(cell, str) and cell in PHASE_WORDS).any()
    repairs = [f"column {column}: cross-entropy read as phase 1, squared error as phase 2"] if told else []
    return numbers, np.zeros(len(cells), dtype=bool), repairs
