"""A Transformers callback that watches collapse: Trainer(..., callbacks=[MonitorCallback("runs/mine")]).

Needs the extra: pip install 'tightframe[transformers]'.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import transformers

from gpu_experiments.monitor.watching import Monitor


class MonitorCallback(transformers.TrainerCallback):
    """A Monitor over `state.global_step`. `loader` defaults to the training loader; `settings` as in Monitor."""

    def __init__(self, out: str | Path, loader: Iterable | None = None, head: Any = None, **settings: Any) -> None:
        self.out, self.loader, self.head, self.settings = out, loader, head, settings
        self.monitor: Monitor | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **parts: Any) -> None:
        if state.is_world_process_zero:
            loader = parts["train_dataloader"] if self.loader is None else self.loader
            self.monitor = Monitor(parts["model"], loader, self.out, self.head, **self.settings)
            self.monitor.step(state.global_step)

    def on_step_end(self, args: Any, state: Any, control: Any, **parts: Any) -> None:
        if self.monitor is not None:
            self.monitor.step(state.global_step)

    def on_train_end(self, args: Any, state: Any, control: Any, **parts: Any) -> None:
        if self.monitor is not None:
            self.monitor.close(state.global_step)
