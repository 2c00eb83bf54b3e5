"""A look at a model that leaves no trace: evaluation mode without gradients, then everything as it was.

Restored: the training flag of every module, and the state of every random generator that a loader or a model may draw
from (torch on the CPU and on the model's accelerator, NumPy, random), so that a training run that is looked at takes
the same steps, bit for bit, as one that is not.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from gpu_experiments.auditing.errors import AuditError

WRAPPERS = ("DataParallel", "DistributedDataParallel")


def unwrapped(model: nn.Module) -> nn.Module:
    """The model inside torch.compile, DataParallel or DistributedDataParallel, whose parameters it shares.

    Raises AuditError for what is no torch module and for parameters that are sharded over processes.
    """
    if not isinstance(model, nn.Module):
        raise AuditError(f"model is a {type(model).__name__}, must be a torch.nn.Module; pass the network itself")
    while True:
        if hasattr(model, "_orig_mod"):
            model = model._orig_mod
        elif type(model).__name__ in WRAPPERS:
            model = model.module
        else:
            break
    if any("FullyShardedDataParallel" in type(module).__name__ for module in model.modules()):
        raise AuditError("model is sharded over processes (FSDP), must be whole; gather it, or audit a checkpoint")
    return model


def device_of(model: nn.Module) -> torch.device:
    """Where the first parameter lives; the CPU for a model without parameters."""
    return next((parameter.device for parameter in model.parameters()), torch.device("cpu"))


@contextmanager
def undisturbed(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients inside; training flags and random generators as before afterwards."""
    flags = [(module, module.training) for module in model.modules()]
    cuda = [device_of(model)] if device_of(model).type == "cuda" else []
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=cuda), torch.no_grad():
        try:
            model.eval()
            yield
        finally:
            if flags[0][1]:
                model.train()  # a model may do more in train() than set flags
            for module, training in flags:
                module.training = training
            random.setstate(python)
            np.random.set_state(numpy)
