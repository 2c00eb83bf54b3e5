"""The feature-norm threshold: cross-entropy first, squared error after, features collapse at a norm of their own.

claim     In the squared-error phase the mean feature norm falls to a value fn* of the (network, data) pair, at the
          epoch where nc1_trace_ratio first drops below 0.01; fn* varies by less than 8 % over seeds, has a slow, an
          optimal and a prevented regime in weight decay, and follows the closed form of the unconstrained-features
          model (threshold_concentrates, weight_decay_regimes, loss_ratio_of_feature_norm, feature_norm_equilibrium).
setting   Rupa 2026, section 3.1: MLP with Kaiming start, Adam with coupled weight decay, cosine rates, optimiser
          restarted at the switch. Published with 60,000 MNIST images, width 512, batch 256 or 512 and 200 + 300 to
          600 epochs; here 4000 images of MNIST-5k, batch 64, fewer steps in all: see the records for what was run.
n         One seed per run. The records hold 60 + 300 epochs of a network of five hidden layers of width 128, ReLU,
          decay 1e-4, on three seeds, and what differs from it in one setting on the same seeds: decays 1e-5, 5e-4 and
          1e-3; depths 2, 3 and 7; tanh and GELU; widths 64 and 256; one loss throughout (first_loss = second_loss),
          the matched controls; and activation relu_linear, whose last hidden layer is linear, so that the bounds of
          balanced layers apply. Not reached on two cores: 60,000 images, width 512, residual networks.
refuted   if fn* of equal settings varies by more than 8 % over seeds, or if the single-loss controls collapse at the
          same norm although their losses have other equilibria.
"""

from __future__ import annotations

from pathlib import Path

from gpu_experiments import trial
from gpu_experiments.experiments import _phases
from numerics.trajectory import Trajectory

Config = _phases.Config
BOUNDS = (
    *trial.COMMON,
    "feature_norm_equilibrium",
    "flatness_at_equilibrium",
    "flatness_at_collapse",
    "mse_ufm_optimum",
    "weight_decay_regimes",
    "loss_ratio_of_feature_norm",
    "threshold_concentrates",
    "threshold_predicts_onset",
    "depth_activation_width",
    "depth_law",
)


def run(
    config: Config, seed: int, out: Path, *, resume: bool = False, device: str = "auto", progress: bool = True
) -> Trajectory:
    """Train one network through both phases into the run folder `out`; time in optimiser steps, `epoch` beside it."""
    job = _phases.job
    return trial.run(
        "two_phase_collapse", config, seed, out, BOUNDS, job, resume=resume, device=device, progress=progress
    )
