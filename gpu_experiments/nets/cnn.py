"""Small convolutional network: two blocks of convolution, ReLU and pooling, one hidden linear layer, a linear head."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gpu_experiments.nets import Network


class CNN(Network):
    """images (B, side^2) or (B, channels, side, side) -> features (B, width) -> logits (B, classes); side % 4 == 0."""

    def __init__(self, side: int, channels: int, classes: int, *, width: int = 64, maps: int = 8):
        super().__init__()
        self.shape = (channels, side, side)
        self.body = nn.Sequential(
            nn.Conv2d(channels, maps, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(maps, 2 * maps, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(2 * maps * (side // 4) ** 2, width), nn.ReLU(),
        )  # fmt: skip
        self.head = nn.Linear(width, classes)

    @property
    def last_hidden(self) -> nn.Linear:
        return self.body[-2]

    def features(self, inputs: Tensor) -> Tensor:
        return self.body(inputs.reshape(-1, *self.shape).contiguous(memory_format=torch.channels_last))
