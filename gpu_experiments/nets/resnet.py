"""Residual networks in their CIFAR form (He et al. 2016): a 3 x 3 stem, stages of basic blocks, global average pooling.

resnet20: 3 stages x 3 blocks, widths 16, 32, 64        resnet18: 4 stages x 2 blocks, widths 64, 128, 256, 512
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from gpu_experiments.nets import Network


class Block(nn.Module):
    """relu(shortcut(x) + bn(conv(relu(bn(conv(x))))))"""

    def __init__(self, before: int, after: int, stride: int):
        super().__init__()
        self.first = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.second = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList([nn.BatchNorm2d(after), nn.BatchNorm2d(after)])
        self.shortcut = nn.Sequential()
        if stride != 1 or before != after:
            self.shortcut = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.relu(self.norms[0](self.first(x)))
        return functional.relu(self.shortcut(x) + self.norms[1](self.second(inner)))


class ResNet(Network):
    """images (B, channels side^2) or (B, channels, side, side) -> features (B, widths[-1]) -> logits (B, classes)."""

    def __init__(self, side: int, channels: int, classes: int, *, widths: Sequence[int], blocks: int):
        super().__init__()
        self.shape = (channels, side, side)
        layers: list[nn.Module] = [
            nn.Conv2d(channels, widths[0], 3, 1, 1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
        ]
        before = widths[0]
        for stage, width in enumerate(widths):
            for number in range(blocks):
                layers.append(Block(before, width, 2 if stage and not number else 1))
                before = width
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(before, classes)

    def features(self, inputs: Tensor) -> Tensor:
        return self.body(inputs.reshape(-1, *self.shape).contiguous(memory_format=torch.channels_last))


def resnet20(side: int, channels: int, classes: int) -> ResNet:
    return ResNet(side, channels, classes, widths=(16, 32, 64), blocks=3)


def resnet18(side: int, channels: int, classes: int) -> ResNet:
    return ResNet(side, channels, classes, widths=(64, 128, 256, 512), blocks=2)
