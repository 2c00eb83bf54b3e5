"""The intervention on the feature norm: multiply the features by 0.3, 1 or 3 between the phases and watch them return.

claim     The feature norm at collapse, fn*, does not depend on the factor (feature_norm_attractor): the unconstrained
          features model has one attracting equilibrium.
setting   Rupa 2026, section 3.2: the two-phase protocol; between the phases weight and bias of the last hidden layer
          are multiplied by `factor`, which multiplies the ReLU features.
n         One seed per run; the records hold factors 0.3, 1 and 3 on the same three seeds, width 128, in two schedules:
          weight decay 3e-4 and 20 + 200 epochs, after which features times 3 are still 1.8 times the control's; and
          decay 1e-4 and 60 + 600 epochs, after which features times 3 are 1.09 times the control's (at the onset 1.21
          times) and features times 0.3 are 0.96 times (geometric means, wide intervals).
refuted   if the 90 % interval of the paired difference of log fn* to the control leaves (log 0.9, log 1.1): an
          equivalence test, because a large p-value on three seeds shows nothing.
"""

from __future__ import annotations

from pathlib import Path

from gpu_experiments import trial
from gpu_experiments.experiments import _phases
from numerics.trajectory import Trajectory

Config = _phases.Config
BOUNDS = (*trial.COMMON, "feature_norm_attractor", "feature_norm_equilibrium", "flatness_at_equilibrium")


def run(
    config: Config, seed: int, out: Path, *, resume: bool = False, device: str = "auto", progress: bool = True
) -> Trajectory:
    """Train one network with the intervention into the run folder `out`; set `factor` to 0.3, 1 or 3."""
    job = _phases.job
    return trial.run("feature_rescale", config, seed, out, BOUNDS, job, resume=resume, device=device, progress=progress)
