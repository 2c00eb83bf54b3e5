"""A run folder: what one trial leaves on disk, written so that a kill at any moment loses only the steps since a
checkpoint.

    config.json                      settings, seed, versions, git revision, machine
    parts/000000012000.parquet       rows logged so far; append-only, gone when the run is done
    checkpoints/000000012000.safetensors   network, optimiser, random-generator state (JSON in the header)
    trajectory.parquet               all rows; there exactly when the run is done

Every file is written beside its place, flushed and renamed. Nothing is pickled, so nothing is ever unpickled. A
checkpoint carries the SHA-256 of its tensors: one that was cut or flipped is named and set aside, and the one before is
used.
"""

from __future__ import annotations

import errno
import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from numerics.trajectory import Trajectory, TrajectoryError, load_trajectory, save_trajectory, write_atomically
from theory.errors import UsersMistake

KEPT_CHECKPOINTS = 2


class RecordError(UsersMistake):
    """A run folder that cannot be used, read or written; the message names the path and the way out."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """State after `step` optimiser steps: `tensors` by name and JSON-able `state`."""

    step: int
    tensors: Mapping[str, Any]
    state: Mapping[str, Any]


@dataclass(slots=True)
class Record:
    """An open run folder: `begin` makes or reopens it, `append` adds rows, `checkpoint` saves state, `finish` closes
    it; `warnings` lists what was found damaged and set aside."""

    folder: Path
    name: str
    rows: dict[int, dict[str, float]] = field(default_factory=dict)
    unsaved: list[int] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        return (self.folder / "trajectory.parquet").exists()

    def trajectory(self) -> Trajectory:
        """What `finish` wrote. Raises TrajectoryError where it cannot be read."""
        return load_trajectory(self.folder / "trajectory.parquet")

    def append(self, step: int, row: Mapping[str, float]) -> None:
        """Remember one row; it reaches the disk with the next `flush` or `checkpoint`."""
        self.rows[step] = dict(row)
        self.unsaved.append(step)

    def flush(self) -> None:
        """Write the rows since the last flush as one new part."""
        if self.unsaved:
            part = self.folder / "parts" / f"{self.unsaved[-1]:012d}.parquet"
            with disk_errors(part):
                save_trajectory(_trajectory(self.name, {step: self.rows[step] for step in self.unsaved}, {}), part)
            self.unsaved.clear()

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        """Flush the rows, then write the checkpoint, then drop all but the newest two."""
        self.flush()
        path = self.folder / "checkpoints" / f"{checkpoint.step:012d}.safetensors"
        state = {"step": checkpoint.step, "sha256": digest(checkpoint.tensors), "state": dict(checkpoint.state)}
        with disk_errors(path):
            write_atomically(path, save(dict(checkpoint.tensors), metadata={"tightframe": json.dumps(state)}))
        for old in sorted(path.parent.glob("*.safetensors"))[:-KEPT_CHECKPOINTS]:
            old.unlink()

    def restart_point(self, schedule: Iterable[int]) -> Checkpoint | None:
        """The newest sound checkpoint whose rows are all on disk, or None. Rows after it are forgotten: they will be
        written again. `schedule` holds every step that is ever logged."""
        self._read_parts()
        wanted = sorted(schedule)
        for path in sorted((self.folder / "checkpoints").glob("*.safetensors"), reverse=True):
            try:
                found = read_checkpoint(path)
            except RecordError as error:
                self.warnings.append(str(error))
                path.rename(path.with_suffix(".corrupt"))
                continue
            if all(step in self.rows for step in wanted if step <= found.step):
                self._keep_rows_through(found.step)
                return found
            self.warnings.append(f"{path} is newer than the rows that survive; an earlier checkpoint is used")
            path.unlink()
        self._keep_rows_through(-1)
        return None

    def finish(self, about: Mapping[str, Any]) -> Trajectory:
        """Write trajectory.parquet, drop the parts and return the trajectory."""
        trajectory = _trajectory(self.name, self.rows, about)
        path = self.folder / "trajectory.parquet"
        with disk_errors(path):
            save_trajectory(trajectory, path)
        self._drop_parts(())
        return trajectory

    def _read_parts(self) -> None:
        for path in sorted((self.folder / "parts").glob("*.parquet")):
            try:
                part = load_trajectory(path)
            except TrajectoryError as error:
                self.warnings.append(str(error))
                continue
            for index, step in enumerate(part.time):
                row = {name: float(values[index]) for name, values in part.observables.items()}
                self.rows[int(step)] = row

    def _keep_rows_through(self, step: int) -> None:
        self.rows = {logged: row for logged, row in sorted(self.rows.items()) if logged <= step}
        self.unsaved = list(self.rows)
        kept = f"{self.unsaved[-1]:012d}.parquet" if self.unsaved else None
        self.flush()
        self._drop_parts((kept,))

    def _drop_parts(self, kept: tuple[str | None, ...]) -> None:
        parts = self.folder / "parts"
        for path in parts.glob("*") if parts.exists() else ():
            if path.name not in kept:
                path.unlink()
        if parts.exists() and not any(parts.iterdir()):
            parts.rmdir()


def begin(folder: Path, about: Mapping[str, Any], *, resume: bool) -> Record:
    """Open the run folder of one trial. `about` needs "experiment", "config" and "seed".

    Raises RecordError where the folder holds a finished record (and resume is off), a half-written run (and resume is
    off), files of something else, a run with other settings, or cannot be written.
    """
    folder = Path(folder)
    record = Record(folder, f"{about['experiment']}-{about['seed']}")
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        present = sorted(path.name for path in folder.iterdir() if not path.name.endswith(".part"))
        if present and "config.json" not in present:
            raise RecordError(
                f"{folder} holds {present[0]} and no config.json, must be empty or a run; choose another --out"
            )
        if not present or resume:
            for stale in folder.rglob(".*.part"):
                stale.unlink()
        if not present:
            write_atomically(folder / "config.json", json.dumps({**about, **surroundings()}, indent=2).encode())
            return record
        _agree(folder, about)
        if resume:
            return record
    if record.finished:
        raise RecordError(f"{folder} holds a finished record, which is never overwritten; choose another --out")
    raise RecordError(f"{folder} holds a half-written run; pass --resume to go on, or choose another --out")


def _agree(folder: Path, about: Mapping[str, Any]) -> None:
    path = folder / "config.json"
    try:
        old = json.loads(path.read_text())
        before = {**_speed(old), "experiment": old["experiment"], "seed": old["seed"], **old["config"]}
    except (ValueError, KeyError, TypeError):
        raise RecordError(f"{path} is not a run's configuration; choose another --out") from None
    now = {**_speed(about), "experiment": about["experiment"], "seed": about["seed"], **about["config"]}
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            raise RecordError(
                f"{folder} was made with {key} = {before.get(key)}, must be {now.get(key)} for this run; "
                "give the same settings or choose another --out"
            )


def _speed(about: Mapping[str, Any]) -> dict[str, Any]:
    return {name: about[name] for name in ("precision", "compiled") if name in about}


def read_checkpoint(path: Path) -> Checkpoint:
    """Tensors (on the CPU) and state of one checkpoint. Raises RecordError where it is cut, flipped or not ours."""
    try:
        with safe_open(path, framework="pt") as file:
            state = json.loads((file.metadata() or {})["tightframe"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}
        if digest(tensors) != state["sha256"]:
            raise ValueError("its tensors do not match their checksum")
    except FileNotFoundError:
        raise RecordError(f"{path} does not exist; give a checkpoint of a run folder") from None
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        reason = str(error).splitlines()[0][:100] if str(error) else type(error).__name__
        raise RecordError(f"{path} is corrupt ({reason}); the previous checkpoint is used on --resume") from None
    return Checkpoint(state["step"], tensors, state["state"])


def digest(tensors: Mapping[str, Any]) -> str:
    """SHA-256 over names, shapes and bytes, in the order of the names."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        array = tensors[name].detach().cpu().contiguous()
        total.update(f"{name}{tuple(array.shape)}{array.dtype}".encode())
        total.update(array.reshape(-1).view(torch.uint8).numpy().tobytes() if array.numel() else b"")
    return total.hexdigest()


@contextmanager
def disk_errors(path: Path):
    """Turn a full disk or a missing permission into a RecordError that names the path and the way out."""
    try:
        yield
    except PermissionError:
        raise RecordError(f"{path} cannot be written (no permission); choose another --out") from None
    except (NotADirectoryError, FileExistsError):
        raise RecordError(f"{path} is not a folder; choose another --out") from None
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}:
            raise
        raise RecordError(
            f"{path} cannot be written ({error.strerror}); free space, then go on with --resume"
        ) from None


def surroundings() -> dict[str, Any]:
    """Versions, git revision and machine: what a reader needs to run the trial again."""
    packages = ("torch", "numpy", "scipy", "mlxtend", "safetensors")
    return {
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
        "git_revision": _git_revision(),
        "machine": {
            "system": platform.platform(),
            "processor": platform.machine(),
            "threads": torch.get_num_threads(),
            "accelerator": torch.cuda.get_device_name(0) if torch.cuda.is_available() else None,
        },
    }


def _git_revision() -> str | None:
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=5
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None


def _trajectory(name: str, rows: Mapping[int, Mapping[str, float]], about: Mapping[str, Any]) -> Trajectory:
    steps = sorted(rows)
    columns = dict.fromkeys(column for step in steps for column in rows[step])
    observables = {column: np.array([rows[step].get(column, np.nan) for step in steps]) for column in columns}
    return Trajectory(name, np.array(steps, dtype=np.float64), observables, "step", about)
