"""Rows of a monitor in TensorBoard, Weights & Biases or MLflow: functions (step, row) for Monitor(loggers=...).

Each takes an object of the library that the caller has made, so nothing is imported or configured here. Values that
are not finite are left out, because these services refuse them or draw them as zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

Logger = Callable[[int, Mapping[str, float]], Any]
PREFIX = "tightframe/"


def tensorboard(writer: Any) -> Logger:
    """`writer` is a torch.utils.tensorboard.SummaryWriter."""

    def log(step: int, row: Mapping[str, float]) -> None:
        for name, value in _finite(row).items():
            writer.add_scalar(name, value, step)

    return log


def wandb(run: Any) -> Logger:
    """`run` is what wandb.init() returned, online or offline; rows carry their own step, so order does not matter."""
    run.define_metric(PREFIX + "*", step_metric=PREFIX + "step")
    return lambda step, row: run.log({PREFIX + "step": step, **_finite(row)})


def mlflow(run_id: str, client: Any) -> Logger:
    """`client` is an mlflow.tracking.MlflowClient, `run_id` the run that it logs to."""

    def log(step: int, row: Mapping[str, float]) -> None:
        for name, value in _finite(row).items():
            client.log_metric(run_id, name, value, step=step)

    return log


def _finite(row: Mapping[str, float]) -> dict[str, float]:
    return {PREFIX + name: value for name, value in row.items() if math.isfinite(value)}
