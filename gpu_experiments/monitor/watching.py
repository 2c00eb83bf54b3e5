"""Monitor: rows of observables along a training run, written as a run folder that can be read at any time.

The run is not disturbed: same weights, bit for bit, with the monitor and without. What is wrong with the setting shows
at the first look and raises; what goes wrong later (a diverged network, a full disk, too little memory) warns and
training goes on.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import nn

from gpu_experiments.auditing.batches import Unpack
from gpu_experiments.auditing.errors import AuditError
from gpu_experiments.auditing.passes import measure
from gpu_experiments.auditing.reading import IGNORED, ModelRows, OddHead
from gpu_experiments.auditing.result import named_by_split
from gpu_experiments.auditing.undisturbed import undisturbed, unwrapped
from gpu_experiments.monitor.held import held
from gpu_experiments.monitor.schedule import Purse, Schedule, at, logarithmic
from gpu_experiments.record import begin, disk_errors
from numerics.trajectory import Trajectory, save_trajectory

Logger = Callable[[int, Mapping[str, float]], Any]
SAMPLES, BUDGET = 4096, 0.05


class MonitorWarning(UserWarning):
    """A look that failed while training went on; the message says why."""


class Monitor:
    """Looks at `model` on `samples` samples of `loader`, at log times, for at most `budget` of the training time.

    `out` is a new run folder, or one to go on with (`resume`). `schedule` is a function after(step) -> next step due,
    or the steps themselves; a look that the budget does not afford yet waits until it does (`budget=None`: never).
    `test_loader` adds test_accuracy and test_loss. `seed` and `config` go into the record, so that `check` judges runs
    that differ in the seed alone together. `loggers` are functions (step, row). The rest is as in `audit`. Only the
    first process of a distributed run looks. Raises RecordError for a folder that is in use, AuditError at the first
    look for a model, head or loader that cannot be audited.
    """

    def __init__(
        self,
        model: nn.Module,
        loader: Iterable,
        out: str | Path,
        head: str | nn.Module | OddHead | None = None,
        *,
        test_loader: Iterable | None = None,
        schedule: Schedule | Iterable[int] | None = None,
        samples: int = SAMPLES,
        budget: float | None = BUDGET,
        loss: str = "cross_entropy",
        reduction: str = "mean",
        seed: int | None = None,
        config: Mapping[str, Any] | None = None,
        loggers: Sequence[Logger] = (),
        unpack: Unpack | None = None,
        ignore_index: int = IGNORED,
        shift: bool | None = None,
        resume: bool = False,
    ) -> None:
        if samples < 2:
            raise AuditError(f"samples is {samples}, must be at least 2; 4096 is the default")
        self.out, self.loggers = Path(out), tuple(loggers)
        self._model, self._loaders = unwrapped(model), {"train": loader, "test": test_loader}
        self._reading = {"head": head, "unpack": unpack, "ignore_index": ignore_index, "shift": shift}
        self._measuring = {"loss": loss, "reduction": reduction}
        self._samples, self._sources = samples, {}
        schedule = logarithmic() if schedule is None else schedule
        self._after = schedule if callable(schedule) else at(schedule)
        self._due = self._after(-1)
        self._rows: dict[int, dict[str, float]] = {}
        self._active = not _is_secondary()
        if self._active:
            self._open(dict(config or {}), loss, samples, seed, resume)
        _imported()
        self._purse = Purse(budget)

    @property
    def overhead(self) -> float:
        """Seconds spent looking over seconds trained, so far."""
        return self._purse.spent / max(self._purse.trained, 1e-9)

    def step(self, step: int) -> dict[str, float] | None:
        """Look if `step` is due and the budget affords it; the row, or None. Call once per optimiser step."""
        if self._due is None or step < self._due or not self._active or not self._purse.affords():
            return None
        return self.look(step)

    def look(self, step: int) -> dict[str, float] | None:
        """Measure now, whatever the schedule says; None where it failed and training should go on."""
        if not self._active:
            return None
        begun = perf_counter()
        try:
            row = self._measured()
            self._rows = {earlier: old for earlier, old in self._rows.items() if earlier < step} | {int(step): row}
            self._write("training")
        except Exception as error:  # a look must not end somebody's training, short of memory or whatever else
            if not self._purse.spent:
                raise
            warnings.warn(f"step {step}: {error}", MonitorWarning, stacklevel=3)
            row = None
        self._due = self._after(step)
        self._purse.pay(perf_counter() - begun)
        self._tell(step, row)
        return row

    def close(self, step: int | None = None) -> Trajectory | None:
        """Look a last time at `step` if one is given, and mark the record as finished; the trajectory."""
        if not self._active:
            return None
        if step is not None and step not in self._rows:
            self.look(step)
        self._write("finished")
        return self.trajectory()

    def trajectory(self) -> Trajectory:
        """All rows so far."""
        return self._trajectory("training")

    def verdicts(self) -> list[dict[str, Any]]:
        """Every bound of the theory, held against the rows so far."""
        from gpu_experiments.judge import theory_bounds, verdicts

        return verdicts([self.trajectory()], theory_bounds())

    def _open(self, config: dict[str, Any], loss: str, samples: int, seed: int | None, resume: bool) -> None:
        about = {"model": type(self._model).__name__, "loss": loss, "samples": samples, **config}
        record = begin(self.out, {"experiment": "monitor", "config": about, "seed": seed}, resume=resume)
        if record.finished:
            old = record.trajectory()
            self._rows = {
                int(step): {name: float(values[row]) for name, values in old.observables.items()}
                for row, step in enumerate(old.time)
            }
            self._due = self._after(max(self._rows, default=-1))

    def _measured(self) -> dict[str, float]:
        with undisturbed(self._model):
            if not self._sources:
                self._sources = {
                    split: self._source(split) for split, loader in self._loaders.items() if loader is not None
                }
            row = named_by_split(measure(self._sources["train"], **self._measuring).observables, "train")
            if "test" in self._sources:
                test = named_by_split(measure(self._sources["test"], **self._measuring).observables, "test")
                row |= {name: test[name] for name in ("test_accuracy", "test_loss") if name in test}
        return row

    def _source(self, split: str) -> ModelRows:
        batches = held(self._loaders[split], self._model, self._samples, self._reading["unpack"])
        return ModelRows(self._model, batches, **self._reading)

    def _trajectory(self, outcome: str) -> Trajectory:
        steps = sorted(self._rows)
        names = dict.fromkeys(name for step in steps for name in self._rows[step])
        columns = {name: np.array([self._rows[step].get(name, np.nan) for step in steps]) for name in names}
        about = {"outcome": outcome, "seconds_looking": self._purse.spent, "seconds_training": self._purse.trained}
        return Trajectory(self.out.name, np.array(steps, dtype=np.float64), columns, "step", about)

    def _write(self, outcome: str) -> None:
        path = self.out / "trajectory.parquet"
        with disk_errors(path):
            save_trajectory(self._trajectory(outcome), path)

    def _tell(self, step: int, row: Mapping[str, float] | None) -> None:
        for logger in self.loggers if row is not None else ():
            try:
                logger(step, row)
            except Exception as error:  # somebody else's service must not end somebody's training
                warnings.warn(f"logger at step {step}: {error}", MonitorWarning, stacklevel=4)


def _imported() -> None:
    """What the first look and its record need, loaded before training waits for it."""
    import pyarrow as pa
    import pyarrow.parquet

    from numerics.metrics import last_layer_observables

    corners = np.eye(3, dtype=np.float32).repeat(2, axis=0) + np.arange(18, dtype=np.float32).reshape(6, 3) / 100
    last_layer_observables(corners, np.arange(6) // 2, np.eye(3, dtype=np.float32))
    pa.table({"time": np.zeros(1)})  # the first table loads pandas


def _is_secondary() -> bool:
    distributed = torch.distributed
    return distributed.is_available() and distributed.is_initialized() and distributed.get_rank() != 0
