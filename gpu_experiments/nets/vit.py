"""Small vision transformer: patches, learned positions, attention blocks, mean over patches, norm, linear head."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gpu_experiments.nets import Network
from gpu_experiments.nets.attention import AttentionBlock


class ViT(Network):
    """images (B, channels side^2) or (B, channels, side, side) -> features (B, width) -> logits (B, classes).

    `patch` must divide `side` and `heads` must divide `width`.
    """

    def __init__(
        self, side: int, channels: int, classes: int, *, patch: int = 4, width: int = 64, depth: int = 4, heads: int = 4
    ):
        super().__init__()
        self.shape = (channels, side, side)
        self.patches = nn.Conv2d(channels, width, patch, patch)
        self.positions = nn.Parameter(0.02 * torch.randn((side // patch) ** 2, width))
        self.blocks = nn.Sequential(*(AttentionBlock(width, heads, causal=False) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)

    def features(self, inputs: Tensor) -> Tensor:
        tokens = self.patches(inputs.reshape(-1, *self.shape)).flatten(2).transpose(1, 2) + self.positions
        return self.norm(self.blocks(tokens).mean(1))
