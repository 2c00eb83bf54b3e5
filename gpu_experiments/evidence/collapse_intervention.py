"""What the runs with and without the collapse penalty say: does generalisation follow collapse?

Equivalence margin 0.02 of test accuracy, paired over the seeds that fit their data; the penalty must have
moved the collapse it acts on.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpu_experiments.evidence import _pairs, apart, named
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.judge import Run

MARGIN, MOVED, FITTED = 0.02, 1.2, 0.99


def findings(runs: Sequence[Run]) -> list[Finding]:
    return [one for suffix, group in apart(runs, "strength").items() for one in named(_arms(group), suffix)]


def _arms(runs: Sequence[Run]) -> list[Finding]:
    arms: dict[float, list[Run]] = {}
    for run in runs:
        arms.setdefault(run.about["config"]["strength"], []).append(run)
    control = arms.pop(0.0, [])
    return [_arm(strength, arm, control) for strength, arm in sorted(arms.items())]


def _arm(strength: float, arm: Sequence[Run], control: Sequence[Run]) -> Finding:
    bound, claim = f"accuracy_at_strength_{strength:g}", "collapse_not_needed"
    every = _pairs.paired(arm, control)
    pairs = [pair for pair in every if min(run.trajectory["train_accuracy"][-1] for run in pair) >= FITTED]
    if not every:
        return Finding(bound, claim, Agreement.INCONCLUSIVE, None, "no seed is shared with strength 0")
    lost = (
        f", {len(every) - len(pairs)} of {len(every)} left out because they do not fit"
        if len(pairs) < len(every)
        else ""
    )
    if not pairs:
        return Finding(bound, claim, Agreement.OUT_OF_SCOPE, None, "no run fits its data" + lost)
    last = [(a.trajectory, b.trajectory) for a, b in pairs]
    numbers = dict(_pairs.equivalent([a["test_accuracy"][-1] - b["test_accuracy"][-1] for a, b in last], MARGIN))
    numbers["cdnv_ratio"] = [float(a["cdnv"][-1] / b["cdnv"][-1]) for a, b in last]
    ratio = float(np.exp(np.mean(np.log(numbers["cdnv_ratio"]))))
    reason = (
        f"test accuracy differs by {numbers['mean']:+.4f} ({len(pairs)} seeds{lost}), cdnv by the factor {ratio:.2f}"
    )
    if 1 / MOVED <= ratio <= MOVED:
        reason += ": the penalty did not move collapse"
        return Finding(bound, claim, Agreement.OUT_OF_SCOPE, None, reason, numbers)
    return Finding(bound, claim, Agreement(_pairs.decided(numbers)), _pairs.margin_of(numbers), reason, numbers)
