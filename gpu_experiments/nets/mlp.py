"""Multilayer perceptron: `hidden` layers of `width` with one activation, a linear head; PyTorch's default start."""

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


class MLP(Network):
    """inputs (B, ...) flattened -> features (B, width) -> logits (B, classes)."""

    def __init__(
        self, inputs: int, classes: int, *, width: int, hidden: int, activation: str, bias: bool = True
    ) -> None:
        super().__init__()
        sizes = [inputs] + [width] * hidden
        linears = [nn.Linear(a, b, bias=bias) for a, b in zip(sizes, sizes[1:], strict=False)]
        self.body = nn.Sequential(*(part for linear in linears for part in (linear, ACTIVATIONS[activation]())))
        self.head = nn.Linear(width, classes, bias=bias)

    @property
    def last_hidden(self) -> nn.Linear:
        return self.body[-2]

    def features(self, inputs: Tensor) -> Tensor:
        return self.body(inputs.flatten(1))
