"""Grokking in modular addition: which comes first, collapse, flatness or generalisation?

claim     A transformer that learns x + y mod p fits its training pairs first and generalises much later; its features
          at the answer token collapse and its last layer becomes flat before or with the rise of the test accuracy. The
          published flatness multiplies the logits of two tokens; here the exact relative flatness at the answer token
          is logged (`relative_flatness`), and the published formula beside it (`published_flatness`).
setting   Han et al. 2025, section 4: decoder-only transformer, 2 layers, width 128, 4 heads, AdamW, weight decay 1,
          half of all pairs for training. Published with p = 97, lr 1e-4 and 10^6 steps; here lr 1e-3, fewer steps.
n         One seed per run; the records hold one layer of width 64 on three seeds each: p = 59 with 60 % and 40 % of the
          pairs, p = 97 with half of them. With 40 % the training pairs are fitted at step 1800 and the test
          accuracy is half way up at 4600: a real delay. With more pairs it is half way up before they are fitted, and
          what is judged is the order of collapse, flatness and generalisation alone. Not reached on two cores: 10^6
          steps at lr 1e-4.
refuted   if the test accuracy passes one half before nc1_trace_ratio and relative_flatness have fallen to half of what
          they were when the training set was first fitted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from gpu_experiments import config as settings
from gpu_experiments import data, measure, nets, train, trial
from gpu_experiments.nets.transformer import ANSWER, Transformer
from numerics.trajectory import Trajectory

BOUNDS = (*trial.COMMON, "anti_flatness_delays_generalisation")


@dataclass(frozen=True, slots=True)
class Config:
    prime: int = 97
    fraction: float = 0.5
    split_seed: int = 0
    width: int = 128
    depth: int = 2
    heads: int = 4
    learning_rate: float = 1e-3
    weight_decay: float = 1.0
    warmup: int = 10
    batch: int = 512
    steps: int = 10_000
    log_points: int = 150
    checkpoint_every: int = 1_000
    threads: int = 1

    def __post_init__(self) -> None:
        positive = ("prime", "width", "depth", "heads", "learning_rate", "batch", "steps", "log_points", "threads")
        settings.require(self, positive=(*positive, "checkpoint_every"), nonnegative=("weight_decay", "warmup"))
        if self.width % self.heads:
            raise settings.ConfigError(f"width is {self.width}, must be a multiple of heads = {self.heads}")


def run(
    config: Config, seed: int, out: Path, *, resume: bool = False, device: str = "auto", progress: bool = True
) -> Trajectory:
    """Train one transformer into the run folder `out`."""
    return trial.run(
        "grokking_modular", config, seed, out, BOUNDS, _job, resume=resume, device=device, progress=progress
    )


def _job(config: Config, seed: int, device: torch.device) -> train.Job:
    loaded = data.load("modular", prime=config.prime, fraction=config.fraction, seed=config.split_seed)
    end = config.prime + 2  # tokens: 0..p-1, +, =, end of equation
    shape = {"width": config.width, "depth": config.depth, "heads": config.heads}
    model = nets.seeded(lambda: Transformer(end + 1, 5, **shape), seed).to(device)
    seen, unseen = (_with_answer(part) for part in measure.splits(loaded, device))

    def loss(network: Transformer, x: Tensor, y: Tensor) -> Tensor:
        logits = network.head(network.states(x)[:, ANSWER:])
        targets = torch.stack([y, torch.full_like(y, end)], 1)
        return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())

    def optimiser(network: Transformer) -> torch.optim.Optimizer:
        rates = {"lr": config.learning_rate, "weight_decay": config.weight_decay, "betas": (0.9, 0.98)}
        return torch.optim.AdamW(network.parameters(), fused=True, **rates)

    def rate(step: int) -> float:
        return config.learning_rate * min(1.0, (step + 1) / (config.warmup + 1))

    def row(network: Transformer, step: int) -> dict[str, float]:
        found = dict(measure.observe(network, seen, unseen, loss="cross_entropy"))
        return found | {"published_flatness": published_flatness(network, seen.inputs)}

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


def _with_answer(part: measure.Split) -> measure.Split:
    return measure.Split(torch.cat([part.inputs, part.labels[:, None]], 1), part.labels)


def published_flatness(network: Transformer, inputs: Tensor) -> float:
    """The surrogate ||W||_F^2 E[(1 - ||p||^2) ||phi||^2] as the released code of Han et al. 2025 forms it: p is the
    softmax of the **product** of the logits at the two answer tokens, phi the two states side by side. inputs (N,
    5)."""
    total, exact = 0.0, measure.exact
    with torch.no_grad():
        for piece in inputs.split(measure.CHUNK):
            states = network.states(piece)[:, ANSWER:]
            logits = exact(network.head(states))
            p = torch.softmax(logits[:, 0] * logits[:, 1], 1)
            total += float(((1 - p.square().sum(1)) * exact(states).square().sum((1, 2))).sum())
        return total / len(inputs) * float(exact(network.head.weight).square().sum())
