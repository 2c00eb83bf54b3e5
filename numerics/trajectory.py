"""The one result type of simulators, runs and foreign logs: named columns over one increasing time axis.

A value that was not logged is NaN. Writing is atomic: temporary file, fsync, rename.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from theory.errors import UsersMistake


class TrajectoryError(UsersMistake):
    """A trajectory that cannot be built or read; the message names the value and the way out."""


@dataclass(frozen=True, slots=True)
class Trajectory:
    """`time` has shape (T,), strictly increasing; each observable has shape (T,), float64; `time_unit` is "t" for
    flows, "step" or "epoch" for training. `about` is JSON-able: configuration, seed, source, versions."""

    name: str
    time: np.ndarray
    observables: Mapping[str, np.ndarray]
    time_unit: str = "step"
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        time = np.asarray(self.time, dtype=np.float64)
        if time.ndim != 1:
            raise TrajectoryError(f"time has shape {time.shape}, must be one-dimensional; pass one value per log point")
        if np.any(~np.isfinite(time)) or np.any(np.diff(time) <= 0):
            raise TrajectoryError("time is not finite and strictly increasing; sort the log and drop repeated rows")
        columns = {name: np.asarray(values, dtype=np.float64) for name, values in self.observables.items()}
        for name, values in columns.items():
            if values.shape != time.shape:
                raise TrajectoryError(f"observable {name} has shape {values.shape}, must be {time.shape}")
        object.__setattr__(self, "time", time)
        object.__setattr__(self, "observables", columns)

    def __getitem__(self, observable: str) -> np.ndarray:
        if observable not in self.observables:
            known = ", ".join(sorted(self.observables)) or "none"
            raise TrajectoryError(f"observable {observable} is not in {self.name}; it has {known}")
        return self.observables[observable]

    def __contains__(self, observable: str) -> bool:
        return observable in self.observables

    def __len__(self) -> int:
        return len(self.time)

    def first_time(self, observable: str, level: float, direction: str) -> float | None:
        """First logged time at which the observable is `direction` ("below" or "above", inclusive) `level`."""
        values = self[observable]
        if direction not in {"below", "above"}:
            raise TrajectoryError(f'direction is {direction!r}, must be "below" or "above"')
        with np.errstate(invalid="ignore"):
            hit = values <= level if direction == "below" else values >= level
        return float(self.time[np.argmax(hit)]) if hit.any() else None


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path` so that a reader sees the old file or the new one, never half of it."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def save_trajectory(trajectory: Trajectory, path: Path) -> None:
    """One parquet file: column `time`, one column per observable, and name, unit and `about` in its metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"time": trajectory.time, **trajectory.observables})
    about = {"name": trajectory.name, "time_unit": trajectory.time_unit, "about": dict(trajectory.about)}
    table = table.replace_schema_metadata({"tightframe": json.dumps(about)})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    write_atomically(path, sink.getvalue().to_pybytes())


def load_trajectory(path: Path) -> Trajectory:
    """Read what `save_trajectory` wrote. Raises TrajectoryError for a file that is missing, truncated or not ours."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = Path(path)
    try:
        table = pq.read_table(path, memory_map=False)
        about = json.loads(table.schema.metadata[b"tightframe"])
    except FileNotFoundError:
        raise TrajectoryError(f"{path} does not exist; give a run folder or a trajectory.parquet") from None
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0][:120]
        raise TrajectoryError(
            f"{path} is truncated or no trajectory ({reason}); resume the run to rewrite it"
        ) from None
    columns = {name: table[name].to_numpy() for name in table.column_names if name != "time"}
    return Trajectory(about["name"], table["time"].to_numpy(), columns, about["time_unit"], about["about"])
