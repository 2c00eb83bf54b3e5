"""Networks. Each shows its penultimate features and its head in one way:

    features(inputs) -> (B, d)        what the head sees
    head                              torch.nn.Linear, logits = features W^T + b
    last_hidden                       the linear layer just below the features, or None (for balancedness)

and is built from a seed alone: equal seeds give equal parameters, whatever ran before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn


class Network(nn.Module):
    """features then head; a subclass sets `head`, defines `features`, and `last_hidden` where there is such a layer.

    `last_hidden` is a property, so that the layer is not registered (and saved) twice.
    """

    head: nn.Linear

    @property
    def last_hidden(self) -> nn.Linear | None:
        return None

    def features(self, inputs: Tensor) -> Tensor:
        raise NotImplementedError

    def forward(self, inputs: Tensor) -> Tensor:
        return self.head(self.features(inputs))


Built = TypeVar("Built", bound=nn.Module)


def seeded(build: Callable[[], Built], seed: int) -> Built:
    """`build()` under `seed`, leaving torch's generator as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def scale_parameters(model: nn.Module, factor: float) -> None:
    """Multiply every parameter, biases too, by `factor`."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(factor)
