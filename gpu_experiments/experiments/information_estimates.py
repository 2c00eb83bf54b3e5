"""Estimates of mutual information along a grokking run, held against the information and the bounds that are proved.

claim     What the features carry beyond the label falls as their variance within the classes contracts, and stays below
          V/(2 sigma^2) and the log-determinant (bottleneck_bound, bottleneck_logdet_bound). Estimates from samples,
          with which such claims are usually shown, need not: the nearest-neighbour estimate of Kozachenko and Leonenko,
          normalised HSIC and centred alignment are logged beside what they stand for, at three sample sizes each.
setting   Sakamoto & Sato 2025, section 5, the network and training of grokking_mlp. Z = feature + noise of deviation
          0.3 max||feature||, for 50 images of each class. Published estimates: Kozachenko-Leonenko with k = 5 on
          compressed features; normalised HSIC with Gaussian kernels of width 5, a linear kernel of the labels and ridge
          1e-5 per sample. Here the features are compressed to eight principal axes, without an autoencoder.
n         One seed per run; the records hold three seeds at weight decay 0.3, 15,000 steps, 1000 training images of
          MNIST-5k. Normalised HSIC with the published ridge is the same for shuffled labels until the features have
          contracted, its superfluous part the same for the inputs of other samples throughout; in 200 dimensions the
          nearest-neighbour estimate is 50 nats too high.
refuted   for an estimate: if at more than half of the logged times it lies outside of the proved interval around the
          information that it estimates; for a measure of dependence: if unrelated samples give half of it or more at
          any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch

from gpu_experiments import information, measure, train, trial
from gpu_experiments.experiments import grokking_mlp
from numerics.trajectory import Trajectory

Config = grokking_mlp.Config
BOUNDS = (*trial.COMMON, "variance_drop_is_synchronous")


def run(
    config: Config, seed: int, out: Path, *, resume: bool = False, device: str = "auto", progress: bool = True
) -> Trajectory:
    """Train one network into the run folder `out`; a row takes one to two seconds more than in grokking_mlp."""
    return trial.run(
        "information_estimates", config, seed, out, BOUNDS, _job, resume=resume, device=device, progress=progress
    )


def _job(config: Config, seed: int, device: torch.device) -> train.Job:
    job = grokking_mlp.job(config, seed, device)
    against = information.partners(job.inputs, job.labels)

    def observe(network: torch.nn.Module, step: int) -> Mapping[str, float]:
        features, _ = measure.outputs(network, job.inputs)
        return job.measure(network, step) | information.observe(features, job.labels, against)

    return replace(job, measure=observe)
