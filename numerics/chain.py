"""A chain of matrices with a loss at its end: every full model of the simulators is one of these.

    logits = W_m act(W_{m-1} ... act(W_1 H)) + bias
    objective = loss(logits) + sum over blocks of (decay/2) ||block||_F^2

H is free (unconstrained features) or given (data). The loss is the mean cross-entropy, or the squared error
(weight/2) ||logits - Y||_F^2. Blocks are ordered (W_m, ..., W_1[, H][, bias]) and may carry leading axes: one entry for
each member of an ensemble. The gradient is written out once, for NumPy arrays and torch tensors alike; `xp` is the
module, numpy or torch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Blocks = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """`targets` is the one-hot matrix Y (K, N); `decays` has one number, or array of shape (members, 1, 1), per block.

    `weight` belongs to the squared loss. `inputs` is None when the last matrix block is the features.
    """

    targets: Any
    layers: int
    decays: tuple[Any, ...]
    loss: str = "cross_entropy"
    weight: float = 1.0
    relu: bool = False
    free_bias: bool = False
    inputs: Any = None

    @property
    def labels(self) -> np.ndarray:
        return np.asarray(self.targets).argmax(axis=0)

    def with_torch(self) -> Chain:
        """The same chain with its constants as torch tensors."""
        import torch

        def tensor(value: Any) -> Any:
            return torch.as_tensor(value) if isinstance(value, np.ndarray) else value

        return replace(
            self, targets=tensor(self.targets), decays=tuple(map(tensor, self.decays)), inputs=tensor(self.inputs)
        )


def one_hot(counts: list[int] | tuple[int, ...]) -> np.ndarray:
    """Y (K, N) with samples sorted by class, `counts[k]` of class k."""
    return np.repeat(np.eye(len(counts)), counts, axis=1)


def activations(chain: Chain, blocks: Blocks) -> list[Any]:
    """Inputs of W_1, ..., W_m (the last are the penultimate features), then the logits."""
    layers = chain.layers
    signals = [chain.inputs if chain.inputs is not None else blocks[layers]]
    for place in range(layers - 1, 0, -1):
        product = blocks[place] @ signals[-1]
        signals.append(product * (product > 0) if chain.relu else product)
    logits = blocks[0] @ signals[-1]
    return [*signals, logits + blocks[-1] if chain.free_bias else logits]


def loss_value(chain: Chain, logits: Any, xp: Any = np) -> Any:
    """The loss without weight decay, one number for each leading index."""
    if chain.loss == "squared":
        return chain.weight / 2 * ((logits - chain.targets) ** 2).sum((-2, -1))
    top = xp.amax(logits, -2)
    total = top + xp.log(xp.exp(logits - top[..., None, :]).sum(-2))
    return (total - (logits * chain.targets).sum(-2)).mean(-1)


def slope_of_loss(chain: Chain, logits: Any, xp: Any = np) -> Any:
    """d loss / d logits."""
    if chain.loss == "squared":
        return chain.weight * (logits - chain.targets)
    samples = logits.shape[-1]
    if xp is np:
        odds = np.exp(logits - np.max(logits, axis=-2, keepdims=True))
        return (odds / odds.sum(-2)[..., None, :] - chain.targets) / samples
    return (xp.softmax(logits, -2) - chain.targets) / samples


def gradient(chain: Chain, blocks: Blocks, xp: Any = np) -> list[Any]:
    """Gradient of the loss in each block, without weight decay."""
    *signals, logits = activations(chain, blocks)
    back = slope_of_loss(chain, logits, xp)
    slopes = []
    bias_slope = [back.sum(-1)[..., None]] if chain.free_bias else []
    for place in range(chain.layers):
        signal = signals[chain.layers - 1 - place]
        slopes.append(back @ signal.swapaxes(-1, -2))
        if place < chain.layers - 1 or chain.inputs is None:
            back = blocks[place].swapaxes(-1, -2) @ back
            if chain.relu and place < chain.layers - 1:
                back = back * (signal > 0)
    if chain.inputs is None:
        slopes.append(back)
    return slopes + bias_slope


def objective(chain: Chain, blocks: Blocks, xp: Any = np) -> Any:
    """Loss plus weight decay, one number for each leading index."""
    total = loss_value(chain, activations(chain, blocks)[-1], xp)
    for block, rate in zip(blocks, chain.decays, strict=True):
        total = total + ((block * rate) * block).sum((-2, -1)) / 2
    return total


def slope(chain: Chain, blocks: Blocks, xp: Any = np) -> list[Any]:
    """Gradient of the objective in each block."""
    parts = zip(gradient(chain, blocks, xp), blocks, chain.decays, strict=True)
    return [part + rate * block for part, block, rate in parts]
