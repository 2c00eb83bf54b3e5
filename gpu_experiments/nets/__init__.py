"""Networks. Each shows its penultimate features and its head in one way:

    features(inputs) -> (B, d)        what the head sees
    head                              torch.nn.Linear, logits = features W^T + b
    last_hidden                       the linear layer just below the features, or None (for balancedness)

and is built from a seed alone: equal seeds give equal parameters, whatever ran before.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from gpu_experiments.config import ConfigError
from theory.errors import near

NAMES = ("mlp", "cnn", "resnet20", "resnet18", "vit")


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


def network(name: str, shape: tuple[int, ...], classes: int, **settings: Any) -> Network:
    """The network called `name` (see NAMES) for inputs of `shape` (features,) or (channels, side, side).

    A flat input is taken as a square grey image where the network needs one. Raises ConfigError for an unknown name or
    an input that is no image.
    """
    if name not in NAMES:
        raise ConfigError(f"network is {name!r}, must be one of {', '.join(NAMES)}{near(name, NAMES)}")
    if name == "mlp":
        from gpu_experiments.nets.mlp import MLP

        return MLP(math.prod(shape), classes, **settings)
    channels, side = _image(name, shape)
    if name == "vit":
        from gpu_experiments.nets.vit import ViT

        return ViT(side, channels, classes, **settings)
    from gpu_experiments.nets import resnet
    from gpu_experiments.nets.cnn import CNN

    build = {"cnn": CNN, "resnet20": resnet.resnet20, "resnet18": resnet.resnet18}[name]
    # channels last: the convolutions' own order, a third faster on the CPU here and faster on accelerators
    return build(side, channels, classes, **settings).to(memory_format=torch.channels_last)


def _image(name: str, shape: tuple[int, ...]) -> tuple[int, int]:
    if len(shape) == 3:
        return shape[0], shape[1]
    side = math.isqrt(shape[0])
    if len(shape) != 1 or side * side != shape[0] or side % 4:
        raise ConfigError(
            f"input of {name} has shape {shape}, must be a square image with side divisible by 4; use mlp"
        )
    return 1, side
