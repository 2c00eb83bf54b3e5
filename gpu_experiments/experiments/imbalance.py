"""Imbalanced classes: does the last layer of a real network approach SELI geometry rather than the simplex frame?

claim     With class sizes n_c, head and class means approach the SELI Gram matrices of these sizes
          (imbalanced_geometry), which differ from the simplex frame, and end nearer to SELI than to the simplex.
setting   Thrampoulidis et al. 2022: cross-entropy, small weight decay, long training. Long-tailed
          MNIST-5k or Fashion-MNIST (ratio n_max / n_min), or Shuttle, whose natural ratio is above 4000.
n         One seed per run; the records hold, on three seeds each: Shuttle as it is, two hidden layers, 20,000 steps,
          whose features collapse (nc1_trace_ratio 0.004); long-tailed MNIST-5k of ratio 10, three hidden layers, 8000
          steps, and five, 50,000 steps, whose features do not. Ten settings were tried on the tail by how far they
          collapse alone (depth 2 to 7, width 128 and 512, decay 5e-4 to 1e-2, 30,000 to 100,000 steps):
          nc1_trace_ratio stays at 0.12 to 0.36, or the network dies. There neither frame is near (distances 0.63 to
          0.87), and out of scope.
refuted   if at the end, on most seeds, the head is nearer to the simplex frame than to SELI.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from gpu_experiments import config as settings
from gpu_experiments import data, measure, nets, seli, train, trial
from gpu_experiments.nets.mlp import MLP
from numerics.trajectory import Trajectory

BOUNDS = (*trial.COMMON, "imbalanced_geometry")


@dataclass(frozen=True, slots=True)
class Config:
    """`ratio` is n_max / n_min of the long tail (1 keeps the data as they are)."""

    data: str = "mnist_5k"
    train: int = 4000
    test: int = 1000
    split_seed: int = 0
    ratio: float = 10.0
    width: int = 128
    hidden: int = 2
    learning_rate: float = 0.05
    momentum: float = 0.9
    weight_decay: float = 5e-4
    batch: int = 64
    steps: int = 15_000
    log_points: int = 100
    checkpoint_every: int = 5_000
    threads: int = 1

    def __post_init__(self) -> None:
        positive = ("train", "test", "ratio", "width", "hidden", "learning_rate", "batch", "steps", "log_points")
        settings.require(
            self, positive=(*positive, "checkpoint_every", "threads"), nonnegative=("weight_decay", "momentum")
        )
        settings.require_member(self, "data", ("mnist_5k", "fashion_mnist", "digits", "mnist", "shuttle", "letter"))


def run(
    config: Config, seed: int, out: Path, *, resume: bool = False, device: str = "auto", progress: bool = True
) -> Trajectory:
    """Train one network into the run folder `out`."""
    return trial.run("imbalance", config, seed, out, BOUNDS, _job, resume=resume, device=device, progress=progress)


def _job(config: Config, seed: int, device: torch.device) -> train.Job:
    loaded = data.load(config.data, train=config.train, test=config.test, seed=config.split_seed)
    if config.ratio > 1:
        loaded = data.long_tailed(loaded, config.ratio)
    shape = {"width": config.width, "hidden": config.hidden, "activation": "relu"}
    model = nets.seeded(lambda: MLP(loaded.features, loaded.classes, **shape), seed).to(device)
    seen, unseen = measure.splits(loaded, device)

    def loss(network: MLP, x: Tensor, y: Tensor) -> Tensor:
        return functional.cross_entropy(network(x), y)

    def optimiser(network: MLP) -> torch.optim.Optimizer:
        rates = {"lr": config.learning_rate, "weight_decay": config.weight_decay}
        return torch.optim.SGD(network.parameters(), momentum=config.momentum, **rates)

    def rate(step: int) -> float:
        return config.learning_rate * (1.0 if step < 0.7 * config.steps else 0.1)

    def row(network: MLP, step: int) -> dict[str, float]:
        features, _ = measure.outputs(network, seen.inputs)
        found = dict(measure.observe(network, seen, unseen, loss="cross_entropy"))
        return found | seli.observe(features, seen.labels, network.head.weight)

    return train.Job(
        model=model,
        inputs=seen.inputs,
        labels=seen.labels,
        batch=config.batch,
        seed=seed,
        phases=(train.Phase(config.steps, optimiser, loss, rate),),
        measure=row,
        schedule=train.logarithmic_schedule(config.steps, points=config.log_points),
        checkpoint_every=config.checkpoint_every,
        threads=config.threads,
    )
