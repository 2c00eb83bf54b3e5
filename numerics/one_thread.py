"""One thread for small chains: to wake threads for little work, and to let them wait busily, costs more than it saves.

On two cores that others share, a full model of 400 samples in 64 dimensions descends 4 to 10 times faster so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from numerics.chain import Chain
from numerics.metrics.blocks import SMALL_PRODUCT, calm_blas


@contextmanager
def calm(chain: Chain, blocks: Sequence[np.ndarray], with_torch: bool) -> Iterator[None]:
    """BLAS, and on request torch, on one thread inside, where no product of the chain has over 2^23 multiplications."""
    work = largest_product(chain, blocks)
    with calm_blas(work):
        if not with_torch or work > SMALL_PRODUCT:
            yield
            return
        import torch

        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


def largest_product(chain: Chain, blocks: Sequence[np.ndarray]) -> int:
    """Multiplications in the largest product of one member's pass through the chain."""
    return max(block.shape[-2] * block.shape[-1] for block in blocks[: chain.layers]) * np.shape(chain.targets)[-1]
