"""What loaders yield, made into one shape: inputs for the model, labels for its rows.

    (x, y)                          x and y, on the model's device
    {"labels": y, ...}              the rest as keyword arguments of the model (Hugging Face style)
    {"x": x, "y": y}                x by position where the model has no argument of that name

Anything else through `unpack`, a function batch -> (inputs, labels).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gpu_experiments.auditing.errors import AuditError

LABELS = ("labels", "label", "targets", "target", "y")
Unpack = Callable[[Any], tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch: what the model is called with and the labels of the loader (None: none came), on the CPU."""

    inputs: tuple
    named: Mapping[str, Any]
    labels: Tensor | None

    def on(self, device: torch.device) -> Batch:
        return Batch(moved(self.inputs, device), moved(self.named, device), self.labels)

    def through(self, model: nn.Module) -> Any:
        """The model's output on this batch."""
        return model(*self.inputs, **self.named)


def batch_of(item: Any, model: nn.Module, unpack: Unpack | None, number: int) -> Batch:
    """What batch `number` of a loader holds. Raises AuditError for a kind that is none of the above."""
    if unpack is not None:
        item = unpack(item)
    if isinstance(item, Mapping):
        return _named(item, model, number)
    if not isinstance(item, tuple | list) or len(item) != 2:
        kind = f"{type(item).__name__} of {len(item)}" if isinstance(item, tuple | list) else type(item).__name__
        raise AuditError(
            f"batch {number} is a {kind}, must be (x, y) or a dict with labels; pass unpack=lambda batch: (x, y)"
        )
    inputs, labels = item
    if isinstance(inputs, Mapping):
        return Batch((), inputs, _labels(labels, number))
    return Batch((inputs,), {}, _labels(labels, number))


def _named(item: Mapping[str, Any], model: nn.Module, number: int) -> Batch:
    key = next((name for name in LABELS if name in item), None)
    labels = None if key is None else _labels(item[key], number)
    rest = {name: value for name, value in item.items() if name != key}
    accepted = inspect.signature(model.forward).parameters
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in accepted.values()):
        return Batch((), rest, labels)
    known = {name: value for name, value in rest.items() if name in accepted}
    if not known and len(rest) == 1:
        return Batch(tuple(rest.values()), {}, labels)
    if not known:
        raise AuditError(
            f"batch {number} has the keys {', '.join(map(str, item))}, must name arguments of the model "
            f"({', '.join(accepted) or 'none'}); pass unpack=lambda batch: (x, y)"
        )
    if key is not None and key in accepted and getattr(getattr(model, "config", None), "is_encoder_decoder", False):
        known[key] = item[key]  # the decoder's inputs are made from them
    return Batch((), known, labels)


def _labels(labels: Any, number: int) -> Tensor:
    if not isinstance(labels, Tensor):
        try:
            labels = torch.as_tensor(np.asarray(labels))
        except (TypeError, ValueError):
            raise AuditError(
                f"labels of batch {number} are {type(labels).__name__}, must be integer class indices; "
                "pass unpack=lambda batch: (x, y)"
            ) from None
    return labels.detach().cpu()


def moved(item: Any, device: torch.device) -> Any:
    """Tensors at any depth of tuples, lists and dicts on `device`; the rest as it is."""
    if isinstance(item, Tensor):
        return item.to(device, non_blocking=True)
    if isinstance(item, Mapping):
        return {name: moved(value, device) for name, value in item.items()}
    if isinstance(item, tuple | list):
        return type(item)(moved(value, device) for value in item) if type(item) in (tuple, list) else item
    return item
