"""Keeping a network off flat regions, then letting go: is it the flatness that delays generalisation?

claim     A network trained with CE - strength * kappa_hat stays sharp and generalises late; once the penalty is
          unplugged it becomes flat and generalises (anti_flatness_delays_generalisation).
setting   Han et al. 2025, section 5: features divided by their norm, ||W||_F capped, temperature 2 inside kappa_hat;
          at the unplug epoch the rate is raised, a cosine schedule and weight decay start, the normalisation ends.
          Published with ResNet-18 on CIFAR-10, strength 1e-2, cap 50, rate times ten, 200 of 400 epochs. Here a small
          CNN without batch norm on MNIST-5k: strength 0.1, which like the published one brings kappa_hat to its
          ceiling cap^2 (1 - 1/K) = 2250, and rate times three, because times ten destroys this network for good. And
          ResNet-20 on the same 2000 digits with the published strength, cap and rate times ten, 40 of 80 epochs.
controls  that the paper lacks: strength = 0 (the same reset of rate, decay and normalisation, no penalty), and
          strength = 0, entropy = 2, hold_norm (a maximum-entropy penalty at the same kappa_hat before the unplug).
n         One seed per run; the records hold the three arms on the same three seeds, of ResNet-20 on the same two.
refuted   if the control without penalty jumps as much at the unplug epoch, or if the entropy penalty of equal kappa_hat
          delays as much: then the reset, or low confidence, explains the delay and sharpness is not needed for it.
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
from gpu_experiments.nets.normalised import Normalised
from numerics.trajectory import Trajectory

BOUNDS = (*trial.COMMON, "surrogate_ceiling", "anti_flatness_delays_generalisation")


@dataclass(frozen=True, slots=True)
class Config:
    """`strength` weighs the published penalty, `entropy` the control; `cap` bounds ||W||_F in the first phase, and with
    `hold_norm` the norm is kept at the cap, which gives the entropy control the kappa_hat of the penalty."""

    data: str = "mnist_5k"
    train: int = 2000
    test: int = 3000
    split_seed: int = 0
    network: str = "cnn"
    strength: float = 0.1
    entropy: float = 0.0
    cap: float = 50.0
    hold_norm: bool = False
    temperature: float = 2.0
    batch: int = 64
    first_epochs: int = 30
    second_epochs: int = 30
    first_rate: float = 0.01
    second_rate: float = 0.03
    momentum: float = 0.9
    second_decay: float = 2e-4
    log_epochs: int = 1
    checkpoint_every: int = 1_000
    threads: int = 1

    def __post_init__(self) -> None:
        positive = ("train", "test", "cap", "temperature", "batch", "first_epochs", "second_epochs", "first_rate")
        positive = (*positive, "second_rate", "log_epochs", "checkpoint_every", "threads")
        settings.require(self, positive=positive, nonnegative=("strength", "entropy", "momentum", "second_decay"))
        settings.require_member(self, "network", [name for name in nets.NAMES if name != "mlp"])
        settings.require_member(self, "data", ("mnist_5k", "fashion_mnist", "mnist", "cifar10"))


def run(
    config: Config, seed: int, out: Path, *, resume: bool = False, device: str = "auto", progress: bool = True
) -> Trajectory:
    """Train one network through both phases into the run folder `out`."""
    return trial.run("anti_flatness", config, seed, out, BOUNDS, _job, resume=resume, device=device, progress=progress)


def _job(config: Config, seed: int, device: torch.device) -> train.Job:
    loaded = data.load(config.data, train=config.train, test=config.test, seed=config.split_seed)
    shape, classes = loaded.train_inputs.shape[1:], loaded.classes
    model = nets.seeded(lambda: Normalised(nets.network(config.network, shape, classes), active=True), seed).to(device)
    seen, unseen = measure.splits(loaded, device)
    per_epoch = math.ceil(config.train / config.batch)
    first, second = config.first_epochs * per_epoch, config.second_epochs * per_epoch

    def row(network: Normalised, step: int) -> dict[str, float]:
        decay = 0.0 if step <= first else config.second_decay
        found = dict(measure.observe(network, seen, unseen, loss="cross_entropy", decay=decay))
        return {"epoch": step / per_epoch, "phase": 1.0 if step <= first else 2.0} | found

    return train.Job(
        model=model,
        inputs=seen.inputs,
        labels=seen.labels,
        batch=config.batch,
        seed=seed,
        phases=(_sharp(config, first), _free(config, second)),
        measure=row,
        schedule=sorted(
            {*range(0, first + second + 1, config.log_epochs * per_epoch), first, first + 1, first + second}
        ),
        checkpoint_every=config.checkpoint_every,
        threads=config.threads,
    )


def _sharp(config: Config, steps: int) -> train.Phase:
    """Normalised features, capped head, and the penalty that rewards sharpness (or entropy)."""

    def loss(network: Normalised, x: Tensor, y: Tensor) -> Tensor:
        features = network.features(x)
        logits = network.head(features)
        total = functional.cross_entropy(logits, y)
        if config.strength:
            penalty = penalties.surrogate(features, logits, network.head.weight, config.temperature)
            total = total - config.strength * penalty
        return total - config.entropy * penalties.entropy(logits, config.temperature) if config.entropy else total

    def project(network: Normalised) -> None:
        with torch.no_grad():
            weight = network.head.weight
            weight.mul_(torch.clamp(config.cap / weight.norm(), max=None if config.hold_norm else 1.0, min=0.0))

    def optimiser(network: Normalised) -> torch.optim.Optimizer:
        return torch.optim.SGD(network.parameters(), lr=config.first_rate, momentum=config.momentum)

    return train.Phase(steps, optimiser, loss, after_step=project)


def _free(config: Config, steps: int) -> train.Phase:
    """Plain cross-entropy: the normalisation off, a higher rate with cosine decay, weight decay on."""

    def optimiser(network: Normalised) -> torch.optim.Optimizer:
        rates = {"lr": config.second_rate, "weight_decay": config.second_decay}
        return torch.optim.SGD(network.parameters(), momentum=config.momentum, **rates)

    def rate(step: int) -> float:
        return config.second_rate * 0.5 * (1 + math.cos(math.pi * step / steps))

    def loss(network: Normalised, x: Tensor, y: Tensor) -> Tensor:
        return functional.cross_entropy(network(x), y)

    return train.Phase(steps, optimiser, loss, rate, on_start=Normalised.switch_off)
