"""Pushing a network towards or away from collapse: does generalisation follow?

claim     Networks trained with cross-entropy plus or minus `strength` times the class-distance normalised variance NCC
          generalise alike, although their collapse differs by an order of magnitude (collapse_not_needed).
setting   Han et al. 2025, section 5: loss CE + strength * NCC per batch of 64, SGD with momentum 0.9, lr 0.01, no
          weight decay. Published with ResNet-18 on CIFAR-10, 250 epochs, strength -1e-3; here a small CNN on MNIST-5k.
n         One seed per run; the records hold strengths -0.05, 0 and 0.1 on the same three seeds, 40 epochs.
refuted   if the 90 % interval of the paired difference of test accuracy to strength 0 leaves (-0.02, 0.02) while the
          training accuracy of both is at least 0.99.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from gpu_experiments import config as settings
from gpu_experiments import data, measure, nets, penalties, train, trial
from numerics.trajectory import Trajectory

BOUNDS = (*trial.COMMON, "collapse_not_needed")


@dataclass(frozen=True, slots=True)
class Config:
    """`strength` > 0 pulls the features together, < 0 pushes them apart."""

    data: str = "mnist_5k"
    train: int = 2000
    test: int = 3000
    split_seed: int = 0
    network: str = "cnn"
    strength: float = -1e-3
    learning_rate: float = 0.01
    momentum: float = 0.9
    weight_decay: float = 0.0
    batch: int = 64
    epochs: int = 60
    log_points: int = 60
    checkpoint_every: int = 1_000
    threads: int = 1

    def __post_init__(self) -> None:
        positive = ("train", "test", "learning_rate", "batch", "epochs", "log_points", "checkpoint_every", "threads")
        settings.require(self, positive=positive, nonnegative=("weight_decay", "momentum"))
        settings.require_member(self, "network", [name for name in nets.NAMES if name != "mlp"])
        settings.require_member(self, "data", ("mnist_5k", "fashion_mnist", "mnist", "cifar10"))


def run(
    config: Config, seed: int, out: Path, *, resume: bool = False, device: str = "auto", progress: bool = True
) -> Trajectory:
    """Train one network into the run folder `out`."""
    return trial.run(
        "collapse_intervention", config, seed, out, BOUNDS, _job, resume=resume, device=device, progress=progress
    )


def _job(config: Config, seed: int, device: torch.device) -> train.Job:
    loaded = data.load(config.data, train=config.train, test=config.test, seed=config.split_seed)
    shape, classes = loaded.train_inputs.shape[1:], loaded.classes
    model = nets.seeded(lambda: nets.network(config.network, shape, classes), seed).to(device)
    seen, unseen = measure.splits(loaded, device)
    steps = config.epochs * math.ceil(config.train / config.batch)

    def loss(network: nets.Network, x: Tensor, y: Tensor) -> Tensor:
        features = network.features(x)
        fit = functional.cross_entropy(network.head(features), y)
        return fit + config.strength * penalties.ncc(features, y, classes) if config.strength else fit

    def optimiser(network: nets.Network) -> torch.optim.Optimizer:
        rates = {"lr": config.learning_rate, "weight_decay": config.weight_decay}
        return torch.optim.SGD(network.parameters(), momentum=config.momentum, **rates)

    return train.Job(
        model=model,
        inputs=seen.inputs,
        labels=seen.labels,
        batch=config.batch,
        seed=seed,
        phases=(train.Phase(steps, optimiser, loss),),
        measure=lambda network, step: measure.observe(network, seen, unseen, loss="cross_entropy"),
        schedule=train.logarithmic_schedule(steps, first=5, points=config.log_points),
        checkpoint_every=config.checkpoint_every,
        threads=config.threads,
    )
