"""What the two-phase experiments share: cross-entropy, then squared error, with the optimiser restarted in between.

Protocol of Rupa 2026, section 3.1: MLP with Kaiming start, Adam with weight decay in the gradient (not decoupled),
cosine rate within each phase, logs every five epochs, squared error averaged over samples and outputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from gpu_experiments import config as settings
from gpu_experiments import data, measure, nets, train
from gpu_experiments.nets.mlp import MLP
from gpu_experiments.nets.mlp import NAMES as ACTIVATIONS

LOSSES = ("cross_entropy", "mse")


@dataclass(frozen=True, slots=True)
class Config:
    """Depth counts hidden layers. `first_loss` = `second_loss` is the matched single-loss control."""

    data: str = "mnist_5k"
    train: int = 4000
    test: int = 1000
    split_seed: int = 0
    width: int = 512
    hidden: int = 5
    activation: str = "relu"
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    batch: int = 64
    first_loss: str = "cross_entropy"
    second_loss: str = "mse"
    first_epochs: int = 100
    second_epochs: int = 300
    log_epochs: int = 5
    factor: float = 1.0
    threads: int = 1

    def __post_init__(self) -> None:
        positive = ("train", "test", "width", "hidden", "learning_rate", "batch", "first_epochs", "second_epochs")
        settings.require(self, positive=(*positive, "log_epochs", "factor", "threads"), nonnegative=("weight_decay",))
        settings.require_member(self, "activation", ACTIVATIONS)
        settings.require_member(self, "first_loss", LOSSES)
        settings.require_member(self, "second_loss", LOSSES)
        settings.require_member(self, "data", ("mnist_5k", "fashion_mnist", "digits", "mnist"))


def kaiming(model: nn.Module) -> None:
    """He's normal start for every linear layer, biases zero."""
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)


def network(config: Config, loaded: data.DataSet) -> MLP:
    shape = {"width": config.width, "hidden": config.hidden, "activation": config.activation}
    model = MLP(loaded.features, loaded.classes, **shape)
    kaiming(model)
    return model


def rescale_features(factor: float) -> Callable[[MLP], None]:
    """An intervention: multiply weight and bias of the last hidden layer, and with them the features (ReLU), by
    `factor`."""

    def intervene(model: MLP) -> None:
        with torch.no_grad():
            for parameter in model.last_hidden.parameters():
                parameter.mul_(factor)

    return intervene


def mean_squared_error(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    logits = model(x)
    return functional.mse_loss(logits, functional.one_hot(y, logits.shape[1]).to(logits.dtype))


def mean_cross_entropy(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    return functional.cross_entropy(model(x), y)


def job(config: Config, seed: int, device: torch.device) -> train.Job:
    """The two phases; the intervention, if `factor` is not 1, falls between them."""
    loaded = data.load(config.data, train=config.train, test=config.test, seed=config.split_seed)
    model = nets.seeded(lambda: network(config, loaded), seed).to(device)
    seen, unseen = measure.splits(loaded, device)
    per_epoch = math.ceil(config.train / config.batch)
    first, second = config.first_epochs * per_epoch, config.second_epochs * per_epoch

    def phase(steps: int, loss: str, start: Callable[[MLP], None] | None) -> train.Phase:
        def optimiser(network: nn.Module) -> torch.optim.Optimizer:
            rates = {"lr": config.learning_rate, "weight_decay": config.weight_decay}
            return torch.optim.Adam(network.parameters(), fused=True, **rates)

        def rate(step: int) -> float:
            return config.learning_rate * 0.5 * (1 + math.cos(math.pi * (step // per_epoch) / (steps // per_epoch)))

        function = {"mse": mean_squared_error, "cross_entropy": mean_cross_entropy}[loss]
        return train.Phase(steps, optimiser, function, rate, start)

    def row(network: nn.Module, step: int) -> dict[str, float]:
        loss = config.first_loss if step <= first else config.second_loss
        phase_number = 1.0 if step <= first else 2.0
        return {"epoch": step / per_epoch, "phase": phase_number} | dict(
            measure.observe(network, seen, unseen, loss=loss, decay=config.weight_decay)
        )

    intervention = rescale_features(config.factor) if config.factor != 1 else None
    every = config.log_epochs * per_epoch
    return train.Job(
        model=model,
        inputs=seen.inputs,
        labels=seen.labels,
        batch=config.batch,
        seed=seed,
        phases=(phase(first, config.first_loss, None), phase(second, config.second_loss, intervention)),
        measure=row,
        schedule=sorted({*range(0, first + second + 1, every), first, first + 1, first + second}),
        checkpoint_every=50 * per_epoch,
        threads=config.threads,
    )
