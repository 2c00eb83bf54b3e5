"""A Lightning callback that watches collapse: Trainer(callbacks=[MonitorCallback("runs/mine")]).

Needs the extra: pip install 'tightframe[lightning]'.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import lightning.pytorch as pl

from gpu_experiments.monitor.watching import Monitor


class MonitorCallback(pl.Callback):
    """A Monitor over `trainer.global_step`. `loader` defaults to the training loader; `settings` as in Monitor."""

    def __init__(self, out: str | Path, loader: Iterable | None = None, head: Any = None, **settings: Any) -> None:
        super().__init__()
        self.out, self.loader, self.head, self.settings = out, loader, head, settings
        self.monitor: Monitor | None = None

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.is_global_zero:
            loader = trainer.train_dataloader if self.loader is None else self.loader
            self.monitor = Monitor(pl_module, loader, self.out, self.head, **self.settings)
            self.monitor.step(trainer.global_step)

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        if self.monitor is not None:
            self.monitor.step(trainer.global_step)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if self.monitor is not None:
            self.monitor.close(trainer.global_step)
