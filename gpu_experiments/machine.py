"""The machine that a run uses: its device, its threads, and how it treats very small numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
