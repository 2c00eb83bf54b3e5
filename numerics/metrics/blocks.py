"""Blocks of rows: small enough for a core's cache, worked on side by side, their results taken in order.

NumPy blocks run on as many threads as BLAS would use, each with BLAS on one: elementwise work is shared out like the
products, no block waits for another, and the sums come in one order whatever the number of threads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any, TypeVar

import numpy as np

from numerics.metrics.arrays import Array, full_precision, is_torch

BLOCK_ENTRIES = 2**19
DEVICE_BLOCK_ENTRIES = 2**26
SMALL_PRODUCT = 2**23

Part = TypeVar("Part")


def row_blocks(features: Array, entries: int | None = None) -> Iterator[slice]:
    """Slices of rows of `entries` entries: 2 MB of float32 on a CPU, 256 MB on an accelerator."""
    samples, dimension = features.shape
    on_device = is_torch(features) and features.device.type != "cpu"
    entries = entries or (DEVICE_BLOCK_ENTRIES if on_device else BLOCK_ENTRIES)
    rows = max(entries // dimension, 64)
    for start in range(0, samples, rows):
        yield slice(start, min(start + rows, samples))


def over_blocks(work: Callable[[slice], Part], features: Array, take: Callable[[Part], Any]) -> None:
    """take(work(rows)) for every block of rows of `features`, in order; `work` must not change what it shares.

    At most two results per thread wait to be taken, so memory does not grow with the number of blocks.
    """
    blocks = list(row_blocks(features))
    if len(blocks) < 2 or not isinstance(features, np.ndarray):
        with full_precision(features):
            for rows in blocks:
                take(work(rows))
        return
    threads = min(blas_threads(), len(blocks))
    with _blas().limit(limits=1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        waiting: deque = deque()
        for rows in blocks:
            waiting.append(pool.submit(work, rows))
            if len(waiting) > 2 * threads:
                take(waiting.popleft().result())
        while waiting:
            take(waiting.popleft().result())


def calm_blas(multiplications: int) -> AbstractContextManager:
    """A context with BLAS on one thread, for work whose largest product has at most 2^23 multiplications: to wake
    threads for less and to let them wait busily costs more time than they save, and much more of the processor's."""
    if multiplications > SMALL_PRODUCT or blas_threads() == 1:
        return nullcontext()
    return _blas().limit(limits=1, user_api="blas")


@cache
def _blas() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def blas_threads() -> int:
    """How many threads BLAS may use now: the cores, OPENBLAS_NUM_THREADS, or what a caller has limited it to."""
    counts = [library.num_threads for library in _blas().lib_controllers if library.user_api == "blas"]
    return max(counts, default=1)
