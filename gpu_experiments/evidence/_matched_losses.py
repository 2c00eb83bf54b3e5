"""The same network trained with one loss throughout: cross-entropy features against squared-error features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gpu_experiments import statistics
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.judge import Run


def losses(run: Run) -> tuple[str, str]:
    return run.about["config"]["first_loss"], run.about["config"]["second_loss"]


def matched_losses(runs: Sequence[Run]) -> Finding:
    """Feature norm at the end of matched single-loss runs, cross-entropy over squared error, beside what each loss's
    own equilibrium predicts. The closed form of the ratio assumes equal decays of head and of features in both; the
    balance (a/b)^2 of head and features measures the second, so it is out of scope where that differs."""
    bound, claim = "matched_losses", "loss_ratio_of_feature_norm"
    ends: dict[str, dict[int, Mapping[str, float]]] = {"cross_entropy": {}, "mse": {}}
    for run in runs:
        if losses(run)[0] == losses(run)[1]:
            last = {name: float(values[-1]) for name, values in run.trajectory.observables.items()}
            ends[losses(run)[0]][run.about["seed"]] = last
    shared = sorted(ends["cross_entropy"].keys() & ends["mse"].keys())
    if len(shared) < 2:
        reason = "fewer than two seeds with both single-loss controls"
        return Finding(bound, claim, Agreement.INCONCLUSIVE, None, reason)
    pairs = [(ends["cross_entropy"][seed], ends["mse"][seed]) for seed in shared]
    ratios = [first["feature_norm"] / second["feature_norm"] for first, second in pairs]
    estimate = statistics.mean_interval(ratios)
    reason = f"feature norm under cross-entropy over squared error, same network and decay: {estimate.value:.2f} "
    reason += f"[{estimate.low:.2f}, {estimate.high:.2f}] over {len(shared)} seeds"
    numbers = {"ratios": ratios} | statistics.as_dict(estimate)
    if not all("head_scale" in side for pair in pairs for side in pair):
        return Finding(bound, claim, Agreement.INCONCLUSIVE, None, reason, numbers)
    balance = float(np.exp(np.mean([2 * np.log(b["head_scale"] / a["head_scale"]) for a, b in pairs])))
    numbers["feature_decay_ratio"] = balance
    reason += f"; the decay that the features feel differs by the factor {balance:.3g}, must be 1 for the closed form"
    agreement = Agreement.OUT_OF_SCOPE if max(balance, 1 / balance) > 1.1 else Agreement.INCONCLUSIVE
    return Finding(bound, claim, agreement, None, reason, numbers)
