"""Gradient descent on a chain, in torch: momentum or Adam, weight decay in the gradient or decoupled from it.

    momentum:  v <- momentum v + g,   block <- block (1 - step decay) - step v     (decoupled: g is the loss gradient)
    adam:      m <- momentum m + (1 - momentum) g,   s <- .999 s + .001 g^2,
               block <- block (1 - step decay) - step mhat/(sqrt(shat) + 1e-8)     (momentum 0 stands for 0.9)

With coupled decay, g also holds decay * block and the block is not shrunk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from numerics.chain import Chain, gradient

LARGEST_STATE = 1e12


def descend(
    chain: Chain,
    start: Sequence[np.ndarray],
    log_steps: np.ndarray,
    *,
    step: float,
    momentum: float = 0.0,
    adam: bool = False,
    decoupled: bool = False,
) -> Iterator[tuple[int, list[Any]]]:
    """Yield (number of steps done, blocks as torch tensors) at each of `log_steps`, increasing.

    The yielded tensors are the live ones: read them before asking for the next. Ends early, before yielding, when a
    block is not finite or larger than 1e12; the caller sees fewer steps than it asked for.
    """
    import torch

    chain = chain.with_torch()
    blocks = [torch.tensor(block, dtype=torch.float64) for block in start]
    rule = _adam if adam else _momentum
    update = rule(chain, blocks, step, momentum, decoupled)
    done = 0
    with torch.no_grad():
        for target in map(int, log_steps):
            for _ in range(done, target):
                update()
            done = target
            if not all(bool((block.abs() <= LARGEST_STATE).all()) for block in blocks):
                return
            yield done, blocks


def _momentum(chain: Chain, blocks: list[Any], step: float, momentum: float, decoupled: bool) -> Any:
    import torch

    speeds = [torch.zeros_like(block) for block in blocks]

    def update() -> None:
        for block, part, speed, rate in zip(blocks, gradient(chain, blocks, torch), speeds, chain.decays, strict=True):
            _decay(block, part, rate, step, decoupled)
            if momentum:
                part = speed.mul_(momentum).add_(part)
            block.add_(part, alpha=-step)

    return update


def _adam(chain: Chain, blocks: list[Any], step: float, momentum: float, decoupled: bool) -> Any:
    import torch

    first = [torch.zeros_like(block) for block in blocks]
    second = [torch.zeros_like(block) for block in blocks]
    beta, gamma = momentum or 0.9, 0.999
    count = 0

    def update() -> None:
        nonlocal count
        count += 1
        for place, part in enumerate(gradient(chain, blocks, torch)):
            _decay(blocks[place], part, chain.decays[place], step, decoupled)
            first[place].mul_(beta).add_(part, alpha=1 - beta)
            second[place].mul_(gamma).addcmul_(part, part, value=1 - gamma)
            size = (second[place] / (1 - gamma**count)).sqrt_().add_(1e-8)
            blocks[place].addcdiv_(first[place], size, value=-step / (1 - beta**count))

    return update


def _decay(block: Any, part: Any, rate: Any, step: float, decoupled: bool) -> None:
    """Shrink the block (decoupled) or add the decay to its gradient, in place."""
    if decoupled:
        block.mul_(1 - step * rate)
    elif isinstance(rate, float):
        part.add_(block, alpha=rate)
    else:
        part.add_(block * rate)
