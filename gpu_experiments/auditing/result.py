"""The answer of an audit: numbers, verdicts, what could not be concluded; as a table, a dict, a record, a figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gpu_experiments.auditing.heads import LinearHead
from gpu_experiments.auditing.passes import Measured
from numerics.trajectory import Trajectory


@dataclass(frozen=True, slots=True, repr=False)
class Audit:
    """`observables` by canonical name; `verdicts` on every bound of the theory that they decide, as `check` gives them;
    `notes` what has to be known about the numbers, `cannot_conclude` what they leave open and why.

    `samples` counts the rows that were measured (tokens for a language model), `dimension` is d, `head` the layer.
    """

    name: str
    head: str
    samples: int
    dimension: int
    observables: Mapping[str, float]
    verdicts: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...] = ()
    cannot_conclude: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, observable: str) -> float:
        return self.observables[observable]

    def __repr__(self) -> str:
        flat = self.observables.get("relative_flatness", float("nan"))
        return f"<Audit of {self.name}: nc1 {self.observables['nc1']:.3g}, relative flatness {flat:.3g}>"

    def __str__(self) -> str:
        from gpu_experiments.auditing.table import written

        return written(self)

    def print(self) -> None:
        """The table on standard output, in colour where that is a terminal."""
        from rich.console import Console

        from gpu_experiments.auditing.table import show

        show(self, Console(highlight=False))

    def as_dict(self) -> dict[str, Any]:
        """JSON-able data; a number that is not finite is null."""
        return {
            "name": self.name,
            "head": self.head,
            "samples": self.samples,
            "dimension": self.dimension,
            "observables": {name: _finite(value) for name, value in self.observables.items()},
            "verdicts": [dict(verdict) for verdict in self.verdicts],
            "notes": list(self.notes),
            "cannot_conclude": list(self.cannot_conclude),
            "about": dict(self.about),
        }

    def trajectory(self) -> Trajectory:
        """The audit as a trajectory of one log time, 0."""
        return point(self.name, self.observables, self.about)

    def save(self, folder: Path) -> Path:
        """A run folder that `tightframe check` reads. Raises RecordError where the folder is in use or not writable."""
        from gpu_experiments.record import begin

        record = begin(Path(folder), {"experiment": "audit", "config": self._config(), "seed": None}, resume=False)
        record.append(0, self.observables)
        record.finish({"outcome": "audited", "notes": list(self.notes), "cannot_conclude": list(self.cannot_conclude)})
        return Path(folder)

    def plot(self, path: Path | None = None) -> Any:
        """A matplotlib figure of observables and margins, written to `path` if one is given."""
        from gpu_experiments.auditing.figure import figure

        drawn = figure(self)
        if path is not None:
            drawn.savefig(path)
        return drawn

    def _config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "head": self.head,
            "samples": self.samples,
            "dimension": self.dimension,
            **self.about,
        }


def audit_of(
    name: str, head: LinearHead, measured: Measured, split: str, notes: tuple[str, ...], about: Mapping[str, Any]
) -> Audit:
    """The audit that the measured observables make, judged against every bound of the theory."""
    from gpu_experiments.judge import theory_bounds, verdicts

    columns = named_by_split(measured.observables, split)
    judged = tuple(verdicts([point(name, columns, about)], theory_bounds()))
    about = {**about, "split": split, "predicted_bytes": measured.predicted_bytes}
    samples = int(measured.counts.sum())
    notes = head.notes + notes + measured.notes
    return Audit(name, head.name, samples, measured.dimension, columns, judged, notes, head.beyond, about)


def named_by_split(observables: Mapping[str, float], split: str) -> dict[str, float]:
    """accuracy and cross_entropy under their canonical names, train_accuracy and train_loss or test_...; cross_entropy
    stays beside it, for the bounds that hold on any data."""
    new = {"accuracy": f"{split}_accuracy", "cross_entropy": f"{split}_loss"}
    named = {new.get(name, name): float(value) for name, value in observables.items()}
    return named | {name: float(value) for name, value in observables.items() if name == "cross_entropy"}


def point(name: str, observables: Mapping[str, float], about: Mapping[str, Any]) -> Trajectory:
    return Trajectory(name, np.zeros(1), {key: np.array([value]) for key, value in observables.items()}, "step", about)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
