"""Multilayer perceptron: `hidden` layers of `width` with one activation, a linear head; PyTorch's default start.

An activation may be followed by "_linear" ("relu_linear"): then the last hidden layer has none, and its map and the
head are two consecutive linear layers, as in the theory of balanced layers.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from gpu_experiments.nets import Network

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "linear": nn.Identity,
}
THEN_LINEAR = "_linear"
NAMES = (*ACTIVATIONS, *(f"{name}{THEN_LINEAR}" for name in ACTIVATIONS if name != "linear"))


class MLP(Network):
    """inputs (B, ...) flattened -> features (B, width) -> logits (B, classes)."""

    def __init__(
        self, inputs: int, classes: int, *, width: int, hidden: int, activation: str, bias: bool = True
    ) -> None:
        super().__init__()
        sizes = [inputs] + [width] * hidden
        linears = [nn.Linear(a, b, bias=bias) for a, b in zip(sizes, sizes[1:], strict=False)]
        inner = [ACTIVATIONS[activation.removesuffix(THEN_LINEAR)]() for _ in linears]
        if activation.endswith(THEN_LINEAR):
            inner[-1] = nn.Identity()
        self.body = nn.Sequential(*(part for pair in zip(linears, inner, strict=True) for part in pair))
        self.head = nn.Linear(width, classes, bias=bias)

    @property
    def last_hidden(self) -> nn.Linear:
        return self.body[-2]

    def features(self, inputs: Tensor) -> Tensor:
        return self.body(inputs.flatten(1))
