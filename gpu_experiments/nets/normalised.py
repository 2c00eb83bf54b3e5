"""A network whose features are divided by their norm while a switch is on: phi / ||phi||, then phi."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gpu_experiments.nets import Network


class Normalised(Network):
    """Wraps another network. The switch is a buffer, so that a checkpoint keeps it."""

    def __init__(self, inner: Network, *, active: bool):
        super().__init__()
        self.inner = inner
        self.register_buffer("active", torch.tensor(active))

    @property
    def head(self) -> nn.Linear:
        return self.inner.head

    @property
    def last_hidden(self) -> nn.Linear | None:
        return self.inner.last_hidden

    def switch_off(self) -> None:
        self.active.fill_(False)

    def features(self, inputs: Tensor) -> Tensor:
        features = self.inner.features(inputs)
        norm = features.norm(dim=1, keepdim=True).clamp(min=1e-12)
        return features / torch.where(self.active, norm, torch.ones_like(norm))
