"""The machine that a run uses: its device, its threads, its precision, and how it treats very small numbers.

Forward passes of training may run in bfloat16 (autocast), and the loss may be compiled (torch.compile); metrics are
always taken in float32 or better, outside both. Both are off unless asked for: they change the last digits of a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from theory.errors import UsersMistake


class DeviceError(UsersMistake):
    """A device that this machine does not have."""


def choose_device(name: str) -> torch.device:
    """The device called `name`: cpu, cuda, mps, or auto (the accelerator at hand, else the CPU). Raises DeviceError."""
    here = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if here[kind]))
    if not here.get(name, False):
        usable = ", ".join(kind for kind, present in here.items() if present)
        raise DeviceError(f"device is {name!r}, must be one of {usable} on this machine; leave --device out for auto")
    return torch.device(name)


PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True, slots=True)
class Speed:
    """How training steps are computed: `precision` of the forward pass, and whether the loss is compiled."""

    precision: str = "float32"
    compiled: bool = False

    def about(self) -> Mapping[str, Any]:
        """What a record says of it; nothing where it is the default."""
        told = {"precision": self.precision, "compiled": self.compiled}
        return {name: value for name, value in told.items() if value != getattr(Speed(), name)}

    def loss(self, function: Callable, model: torch.nn.Module, device: torch.device) -> Callable:
        """`function(model, inputs, labels)` as a function of (inputs, labels), computed as asked for."""

        def plain(inputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
            return function(model, inputs, labels)

        chosen = torch.compile(plain) if self.compiled else plain
        if self.precision == "float32":
            return chosen

        def autocast(inputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
            with torch.autocast(device.type, dtype=torch.bfloat16):
                return chosen(inputs, labels)

        return autocast


CHOSEN: ContextVar[Speed] = ContextVar("speed", default=Speed())  # noqa: B039 (a frozen dataclass)


@contextmanager
def speed(precision: str = "float32", compiled: bool = False) -> Iterator[None]:
    """Train like that inside the block. Raises DeviceError for an unknown precision."""
    if precision not in PRECISIONS:
        raise DeviceError(
            f"precision is {precision!r}, must be one of {', '.join(PRECISIONS)}; leave it out for float32"
        )
    token = CHOSEN.set(Speed(precision, compiled))
    try:
        yield
    finally:
        CHOSEN.reset(token)


@contextmanager
def arithmetic(threads: int) -> Iterator[None]:
    """Run with `threads` CPU threads and numbers below 1e-38 flushed to zero, then restore both.

    Adam's first moments of inputs that are almost always zero decay into subnormal numbers, which the processor handles
    in microcode: measured on MNIST, the optimiser step took 0.25 ms longer because of them.
    """
    before, flushed = torch.get_num_threads(), float(np.float64(1e-308) * np.float64(0.1)) == 0.0
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    try:
        with threadpool_limits(threads):  # NumPy's own pool too: its threads spin while others want the core
            yield
    finally:
        torch.set_num_threads(before)
        torch.set_flush_denormal(flushed)
